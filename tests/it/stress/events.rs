//! The ten events against the list.

use alloy_primitives::I256;
use tenor_simulations::scenarios;
use tenor_solver::{
    risk::{Holding, RiskGraph, assess},
    stress::{After, State},
    yields::signed,
};

use super::{
    Stage,
    expected::{LINES, Line, Of},
};

/// The part that is lost of what there was before; all where nothing is known to come out.
fn lost(before: &State, after: &State, of: Of) -> f64 {
    let eth = |state: &State| match of {
        Of::Cash => state.reach[0].eth.and_then(|eth| I256::try_from(eth).ok()),
        Of::Horizon => state.horizon,
    };
    let before = signed(eth(before).expect("a value before"));
    eth(after).map_or(1.0, |after| 1.0 - signed(after) / before)
}

fn hold(stage: &Stage, line: &Line, after: &After) {
    let loss = |name: &&str| {
        let plan = stage.plan(name);
        lost(&stage.before(&plan), &stage.state(&plan, after), line.of)
    };
    let groups: Vec<Vec<f64>> =
        line.most_first.iter().map(|group| group.iter().map(loss).collect()).collect();
    let told = format!("{} {:?}: {}: {groups:?}", line.event, line.of, line.why);
    let most = |g: &[f64]| g.iter().copied().fold(f64::MIN, f64::max);
    let least = |g: &[f64]| g.iter().copied().fold(f64::MAX, f64::min);
    for pair in groups.windows(2) {
        let gap = least(&pair[0]) - most(&pair[1]);
        assert!(gap > 0.0, "{told}");
        for group in pair {
            assert!(most(group) - least(group) < gap / 4.0, "{told}");
        }
    }
    if line.last_loses_nothing {
        let last = groups.last().unwrap();
        assert!(last.iter().all(|loss| loss.abs() < 1e-9), "{told}");
    }
}

#[test]
fn plans_lose_in_the_order_that_was_written_down() {
    let stage = Stage::new();
    let events = scenarios::embedded().unwrap();
    assert_eq!(events.len(), 10);
    for event in &events {
        let applied = event.on(&stage.market).unwrap();
        let lines: Vec<&Line> = LINES.iter().filter(|line| line.event == event.file).collect();
        assert!(!lines.is_empty(), "{} is on the list", event.file);
        for line in lines {
            hold(&stage, line, &applied.after);
        }
    }
}

/// A discount on exchanges reaches a loan through its oracle alone: by hand, 0.95 * 1000 / 900 is
/// 1.0556 at the redemption rate, and 5.5 % less than that is below one.
#[test]
fn the_oracle_decides_who_is_liquidated() {
    use tenor_solver::stress::PriceSource::{Book, Market, Redemption};
    let stage = Stage::new();
    let events = scenarios::embedded().unwrap();
    let june = events.iter().find(|e| e.file == "2022-06-celsius").unwrap();
    let after = june.on(&stage.market).unwrap().after;
    let state = |price| {
        let loans = vec![stage.looped(1_000, 900, price)];
        stage.state(&tenor_solver::stress::Position { holdings: Vec::new(), loans }, &after)
    };
    for price in [Redemption, Book] {
        let state = state(price);
        assert!((state.health[0].now - 0.95 / 0.9).abs() < 1e-6, "{:?}", state.health);
        assert!(state.liquidated.is_empty());
    }
    let market = state(Market);
    assert!((market.health[0].now - 0.95 * 0.945 / 0.9).abs() < 1e-6, "{:?}", market.health);
    assert_eq!(market.liquidated, [0]);
    // What is left is the collateral less the debt and the bonus at the oracle's price.
    let left = 1_000.0 - 900.0 * 1.01 / 0.945;
    let redeem = signed(market.redeem.unwrap()) / 1e18;
    assert!((redeem - left).abs() < 1e-3, "{redeem} {left}");
}

/// Net yield less expected loss, by the risk figures that there are: in calm staking beats lending; when
/// stETH trades far below its rate and nothing can be redeemed, lending does; when the lending pool is
/// fully lent, staking does again, and lending cannot be valued.
#[test]
fn the_risk_adjusted_order_flips_with_the_event() {
    let stage = Stage::new();
    let events = scenarios::embedded().unwrap();
    let after = |name: &str| match events.iter().find(|e| e.file == name) {
        Some(event) => event.on(&stage.market).unwrap().after,
        None => After::nothing(&stage.market),
    };
    let adjusted = |plan: &str, after: &After| {
        let position = stage.plan(plan);
        let worth = signed(stage.state(&position, after).horizon?) / 1e18;
        let years = 90.0 / 365.25;
        let net = (worth / 100.0).ln() / years * 1e4;
        let holdings = position.holdings.iter();
        let held: Vec<_> = holdings.map(|(t, _)| Holding::plain(*t, super::ether(100))).collect();
        let graph = RiskGraph::new(&stage.market).unwrap();
        Some(net - assess(&graph, &held, 0.0).charge_bps())
    };
    let order = |event: &str| {
        let after = after(event);
        (adjusted("steth", &after), adjusted("aave", &after))
    };
    let (steth, aave) = order("calm");
    assert!(steth > aave && aave.is_some(), "{steth:?} {aave:?}");
    for event in ["2022-05-terra", "2022-06-celsius"] {
        let (steth, aave) = order(event);
        assert!(steth < aave && steth.is_some(), "{event}: {steth:?} {aave:?}");
    }
    let (steth, aave) = order("2026-04-rseth");
    assert!(steth.is_some() && aave.is_none(), "{steth:?} {aave:?}");
}
