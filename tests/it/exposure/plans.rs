//! What an answer says of its plan, checked by the attacker in the EVM.

use alloy_primitives::{Address, U256};
use tenor::engine::{Engine, NOBODY};
use tenor_simulations::{
    Script,
    exposure::{Aim, Case, search},
    figures::{EMBEDDED_NAME, Figures, embedded},
};
use tenor_solver::{
    amount::{WAD, to_f64},
    mev::plan::exposure,
    solution::{approvals, calls},
    venues::{LegKind, Venue},
};

use super::kit::CLOSE;

/// Swaps from what nobody would attack to what everybody would.
const SENTENCES: &[&str] = &[
    "swap 50 WETH to wstETH",
    "swap 1000 WETH to USDC",
    "swap 5000000 USDC to WETH",
    "swap 8000 ETH to stETH",
];

#[test]
fn the_attacker_takes_from_plans_what_their_answers_say() {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let engine = Engine::new(&figures, &[]).unwrap();
    let (market, world) = (engine.market(), engine.world().unwrap());
    let venues: Vec<&dyn Venue> = market.listings.iter().map(|l| &*l.venue).collect();
    let prices: Vec<(Address, f64)> = market
        .tokens
        .iter()
        .filter_map(|t| Some((t.address, to_f64(market.redeem_value(t.address, WAD)?) / 1e18)))
        .collect();
    let (mut legs, mut gains) = (0, 0);
    for sentence in SENTENCES {
        let intent = engine.read(sentence).unwrap();
        let plan = tenor_solver::solve(market, &intent).unwrap().best.unwrap();
        for slippage_bps in [intent.limits.slippage_bps, 300] {
            let told = exposure(market, &plan, slippage_bps);
            let encoded = plan.encode(market, NOBODY, slippage_bps, u64::MAX);
            let mut at = 0;
            let mut aims = Vec::new();
            for (leg, encoded) in plan.legs.iter().zip(&encoded) {
                if leg.kind == LegKind::Swap {
                    let (venue, swap) = (leg.listing, leg.swap);
                    aims.push(Aim { call: at, venue, swap, front: None, room: None });
                }
                at += encoded.calls.len();
            }
            let victim = Script {
                account: NOBODY,
                holdings: plan.start.tokens().map(|t| (t, plan.start.stored(t))).collect(),
                approvals: approvals(&encoded),
                calls: calls(&encoded).cloned().collect(),
                watch: Vec::new(),
            };
            let (venues, prices) = (&venues, &prices);
            let (victim, aims) = (&victim, &aims);
            let (whose, outputs) = (NOBODY, &[]);
            let case = Case {
                world,
                victim,
                aims,
                bundled: false,
                whose,
                outputs,
                venues,
                prices,
                tip: 0,
            };
            let found = search(&case).unwrap();
            let Some(told) = told else {
                assert!(aims.is_empty(), "{sentence}");
                continue;
            };
            println!("{sentence} at {slippage_bps} bp: {} runs, {told:?}", found.runs);
            for (leg, real) in told.legs.iter().zip(&found.legs) {
                let what = format!("{sentence} at {slippage_bps} bp: {leg:?} {real:?}");
                legs += 1;
                let model = to_f64(leg.taken.profit);
                let slack = 1e-7 * to_f64(plan.legs[leg.leg].swap.amount) + 16.0;
                if real.token == plan.legs[leg.leg].token_in {
                    let taken = to_f64(real.taken);
                    assert!(taken >= model * (1.0 - CLOSE) - slack, "{what}");
                    // Through its own venue, nothing beyond.
                    let direct = real.path.as_ref().is_some_and(|path| path.front.len() == 1);
                    assert!(!direct || taken <= model * (1.0 + CLOSE) + slack, "{what}");
                }
                gains += usize::from(model > slack);
            }
            let ring = found.backrun.map_or(0.0, |ring| {
                let price = prices.iter().find(|(token, _)| *token == ring.token);
                to_f64(ring.taken) * price.map_or(0.0, |(_, price)| *price)
            });
            assert!(ring >= to_f64(told.backrun) * (1.0 - CLOSE) - 1e12, "{sentence}: {ring}");
        }
    }
    println!("{legs} legs, {gains} can be attacked");
    assert!(gains >= 2, "{gains} of {legs}");
}

/// Nothing is given away at the quote, and more slippage never gives less away.
#[test]
fn a_plans_exposure_grows_with_its_slippage() {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let engine = Engine::new(&figures, &[]).unwrap();
    let intent = engine.read("swap 1000 WETH to USDC").unwrap();
    let plan = tenor_solver::solve(engine.market(), &intent).unwrap().best.unwrap();
    let taken = |bps| {
        let told = exposure(engine.market(), &plan, bps).unwrap();
        let net: U256 = told.legs.iter().filter_map(|leg| leg.net).sum();
        (net, told.legs.iter().filter_map(|leg| leg.safe).fold(f64::INFINITY, f64::min))
    };
    let all: Vec<_> = [0, 1, 10, 30, 100, 300, 1_000].map(taken).to_vec();
    assert_eq!(all[0].0, U256::ZERO);
    assert!(all.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{all:?}");
    assert!(all[6].0 > U256::ZERO);
    // What is safe does not depend on the intent's own slippage, and at it nothing is gained.
    let safe = all[0].1;
    assert!(all.iter().all(|(_, other)| (other - safe).abs() < 1e-3 * safe), "{all:?}");
    for (bps, (net, _)) in [0, 1, 10, 30, 100, 300, 1_000].into_iter().zip(&all) {
        assert_eq!(net.is_zero(), f64::from(bps) / 1e4 <= safe, "{bps} bp, safe at {safe}");
    }
}
