//! What a limit gives away, in few trades: against the closed form and against the longer search.

use alloy_primitives::{Address, U256};
use proptest::prelude::*;
use tenor_simulations::figures::{EMBEDDED_NAME, Figures, embedded};
use tenor_solver::{
    amount::{from_f64, to_f64},
    mev::{
        attack::sandwich,
        limit::given_away,
        ring::{Directions, best},
        sandwich::Product,
    },
    venues::{Gain, Swap, UniswapV2, Venue, VenueId},
};

use crate::law::law;

fn pair(reserves: [u128; 2]) -> UniswapV2 {
    let [pool, router, a, b] = [1, 2, 3, 4].map(Address::repeat_byte);
    let id = VenueId::new("pair");
    UniswapV2::new(id, pool, router, [a, b], reserves.map(U256::from), 3_000).unwrap()
}

fn limit(quote: U256, slip_ppm: u64) -> U256 {
    quote * U256::from(1_000_000 - slip_ppm) / U256::from(1_000_000)
}

fn near(found: f64, expected: f64, slack: f64) -> bool {
    (found - expected).abs() <= 1e-3 * expected + slack
}

#[test]
fn a_pairs_limit_gives_away_what_the_closed_form_says() {
    let reserves = || 10_u128.pow(18)..10_u128.pow(24);
    let inputs = (reserves(), reserves(), -3.0..0.3, 100_u64..200_000, -7.0..-2.0);
    law(400, &inputs, |(x, y, share, slip, cost)| {
        let venue = pair([x, y]);
        let [x, y] = [x, y].map(|r| to_f64(U256::from(r)));
        let amount = from_f64(x * 10_f64.powf(share));
        let swap = Swap { from: 0, to: 1, amount };
        let min_out = limit(venue.quote(swap).unwrap().out, slip);
        let cost = 10_f64.powf(cost) * x;
        let found = given_away(&venue, swap, min_out, cost);
        let pool = Product { x, y, keep: 0.997 };
        let real = pool.sandwich(to_f64(amount), to_f64(min_out));
        let (taken, lost) = (to_f64(found.taken.profit), to_f64(found.taken.loss));
        prop_assert!(near(taken, real.profit, 1e-9 * x), "{found:?} {real:?}");
        prop_assert!(found.taken.profit.is_zero() || near(lost, real.loss(), 1e-9 * y));
        // Where the profit touches the cost, either side may be found.
        let safe = pool.safe_slippage(to_f64(amount), cost);
        let agrees = match (found.safe, safe) {
            // Beside its peak the profit hardly changes with the limit: what is found is where it is the cost.
            (Some(found), Some(safe)) => {
                let limit = (1.0 - found) * pool.out(to_f64(amount));
                let profit = pool.sandwich(to_f64(amount), limit).profit;
                near(found, safe, 1e-9) || (profit - cost).abs() <= 2e-4 * cost
            }
            (None, None) => true,
            (Some(only), None) | (None, Some(only)) => {
                let most = pool.sandwich(to_f64(amount), 0.5 * pool.out(to_f64(amount))).profit;
                near(most, cost, 1e-9 * x) || near(only, 0.5, 1e-3)
            }
        };
        prop_assert!(agrees, "{found:?} {safe:?} at {cost}");
        Ok(())
    });
}

/// All exchanges of the embedded market: as the search that tries every integer's bit.
#[test]
fn the_short_search_takes_what_the_long_one_does() {
    let market = Figures::parse(EMBEDDED_NAME, embedded()).unwrap().market(&[]).unwrap();
    let mut gains = 0;
    for listing in &market.listings {
        let venue = &*listing.venue;
        for (from, to) in [(0, 1), (1, 0)] {
            for digits in [11, 13, 20, 21, 22] {
                for slip in [1_000, 10_000] {
                    let swap = Swap { from, to, amount: U256::from(10).pow(U256::from(digits)) };
                    let Ok(quote) = venue.quote(swap) else { continue };
                    let min_out = limit(quote.out, slip);
                    let short = given_away(venue, swap, min_out, 0.0).taken;
                    let long = sandwich(venue, swap, min_out);
                    let (found, real) = (to_f64(short.profit), to_f64(long.profit));
                    let slack = 1e-7 * to_f64(swap.amount) + 16.0;
                    let what = format!("{} {swap:?} {slip}: {short:?} {long:?}", venue.id());
                    assert!(near(found, real, slack), "{what}");
                    gains += usize::from(real > slack);
                }
            }
        }
    }
    println!("{gains} attacks gain");
    assert!(gains > 10, "{gains}");
}

/// Curves in any ring: no amount on a grid gains more, and constant products as in closed form.
#[test]
fn no_amount_around_a_mixed_ring_gains_more() {
    let product = || {
        (3.0..9.0, -0.02..0.02).prop_map(|(digits, price): (f64, f64)| {
            let x = 10_f64.powf(digits);
            Gain::ConstantProduct { x, y: x * (1.0 + price), keep: 0.9995 }
        })
    };
    let linear = (0.99..1.02, 1.0..1e6).prop_map(|(rate, cap)| Gain::Linear { rate, cap });
    let inputs = (product(), product(), linear);
    law(500, &inputs, |(a, b, line): (Gain, Gain, Gain)| {
        let ring = [&a, &line, &b];
        let found = best(&ring);
        let out = |given: f64| ring.iter().fold(given, |amount, gain| gain.out(amount));
        for tenths in 0..100 {
            let given = 10_f64.powf(f64::from(tenths) / 10.0);
            prop_assert!(out(given) - given <= found.profit + 1e-9 * given, "{found:?} {given}");
        }
        let closed = best(&[&a, &b]);
        let mixed = best(&[&a, &Gain::Linear { rate: 1.0, cap: f64::INFINITY }, &b]);
        prop_assert!(near(mixed.profit, closed.profit, 1e-9), "{mixed:?} {closed:?}");
        Ok(())
    });
}

/// A ring is told once, from whichever of the venues it goes through first.
#[test]
fn a_ring_is_told_once() {
    let dear = pair([1_000_000, 1_100_000]);
    let cheap = pair([1_000_000, 1_000_000]);
    let both: [&dyn Venue; 2] = [&dear, &cheap];
    let directions = Directions::of(both.into_iter().enumerate());
    let priced = |token: Address| (token == Address::repeat_byte(4)).then_some(2.0);
    for through in [vec![0], vec![1], vec![0, 1], vec![1, 0]] {
        let rings = directions.rings(&through, 3, priced);
        assert_eq!(rings.len(), 1, "{rings:?}");
        assert_eq!(rings[0].token, Address::repeat_byte(4));
        assert!((rings[0].worth - 2.0 * rings[0].best.profit).abs() < 1e-9);
    }
    assert!(directions.rings(&[], 3, priced).is_empty());
}
