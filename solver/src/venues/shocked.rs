//! A venue after something happened: the same state, with some tokens counted for less, with less of
//! its depth, or with its queues closed.
//!
//! The venue's integer state is not touched, so nothing of it can become inconsistent. A token that
//! counts as `f` is counted so wherever the venue counts it: the pool behaves as one that holds `1/f`
//! times as much of it, as stable pools with rate providers do. A pool that keeps `k` of its depth
//! trades `k` times what the whole one does for `1/k` times as much. Both only round against the
//! trader, so a way there and back never gains, and both leave the gain concave.

use alloy_primitives::{Address, U256};

use super::{
    Backing, Capacity, Encoded, Exit, ExitRate, FixedTerm, Gain, Hazard, Pooled, Quote, QuoteError,
    Rebase, SharesBy, Step, Swap, Trade, Venue, VenueId,
};
use crate::amount::{WAD, mul_div, to_f64};

/// A venue after something happened.
#[derive(Debug, Clone)]
pub struct Shocked {
    inner: Box<dyn Venue>,
    /// What a unit of each token counts for, in WAD.
    counted: Vec<U256>,
    /// The part of its depth that is left, in WAD.
    kept: U256,
    queues_closed: bool,
}

impl Shocked {
    /// The venue as it is.
    pub fn new(inner: Box<dyn Venue>) -> Self {
        let counted = inner.tokens().iter().map(|_| WAD).collect();
        Self { inner, counted, kept: WAD, queues_closed: false }
    }

    /// Counts each unit of the tokens that `is` names as `part` of one, in WAD; `None` unless that is
    /// above zero.
    #[must_use]
    pub fn counting(mut self, is: impl Fn(Address) -> bool, part: U256) -> Option<Self> {
        for (counted, token) in self.counted.iter_mut().zip(self.inner.tokens()) {
            if is(*token) {
                *counted = mul_div(*counted, part, WAD).filter(|part| !part.is_zero())?;
            }
        }
        Some(self)
    }

    /// Leaves `part` of the depth, in WAD; `None` unless that is above zero.
    #[must_use]
    pub fn keeping(mut self, part: U256) -> Option<Self> {
        self.kept = mul_div(self.kept, part, WAD).filter(|part| !part.is_zero())?;
        Some(self)
    }

    /// Closes the queues out of it.
    #[must_use]
    pub fn without_queues(mut self) -> Self {
        self.queues_closed = true;
        self
    }

    fn part(&self, token: usize) -> U256 {
        self.counted.get(token).copied().unwrap_or(WAD)
    }

    /// The same swap as the whole venue counts it, rounded down.
    fn inside(&self, swap: Swap) -> Result<Swap, QuoteError> {
        let amount = mul_div(swap.amount, self.part(swap.from), self.kept);
        amount.map(|amount| Swap { amount, ..swap }).ok_or_else(|| self.overflow())
    }

    /// What the whole venue hands over, as this one does, rounded down.
    fn outside(&self, swap: Swap, quote: Quote) -> Result<Quote, QuoteError> {
        let part = self.part(swap.to);
        if part == WAD && self.kept == WAD {
            return Ok(quote);
        }
        let out = mul_div(quote.out, self.kept, part).ok_or_else(|| self.overflow())?;
        if out.is_zero() {
            Err(QuoteError::NothingOut(self.id().clone()))
        } else {
            Ok(Quote::of(out))
        }
    }

    fn overflow(&self) -> QuoteError {
        QuoteError::Overflow(self.id().clone())
    }

    /// Units of `token` outside for units of it inside.
    fn units(&self, token: usize, inside: U256) -> U256 {
        mul_div(inside, self.kept, self.part(token)).unwrap_or(U256::MAX)
    }
}

impl Venue for Shocked {
    fn id(&self) -> &VenueId {
        self.inner.id()
    }

    fn tokens(&self) -> &[Address] {
        self.inner.tokens()
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.outside(swap, self.inner.quote(self.inside(swap)?)?)
    }

    fn at_least(&self) -> bool {
        self.inner.at_least()
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.inner.trade(self.inside(swap)?)?;
        self.outside(swap, quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let kept = to_f64(self.kept);
        let (given, wanted) = (to_f64(self.part(from)) / kept, kept / to_f64(self.part(to)));
        Some(self.inner.gain(from, to)?.rescaled(given, wanted))
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match self.inner.capacity(from, to) {
            Capacity::Limited { amount, what, refill_per_block } => Capacity::Limited {
                amount: self.units(from, amount),
                what,
                refill_per_block: refill_per_block.map(|refill| self.units(from, refill)),
            },
            other => other,
        }
    }

    fn step(&self, from: usize, to: usize) -> Step {
        self.inner.step(from, to)
    }

    /// Nothing: what might happen is never executed.
    fn encode(&self, _trade: &Trade) -> Encoded {
        Encoded::nothing()
    }

    fn exits(&self, token: usize) -> Vec<Exit> {
        if self.queues_closed {
            return Vec::new();
        }
        let part = self.part(token);
        let scaled = |exit: Exit| {
            let ExitRate { out, units } = exit.rate;
            let (paid, of) = (out.checked_mul(part), units.checked_mul(WAD));
            let rate = paid.zip(of).map_or(exit.rate, |(out, units)| ExitRate { out, units });
            Exit { rate, ..exit }
        };
        let exits = self.inner.exits(token).into_iter();
        if part == WAD { exits.collect() } else { exits.map(scaled).collect() }
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
        let backing = self.inner.redemption(token)?;
        let (amount, units) = (self.part(token), self.part(backing.asset));
        let amount = backing.amount.checked_mul(amount)?;
        Some(Backing { amount, units: backing.units.checked_mul(units)?, ..backing })
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
