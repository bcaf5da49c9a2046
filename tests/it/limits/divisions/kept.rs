//! Where some coarse division of what is given keeps every limit, one is found that is as good.

use std::sync::Arc;

use alloy_primitives::U256;
use proptest::prelude::*;
use tenor::engine::Engine;
use tenor_solver::{
    amount::{from_f64, to_f64},
    decide,
    intent::{Depth, Goal, Intent, Limits, Objective, Tier},
    limits_check::Checks,
    market::Market,
    solution::{LimitKind, PlanKind, Solution},
    yields::signed,
};

use super::grid::Grid;
use crate::{
    law::law,
    limits::{ENGINE, Tally, count, markets::generated},
};

/// By how many basis points a division on the grid has to keep every limit.
const SPARE_BPS: u32 = 1;

/// By what part of the whole an answer may end with less than the best division on the grid, or expect to
/// lose more a year where the least loss is asked for.
const NEAR: f64 = 5e-4;

/// An intent of one or two holdings.
fn sentences() -> impl Strategy<Value = String> {
    let amount = || (0.0f64..5.0).prop_map(|log| format!("{:.6}", 10f64.powf(log)));
    let asset = prop::sample::select(vec!["WETH", "S0", "S0", "S0", "S1"]);
    let one = (amount(), asset).prop_map(|(x, asset)| format!("maximize ETH yield on {x} {asset}"));
    let other = prop::sample::select(vec!["WETH", "S1"]);
    let two = (amount(), amount(), other)
        .prop_map(|(x, y, other)| format!("rebalance {x} S0 and {y} {other}"));
    let least = (1u32..500, amount()).prop_map(|(bps, x)| {
        format!("minimize risk for {}.{:02}% ETH yield on {x} S0", bps / 100, bps % 100)
    });
    let days = prop::sample::select(vec![30, 180, 365]);
    (prop_oneof![3 => one, 1 => two, 2 => least], days)
        .prop_map(|(head, days)| format!("{head} for {days} days risk high"))
}

/// Limits, of which each is tight as often as not.
fn limits() -> impl Strategy<Value = Limits> {
    let log = |low: f64, high: f64| (low..high).prop_map(|log| 10f64.powf(log));
    let tight = |low, high| log(low, high).prop_map(|x| from_f64(x).saturating_to());
    let bps = |low: f64, high: f64| prop_oneof![Just(1_000), tight(low, high)];
    let cap = prop_oneof![Just(10_000), 2_000u32..10_000];
    let liquid = prop_oneof![Just(0), 1_000u32..9_990];
    let tier = prop::sample::select(vec![Tier::T1, Tier::T2, Tier::T3, Tier::T3]);
    let depth = prop::sample::select(vec![Depth::Whole, Depth::Half]);
    let ticket = prop::option::weighted(0.3, log(-1.0, 3.0));
    let costs = (bps(0.3, 2.5), bps(0.5, 2.5), bps(1.0, 2.5));
    (cap, liquid, tier, depth, ticket, costs).prop_map(
        |(cap, liquid, max_tier, liquid_depth, ticket, (entry, exit, loss))| Limits {
            max_tier,
            protocol_cap_bps: cap,
            liquid_share_bps: liquid,
            liquid_within_s: 86_400,
            liquid_depth,
            least_position: ticket.map_or(U256::ZERO, |ether| from_f64(ether * 1e18)),
            max_entry_cost_bps: entry,
            max_exit_cost_bps: exit,
            max_expected_loss_bps: loss,
            min_improvement_bps: 0,
            ..ENGINE.read("maximize ETH yield on 1 ETH risk high").unwrap().limits
        },
    )
}

