//! Rebalances: several holdings, any part of any of which may move.

use std::sync::LazyLock;

use alloy_primitives::{I256, U256};
use proptest::prelude::*;
use tenor::{
    answer::{AnswerDto, check::ClaimedAnswer},
    engine::{Engine, NOBODY},
};
use tenor_simulations::figures::{
    ASSUMPTIONS_NAME, EMBEDDED_NAME, Figures, embedded, embedded_assumptions,
};
use tenor_solver::{certificate, graph::Graph, problem::Problem, solve};

use crate::law::law;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let assumptions = figures.assumptions(ASSUMPTIONS_NAME, embedded_assumptions()).unwrap();
    Engine::new(&figures, &assumptions).unwrap()
});

fn ask(sentence: &str) -> AnswerDto {
    ENGINE.ask(sentence, NOBODY).unwrap_or_else(|error| panic!("{sentence}: {error}"))
}

fn signed(text: &str) -> I256 {
    text.parse().unwrap()
}

fn gap(answer: &AnswerDto) -> f64 {
    answer.certificate.as_ref().unwrap().gap_bps.parse().unwrap()
}

#[test]
fn idle_ether_joins_what_earns() {
    let answer = ask("rebalance 40 wstETH and 60 WETH for 365 days");
    assert_eq!((answer.plan.kind, answer.plan.way), ("positions", "owner_executed"));
    assert_eq!(answer.simulation.as_ref().unwrap().difference_wei, "0");
    let turned = answer.turnover.as_ref().unwrap();
    assert_eq!(turned.moved_wei, "60000000000000000000");
    // 40 wstETH redeem for 46.70 ETH at this block: 60 of 106.70 is 56.2 %.
    let share: f64 = turned.share_bps.parse().unwrap();
    assert!((share - 5_623.0).abs() < 5.0, "{share}");
    assert!(gap(&answer) < 1.0, "{}", gap(&answer));
    assert!(answer.disclosures.iter().any(|line| line.contains("takes in one asset")));
}

/// What trades take is part of the net: with nothing that accrues, over no time to speak of, the net
/// is what entering and leaving cost.
#[test]
fn turnover_is_counted_in_the_net() {
    law(12, &(1u32..300, 1u32..300), |(wsteth, weth)| {
        let sentence = format!("rebalance {wsteth} wstETH and {weth} WETH for 200 days");
        let answer = ask(&sentence);
        let Some(turned) = &answer.turnover else { return Ok(()) };
        let (yields, exit) = (answer.yields.as_ref().unwrap(), answer.exit.as_ref().unwrap());
        // The end redeems for the principal less what trading took; from there on it accrues and leaves.
        let end: U256 =
            exit.parts.iter().map(|part| part.redeem_wei.parse::<U256>().unwrap()).sum();
        let gas_price: U256 = answer.market.gas_price_wei.parse().unwrap();
        let gas = I256::try_from(gas_price * U256::from(answer.plan.gas)).unwrap();
        let principal = signed(&yields.principal_wei);
        let cost = I256::try_from(end).unwrap() - principal - gas;
        prop_assert_eq!(cost, signed(&turned.cost_wei), "{}", sentence);
        let whole = signed(&turned.whole_wei);
        prop_assert_eq!(whole, principal);
        prop_assert!(signed(&turned.moved_wei) <= whole);
        let leaves = gas_price * U256::from(exit.gas);
        let eth: U256 = exit.eth_wei.parse().unwrap();
        let net = I256::try_from(eth).unwrap() - I256::try_from(leaves).unwrap() - principal - gas;
        prop_assert_eq!(net, signed(&yields.net_wei), "{}", sentence);
        Ok(())
    });
}

/// A cap below what is held forces a part out, and no more than that.
#[test]
fn a_cap_forces_a_rebalance() {
    for (wsteth, weth, cap) in [(40, 60, 30), (400, 100, 50), (100, 1, 20), (4_000, 600, 30)] {
        let clauses = format!("for 365 days at most {cap}% per protocol");
        let sentence = format!("rebalance {wsteth} wstETH and {weth} WETH {clauses}");
        let answer = ask(&sentence);
        assert_eq!(answer.plan.kind, "positions", "{sentence}");
        assert_eq!(answer.simulation.as_ref().unwrap().difference_wei, "0");
        let exit = answer.exit.as_ref().unwrap();
        let (mut earning, mut whole) = (0.0, 0.0);
        for part in &exit.parts {
            let redeem: f64 = part.redeem_wei.parse().unwrap();
            whole += redeem;
            earning += if part.rate_ray == "0" { 0.0 } else { redeem };
        }
        let share = 100.0 * earning / whole;
        assert!(share <= f64::from(cap) + 1e-6, "{sentence}: {share}");
        assert!(share > f64::from(cap) - 0.1, "{sentence}: {share} keeps less than it may");
        let hold = answer.alternatives.iter().find(|a| a.kind == "hold").unwrap();
        assert!(hold.violates.iter().any(|v| v.contains("cap per protocol")), "{hold:?}");
    }
}

