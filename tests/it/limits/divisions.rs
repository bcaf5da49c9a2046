//! Where some division of a holding keeps every limit, the solver finds one.

use alloy_primitives::U256;
use proptest::prelude::*;
use tenor::engine::{Engine, NOBODY};
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    decide,
    intent::{Depth, Intent},
    limits_check::check,
    market::Market,
    replay::{Claim, replay},
    solution::{LimitKind, PlanKind},
    solve,
    venues::Swap,
};

use crate::law::law;

use super::{ENGINE, Tally, amount, count, markets::generated};

/// Parts of a holding that are sold, and parts of what that brings that go on into another asset.
const PARTS: u32 = 20;

/// Limits as figures, so that every one of them is at times the one that binds.
#[derive(Debug, Clone)]
struct Figures {
    cap: u32,
    liquid: u32,
    entry: u32,
    exit: u32,
    loss: u32,
    ticket: Option<f64>,
    depth: bool,
}

fn figures() -> impl Strategy<Value = Figures> {
    let ticket = prop::option::weighted(0.3, -2.0f64..3.0);
    let costs = (0u32..300, 0u32..300, 5u32..500);
    // Whoever holds one asset keeps no cap below the whole.
    let cap = prop_oneof![3 => 500u32..=10_000, 1 => Just(10_000)];
    (cap, 0u32..=10_000, costs, ticket, any::<bool>()).prop_map(
        |(cap, liquid, (entry, exit, loss), ticket, depth)| Figures {
            cap,
            liquid,
            entry,
            exit,
            loss,
            ticket,
            depth,
        },
    )
}

impl Figures {
    /// The intent with these limits, each a little tighter where `tighter`: what only just keeps a limit
    /// may be missed by rounding.
    fn on(&self, intent: &Intent, tighter: bool) -> Intent {
        let by = u32::from(tighter);
        let mut intent = intent.clone();
        let limits = &mut intent.limits;
        limits.protocol_cap_bps = self.cap.saturating_sub(by);
        limits.liquid_share_bps = (self.liquid + by).min(10_000);
        limits.max_entry_cost_bps = self.entry.saturating_sub(by);
        limits.max_exit_cost_bps = self.exit.saturating_sub(by);
        limits.max_expected_loss_bps = self.loss.saturating_sub(by);
        let ticket = self.ticket.map_or(0.0, |log| 10f64.powf(log));
        limits.least_position = from_f64(ticket * 1e18 * if tighter { 1.001 } else { 1.0 });
        limits.liquid_depth = if self.depth { Depth::Half } else { Depth::Whole };
        intent
    }
}

/// A trade through the pool of one of a generated market's assets.
fn through(market: &Market, symbol: &str, buys: bool, amount: U256) -> Option<Claim> {
    let pool = format!("uniswap_v2:{symbol}/WETH");
    let listing = market.listings.iter().find(|l| l.venue.id().as_str() == pool)?;
    let (from, to) = if buys { (1, 0) } else { (0, 1) };
    let quote = listing.venue.quote(Swap { from, to, amount }).ok()?;
    let tokens = listing.venue.tokens();
    Some(Claim {
        venue: listing.venue.id().clone(),
        token_in: tokens[from],
        token_out: tokens[to],
        amount_in: amount,
        amount_out: quote.out,
    })
}

/// The first division on a grid that keeps all limits: a part of S0 is sold, and a part of that buys S1.
fn division(market: &Market, intent: &Intent) -> Option<String> {
    let part = |of: U256, n: u32| of * U256::from(n) / U256::from(PARTS);
    for sold in 0..=PARTS {
        let first = through(market, "S0", false, part(intent.amount, sold));
        for bought in 0..=PARTS {
            let mut claims: Vec<Claim> = first.iter().filter(|_| sold > 0).cloned().collect();
            if bought > 0 {
                let brought = claims.first().map_or(U256::ZERO, |claim| claim.amount_out);
                claims.extend(through(market, "S1", true, part(brought, bought)));
            }
            let Ok(mut plan) = replay(market, intent, &claims) else { continue };
            plan.kind = if claims.is_empty() { PlanKind::Hold } else { PlanKind::Positions };
            if check(market, intent, &plan).is_ok() {
                return Some(format!(
                    "{sold} of {PARTS} sold, {bought} of {PARTS} of that into S1"
                ));
            }
        }
    }
    None
}

#[test]
fn the_solver_finds_a_division_wherever_a_grid_does() {
    let tally = Tally::default();
    law(400, &(generated(), figures(), amount()), |(market, figures, amount)| {
        let engine = Engine::of(market.into(), None);
        let sentence = format!("maximize ETH yield on {amount} S0 for 365 days risk high");
        let intent = engine.read(&sentence).unwrap();
        let asked = figures.on(&intent, false);
        let answer = decide(engine.market(), &asked).unwrap();
        if let Some(best) = &answer.best {
            check(engine.market(), &asked, best).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let held = best.kind == PlanKind::Hold;
            count(&tally, if held { "hold" } else { "moves" });
            if best.end.iter().filter(|held| to_f64(held.balance) > 1e12).count() > 1 {
                count(&tally, "divides");
            }
            return Ok(());
        }
        count(&tally, "infeasible");
        let found = division(engine.market(), &figures.on(&intent, true));
        let why = answer.infeasible.map(|i| i.reason).unwrap_or_default();
        prop_assert!(found.is_none(), "{}: {why}", found.unwrap_or_default());
        Ok(())
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally:?}");
    for what in ["hold", "moves", "infeasible", "divides"] {
        assert!(tally[what] > 10, "{what}: {tally:?}");
    }
}

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
