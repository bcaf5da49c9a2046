//! What the fixed-rate venues of a market imply.

use alloy_primitives::{Address, U256};

use super::{BASE, observation::Observation};
use crate::{
    market::{Listing, Market},
    yields::term::kept,
};

/// What the market's fixed-rate venues imply at its block: rates of single trades, nobody's means.
///
/// Only claims on what redeems for ETH count, in the venues that the market may use; a claim's
/// underlying is what its standardized token keeps, as some listing must tell. stETH's wrapped form
/// counts as stETH.
pub fn listed(market: &Market) -> Vec<Observation> {
    market.listings.iter().filter_map(|listing| observation(market, listing)).collect()
}

fn observation(market: &Market, listing: &Listing) -> Option<Observation> {
    let venue = &listing.venue;
    let term = venue.fixed_term().filter(|_| listing.disabled.is_none())?;
    let &[standardized, principal, ..] = venue.tokens() else { return None };
    let kept = kept(&market.listings, standardized)?;
    market.redeem_value(kept, U256::from(1_000_000_000u64))?;
    let decimals = i32::from(market.token(principal).map_or(18, |t| t.decimals));
    Some(Observation {
        market: venue.id().to_string(),
        underlying: underlying(market, kept),
        rate: term.rate,
        averaged_s: 0,
        expiry: term.expiry,
        liquidity: term.liquidity() / 10f64.powi(decimals),
        fee_rate: term.fee_rate,
    })
}

fn underlying(market: &Market, kept: Address) -> String {
    let base = market.tokens.iter().find(|t| t.symbol == BASE);
    match base {
        Some(base) if market.exact_pair(kept, base.address).is_some() => BASE.to_owned(),
        _ => market.symbol(kept),
    }
}