#[test]
fn what_cannot_be_valued_is_named() {
    let answer = ask("rebalance 40 wstETH and 60 weETH");
    let reason = &answer.infeasible.as_ref().unwrap().reason;
    assert!(reason.contains("weETH") && !reason.contains("wstETH"), "{reason}");
    assert!(answer.certificate.is_none());
}

/// Two holdings of one asset are that asset: the plan and the bound of their sum.
#[test]
fn forms_of_one_asset_are_one_holding() {
    let both = ask("rebalance 60 ETH and 40 WETH for 365 days");
    let one = ask("maximize ETH yield on 100 WETH for 365 days");
    let net = |a: &AnswerDto| signed(&a.yields.as_ref().unwrap().net_wei);
    // Wrapping takes gas, and no more.
    let apart = (net(&both) - net(&one)).abs();
    assert!(apart < I256::try_from(10u64.pow(16)).unwrap(), "{apart}");
}

/// The bound of several holdings is sound: nothing that replays exceeds it, whatever the prices, and
/// it is no higher than the sum of what each is worth alone.
#[test]
fn the_bound_of_several_holdings_holds() {
    law(12, &(1u32..3_000, 1u32..3_000, 30u32..400), |(wsteth, weth, days)| {
        let sentence = format!("rebalance {wsteth} wstETH and {weth} WETH for {days} days");
        let market = ENGINE.market();
        let intent = ENGINE.read(&sentence).unwrap();
        let answer = solve(market, &intent).unwrap();
        let proof = certificate(market, &intent, &answer).unwrap();
        let graph = Graph::new(market);
        let problem = Problem::new(market, &graph, &intent, &proof.multipliers).unwrap();
        prop_assert!(proof.check(market, &graph, &problem).is_ok());
        for plan in answer.best.iter().chain(&answer.alternatives) {
            let returned = problem.returned(market, plan).unwrap();
            prop_assert!(returned <= proof.bound, "{sentence}: {}", plan.label);
        }
        // Any other prices bound too: dearer ones by more.
        for factor in [0.5, 0.9, 1.1, 2.0] {
            let mut prices = proof.clone();
            prices.prices.iter_mut().for_each(|p| p.price *= factor);
            prices.bound = U256::MAX / U256::from(2);
            let checked = prices.check(market, &graph, &problem);
            prop_assert!(checked.is_ok() || factor < 1.0, "{sentence} {factor}: {checked:?}");
        }
        // Separately, each holding has the whole market to itself: together they cannot do better.
        let alone = |asked: String| {
            let intent = ENGINE.read(&asked).unwrap();
            let answer = solve(market, &intent).unwrap();
            certificate(market, &intent, &answer).unwrap().bound
        };
        let one = alone(format!("maximize ETH yield on {wsteth} wstETH for {days} days"));
        let other = alone(format!("maximize ETH yield on {weth} WETH for {days} days"));
        let sum = one + other;
        let slack = sum / U256::from(100_000);
        prop_assert!(proof.answer <= sum + slack, "{sentence}: {} of {sum}", proof.answer);
        Ok(())
    });
}

/// The answer of a rebalance is checked by somebody else from its JSON alone, and a changed one is not.
#[test]
fn a_rebalance_is_checked_from_its_json() {
    let answer = ask("rebalance 40 wstETH and 60 WETH for 365 days");
    let json = serde_json::to_value(&answer).unwrap();
    let read = |value: serde_json::Value| {
        let claimed: ClaimedAnswer = serde_json::from_value(value).unwrap();
        let intent = ENGINE.read(claimed.sentence()).unwrap();
        claimed.check(ENGINE.market(), &intent)
    };
    assert!(read(json.clone()).unwrap().gap_bps < 1.0);
    for (path, value) in [
        ("/intent/others/0/amount", "60000000000000000001"),
        ("/certificate/others_in/0/amount", "60000000000000000001"),
        ("/certificate/bound", "1"),
    ] {
        let mut changed = json.clone();
        *changed.pointer_mut(path).unwrap() = value.into();
        assert!(read(changed).is_err(), "{path}");
    }
}
