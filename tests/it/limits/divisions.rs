//! A holding that limits force out is divided, and where nothing can be, the limits are named.

mod fitted;
mod traded;

use alloy_primitives::U256;
use tenor::engine::NOBODY;
use tenor_solver::{
    amount::{WAD, to_f64},
    market::Market,
    solution::{LimitKind, PlanKind},
    solve,
};

use super::ENGINE;

/// The share of a plan that rests on Lido, by what is held.
fn on_lido(market: &Market, plan: &tenor_solver::solution::Solution) -> f64 {
    let value = |staked: bool| {
        let held =
            plan.end.iter().filter(|held| market.symbol(held.token).contains("st") == staked);
        held.map(|h| to_f64(market.redeem_value(h.token, h.balance).unwrap())).sum::<f64>()
    };
    value(true) / (value(true) + value(false))
}

/// A cap that forces most of a holding out is kept by dividing it, as it is of two holdings.
#[test]
fn a_cap_on_one_holding_divides_it() {
    let market = ENGINE.market();
    let read = |sentence: &str| ENGINE.read(sentence).unwrap();
    for (amount, asset) in [(4_000, "wstETH"), (100, "stETH"), (1, "wstETH")] {
        let words = "for 365 days risk high at most 30% per protocol";
        let alone = read(&format!("maximize ETH yield on {amount} {asset} {words}"));
        let best = solve(market, &alone).unwrap().best.unwrap();
        assert_eq!(best.kind, PlanKind::Positions);
        let share = on_lido(market, &best);
        assert!(share <= 0.3 && share > 0.2999, "{amount} {asset}: {share}");
        assert!(ENGINE.plan(&alone, NOBODY).unwrap().is_some());
        let beside = read(&format!("rebalance {amount} {asset} and 0.001 WETH {words}"));
        let other = solve(market, &beside).unwrap().best.unwrap();
        let apart = (best.split.net_bps() - other.split.net_bps()).abs();
        assert!(
            apart < 1.0,
            "{amount} {asset}: {} and {}",
            best.split.net_bps(),
            other.split.net_bps()
        );
    }
}

/// Where limits contradict each other, the reason names them.
#[test]
fn limits_that_contradict_each_other_are_named() {
    let market = ENGINE.market();
    let sentence =
        "maximize ETH yield on 4000 wstETH for 365 days risk high at most 30% per protocol";
    let mut intent = ENGINE.read(sentence).unwrap();
    // Getting out of two thirds and more costs more than that.
    intent.limits.max_entry_cost_bps = 1;
    let answer = solve(market, &intent).unwrap();
    assert!(answer.best.is_none());
    let reason = answer.infeasible.unwrap().reason;
    for name in ["cap per protocol: 30 % on lido", "highest entry cost: 1 bp"] {
        assert!(reason.contains(name), "{name:?} is not in {reason:?}");
    }
}

/// A position that is entered is worth a ticket, or there is none.
#[test]
fn a_ticket_is_kept_or_nothing_is_entered() {
    let market = ENGINE.market();
    let asked = |least: &str| {
        let words = format!("on 100 WETH for 365 days at least {least} ETH per position");
        let intent = ENGINE.read(&format!("maximize ETH yield {words}")).unwrap();
        solve(market, &intent).unwrap()
    };
    let moved = asked("99.9").best.unwrap();
    assert_eq!(moved.kind, PlanKind::Positions);
    let answer = asked("100.1");
    assert_eq!(answer.best.unwrap().kind, PlanKind::Hold);
    let small = |limit: &tenor_solver::solution::Violation| limit.limit == LimitKind::Ticket;
    assert!(answer.alternatives.iter().any(|plan| plan.violations.iter().any(small)));
    assert_eq!(
        ENGINE
            .read("maximize ETH yield on 1 ETH at least 2.5 ETH per position")
            .unwrap()
            .limits
            .least_position,
        WAD * U256::from(5) / U256::from(2)
    );
}