/// The same with a little less room everywhere.
fn tighter(intent: &Intent) -> Intent {
    let limits = intent.limits.clone();
    let less = |bps: u32| bps.saturating_sub(SPARE_BPS);
    let limits = Limits {
        protocol_cap_bps: less(limits.protocol_cap_bps),
        liquid_share_bps: limits.liquid_share_bps + SPARE_BPS,
        least_position: limits.least_position + limits.least_position / U256::from(10_000),
        max_entry_cost_bps: less(limits.max_entry_cost_bps),
        max_exit_cost_bps: less(limits.max_exit_cost_bps),
        max_expected_loss_bps: less(limits.max_expected_loss_bps),
        ..limits
    };
    let goal = match intent.goal {
        Goal::Yield { objective: Objective::LeastRisk { target_bps }, horizon_s } => {
            let objective = Objective::LeastRisk { target_bps: target_bps + SPARE_BPS };
            Goal::Yield { objective, horizon_s }
        }
        goal => goal,
    };
    Intent { goal, limits, ..intent.clone() }
}

/// How good a plan is, as a part of the whole.
fn value(intent: &Intent, plan: &Solution) -> f64 {
    match intent.goal {
        Goal::Yield { objective: Objective::LeastRisk { .. }, .. } => {
            -plan.risk.expected_loss_bps / 1e4
        }
        _ => signed(plan.split.net_wei) / to_f64(plan.split.principal_wei),
    }
}

/// The divisions on the grid that keep every limit with some room, the best last. Of a target the second
/// look at limits says only whether it is out of reach.
fn on_the_grid(market: &Arc<Market>, intent: &Intent) -> Vec<Solution> {
    let checks = Checks::new(Arc::clone(market));
    let (tight, parts) = (tighter(intent), if intent.is_rebalance() { 2 } else { 5 });
    let grid = Grid::new(market, &tight, parts);
    let plans = grid.divisions().into_iter().filter_map(|division| grid.plan(&division));
    let reaches = |plan: &Solution| plan.violations.iter().all(|v| v.limit != LimitKind::Target);
    let mut kept: Vec<Solution> =
        plans.filter(|plan| reaches(plan) && checks.check(&tight, plan).is_ok()).collect();
    kept.sort_by(|a, b| value(intent, a).total_cmp(&value(intent, b)));
    kept
}

/// What is said of a plan that should have been found.
fn told(intent: &Intent, best: &Solution) -> String {
    let parts: Vec<String> =
        best.worth.parts.iter().map(|p| format!("{:?} {}", p.holdings, p.redeem)).collect();
    format!("{} under {:?}: {}", intent.sentence, intent.limits, parts.join(", "))
}

fn found(market: &Arc<Market>, intent: &Intent, tally: &Tally) -> Result<(), TestCaseError> {
    let kept = on_the_grid(market, intent);
    let answer = decide(market, intent).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let hold = kept.iter().find(|plan| plan.kind == PlanKind::Hold);
    let Some(best) = kept.last() else {
        count(tally, if answer.best.is_some() { "between the grid" } else { "none" });
        return Ok(());
    };
    let Some(winner) = &answer.best else {
        // What would beat holding and lacks only its exit is why holding is not called best.
        let beaten = hold.is_some_and(|hold| value(intent, best) <= value(intent, hold) + NEAR);
        count(tally, if beaten { "blocked" } else { "missed" });
        let reason = answer.infeasible.map(|i| i.reason).unwrap_or_default();
        prop_assert!(beaten, "{reason}: {}", told(intent, best));
        return Ok(());
    };
    let short = value(intent, best) - value(intent, winner);
    count(
        tally,
        match short {
            x if x > NEAR => "worse",
            x if x > 1e-4 => "within 5 bp",
            x if x > 1e-5 => "within 1 bp",
            x if x > 0.0 => "within 0.1 bp",
            _ => "as good",
        },
    );
    prop_assert!(short <= NEAR, "{short} less than {}", told(intent, best));
    Ok(())
}

/// Over markets where every asset has one pool, which whoever leaves it or enters it shares.
#[test]
fn a_division_is_found_where_there_is_one() {
    let tally = Tally::default();
    law(150, &(generated(), sentences(), limits()), |(market, sentence, limits)| {
        let market = Arc::new(market);
        let engine = Engine::of(Arc::clone(&market), None);
        let intent = engine.read(&sentence).map_err(|e| TestCaseError::fail(e.to_string()))?;
        found(&market, &Intent { limits, ..intent }, &tally)
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally:?}");
    assert!(tally["as good"] > 20, "{tally:?}");
}
