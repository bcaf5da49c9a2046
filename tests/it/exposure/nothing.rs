//! Where theory says that nothing can be taken, nothing is found.

use alloy_primitives::U256;
use tenor_solver::{
    amount::to_f64,
    mev::sandwich::threshold,
    venues::{LegKind, Swap, Venue},
};

use super::kit::{attack, between, limit, market, pairs, rng, share};

/// Units that contracts round away.
const ROUNDING: f64 = 8.0;

#[test]
fn below_the_threshold_no_limit_lets_anything_be_taken() {
    let mut rng = rng("below the threshold");
    for _ in 0..25 {
        let reserves = [0, 1].map(|_| rng.bits(62, 88));
        let fee_ppm = rng.pick(&[1_000, 2_000, 3_000, 10_000]);
        let u = threshold(1.0 - f64::from(fee_ppm) / 1e6) * between(&mut rng, 0.05, 0.98);
        let (world, venues) = pairs(&[([0x11, 0x22], reserves, fee_ppm)]);
        let swap = Swap { from: 0, to: 1, amount: share(reserves[0], u) };
        let min_out = limit(venues[0].quote(swap).unwrap().out, 900_000);
        let leg = &attack(&world, &[&venues[0]], swap, min_out, &[]).legs[0];
        assert!(to_f64(leg.taken) <= ROUNDING, "{leg:?}: {reserves:?} {swap:?} {fee_ppm}");
    }
}

#[test]
fn a_limit_at_the_quote_gives_nothing_away() {
    let mut rng = rng("limit at the quote");
    for _ in 0..10 {
        let reserves = [0, 1].map(|_| rng.bits(62, 88));
        let (world, venues) = pairs(&[([0x11, 0x22], reserves, 3_000)]);
        let swap = Swap { from: 0, to: 1, amount: share(reserves[0], 0.2) };
        let quote = venues[0].quote(swap).unwrap().out;
        let found = attack(&world, &[&venues[0]], swap, quote, &[]);
        let leg = &found.legs[0];
        // What moves the victim by less than a unit is not seen by its limit.
        let unseen = ROUNDING * (1.0 + to_f64(swap.amount) / to_f64(quote));
        assert!(to_f64(leg.taken) <= unseen && leg.loss.is_zero(), "{leg:?} {swap:?}");
    }
}

/// Staking, wrapping and vaults pay the protocol's rate.
#[test]
fn what_pays_a_protocols_rate_is_not_exposed() {
    let (market, world) = market();
    let mut looked_at = 0;
    for listing in &market.listings {
        let venue = &*listing.venue;
        let n = venue.tokens().len();
        for (from, to) in (0..n).flat_map(|from| (0..n).map(move |to| (from, to))) {
            if from == to || venue.step(from, to).kind == LegKind::Swap {
                continue;
            }
            let swap = Swap { from, to, amount: U256::from(10).pow(U256::from(19)) };
            let Ok(quote) = venue.quote(swap) else { continue };
            let found = attack(&world, &[venue], swap, limit(quote.out, 500_000), &[]);
            let leg = &found.legs[0];
            assert!(to_f64(leg.taken) <= ROUNDING, "{} {from} to {to}: {leg:?}", venue.id());
            assert_eq!(found.backrun, None, "{}", venue.id());
            looked_at += 1;
        }
    }
    println!("{looked_at} ways to stake, wrap, deposit and redeem");
    assert!(looked_at > 10, "{looked_at}");
}
