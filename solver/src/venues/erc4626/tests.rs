use alloy_primitives::uint;

use super::*;
use crate::amount::WAD;

/// Storage of sfrxETH at mainnet block 19,932,810.
fn sfrxeth(timestamp: u64) -> Erc4626 {
    Erc4626::new(
        VenueId::new("sfrxETH"),
        Erc4626Figures {
            asset: Address::repeat_byte(1),
            vault: Address::repeat_byte(2),
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
        },
    )
}

/// pufETH at mainnet block 19,917,570.
fn pufeth() -> Erc4626 {
    Erc4626::new(
        VenueId::new("pufETH"),
        Erc4626Figures {
            takes_eth: true,
            stored_assets: uint!(466_349_470_603_461_055_035_680_U256),
            total_supply: uint!(461_461_592_089_811_427_064_551_U256),
            virtual_shares: U256::ONE,
            cycle: None,
            deposit_limit: Capacity::Unknown("limits at this block".into()),
            redeem_limit: None,
            ..sfrxeth(0).figures
        },
    )
}

fn deposit(amount: U256) -> Swap {
    Swap { from: ASSET, to: SHARE, amount }
}

fn redeem(amount: U256) -> Swap {
    Swap { from: SHARE, to: ASSET, amount }
}

/// The market's `rate_frxeth_per_share_1e18` at that block.
#[test]
fn rewards_come_in_over_the_cycle() {
    let rate = |timestamp| sfrxeth(timestamp).quote(redeem(WAD)).unwrap().out;
    assert_eq!(rate(1_716_470_015), uint!(1_087_102_165_051_419_949_U256));
    let cycle = sfrxeth(0).figures.cycle.unwrap();
    assert_eq!(cycle.unlocked(cycle.last_sync), Some(U256::ZERO));
    assert_eq!(cycle.unlocked(cycle.cycle_end - 1), Some(uint!(89_261_851_855_417_047_696_U256)));
    assert_eq!(cycle.unlocked(cycle.cycle_end), Some(cycle.last_reward));
    assert_eq!(cycle.unlocked(cycle.cycle_end + 1), Some(cycle.last_reward));
    assert_eq!(cycle.unlocked(cycle.last_sync - 1), None);
}

#[test]
fn a_sync_changes_no_total() {
    let mut venue = sfrxeth(1_717_027_200);
    let before = venue.total_assets().unwrap();
    let shares = venue.trade(deposit(WAD)).unwrap().out;
    assert_eq!(venue.total_assets(), Some(before + WAD));
    assert_eq!(venue.figures.stored_assets, before + WAD);
    let back = venue.trade(redeem(shares)).unwrap().out;
    assert!(back <= WAD && WAD - back <= uint!(2_U256));
    assert_eq!(venue.total_assets(), Some(before + WAD - back));
}

#[test]
fn running_rewards_are_not_paid_out() {
    let venue = sfrxeth(1_717_027_199);
    let refused = venue.quote(redeem(venue.figures.total_supply));
    assert!(matches!(refused, Err(QuoteError::Limit { limit, .. })
        if limit == venue.figures.stored_assets));
    let venue = sfrxeth(1_717_027_200);
    assert!(venue.quote(redeem(venue.figures.total_supply)).is_ok());
}

#[test]
fn both_ways_round_down_and_nothing_is_refused() {
    let mut venue = sfrxeth(0);
    venue.figures.cycle = None;
    venue.figures.stored_assets = uint!(110_U256);
    venue.figures.total_supply = uint!(100_U256);
    assert_eq!(venue.quote(deposit(uint!(12_U256))).unwrap().out, uint!(10_U256));
    assert_eq!(venue.quote(redeem(uint!(11_U256))).unwrap().out, uint!(12_U256));
    let refused = Err(QuoteError::NothingOut(VenueId::new("sfrxETH")));
    assert_eq!(venue.quote(deposit(U256::ONE)), refused);
}

#[test]
fn virtual_units_count_in_small_vaults() {
    let mut venue = pufeth();
    venue.figures.stored_assets = uint!(9_U256);
    venue.figures.total_supply = uint!(4_U256);
    assert_eq!(venue.quote(deposit(uint!(9_U256))).unwrap().out, uint!(4_U256));
    assert_eq!(venue.quote(deposit(U256::ONE)).unwrap().out, U256::ZERO);
}

#[test]
fn eth_and_weth_buy_the_same_and_nothing_comes_back() {
    let venue = pufeth();
    let eth = Swap { from: ETH, to: SHARE, amount: WAD };
    assert_eq!(venue.quote(eth).unwrap().out, uint!(989_518_850_514_991_123_U256));
    assert_eq!(venue.quote(eth), venue.quote(deposit(WAD)));
    for to in [ASSET, ETH] {
        let refused = venue.quote(Swap { from: SHARE, to, amount: WAD });
        assert!(matches!(refused, Err(QuoteError::NotTraded { .. })));
    }
    let refused = sfrxeth(1_716_470_015).quote(eth);
    assert!(matches!(refused, Err(QuoteError::NotTraded { .. })));
}

#[test]
fn calls_are_those_of_the_contracts() {
    let trade = |from, to| Trade {
        swap: Swap { from, to, amount: WAD },
        min_out: U256::ZERO,
        recipient: Address::repeat_byte(9),
        deadline: 0,
    };
    let eth = pufeth().encode(&trade(ETH, SHARE));
    assert_eq!((eth.approval, eth.calls[0].value), (None, WAD));
    let weth = pufeth().encode(&trade(ASSET, SHARE));
    assert_eq!(weth.approval.unwrap().spender, Address::repeat_byte(2));
    assert_eq!(weth.calls[0].data[..4], [0x6e, 0x55, 0x3f, 0x65]);
    let redeem = sfrxeth(1_716_470_015).encode(&trade(SHARE, ASSET));
    assert_eq!(redeem.calls[0].data[..4], [0xba, 0x08, 0x76, 0x52]);
    assert!(pufeth().encode(&trade(SHARE, ASSET)).calls.is_empty());
}
