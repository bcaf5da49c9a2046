//! Attacks on venues in their own integers.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use proptest::prelude::*;
use tenor::engine::{Engine, NOBODY};
use tenor_simulations::figures::{EMBEDDED_NAME, Figures, embedded};
use tenor_solver::{
    amount::to_f64,
    market::Market,
    mev::{
        attack::{Taken, sandwich},
        plan::exposure,
        sandwich::Product,
    },
    venues::{AskedLane, EvmQuoted, EvmQuotedFigures, Face, Swap, UniswapV2, Venue, VenueId},
};

use crate::law::law;

/// Units that two trades may gain where a contract rounds half up.
const ROUNDING: U256 = U256::from_limbs([2, 0, 0, 0]);

fn market() -> Market {
    Figures::parse(EMBEDDED_NAME, embedded()).unwrap().market(&[]).unwrap()
}

fn pair(reserves: [u128; 2]) -> UniswapV2 {
    let [pool, router, a, b] = [1, 2, 3, 4].map(Address::repeat_byte);
    let id = VenueId::new("pair");
    UniswapV2::new(id, pool, router, [a, b], reserves.map(U256::from), 3_000).unwrap()
}

fn limit(quote: U256, slip_ppm: u64) -> U256 {
    quote * U256::from(1_000_000 - slip_ppm) / U256::from(1_000_000)
}

/// On pairs the closed form and the integers agree to a thousandth, as far as wei can tell.
#[test]
fn on_a_pair_the_integers_agree_with_the_closed_form() {
    let reserves = || 10_u128.pow(18)..10_u128.pow(24);
    let inputs = (reserves(), reserves(), 1e-3..2.0, 100_u64..200_000);
    law(500, &inputs, |(x, y, share, slip)| {
        let venue = pair([x, y]);
        let [x, y] = [x, y].map(|r| to_f64(U256::from(r)));
        let amount = tenor_solver::amount::from_f64(x * share);
        let victim = Swap { from: 0, to: 1, amount };
        let min_out = limit(venue.quote(victim).unwrap().out, slip);
        let exact = sandwich(&venue, victim, min_out);
        let real = Product { x, y, keep: 0.997 }.sandwich(to_f64(amount), to_f64(min_out));
        let off = (to_f64(exact.profit) - real.profit).abs();
        prop_assert!(off <= 1e-3 * real.profit + 1e-12 * x, "{exact:?} {real:?}");
        let off = (to_f64(exact.loss) - real.loss()).abs();
        prop_assert!(off <= 1e-3 * real.loss() + 1e-12 * y, "{exact:?} {real:?}");
        Ok(())
    });
}

/// Every way through every venue of the embedded market, a thousandth and a hundredth of what it
/// takes: nobody gains where the limit is the quote, and a wider limit never takes less.
#[test]
fn a_limit_at_the_quote_gives_nothing_away_anywhere() {
    let mut attacked = 0;
    for listing in &market().listings {
        let venue = &*listing.venue;
        for (from, to) in ways(venue) {
            for amount in [21, 19].map(|digits| U256::from(10).pow(U256::from(digits))) {
                let victim = Swap { from, to, amount };
                let Ok(quote) = venue.quote(victim) else { continue };
                // What moves the victim by less than a unit of what it wants is not seen.
                let unseen = ROUNDING + ROUNDING * amount / quote.out;
                let Taken { profit, loss, .. } = sandwich(venue, victim, quote.out);
                assert!(profit <= unseen && loss.is_zero(), "{}: {profit}, {loss}", venue.id());
                let [narrow, wide] =
                    [1_000, 20_000].map(|slip| sandwich(venue, victim, limit(quote.out, slip)));
                assert!(narrow.profit <= wide.profit, "{}: {narrow:?} {wide:?}", venue.id());
                assert!(wide.loss <= quote.out - limit(quote.out, 20_000), "{}", venue.id());
                attacked += usize::from(wide.profit > ROUNDING);
            }
        }
    }
    assert!(attacked > 5, "{attacked} attacks gain");
}

/// Staking, wrapping and vaults pay the protocol's rate: nobody trades before and after.
#[test]
fn what_pays_a_protocols_rate_is_not_exposed() {
    let mut looked_at = 0;
    for listing in &market().listings {
        let venue = &*listing.venue;
        let exchange = ["uniswap", "sushiswap", "curve"];
        if exchange.iter().any(|name| listing.protocol.starts_with(name)) {
            continue;
        }
        for (from, to) in ways(venue) {
            let victim = Swap { from, to, amount: U256::from(10).pow(U256::from(20)) };
            let Ok(quote) = venue.quote(victim) else { continue };
            let taken = sandwich(venue, victim, limit(quote.out, 500_000));
            assert!(taken.profit <= ROUNDING, "{} {from} to {to}: {taken:?}", venue.id());
            looked_at += 1;
        }
    }
    assert!(looked_at > 5, "{looked_at} ways");
}

fn ways(venue: &dyn Venue) -> impl Iterator<Item = (usize, usize)> {
    let n = venue.tokens().len();
    (0..n).flat_map(move |from| (0..n).map(move |to| (from, to))).filter(|(from, to)| from != to)
}

/// How a contract that is only asked stands after a trade, nobody knows: what others could take from
/// it is not told as nothing.
#[test]
fn what_is_only_asked_is_exposed_to_the_unknown() {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let mut market = figures.market(&[]).unwrap();
    let id = VenueId::new("curve:ETH/stETH");
    let listing = market.listings.iter_mut().find(|l| *l.venue.id() == id).unwrap();
    let tokens = listing.venue.tokens().to_vec();
    let quoted = |k: u32| {
        let amount = U256::from(10).pow(U256::from(18)) << k;
        (amount, listing.venue.quote(Swap { from: 1, to: 0, amount }).unwrap().out)
    };
    let answers = (0..10).map(quoted).collect();
    listing.venue = Arc::new(EvmQuoted::new(EvmQuotedFigures {
        id: id.clone(),
        contract: Address::ZERO,
        face: Face::Stable,
        tokens,
        asked: vec![AskedLane { from: 1, to: 0, answers }],
    }));
    market.listings.retain(|l| *l.venue.id() == id);
    let engine = Engine::of(Arc::new(market), None);
    let intent = engine.read("swap 100 stETH to ETH").unwrap();
    let plan = tenor_solver::solve(engine.market(), &intent).unwrap().best.unwrap();
    let found = exposure(engine.market(), &plan, 50).unwrap();
    assert_eq!((found.legs.len(), &found.unknown[..]), (0, &[0][..]));

    let told = serde_json::to_value(engine.ask("swap 100 stETH to ETH", NOBODY).unwrap()).unwrap();
    assert_eq!(told["exposure"]["unknown"], serde_json::json!([0]));
}
