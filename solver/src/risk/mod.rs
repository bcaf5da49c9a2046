//! Risk as a first simple rule: a tier and an expected loss from who stands behind a token.
//!
//! The seam is here for the dependency graph, shared nodes and hazard models; see `priors` for
//! what the figures are and are not.

mod ladder;
mod priors;

use alloy_primitives::{Address, U256};

use crate::{
    amount::to_f64,
    intent::Tier,
    market::Market,
    venues::{LegKind, Venue},
};

pub use self::{
    ladder::{LADDER_S, Rung},
    priors::{Prior, prior},
};

/// What holding something risks.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// The highest tier among the holdings.
    pub tier: Tier,
    /// Expected loss in basis points a year, weighted by value: a prior, not a measurement.
    pub expected_loss_bps: f64,
    /// Protocols the holdings rest on, with their prior expected loss.
    pub drivers: Vec<(String, f64)>,
}

/// The protocols that a token rests on: its issuer, and its issuer's underlying where the issuer
/// is a lending pool or vault.
pub fn exposures(market: &Market, token: Address) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut next = Some(token);
    while let Some(token) = next.take() {
        let issuer = market.listings.iter().find_map(|l| {
            let tokens = l.venue.tokens();
            let to = tokens.iter().position(|&t| t == token)?;
            let from = (0..tokens.len()).find(|&from| issues(l.venue.as_ref(), from, to))?;
            Some((l.protocol.clone(), tokens[from]))
        });
        if let Some((protocol, underlying)) = issuer
            && !found.contains(&protocol)
        {
            found.push(protocol);
            next = Some(underlying);
        }
    }
    found
}

/// Whether a venue direction creates the token it hands over; whether it is open does not matter.
fn issues(venue: &dyn Venue, from: usize, to: usize) -> bool {
    from != to && matches!(venue.step(from, to).kind, LegKind::Stake | LegKind::Deposit)
}

/// The risk of holdings, each with its value in ETH.
pub fn assess(market: &Market, holdings: &[(Address, U256)]) -> Risk {
    let total: f64 = holdings.iter().map(|(_, value)| to_f64(*value)).sum();
    let mut risk = Risk { tier: Tier::T0, expected_loss_bps: 0.0, drivers: Vec::new() };
    for (token, value) in holdings {
        let exposures = exposures(market, *token);
        let layers = exposures.len();
        for protocol in exposures {
            let Prior { tier, loss_bps } = prior(&protocol);
            risk.tier = risk.tier.max(tier).max(if layers > 1 { Tier::T2 } else { Tier::T0 });
            if total > 0.0 {
                risk.expected_loss_bps += loss_bps * to_f64(*value) / total;
            }
            if !risk.drivers.iter().any(|(name, _)| *name == protocol) {
                risk.drivers.push((protocol, loss_bps));
            }
        }
    }
    risk
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        market::{AsOf, Listing},
        venues::{Deposit, RateForm, ShareRate, ShareRateFigures, VenueId, Weth},
    };

    #[test]
    fn a_closed_issuer_is_an_exposure_and_eth_has_none() {
        let reth = Address::repeat_byte(1);
        let figures = ShareRateFigures {
            share: reth,
            form: RateForm::Reference { eth_per_share_wad: crate::amount::WAD },
            deposit: Deposit::Closed,
            burn_unknown: Some("burn collateral is not known".into()),
            least_deposit: U256::ZERO,
            capacity: crate::venues::Capacity::Unlimited,
        };
        let listing = |venue: Arc<dyn Venue>, protocol: &str| Listing {
            venue,
            protocol: protocol.into(),
            as_of: AsOf { block: 1, utc: String::new() },
            disabled: None,
        };
        let listings = vec![
            listing(Arc::new(Weth::new(Address::repeat_byte(2))), "weth"),
            listing(Arc::new(ShareRate::new(VenueId::new("r"), figures)), "rocketpool"),
        ];
        let market = Market {
            chain_id: 1,
            block: 1,
            timestamp: 1,
            utc: String::new(),
            source: String::new(),
            hash: alloy_primitives::B256::ZERO,
            gas_price: U256::ZERO,
            tokens: Vec::new(),
            listings,
            yields: Vec::new(),
            redemptions: Vec::new(),
            unknowns: Vec::new(),
            assumptions: Vec::new(),
            credits: Vec::new(),
        };
        assert_eq!(exposures(&market, reth), ["rocketpool"]);
        assert_eq!(exposures(&market, crate::venues::NATIVE), [""; 0]);
    }
}
