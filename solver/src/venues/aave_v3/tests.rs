use alloy_primitives::uint;

use super::*;
use crate::amount::WAD;

const HALF_RAY: U256 = uint!(500_000_000_000_000_000_000_000_000_U256);

/// `0.0001` of a RAY.
const BP: U256 = uint!(100_000_000_000_000_000_000_000_U256);

fn curve() -> RateCurve {
    RateCurve {
        base: U256::ZERO,
        slope1: U256::from(270) * BP,
        slope2: U256::from(8000) * BP,
        optimal: U256::from(9000) * BP,
        reserve_factor_bps: U256::from(1500),
    }
}

/// The WETH reserve of July 2024 (block 20,313,657), its curve inferred.
fn weth() -> AaveV3 {
    let available = uint!(131_358_578_721_403_461_364_058_U256);
    let utilisation = curve().utilisation_at(BORROW_RATE).unwrap();
    AaveV3::new(AaveFigures {
        id: VenueId::new("aave_v3:WETH"),
        pool: Address::repeat_byte(3),
        underlying: Address::repeat_byte(1),
        a_token: Address::repeat_byte(2),
        liquidity_index: uint!(1_027_704_397_771_336_021_819_047_687_U256),
        rounding: Rounding::HalfUp,
        unbacked: U256::ZERO,
        curve: Some(curve()),
        total_debt: inferred_debt(utilisation, available),
        available,
        supply_cap: Capacity::Unknown("supply cap at this block".into()),
    })
}

const BORROW_RATE: U256 = uint!(25_810_080_167_181_287_560_136_013_U256);
const SUPPLY_RATE: U256 = uint!(18_874_540_083_362_537_156_278_050_U256);

fn supply(amount: U256) -> Swap {
    Swap { from: UNDERLYING, to: A_TOKEN, amount }
}

fn withdraw(amount: U256) -> Swap {
    Swap { from: A_TOKEN, to: UNDERLYING, amount }
}

/// An independent port of the strategy: u = 0.9 and 1, optimal 0.92, slopes 2.6 % and 40 %.
#[test]
fn rates_follow_the_reference_vectors() {
    let curve = RateCurve {
        slope1: U256::from(260) * BP,
        slope2: U256::from(4000) * BP,
        optimal: U256::from(9200) * BP,
        ..curve()
    };
    let below = U256::from(9000) * BP;
    assert_eq!(curve.borrow_rate(below), Some(uint!(25_434_782_608_695_652_173_913_043_U256)));
    assert_eq!(curve.supply_rate(below), Some(uint!(19_457_608_695_652_173_913_043_478_U256)));
    assert_eq!(curve.borrow_rate(RAY), Some(U256::from(4260) * BP));
    assert_eq!(curve.supply_rate(RAY), Some(U256::from(3621) * BP));
    let above = U256::from(9600) * BP;
    assert_eq!(curve.utilisation_at(curve.borrow_rate(above).unwrap()), Some(above));
    assert_eq!(curve.utilisation_at(U256::from(4261) * BP), None);
}

/// The inferred curve reproduces both published rates to a few units of 1e-27.
#[test]
fn the_markets_rates_are_reproduced() {
    let venue = weth();
    let borrow = curve().borrow_rate(venue.utilisation(U256::ZERO).unwrap().0).unwrap();
    assert!(borrow.abs_diff(BORROW_RATE) <= U256::from(2), "{borrow}");
    let supply = venue.rate_after(A_TOKEN, U256::ZERO).unwrap();
    assert!(supply.abs_diff(SUPPLY_RATE) <= U256::from(2), "{supply}");
}

/// With the market's rounded utilisation, 0.860336, both rates agree to a millionth.
#[test]
fn the_rounded_utilisation_is_near_enough() {
    let utilisation = uint!(860_336_U256) * BP / U256::from(100);
    let error = curve().borrow_rate(utilisation).unwrap().abs_diff(BORROW_RATE);
    assert!(error * U256::from(1_000_000) < BORROW_RATE);
    let error = curve().supply_rate(utilisation).unwrap().abs_diff(SUPPLY_RATE);
    assert!(error * U256::from(1_000_000) < SUPPLY_RATE);
}

#[test]
fn own_supply_lowers_the_rate() {
    let mut venue = weth();
    let amount = U256::from(10_000) * WAD;
    let before = venue.rate_after(A_TOKEN, U256::ZERO).unwrap();
    let after = venue.rate_after(A_TOKEN, amount).unwrap();
    assert!(after < before);
    venue.trade(supply(amount)).unwrap();
    assert_eq!(venue.rate_after(A_TOKEN, U256::ZERO), Some(after));
    assert_eq!(venue.rate_after(UNDERLYING, U256::ZERO), None);
    venue.figures.curve = None;
    assert_eq!(venue.rate_after(A_TOKEN, U256::ZERO), None);
}

