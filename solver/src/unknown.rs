//! What could not be ranked, and why: an asset is left out for what is missing, never guessed at.

use alloy_primitives::Address;

use crate::{
    intent::Intent,
    solution::{Solution, Unranked},
    value::Appraiser,
    venues::Capacity,
    yields::{earning, forecast::frozen, fraction, other_window},
};

/// Every asset that redeems for ETH but that no plan moves into, with what is missing.
pub(crate) fn unranked(
    appraiser: &Appraiser<'_>,
    intent: &Intent,
    plans: &[Solution],
) -> Vec<Unranked> {
    let (market, graph) = (appraiser.market, appraiser.graph);
    let ranked = |token: Address| {
        let node = graph.node_of(token);
        node == graph.node_of(intent.asset)
            || plans.iter().flat_map(|p| &p.end).any(|h| graph.node_of(h.token) == node)
    };
    graph
        .nodes()
        .filter_map(|node| graph.node(node).tokens.first().map(|(token, _)| (node, *token)))
        .filter(|(_, token)| {
            market.redeem_value(*token, crate::amount::WAD).is_some() && !ranked(*token)
        })
        .map(|(node, token)| {
            let mut missing: Vec<String> = Vec::new();
            let mut add = |what: String| {
                if !missing.contains(&what) {
                    missing.push(what);
                }
            };
            for (member, _) in &graph.node(node).tokens {
                limits_into(appraiser, *member).into_iter().for_each(&mut add);
            }
            if appraiser.way_out(node).is_none() {
                add("no venue of known depth sells it".into());
            }
            let known = earning(market, graph, token, intent.amount);
            let yields =
                known.as_ref().map(|e| format!("{:.2} % a year", 100.0 * fraction(e.rate)));
            let yields = yields.or_else(|| {
                other_window(market, graph, token).map(|row| {
                    format!(
                        "{:.2} % over {}, no common window",
                        100.0 * fraction(row.rate),
                        row.window
                    )
                })
            });
            for listing in &market.listings {
                frozen(listing, token).into_iter().for_each(&mut add);
            }
            if known.is_none() {
                add("no yield over the common window is known".into());
            }
            let tokens = graph.node(node).tokens.iter().map(|(t, _)| *t);
            for note in market.unknowns.iter().filter(|u| tokens.clone().any(|t| t == u.token)) {
                add(note.what.clone());
            }
            if missing.is_empty() {
                missing.push("no way into it, at this amount, that is worth its gas".into());
            }
            Unranked { token, yields, missing }
        })
        .collect()
}

/// Unknown limits, and reasons not to use, of the venues that lead to a token.
fn limits_into(appraiser: &Appraiser<'_>, token: Address) -> Vec<String> {
    let mut found = Vec::new();
    for listing in &appraiser.market.listings {
        let venue = &listing.venue;
        let Some(to) = venue.tokens().iter().position(|&t| t == token) else { continue };
        if let Some(why) = &listing.disabled {
            found.push(format!("{} is not used: {why}", venue.id()));
        }
        for from in (0..venue.tokens().len()).filter(|&from| from != to) {
            if let Capacity::Unknown(what) = venue.capacity(from, to) {
                found.push(format!("{}: {what}", venue.id()));
            }
        }
    }
    found
}
