//! What every answer discloses.

use alloy_primitives::U256;
use tenor_solver::{
    intent::{DENIED_BY_DEFAULT, Denied, Intent},
    leverage::{Leverage, Terms},
    market::{Listing, Market, TokenInfo},
    solution::Solution,
    venues::Capacity,
};

use super::objectives;

/// What a reader must know before trusting the figures.
pub(super) fn disclosures(
    market: &Market,
    intent: &Intent,
    best: Option<&Solution>,
) -> Vec<String> {
    let mut lines = vec![format!(
        "Figures are of block {} ({}), not of today; nothing here is guaranteed.",
        market.block, market.utc
    )];
    if let Some(what) = &market.synthetic {
        lines.insert(0, format!("SYNTHETIC: every figure of this market is made up. {what}"));
    }
    if let Some(best) = best {
        let mut venues: Vec<usize> = best
            .legs
            .iter()
            .chain(best.worth.parts.iter().flat_map(|p| &p.sale))
            .map(|leg| leg.listing)
            .collect();
        venues.sort_unstable();
        venues.dedup();
        for listing in venues.into_iter().map(|i| &market.listings[i]) {
            if listing.as_of.block != market.block && listing.as_of.block != 0 {
                lines.push(format!("{} is of {}.", listing.venue.id(), listing.as_of.utc));
            }
        }
        lines.extend(hazards(market, best));
        lines.extend(rewards(market, best));
        for part in best.worth.parts.iter().filter(|p| p.earning.rate > U256::ZERO) {
            lines.push(format!(
                "Yield: {}. The past is assumed to go on.",
                part.earning.basis.words(market)
            ));
        }
    }
    lines.extend(objectives::disclosures(intent));
    lines.extend(shut(market));
    let priors = market.hazards.label();
    lines.push(format!("Tiers and losses follow from priors, unverified ({priors}). Gas figures are estimates at the block's base fee, without a tip."));
    if let Some(best) = best.filter(|best| !best.risk.unknown.is_empty()) {
        let names = best.risk.unknown.join(", ");
        lines.push(format!("The priors do not name {names}: the worst is assumed."));
    }
    lines.push("Sales are valued at the depth of this block, also at the horizon. An APY is not a promise.".into());
    if let Some(leverage) = best.and_then(|best| best.leverage.as_deref()) {
        lines.extend(told_of_loops(leverage));
    }
    let loops = intent.limits.max_leverage_pct > 100;
    for assumption in market.assumptions.iter().filter(|a| loops || !a.is_of_loops()) {
        lines.push(format!("Assumed: {assumption}"));
    }
    lines
}

/// Venues that no plan uses, and tokens that none enters, with the reason.
fn shut(market: &Market) -> Vec<String> {
    let venue = |listing: &Listing| {
        let venue = &listing.venue;
        let directions = (0..venue.tokens().len()).flat_map(|from| {
            let others = (0..venue.tokens().len()).filter(move |to| *to != from);
            others.map(move |to| venue.capacity(from, to))
        });
        let paused = directions.into_iter().find_map(|capacity| match capacity {
            Capacity::Limited { amount, what, .. } if amount.is_zero() => {
                what.contains("paused").then_some(what)
            }
            _ => None,
        });
        match (&listing.disabled, paused) {
            (Some(why), _) => Some(format!("{} is not used: {why}.", venue.id())),
            (None, Some(what)) => Some(format!("{} is not entered: {what}.", venue.id())),
            (None, None) => None,
        }
    };
    let denied = |token: &TokenInfo| {
        let named =
            |denied: &Denied| matches!(denied, Denied::Token(name) if *name == token.symbol);
        DENIED_BY_DEFAULT.iter().any(named).then(|| {
            format!("{} is denied by default, and not entered: it broke, or can.", token.symbol)
        })
    };
    let venues = market.listings.iter().filter_map(venue);
    venues.chain(market.tokens.iter().filter_map(denied)).collect()
}

/// What is assumed of payments beside the positions' own growth.
fn rewards(market: &Market, best: &Solution) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let earned = best.worth.parts.iter().flat_map(|part| &part.rewards);
    for reward in earned.filter_map(|earned| market.rewards.get(earned.reward)) {
        let line = if reward.points {
            let percent = f64::from(reward.points_bps) / 100.0;
            format!("{} are points: {percent} % of what is said of them counts.", reward.name)
        } else {
            let ends = if reward.ends.is_some() { "ends when it is said to" } else { "goes on" };
            format!("{} is priced as of {} and {ends}.", reward.name, reward.price_of)
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// What a plan that owes something rests on.
fn told_of_loops(leverage: &Leverage) -> Vec<String> {
    let mut lines = vec![
        format!(
            "The loop keeps a health factor of {:.2}: a choice by risk profile, not a measurement.",
            leverage.target_health
        ),
        "The borrow rate is variable: it is taken at the use that the loan itself leaves, and the \
         stress table says what others' use would make of it."
            .into(),
        "Debt and e-mode are of your own account, so you send every step yourself, one transaction \
         after another; between them prices and rates may move. No flash loan is used: it would need \
         a contract that it calls back."
            .into(),
    ];
    if let Terms::Morpho(terms) = &leverage.credit.terms {
        lines.push(format!(
            "The price of {}'s collateral is that of its oracle {}, which never changes; whether that \
             follows redemption or exchanges is not read, and redemption is assumed.",
            leverage.credit.venue, terms.params.oracle
        ));
    }
    lines
}

/// What the plan's own trades could stumble over.
fn hazards(market: &Market, best: &Solution) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for leg in &best.legs {
        let venue = &market.listings[leg.listing].venue;
        for hazard in venue.hazards(leg.swap.from, leg.swap.to) {
            let line = format!("{} {hazard}.", venue.id());
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}