#[test]
fn balances_round_half_up() {
    let mut venue = weth();
    let scaled = venue.index().shares_of(WAD).unwrap();
    assert_eq!(scaled, uint!(973_042_445_053_835_175_U256));
    assert_eq!(venue.quote(supply(WAD)).unwrap().out, venue.index().balance(scaled).unwrap());
    venue.figures.liquidity_index = RAY + HALF_RAY;
    // 1 / 1.5 is nearer to 1 than to 0, and 1 * 1.5 is shown as 2.
    assert_eq!(venue.quote(supply(U256::ONE)).unwrap().out, U256::from(2));
    assert_eq!(venue.quote(supply(U256::from(2))).unwrap().out, U256::from(2));
    venue.figures.liquidity_index = RAY * U256::from(3);
    assert!(matches!(venue.quote(supply(U256::ONE)), Err(QuoteError::NothingOut(_))));
}

/// At an index of 1.5, by hand: what is supplied comes down, what is withdrawn takes more.
#[test]
fn from_3_5_on_everything_rounds_against_the_holder() {
    let mut venue = weth();
    venue.figures.rounding = Rounding::AgainstHolder;
    venue.figures.liquidity_index = RAY + HALF_RAY;
    let shown = |amount: u64| venue.quote(supply(U256::from(amount))).map(|quote| quote.out);
    assert!(matches!(shown(1), Err(QuoteError::NothingOut(_))));
    assert_eq!((shown(2), shown(3)), (Ok(U256::from(1)), Ok(U256::from(3))));
    assert_eq!(venue.quote(withdraw(U256::ONE)).unwrap().out, U256::ONE);
    assert_eq!(venue.rebase(A_TOKEN).unwrap().shares_of(U256::ONE), Some(U256::ONE));
    assert_eq!(venue.rebase(A_TOKEN).unwrap().shares_of(U256::from(2)), Some(U256::from(2)));
}

/// What suppliers are owed and nobody owes earns nothing.
#[test]
fn bad_debt_lowers_the_supply_rate_alone() {
    let mut venue = weth();
    let before = venue.rate_after(A_TOKEN, U256::ZERO).unwrap();
    let used = venue.utilisation(U256::ZERO).unwrap().0;
    venue.figures.unbacked = venue.figures.available;
    assert!(venue.rate_after(A_TOKEN, U256::ZERO).unwrap() < before);
    assert_eq!(venue.utilisation(U256::ZERO).unwrap().0, used);
}

/// Found on the published bytecode: the pool rounds all that was supplied once, and its cap may
/// come a unit nearer than what was supplied.
#[test]
fn a_supply_leaves_a_unit_of_the_cap_for_the_pools_rounding() {
    let mut venue = weth();
    let cap = Capacity::Limited { amount: WAD, what: "supply cap", refill_per_block: None };
    venue.figures.supply_cap = cap;
    assert!(venue.quote(supply(WAD)).is_ok());
    let out = venue.trade(supply(WAD - U256::from(100))).unwrap().out;
    let left = WAD - out.max(WAD - U256::from(100)) - U256::ONE;
    assert!(venue.quote(supply(left)).is_ok());
    let error = venue.quote(supply(left + U256::ONE)).unwrap_err();
    assert!(matches!(error, QuoteError::Limit { what: "supply cap", .. }), "{error}");
}

#[test]
fn withdrawals_pay_exactly_and_stop_at_the_liquidity() {
    let mut venue = weth();
    let limit = venue.figures.available;
    assert_eq!(venue.quote(withdraw(limit)).unwrap().out, limit);
    assert_eq!(
        venue.quote(withdraw(limit + U256::ONE)),
        Err(QuoteError::Limit {
            venue: VenueId::new("aave_v3:WETH"),
            what: "available liquidity",
            limit
        })
    );
    venue.trade(withdraw(WAD)).unwrap();
    assert!(venue.quote(withdraw(limit)).is_err());
    venue.trade(supply(WAD)).unwrap();
    assert!(venue.quote(withdraw(limit)).is_ok());
}

#[test]
fn calls_are_those_of_the_pool() {
    let trade =
        |swap| Trade { swap, min_out: U256::ZERO, recipient: Address::repeat_byte(9), deadline: 0 };
    let encoded = weth().encode(&trade(supply(WAD)));
    assert_eq!(encoded.approval.unwrap().spender, Address::repeat_byte(3));
    assert_eq!(encoded.calls[0].data[..4], [0x61, 0x7b, 0xa0, 0x37]);
    let encoded = weth().encode(&trade(withdraw(WAD)));
    assert_eq!(encoded.calls[0].data[..4], [0x69, 0x32, 0x8d, 0xec]);
}
