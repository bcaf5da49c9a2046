//! Splits that nobody can sandwich, and plans weighed by what others leave and take.

use std::sync::Arc;

use alloy_primitives::U256;
use proptest::prelude::*;
use tenor::engine::{Engine, NOBODY};
use tenor_simulations::figures::{EMBEDDED_NAME, Figures, embedded};
use tenor_solver::{
    amount::to_f64,
    mev::{
        attack::sandwich,
        calm::{calm, most},
        sandwich::threshold,
        weigh::{Weights, weigh},
    },
    solution::Solution,
    venues::{LegKind, UniswapV2, VenueId},
};

use crate::law::law;

/// On a pair it is the closed form's share of the reserve, less the hundredth that is kept back.
#[test]
fn a_pair_takes_what_the_threshold_says() {
    // These contracts count fees in thousandths.
    let inputs = (1e18..1e26f64, 1e18..1e26f64, 1u32..20);
    law(60, &inputs, |(x, y, thousandths)| {
        let fee_ppm = 1_000 * thousandths;
        let [pool, router, a, b] = [1, 2, 3, 4].map(alloy_primitives::Address::repeat_byte);
        let reserves = [x, y].map(tenor_solver::amount::from_f64);
        let pair =
            UniswapV2::new(VenueId::new("pair"), pool, router, [a, b], reserves, fee_ppm).unwrap();
        let keep = 1.0 - f64::from(fee_ppm) / 1e6;
        let expected = threshold(keep) * x;
        let found = to_f64(most(&pair, 0, 1).unwrap());
        prop_assert!(found <= expected && found >= 0.97 * expected, "{found} {expected}");
        Ok(())
    });
}

fn engine() -> Engine {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    Engine::new(&figures, &[]).unwrap()
}

/// Of a plan on the calm market no swap can be sandwiched, whatever its limit, by an attacker on the market
/// as it is; and the EVM confirms the plan.
#[test]
fn nobody_sandwiches_a_calm_plan() {
    let engine = engine();
    let market = engine.market();
    let quiet = Engine::of(Arc::new(calm(market)), engine.world().cloned());
    let (mut plans, mut swaps, mut too_large) = (0, 0, 0);
    for sentence in [
        "swap 5 WETH to USDC",
        "swap 60 WETH to USDC",
        "swap 200 WETH to USDC",
        "swap 200000 USDC to WETH",
        "swap 50 WETH to wstETH",
        "swap 300 stETH to WETH",
        "swap 1000000 WETH to USDC",
    ] {
        let intent = quiet.read(sentence).unwrap();
        let Ok(Some(plan)) = quiet.plan(&intent, NOBODY) else {
            too_large += 1;
            continue;
        };
        plans += 1;
        for leg in plan.solution().legs.iter().filter(|leg| leg.kind == LegKind::Swap) {
            let venue = &*market.listings[leg.listing].venue;
            let taken = sandwich(venue, leg.swap, U256::ONE);
            // As many units as three trades may round.
            assert!(taken.profit <= U256::from(8), "{sentence}: {leg:?} {taken:?}");
            swaps += 1;
        }
    }
    println!("{plans} calm plans of {swaps} swaps, {too_large} too large");
    assert!(plans >= 3 && swaps >= 3 && too_large >= 1, "{plans} {swaps} {too_large}");
}

/// What comes back of a backrun counts for a plan, what is expected to be taken counts against it, and
/// without either the order is that of outputs less gas.
#[test]
fn plans_are_weighed_by_what_they_leave_and_lose() {
    let engine = engine();
    let market = engine.market();
    let intent = engine.read("swap 1000 WETH to USDC").unwrap();
    let answer = tenor_solver::solve(market, &intent).unwrap();
    let plans: Vec<&Solution> = answer.best.iter().chain(&answer.alternatives).collect();
    assert!(plans.len() > 1);
    let bps = intent.limits.slippage_bps;
    let alone = weigh(market, &plans, bps, Weights { captured: 0.0, seen: 0.0 });
    assert_eq!(alone.len(), plans.len());
    assert_eq!(alone[0].plan, 0, "the solver's own order: {alone:?}");
    for weights in [(0.0, 1.0), (0.9, 0.0), (0.9, 0.3)] {
        let (captured, seen) = weights;
        for found in weigh(market, &plans, bps, Weights { captured, seen }) {
            let before = alone.iter().find(|known| known.plan == found.plan).unwrap();
            assert_eq!((found.output, found.gas), (before.output, before.gas));
            let change = found.worth - before.worth;
            let signed = |wei: U256| alloy_primitives::I256::try_from(wei).unwrap();
            assert_eq!(change, signed(found.backrun) - signed(found.lost), "{found:?}");
            assert_eq!(found.lost.is_zero(), seen == 0.0 || change >= signed(found.backrun));
        }
    }
    // Whoever goes through one pool alone leaves a backrun that splitting does not.
    let backruns = weigh(market, &plans, bps, Weights { captured: 1.0, seen: 0.0 });
    let of = |plan| backruns.iter().find(|found| found.plan == plan).unwrap().backrun;
    assert!((1..plans.len()).any(|plan| of(plan) > of(0)), "{backruns:?}");
}
