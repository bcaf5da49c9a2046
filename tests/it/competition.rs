//! What simple methods would have done, beside what became of an intent.

use alloy_primitives::{Address, U256};
use tenor::{
    engine::NOBODY,
    settlement::competition::{Became, Competition, Method, view},
};
use tenor_solver::{
    intent::{Goal, Intent},
    solution::Solution,
    venues::{LegKind, Swap},
};

use crate::signed::engine;

const SWAPS: &[&str] = &[
    "swap 1000 WETH to USDC",
    "swap 20 WETH to USDC",
    "swap 2000000 USDC to WETH",
    "swap 3000 stETH to WETH",
    "swap 50 WETH to wstETH",
];

fn landed(plan: &Solution) -> Became {
    let received = plan.end.iter().map(|held| (held.token, held.balance)).collect();
    let gas_wei = engine().market().gas_price * U256::from(plan.gas);
    Became::Landed { received, gas_wei }
}

fn best(sentence: &str) -> (Intent, Solution) {
    let intent = engine().read(sentence).unwrap();
    let plan = engine().plan(&intent, NOBODY).unwrap().unwrap();
    let plan = plan.solution().clone();
    (intent, plan)
}

fn wanted(intent: &Intent) -> Address {
    let (Goal::Swap { to } | Goal::Exit { to, .. }) = intent.goal else { panic!("{intent:?}") };
    to
}

fn of(view: &Competition, method: Method) -> &tenor::settlement::competition::Other {
    view.others.iter().find(|other| other.method == method).unwrap()
}

/// What landed as it was planned beats every simple method on the same market, or is one of them.
#[test]
fn what_was_planned_beats_the_simple_methods() {
    let market = engine().market();
    for sentence in SWAPS {
        let (intent, plan) = best(sentence);
        let found = view(market, &intent, &[&plan], &landed(&plan));
        println!("{sentence}: {}", found.why);
        assert!(found.won && found.code == "landed", "{found:?}");
        assert!(of(&found, Method::Hold).net.is_none());
        // A path of one venue is a path, and what a path takes whole a split may too.
        let net = |method| of(&found, method).net;
        assert!(net(Method::SinglePath) >= net(Method::SingleVenue), "{found:?}");
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Competition>(&text).unwrap(), found);
        for other in found.others.iter().filter(|other| other.net.is_some()) {
            let beyond: f64 = other.ours_beyond_bps.as_ref().unwrap().parse().unwrap();
            assert!(beyond >= 0.0, "{other:?}");
        }
    }
}

/// The best single venue is that of whoever asks each for its quote.
#[test]
fn the_best_single_venue_is_the_best_quote() {
    let market = engine().market();
    for sentence in ["swap 1000 WETH to USDC", "swap 300000 USDC to WETH", "swap 40 WETH to USDT"] {
        let (intent, plan) = best(sentence);
        let found = view(market, &intent, &[&plan], &landed(&plan));
        let mut best = U256::ZERO;
        for listing in market.listings.iter().filter(|listing| listing.disabled.is_none()) {
            let tokens = listing.venue.tokens();
            let at = |of: Address| tokens.iter().position(|token| *token == of);
            let (Some(from), Some(to)) = (at(intent.asset), at(wanted(&intent))) else { continue };
            let quote = listing.venue.quote(Swap { from, to, amount: intent.amount });
            best = best.max(quote.map_or(U256::ZERO, |quote| quote.out));
        }
        let single = of(&found, Method::SingleVenue);
        assert_eq!(single.out.unwrap().0, best, "{sentence}: {single:?}");
    }
}

/// Less delivered, or dearer gas, is told as such; what was lost names the best that could have been done.
#[test]
fn what_came_short_or_was_lost_is_said_so() {
    let market = engine().market();
    let (intent, plan) = best("swap 1000 WETH to USDC");
    let Became::Landed { received, gas_wei } = landed(&plan) else { panic!() };
    let half = received.iter().map(|(token, amount)| (*token, *amount / U256::from(2))).collect();
    let short = view(market, &intent, &[], &Became::Landed { received: half, gas_wei });
    assert!(!short.won && short.best.is_some(), "{short:?}");
    assert!(short.why.contains("less than"), "{}", short.why);
    let (code, why) = ("missed_untaken".to_owned(), "no relay said that it took it".to_owned());
    let lost = view(market, &intent, &[], &Became::Lost { code, why });
    assert!(!lost.won && lost.ours.is_none() && lost.code == "missed_untaken");
    assert_eq!(lost.best, short.best);
    assert!(lost.why.contains("no relay said that it took it"), "{}", lost.why);
}

/// Of a yield the methods are the solver's own plans: holding is always one of them.
#[test]
fn a_yield_is_held_against_holding_and_depositing() {
    let market = engine().market();
    let intent = engine().read("maximize ETH yield on 100 WETH for 365 days").unwrap();
    let answer = tenor_solver::solve(market, &intent).unwrap();
    let best = answer.best.clone().unwrap();
    let plans: Vec<&Solution> = answer.best.iter().chain(&answer.alternatives).collect();
    let found = view(market, &intent, &plans, &landed(&best));
    println!("{}", found.why);
    assert!(found.won, "{found:?}");
    assert_eq!(found.ours.unwrap().0, best.split.net_wei);
    let hold = of(&found, Method::Hold).net.unwrap();
    assert!(hold <= found.ours.unwrap());
    let staked = of(&found, Method::DirectStake);
    let deposits = |plan: &&&Solution| {
        !plan.legs.is_empty()
            && plan.is_feasible()
            && plan.legs.iter().all(|leg| leg.kind != LegKind::Swap)
    };
    let straight =
        |plan: &&&Solution| plan.legs.windows(2).all(|pair| pair[0].token_out == pair[1].token_in);
    let known = plans.iter().filter(deposits).filter(straight).map(|plan| plan.split.net_wei).max();
    assert_eq!(staked.net.map(|net| net.0), known);
}
