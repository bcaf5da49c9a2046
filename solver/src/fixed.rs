//! What pays a fixed rate until when: principal tokens, which redeem at their expiry for what was
//! agreed when they were bought.

use alloy_primitives::Address;

use crate::market::Market;

/// Where a venue of fixed terms has its principal token, by the rule of
/// [`Venue::fixed_term`](crate::venues::Venue::fixed_term).
const PRINCIPAL: usize = 1;

/// Unix seconds until which what a token pays is fixed; `None` of a token whose yield floats.
pub(crate) fn fixed_until(market: &Market, token: Address) -> Option<u64> {
    terms(market).filter(|(principal, _)| *principal == token).map(|(_, expiry)| expiry).max()
}

/// Whether what a token pays is fixed for so long from the market's time on.
pub(crate) fn fixed_for(market: &Market, token: Address, horizon_s: u64) -> bool {
    let until = market.timestamp.saturating_add(horizon_s);
    fixed_until(market, token).is_some_and(|expiry| expiry >= until)
}

/// Every principal token that is not due, with its expiry.
pub(crate) fn terms(market: &Market) -> impl Iterator<Item = (Address, u64)> + '_ {
    market.listings.iter().filter(|listing| listing.disabled.is_none()).filter_map(|listing| {
        let term = listing.venue.fixed_term()?;
        let principal = *listing.venue.tokens().get(PRINCIPAL)?;
        (term.expiry > market.timestamp).then_some((principal, term.expiry))
    })
}
