//! What contracts do that a quote does not show: stipends, lists, rebasing, one transaction, cycles.

use alloy_primitives::{Address, U256, uint};
use proptest::prelude::any;
use tenor_solver::{
    amount::WAD,
    venues::{
        Burns, Capacity, Deposits, Erc4626, Erc4626Figures, EtherFi, EtherFiFigures, Hazard, Lido,
        LidoFigures, Rebase, Redeeming, RewardCycle, RocketPool, RocketPoolFigures, StakeLimit,
        Swap, Venue, VenueId,
    },
};

use super::CASES;
use crate::law::law;

const A: Address = Address::repeat_byte(0xa);
const B: Address = Address::repeat_byte(0xb);

/// `RocketTokenRETH.burn` pays with `transfer`: 2,300 gas, which a proxy's `receive` may exceed.
#[test]
fn burning_reth_pays_with_a_stipend() {
    let figures = RocketPoolFigures {
        reth: A,
        total_eth: WAD * U256::from(11),
        supply: WAD * U256::from(10),
        deposits: Deposits::Unknown("its fee".into()),
        burns: Burns::UpTo(WAD),
    };
    let venue = RocketPool::new(VenueId::new("rocketpool"), figures);
    assert_eq!(venue.hazards(1, 0), [Hazard::Stipend { gas: 2_300 }]);
    assert!(venue.hazards(1, 0)[0].to_string().contains("2300 gas"));
    assert!(venue.hazards(0, 1).is_empty());
}

#[test]
fn ether_fi_refuses_those_on_its_list() {
    let figures = EtherFiFigures {
        liquidity_pool: A,
        eeth: A,
        weeth: B,
        total_pooled_ether: WAD,
        total_shares: WAD,
        deposit_capacity: Capacity::Unlimited,
    };
    let venue = EtherFi::new(VenueId::new("etherfi"), figures);
    for (from, to) in [(0, 1), (1, 2), (2, 1), (2, 0)] {
        assert!(venue.hazards(from, to).contains(&Hazard::Blacklist), "{from} {to}");
    }
}

#[test]
fn steth_rebases_and_wsteth_from_ether_does_not() {
    let figures = LidoFigures {
        steth: A,
        wsteth: B,
        total_pooled_ether: WAD,
        total_shares: WAD,
        stake_limit: StakeLimit::Unlimited,
    };
    let venue = Lido::new(VenueId::new("lido"), figures);
    assert_eq!(venue.hazards(0, 1), [Hazard::Rebases]);
    assert!(venue.hazards(0, 2).is_empty());
}

/// A transfer of a rebasing token moves the shares of the amount, rounded down: whoever gets it shows at
/// most two wei less, and never more. The fewest shares that show the amount are enough and no more.
#[test]
fn transfers_of_rebasing_tokens_lose_two_wei_at_most() {
    law(CASES, &(any::<u128>(), any::<u64>(), any::<u128>()), |(shares, rate, amount)| {
        let shares = U256::from(shares) + WAD;
        let assets = shares + shares * U256::from(rate) / U256::from(u64::MAX);
        let amount = U256::from(amount) % assets + U256::ONE;
        let totals = Rebase::down(assets, shares);
        let shown = totals.balance(totals.shares_of(amount).unwrap()).unwrap();
        proptest::prop_assert!(
            shown <= amount && amount - shown <= U256::from(2),
            "{amount} {shown}"
        );
        let fewest = totals.fewest_shares(amount).unwrap();
        proptest::prop_assert!(totals.balance(fewest).unwrap() >= amount);
        Ok(())
    });
}

fn sfrxeth(timestamp: u64) -> Erc4626 {
    let figures = Erc4626Figures {
        asset: A,
        vault: B,
        takes_eth: false,
        stored_assets: uint!(158_061_027_729_053_637_014_376_U256),
        total_supply: uint!(145_402_843_330_851_752_291_104_U256),
        virtual_shares: U256::ZERO,
        cycle: Some(RewardCycle {
            last_reward: uint!(89_262_000_000_000_000_000_U256),
            last_sync: 1_716_424_667,
            cycle_end: 1_717_027_200,
        }),
        timestamp,
        deposit_limit: Capacity::Unlimited,
        redeem_limit: Some(Capacity::Unlimited),
    };
    Erc4626::new(VenueId::new("sfrxETH"), figures)
}

/// Whoever deposits or redeems first after a cycle synchronises it within the call: what is quoted before
/// is what the vault gives after, on both sides of the end, and nothing jumps there.
#[test]
fn the_end_of_a_cycle_does_not_move_the_rate_of_sfrxeth() {
    const END: u64 = 1_717_027_200;
    let redeem = Swap { from: 1, to: 0, amount: WAD };
    let rates = [END - 1, END, END + 1].map(|at| sfrxeth(at).quote(redeem).unwrap().out);
    assert!(rates[0] < rates[1] && rates[1] == rates[2], "{rates:?}");
    // A second's reward, and a wei of rounding.
    let second = uint!(89_262_000_000_000_000_000_U256) / U256::from(602_533);
    assert!(rates[1] - rates[0] <= second / U256::from(145_402) + U256::ONE);
    let mut synced = sfrxeth(END);
    let first = synced.trade(Swap { from: 1, to: 0, amount: U256::from(1_000_000) }).unwrap();
    assert!(!first.out.is_zero());
    let after = synced.quote(redeem).unwrap().out;
    assert!(after.abs_diff(rates[1]) <= U256::ONE, "{after} {}", rates[1]);
}

#[test]
fn puffer_says_that_one_transaction_does_not_do() {
    let apart = Redeeming { apart: true, ..Redeeming::PLAIN };
    let venue = sfrxeth(0).leaving(apart, Vec::new());
    assert_eq!(venue.hazards(0, 1), [Hazard::OneTransaction]);
    assert!(sfrxeth(0).hazards(0, 1).is_empty());
}
