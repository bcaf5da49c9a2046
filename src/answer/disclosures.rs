//! What every answer discloses.

use alloy_primitives::U256;
use tenor_solver::{market::Market, solution::Solution};

/// What a reader must know before trusting the figures.
pub(super) fn disclosures(market: &Market, best: Option<&Solution>) -> Vec<String> {
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
    let priors = market.hazards.label();
    lines.push(format!("Tiers and losses follow from priors, unverified ({priors}). Gas figures are estimates at the block's base fee, without a tip."));
    if let Some(best) = best.filter(|best| !best.risk.unknown.is_empty()) {
        let names = best.risk.unknown.join(", ");
        lines.push(format!("The priors do not name {names}: the worst is assumed."));
    }
    lines.push("Sales are valued at the depth of this block, also at the horizon. An APY is not a promise.".into());
    for assumption in &market.assumptions {
        lines.push(format!("Assumed: {assumption}"));
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
