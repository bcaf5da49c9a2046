//! Which limits shape a winner, and what they cost it.

use crate::{
    amount::{decimal, to_f64},
    coupling::Multiplier,
    graph::Graph,
    intent::{Goal, Intent, Objective},
    market::Market,
    problem::Problem,
    route::Leg,
    solution::{Binding, Solution},
    spread::Cost,
    venues::{Capacity, LegKind},
};

/// Limits that shape the winner: capacities that it fills, and limits that a better plan breaks.
pub(crate) fn binding(
    market: &Market,
    graph: &Graph,
    intent: &Intent,
    best: &Solution,
    (prices, multipliers): (&[f64], &[Multiplier]),
    coupled: &[Cost],
    moves: &[Solution],
) -> Vec<Binding> {
    let problem = Problem::new(market, graph, intent, multipliers);
    let shadow = |leg: &Leg| {
        let direction = (leg.listing, leg.swap.from, leg.swap.to);
        problem.as_ref()?.shadow_price(graph, prices, direction)
    };
    let full = |leg| filled(market, best, leg).map(|b| Binding { shadow_price: shadow(leg), ..b });
    let mut found: Vec<Binding> = best.legs.iter().filter_map(full).collect();
    found.extend(coupled.iter().filter_map(|cost| cost.binding(best)));
    // A score that is a loss is no yield.
    let least = |objective| matches!(objective, Objective::LeastRisk { .. });
    let yields = !matches!(intent.goal, Goal::Yield { objective, .. } if least(objective));
    for plan in moves.iter().filter(|m| !m.is_feasible() && m.score > best.score) {
        for v in &plan.violations {
            if !found.iter().any(|b| b.limit == v.limit.name()) {
                found.push(Binding {
                    limit: v.limit.name().to_owned(),
                    detail: format!("{} stays out: {}", plan.label, v.detail),
                    cost_bps: yields.then_some(plan.score - best.score),
                    shadow_price: None,
                });
            }
        }
    }
    found
}

/// The capacity that a leg fills, if it fills one.
fn filled(market: &Market, best: &Solution, leg: &Leg) -> Option<Binding> {
    let venue = &market.listings[leg.listing].venue;
    // A step of a loan in the venue's own books is no direction of its.
    let tokens = [leg.swap.from, leg.swap.to].map(|at| venue.tokens().get(at).copied());
    if tokens != [Some(leg.token_in), Some(leg.token_out)] {
        return None;
    }
    let Capacity::Limited { amount, what, refill_per_block } =
        venue.capacity(leg.swap.from, leg.swap.to)
    else {
        return None;
    };
    if leg.swap.amount < amount {
        return None;
    }
    let token = market.token(leg.token_in)?;
    let refill = refill_per_block.map_or(String::new(), |units| {
        format!(", refills {} {} a block", decimal(units, token.decimals), token.symbol)
    });
    let most = decimal(amount, token.decimals);
    Some(Binding {
        limit: what.to_owned(),
        detail: format!("{most} {} through {}{refill}", token.symbol, venue.id()),
        cost_bps: matches!(leg.kind, LegKind::Stake | LegKind::Deposit)
            .then(|| idle(best))
            .flatten(),
        shadow_price: None,
    })
}

/// What the part that a full venue leaves idle would add to the whole, a year, at the return of the
/// part that moved.
fn idle(best: &Solution) -> Option<f64> {
    let of = |earns: bool| {
        let parts = best.worth.parts.iter().filter(move |p| p.earning.rate.is_zero() != earns);
        parts.map(|p| to_f64(p.redeem)).sum::<f64>()
    };
    let (moved, left) = (of(true), of(false));
    (moved > 0.0 && left > 0.0).then(|| best.split.net_bps() * left / moved)
}
