//! Who stands behind a token: read from what venues say that they issue, and the priors of those.

use alloy_primitives::{Address, U256};

use crate::{
    intent::Tier,
    market::Market,
    risk::prior,
    venues::{LegKind, Venue},
};

/// What holding an asset rests on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Behind {
    /// The protocols, the nearest first.
    pub(super) protocols: Vec<String>,
    pub(super) tier: Tier,
    /// What is expected to be lost, in basis points a year.
    pub(super) loss_bps: f64,
}

/// Follows each token to who issues it, and on to what was given for it, until nothing new turns up.
pub(super) fn behind(market: &Market, tokens: &[(Address, U256)]) -> Behind {
    let mut open: Vec<Address> = tokens.iter().map(|(token, _)| *token).collect();
    let mut seen: Vec<Address> = Vec::new();
    let mut protocols: Vec<String> = Vec::new();
    while let Some(token) = open.pop() {
        if seen.contains(&token) {
            continue;
        }
        seen.push(token);
        let Some((protocol, given)) = issuer(market, token) else { continue };
        if !protocols.contains(&protocol) {
            protocols.push(protocol);
        }
        open.push(given);
    }
    let layered = if protocols.len() > 1 { Tier::T2 } else { Tier::T0 };
    let priors = || protocols.iter().map(|protocol| prior(protocol));
    let tier = priors().map(|prior| prior.tier).fold(layered, Tier::max);
    let loss_bps = priors().map(|prior| prior.loss_bps).sum();
    Behind { protocols, tier, loss_bps }
}

/// Who issues a token, and for what.
fn issuer(market: &Market, token: Address) -> Option<(String, Address)> {
    market.listings.iter().find_map(|listing| {
        let venue = &*listing.venue;
        let to = venue.tokens().iter().position(|t| *t == token)?;
        let from = (0..venue.tokens().len()).find(|from| makes(venue, *from, to))?;
        Some((listing.protocol.clone(), *venue.tokens().get(from)?))
    })
}

fn makes(venue: &dyn Venue, from: usize, to: usize) -> bool {
    if from == to {
        return false;
    }
    match venue.step(from, to).kind {
        LegKind::Stake | LegKind::Deposit => true,
        LegKind::Swap | LegKind::Wrap | LegKind::Redeem => false,
    }
}
