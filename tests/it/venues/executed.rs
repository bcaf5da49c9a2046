//! What published sources did, compiled and run in an EVM: the same numbers.
//!
//! `tests/vectors/issuers.csv` and `metapool.csv` are what `issuers.py` and `metapool.py` beside them
//! printed; their heads say from which sources, and how a line reads. No package carries these contracts,
//! so that they cannot be deployed here.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::WAD,
    venues::{
        Burns, Capacity, CurveFigures, CurveStableSwap, DenominatorForm, Deposits, Door,
        FraxMinter, FraxQueue, OriginVault, QuoteError, RateForm, RocketPool, RocketPoolFigures,
        ShareRate, StableSwapError, Swap, Venue, VenueId,
    },
};

use super::samples::staking;

const ISSUERS: &str = include_str!("../../vectors/issuers.csv");
const METAPOOL: &str = include_str!("../../vectors/metapool.csv");

fn fields(line: &str) -> Vec<&str> {
    line.split(',').collect()
}

fn uint(text: &str) -> U256 {
    text.parse().unwrap()
}

/// Lines of one contract.
fn of(kind: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = ISSUERS.lines().map(fields).filter(move |line| line[0] == kind);
    assert_eq!(lines.clone().count(), 1_000);
    lines
}

/// A trade does what the contract did, or both refuse.
fn agrees(venue: &mut dyn Venue, swap: Swap, out: &str, line: &[&str]) {
    let quote = venue.quote(swap);
    assert_eq!(venue.trade(swap), quote, "{line:?}");
    match quote {
        Ok(quote) => assert_eq!(quote.out.to_string(), out, "{line:?}"),
        Err(error) => {
            assert_eq!(out, "-", "{error}: {line:?}");
            assert!(error.to_string().contains(venue.id().as_str()), "{error}");
        }
    }
}

const FROM_ETH: Swap = Swap { from: 0, to: 1, amount: U256::ZERO };

#[test]
fn rocket_pool_deposits_and_burns_as_its_contracts() {
    for line in of("rocket_pool") {
        let [total_eth, supply] = [line[2], line[3]].map(uint);
        let [fee_wad, least, room, collateral, amount] =
            [line[5], line[6], line[7], line[8], line[9]].map(uint);
        let what = "room in the deposit pool";
        let room = Capacity::Limited { amount: room, what, refill_per_block: None };
        let figures = RocketPoolFigures {
            reth: Address::repeat_byte(1),
            total_eth,
            supply,
            deposits: Deposits::Open { pool: Address::repeat_byte(2), fee_wad, least, room },
            burns: Burns::UpTo(collateral),
        };
        let mut venue = RocketPool::new(VenueId::new("rocket_pool"), figures);
        let swap = match line[1] {
            "deposit" => Swap { amount, ..FROM_ETH },
            _ => Swap { from: 1, to: 0, amount },
        };
        if total_eth.is_zero() && line[10] == "0" {
            // The contract burns for nothing what nothing is behind; the model does not.
            assert!(matches!(venue.quote(swap), Err(QuoteError::NoRate(_))), "{line:?}");
            continue;
        }
        agrees(&mut venue, swap, line[10], &line);
    }
}

fn door(paused: &str) -> Door {
    if paused == "1" { Door::Paused } else { Door::up_to(Capacity::Unlimited) }
}

#[test]
fn frax_mints_one_for_one_whatever_it_withholds() {
    let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
    for line in of("frax_minter") {
        let queue = FraxQueue::Unknown("its length".into());
        let id = VenueId::new("frax_minter");
        let mut venue = FraxMinter::frax(id, a, b, door(line[1]), &queue);
        agrees(&mut venue, Swap { amount: uint(line[3]), ..FROM_ETH }, line[4], &line);
    }
}

#[test]
fn origin_mints_one_for_one() {
    let [a, b, c] = [1, 2, 3].map(Address::repeat_byte);
    for line in of("origin") {
        let id = VenueId::new("origin");
        let mut venue = OriginVault::origin(id, a, [b, c], door(line[1]), None);
        agrees(&mut venue, Swap { amount: uint(line[2]), ..FROM_ETH }, line[3], &line);
    }
}

/// osETH's rate is of the totals that its controller tells, as the opening checks too.
#[test]
fn the_rate_of_oseth_is_its_controllers() {
    for line in of("stakewise") {
        let [assets, shares] = [line[1], line[2]].map(uint);
        let form = RateForm::Totals { assets, shares, haircut_bps: 0, supply_cap: None };
        let venue = ShareRate::new(VenueId::new("stakewise"), staking::share_rate(form));
        let backing = Venue::redemption(&venue, 1).unwrap();
        assert_eq!((WAD * backing.amount / backing.units).to_string(), line[3], "{line:?}");
    }
}

/// A metapool's line: its first coin's rate, 100 times A, the fee, the admin's, balances and the price.
fn metapool(line: &[&str]) -> CurveFigures {
    let [rate, amp_scaled, fee_1e10, admin_fee_1e10] =
        [line[1], line[2], line[3], line[4]].map(uint);
    CurveFigures {
        id: VenueId::new("curve_metapool"),
        pool: Address::ZERO,
        coins: [1, 2].map(Address::with_last_byte).to_vec(),
        balances: [line[5], line[6]].map(uint).to_vec(),
        amp_scaled,
        rates: [rate, uint(line[7])].to_vec(),
        fee_1e10,
        admin_fee_1e10,
        form: DenominatorForm::Plain,
    }
}

/// The price with which a trade was made is the one noted after it; one that reverts notes none.
#[test]
fn metapools_trade_as_their_contracts() {
    let (mut figures, mut trades, mut refused, mut unconverged) = (None, 0, 0, 0);
    for line in METAPOOL.lines().map(fields) {
        if line[0] == "pool" {
            figures = Some(metapool(&line));
            continue;
        }
        let pool = figures.as_mut().unwrap();
        let (from, amount) = (usize::from(line[0] == "1"), uint(line[1]));
        let swap = Swap { from, to: 1 - from, amount };
        pool.rates[1] = uint(line[5]);
        let after = [line[3], line[4]].map(uint);
        let venue = CurveStableSwap::new(pool.clone());
        pool.balances = after.to_vec();
        let Ok(mut venue) = venue else {
            assert_eq!(venue.unwrap_err(), StableSwapError::NoConvergence, "{line:?}");
            unconverged += 1;
            continue;
        };
        let done = venue.trade(swap);
        match (&done, line[2]) {
            (Err(error), "-") => {
                refused += 1;
                assert!(!matches!(error, QuoteError::NotTraded { .. }), "{error}");
            }
            // The contract trades at what it has after 255 rounds; the model does not.
            (Err(QuoteError::NoConvergence(_)), _) => unconverged += 1,
            (Ok(quote), out) => {
                trades += 1;
                assert_eq!(quote.out.to_string(), out, "{line:?}");
                assert_eq!(venue.balances(), after, "{line:?}");
            }
            (Err(error), _) => panic!("{error}: {line:?}"),
        }
    }
    println!(
        "{trades} trades of metapools, {refused} refused by both, {unconverged} not converged"
    );
    assert!(trades >= 1_000 && refused > 0 && unconverged < 60, "{trades} {refused} {unconverged}");
}
