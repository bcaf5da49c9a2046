//! What every answer discloses.

use alloy_primitives::U256;
use tenor_solver::{market::Market, solution::Solution};

/// What a reader must know before trusting the figures.
pub(super) fn disclosures(market: &Market, best: Option<&Solution>) -> Vec<String> {
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
    lines.push("Tiers and expected losses are priors, unverified. Gas figures are estimates at the block's base fee, without a tip.".into());
    lines.push("Sales are valued at the depth of this block, also at the horizon. An APY is not a promise.".into());
    for assumption in &market.assumptions {
        lines.push(format!("Assumed: {assumption}"));
    }
    lines
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
