//! Principal tokens: bought below what they are redeemed for at their expiry. And the liquidity that trades
//! them.
//!
//! Until then a PT is worth `exp(-rate * left)` of the accounting asset and so accrues at the fixed
//! rate; sold before, it pays what the market gives. From the expiry on it is redeemed one for one
//! and accrues nothing. What buyers of YT pay for points is in the rate too: how much of it may be
//! is said beside it ([`points_implied`]).
//!
//! LP are a claim on standardized tokens and PT, in parts that each trade moves. Only what those earn that
//! lie there now as standardized tokens counts.

use alloy_primitives::{Address, U256};

use super::{forecast::earning, fraction};
use crate::{
    amount::{WAD, YEAR_S, from_f64, mul_div, to_f64},
    graph::Graph,
    market::{Listing, Market, Redemption},
    venues::{FixedTerm, Pooled},
};

/// Seconds of the year that fixed-rate venues count in.
const TERM_YEAR_S: u64 = 31_536_000;

/// A principal token, and what it is redeemed for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Principal {
    /// The market that trades it, by position in [`Market::listings`].
    pub listing: usize,
    /// Its standardized token.
    pub standardized: Address,
    /// The token that lies behind that.
    pub kept: Address,
    /// What its market implies.
    pub term: FixedTerm,
}

impl Principal {
    /// The fixed rate, in RAY over a year of 365.25 days.
    pub fn rate(&self) -> Option<U256> {
        let years = to_f64(U256::from(YEAR_S)) / to_f64(U256::from(TERM_YEAR_S));
        let rate = self.term.rate * years;
        (rate.is_finite() && rate >= 0.0).then(|| from_f64(rate * 1e27))
    }

    /// Units of the token kept that PT are redeemed for, at today's index, rounded down.
    pub fn redeemed(&self, units: U256) -> Option<U256> {
        if self.term.index.is_zero() { None } else { mul_div(units, WAD, self.term.index) }
    }
}

/// The principal token at an address; `None` of every other, and where its market is not used.
pub fn principal(market: &Market, token: Address) -> Option<Principal> {
    market.listings.iter().enumerate().find_map(|(at, l)| known(&market.listings, at, l, token))
}

fn known(all: &[Listing], at: usize, listing: &Listing, token: Address) -> Option<Principal> {
    let &[standardized, principal, ..] = listing.venue.tokens() else { return None };
    if principal != token || listing.disabled.is_some() {
        return None;
    }
    let term = listing.venue.fixed_term()?;
    Some(Principal { listing: at, standardized, kept: kept(all, standardized)?, term })
}

/// LP of a fixed-term market, and what lies behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liquidity {
    /// The venue that adds them, by position in [`Market::listings`].
    pub listing: usize,
    /// The token that lies behind their standardized token.
    pub kept: Address,
    /// What lies behind them.
    pub pooled: Pooled,
}

impl Liquidity {
    /// The part of a rate of what is kept that LP earn: of the SY that lie behind them, rounded down.
    pub fn part(&self, rate: U256) -> Option<U256> {
        mul_div(rate, self.pooled.sy, self.pooled.worth)
    }
}

/// The LP at an address; `None` of every other, and where their venue is not used.
pub fn liquidity(market: &Market, token: Address) -> Option<Liquidity> {
    let all = market.listings.iter().enumerate();
    all.filter(|(_, l)| l.venue.tokens().get(1) == Some(&token))
        .find_map(|(at, l)| pooled(&market.listings, at, l))
}

fn pooled(all: &[Listing], listing: usize, l: &Listing) -> Option<Liquidity> {
    let standardized = *l.venue.tokens().first().filter(|_| l.disabled.is_none())?;
    let pooled = l.venue.pooled()?;
    Some(Liquidity { listing, kept: kept(all, standardized)?, pooled })
}

/// The token that lies behind another, one for one or at a rate.
pub(crate) fn kept(listings: &[Listing], token: Address) -> Option<Address> {
    listings.iter().find_map(|l| {
        let at = l.venue.tokens().iter().position(|&t| t == token)?;
        let asset = l.venue.redemption(at)?.asset;
        l.venue.tokens().get(asset).copied()
    })
}

/// What PT stand for today: the ETH behind what they are redeemed for, discounted at the rate that
/// their own market implies; and LP, by what lies behind them with PT at that price. A mark, not a
/// promise: it moves with that market.
pub fn marks(listings: &[Listing], known_: &[Redemption]) -> Vec<Redemption> {
    let behind = |kept: Address| known_.iter().find(|r| r.token == kept);
    let open = |r: &Redemption| !r.eth.is_zero() && !r.units.is_zero();
    let mark = |(at, l): (usize, &Listing)| {
        let token = *l.venue.tokens().get(1)?;
        if let Some(Liquidity { kept, pooled, .. }) = pooled(listings, at, l) {
            let eth = behind(kept)?.eth.checked_mul(pooled.worth)?;
            let units = behind(kept)?.units.checked_mul(pooled.units)?;
            return Some(Redemption { token, eth, units }).filter(open);
        }
        let principal = known(listings, at, l, token)?;
        let behind = behind(principal.kept)?;
        let price = from_f64(principal.term.pt_price * to_f64(WAD));
        // ETH for a unit: price * (WAD / index) * (eth / units) of what is kept.
        let eth = behind.eth.checked_mul(price)?;
        let units = behind.units.checked_mul(principal.term.index)?;
        Some(Redemption { token, eth, units }).filter(open)
    };
    listings.iter().enumerate().filter_map(mark).collect()
}

/// How much of a PT's fixed rate exceeds what its underlying is expected to earn, as an annual
/// fraction: what buyers of its floating yield pay for points, or for a yield that they expect to
/// rise. `None` where the underlying's is not known.
pub fn points_implied(market: &Market, graph: &Graph, token: Address) -> Option<f64> {
    let principal = principal(market, token)?;
    let floating = fraction(earning(market, graph, principal.kept, U256::ZERO)?.rate);
    Some((fraction(principal.rate()?) - floating).max(0.0))
}
