//! Rewards and withdrawals.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use serde_json::json;
use tenor_simulations::{
    forks::Forks,
    recorded::{AbsentIsEmpty, Uncle},
    replay::{Payment, execute},
};

use super::kit::{MINER, Recording};

const ETHER: u64 = 1_000_000_000_000_000_000;

/// A 32nd of the reward for each uncle, and 7/8 and 2/8 of it to those who mined them one and six
/// blocks before; before Byzantium 5 ether, then 3, then 2, and none since the merge.
#[test]
fn miners_and_their_uncles_are_paid() {
    let forks = Forks::mainnet();
    for (number, ether) in [(1, 5), (4_369_999, 5), (4_370_000, 3), (7_280_000, 2)] {
        assert_eq!(forks.at(number, 0).reward, ether * ETHER, "block {number}");
    }
    let recording = Recording::calling("00");
    let (mut block, state) = recording.parsed();
    let (old, young) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let number = block.header.number;
    block.uncle_count = 2;
    block.uncles =
        vec![Uncle { number: number - 6, miner: old }, Uncle { number: number - 1, miner: young }];
    let executed = execute(&block, Arc::new(AbsentIsEmpty::new(state)), &forks).unwrap();
    let wei = |thousandths: u64| U256::from(ETHER / 1000 * thousandths);
    assert_eq!(
        executed.payments(),
        [
            Payment { to: MINER, wei: wei(2_125) },
            Payment { to: old, wei: wei(500) },
            Payment { to: young, wei: wei(1_750) },
        ]
    );
    // 21,000 gas at a gwei, and the reward.
    let fee = U256::from(21_000_000_000_000_u64);
    assert_eq!(executed.account(MINER).unwrap().balance, wei(2_125) + fee);
    // Whoever is not recorded stays unknown.
    assert_eq!(executed.account(old), None);
}

#[test]
fn withdrawals_are_paid_in_gwei_and_nothing_is_mined() {
    let mut recording = Recording::calling("00").at(19_933_597, 1_716_500_000).with_blobs();
    recording.set(
        "withdrawals",
        json!([{ "index": "0x1", "validatorIndex": "0x2", "address": MINER, "amount": "0x5" }]),
    );
    let executed = recording.execute().unwrap();
    let wei = U256::from(5_000_000_000_u64);
    assert_eq!(executed.payments(), [Payment { to: MINER, wei }]);
    // The whole fee is a tip here: the base fee is zero.
    let fee = U256::from(21_000_000_000_000_u64);
    assert_eq!(executed.account(MINER).unwrap().balance, wei + fee);
}
