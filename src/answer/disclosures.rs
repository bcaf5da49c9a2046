//! What every answer discloses.

use alloy_primitives::U256;
use tenor_solver::{leverage::Leverage, market::Market, solution::Solution};

/// What a reader must know before trusting the figures.
pub(super) fn disclosures(market: &Market, best: Option<&Solution>, loops: bool) -> Vec<String> {
    let mut lines = vec![format!(
        "Figures are of block {} ({}), not of today; nothing here is guaranteed.",
        market.block, market.utc
    )];
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
        for part in best.worth.parts.iter().filter(|p| p.earning.rate > U256::ZERO) {
            lines.push(format!(
                "Yield: {}. The past is assumed to go on.",
                part.earning.basis.words(market)
            ));
        }
    }
    lines.push("Tiers and expected losses are priors, unverified. Gas figures are estimates at the block's base fee, without a tip.".into());
    lines.push("Sales are valued at the depth of this block, also at the horizon. An APY is not a promise.".into());
    if let Some(leverage) = best.and_then(|best| best.leverage.as_deref()) {
        lines.extend(told_of_loops(leverage));
    }
    for assumption in market.assumptions.iter().filter(|a| loops || !a.is_of_loops()) {
        lines.push(format!("Assumed: {assumption}"));
    }
    lines
}

/// What a plan that owes something rests on.
fn told_of_loops(leverage: &Leverage) -> [String; 3] {
    [
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
    ]
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
