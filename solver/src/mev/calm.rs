//! Splits that nobody can sandwich: a market whose pools take no more than leaves an attacker nothing,
//! whatever limits the victim sets.
//!
//! In each pool there is an amount up to which the price moves by less than the fees of trading there and
//! back: below it no front run gains, however wide the slippage (on a constant product about the fee's share of
//! the reserve, [`super::sandwich::threshold`]). A plan of a market whose venues take that much and no
//! more cannot be sandwiched through any one of them. What does not fit has no such plan.

use std::sync::Arc;

use alloy_primitives::{Address, U256};

use super::attack::attacked;
use crate::{
    amount::{from_f64, to_f64},
    market::{Listing, Market},
    venues::{
        Backing, Capacity, Encoded, Exit, FixedTerm, Gain, Hazard, LegKind, Pooled, Quote,
        QuoteError, Rebase, SharesBy, Step, Swap, Trade, Venue, VenueId,
    },
};

/// The front runs that tell whether anything can be gained, as shares of the victim's. Where a curve only
/// bends one way the first of it gains most for its size; a stable pool has to be pushed off its peg first.
const PROBES: [f64; 6] = [1.0 / 1024.0, 1.0, 16.0, 256.0, 4096.0, 65_536.0];

/// Units that three trades may gain where contracts round half up.
const ROUNDING: u64 = 8;

/// Doublings from a thousandth of a token on, and halvings of the stretch then known.
const DOUBLINGS: u32 = 120;
const HALVINGS: u32 = 24;

/// The part of that amount that is used.
const KEPT: f64 = 0.99;

/// The same market, in which exchanges take no more than nobody can sandwich. Those that are asked at some
/// amounts alone are closed: nobody knows how they stand after a trade.
#[must_use]
pub fn calm(market: &Market) -> Market {
    let listings = market
        .listings
        .iter()
        .map(|listing| Listing { venue: Arc::new(Calm::new(&*listing.venue)), ..listing.clone() });
    Market { listings: listings.collect(), ..market.clone() }
}

/// The most of a direction that nobody can sandwich; `None` where no amount can be.
pub fn most(venue: &dyn Venue, from: usize, to: usize) -> Option<U256> {
    if venue.at_least() {
        return Some(U256::ZERO);
    }
    let gains = |amount: f64| {
        let victim = Swap { from, to, amount: from_f64(amount) };
        PROBES.iter().any(|probe| {
            let done = attacked(venue, victim, from_f64(amount * probe));
            done.is_some_and(|done| done.gain > alloy_primitives::I256::unchecked_from(ROUNDING))
        })
    };
    // What attacks round away hides what they gain of next to nothing.
    let start = to_f64(U256::from(ROUNDING)) / PROBES[0];
    let (mut low, mut high) = (0.0, start);
    let mut found = false;
    for _ in 0..DOUBLINGS {
        found = gains(high);
        let refused = venue.quote(Swap { from, to, amount: from_f64(high) }).is_err();
        if found || (refused && high > 1e18) {
            break;
        }
        (low, high) = (high, 2.0 * high);
    }
    if !found {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if gains(middle) { high = middle } else { low = middle }
    }
    Some(from_f64(low * KEPT))
}

/// A venue that takes no more of each direction than nobody can sandwich.
#[derive(Debug, Clone)]
struct Calm {
    inner: Box<dyn Venue>,
    /// What is left of each direction, by token given and token wanted; `None` is no limit.
    left: Vec<Vec<Option<U256>>>,
}

impl Calm {
    fn new(venue: &dyn Venue) -> Self {
        let n = venue.tokens().len();
        let trades = |from: usize, to: usize| {
            from != to
                && venue.gain(from, to).is_some()
                && venue.step(from, to).kind == LegKind::Swap
        };
        let limit = |from: usize, to: usize| {
            if trades(from, to) { most(venue, from, to) } else { None }
        };
        let left = (0..n).map(|from| (0..n).map(|to| limit(from, to)).collect()).collect();
        Self { inner: venue.boxed(), left }
    }

    fn left(&self, from: usize, to: usize) -> Option<U256> {
        self.left.get(from).and_then(|row| row.get(to)).copied().flatten()
    }
}

/// What sets the limit, in words.
const WHAT: &str = "what nobody can sandwich";

impl Venue for Calm {
    fn id(&self) -> &VenueId {
        self.inner.id()
    }

    fn tokens(&self) -> &[Address] {
        self.inner.tokens()
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.inner.quote(swap)
    }

    fn at_least(&self) -> bool {
        self.inner.at_least()
    }

    /// What is traded is gone from what the direction takes: an attacker counts all of it.
    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.inner.trade(swap)?;
        if let Some(Some(left)) = self.left.get_mut(swap.from).and_then(|row| row.get_mut(swap.to))
        {
            *left = left.saturating_sub(swap.amount);
        }
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        self.inner.gain(from, to)
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let inner = self.inner.capacity(from, to);
        match (self.left(from, to), &inner) {
            (None, _) | (Some(_), Capacity::Unknown(_)) => inner,
            (Some(left), Capacity::Limited { amount, .. }) if *amount <= left => inner,
            (Some(amount), _) => Capacity::Limited { amount, what: WHAT, refill_per_block: None },
        }
    }

    fn step(&self, from: usize, to: usize) -> Step {
        self.inner.step(from, to)
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        self.inner.encode(trade)
    }

    fn exits(&self, token: usize) -> Vec<Exit> {
        self.inner.exits(token)
    }

    fn hazards(&self, from: usize, to: usize) -> &'static [Hazard] {
        self.inner.hazards(from, to)
    }

    fn exact_pairs(&self) -> &[(usize, usize)] {
        self.inner.exact_pairs()
    }

    fn rebase(&self, token: usize) -> Option<Rebase> {
        self.inner.rebase(token)
    }

    fn shares_by(&self, token: usize) -> Option<SharesBy> {
        self.inner.shares_by(token)
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        self.inner.redemption(token)
    }

    fn rate_after(&self, token: usize, added: U256) -> Option<U256> {
        self.inner.rate_after(token, added)
    }

    fn rate_at_target(&self, token: usize) -> Option<U256> {
        self.inner.rate_at_target(token)
    }

    fn carries(&self, token: usize) -> bool {
        self.inner.carries(token)
    }

    fn borrow_rate(&self) -> Option<U256> {
        self.inner.borrow_rate()
    }

    fn lent(&self, utilisation: U256) -> Option<Box<dyn Venue>> {
        let inner = self.inner.lent(utilisation)?;
        Some(Box::new(Self { inner, ..self.clone() }))
    }

    fn fixed_term(&self) -> Option<FixedTerm> {
        self.inner.fixed_term()
    }

    fn pooled(&self) -> Option<Pooled> {
        self.inner.pooled()
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
