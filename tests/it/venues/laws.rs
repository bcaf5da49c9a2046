//! What must hold for any venue, in any direction, for any amounts.

use std::fmt::Display;

use alloy_primitives::U256;
use proptest::test_runner::TestCaseError;
use tenor_solver::{
    amount::to_f64,
    venues::{Capacity, QuoteError, Swap, Venue},
};

/// One direction of a venue, and how far its integers may stand from the real curve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Direction<'a> {
    pub(crate) venue: &'a dyn Venue,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Units out that the contract's roundings can cost one quote.
    pub(crate) rounding: U256,
    /// Millionths of the output that stay in the pool as fee in the token wanted: what a split
    /// gets back of its own fee.
    pub(crate) fee_kept_ppm: u64,
    /// Units out below which floats do not resolve.
    pub(crate) float_floor: f64,
}

/// Checks all laws for two amounts; refusals are no answers and pass.
pub(crate) fn check(direction: Direction<'_>, a: U256, b: U256) -> Result<(), TestCaseError> {
    let (low, high) = (a.min(b), a.max(b));
    monotone_and_concave(direction, low, high)?;
    no_profitable_round_trip(direction, high)?;
    splitting_never_pays(direction, low, high)?;
    refuses_beyond_capacity(direction)?;
    never_above_its_gain(direction, low)?;
    never_above_its_gain(direction, high)
}

impl Direction<'_> {
    fn swap(&self, amount: U256) -> Swap {
        Swap { from: self.from, to: self.to, amount }
    }

    /// `None` when it is refused; dust that returns nothing returns zero.
    fn out(&self, amount: U256) -> Option<U256> {
        match self.venue.quote(self.swap(amount)) {
            Ok(quote) => Some(quote.out),
            Err(QuoteError::NothingOut(_)) => Some(U256::ZERO),
            Err(_) => None,
        }
    }
}

fn ensure(holds: bool, what: &str, facts: impl Display) -> Result<(), TestCaseError> {
    if holds { Ok(()) } else { Err(TestCaseError::fail(format!("{what}: {facts}"))) }
}

fn monotone_and_concave(d: Direction<'_>, low: U256, high: U256) -> Result<(), TestCaseError> {
    let high = high - (high - low) % U256::from(2);
    let middle = (low + high) / U256::from(2);
    let (Some(least), Some(mean), Some(most)) = (d.out(low), d.out(middle), d.out(high)) else {
        return Ok(());
    };
    ensure(least <= mean && mean <= most, "monotone", format!("{least} {mean} {most}"))?;
    let (twice, sum) = (mean * U256::from(2), least + most);
    let slack = d.rounding * U256::from(2);
    ensure(twice + slack >= sum, "concave", format!("{low}..{high}: {twice} < {sum}"))
}

fn no_profitable_round_trip(d: Direction<'_>, amount: U256) -> Result<(), TestCaseError> {
    let mut venue = d.venue.boxed();
    let Ok(there) = venue.trade(d.swap(amount)) else { return Ok(()) };
    let Ok(back) = venue.trade(Swap { from: d.to, to: d.from, amount: there.out }) else {
        return Ok(());
    };
    ensure(back.out <= amount, "round trip", format!("{amount} -> {} -> {}", there.out, back.out))
}

fn splitting_never_pays(d: Direction<'_>, a: U256, b: U256) -> Result<(), TestCaseError> {
    let mut venue = d.venue.boxed();
    let Some(whole) = d.out(a + b) else { return Ok(()) };
    let (Ok(first), Ok(second)) = (venue.trade(d.swap(a)), venue.trade(d.swap(b))) else {
        return Ok(());
    };
    let parts = first.out + second.out;
    let kept = first.out * U256::from(d.fee_kept_ppm) / U256::from(1_000_000);
    let facts = format!("{a} + {b}: {parts} > {whole}");
    ensure(parts <= whole + d.rounding + kept, "split", facts)
}

fn refuses_beyond_capacity(d: Direction<'_>) -> Result<(), TestCaseError> {
    let Capacity::Limited { amount, .. } = d.venue.capacity(d.from, d.to) else { return Ok(()) };
    if !amount.is_zero() {
        ensure(d.out(amount).is_some(), "the capacity is refused", amount)?;
    }
    let more = amount + (amount / U256::from(1000)).max(U256::ONE);
    ensure(d.out(amount + U256::ONE).is_none(), "one above the capacity", amount)?;
    ensure(d.out(more).is_none(), "a thousandth above the capacity", amount)
}

pub(crate) fn never_above_its_gain(d: Direction<'_>, amount: U256) -> Result<(), TestCaseError> {
    let (Some(out), Some(gain)) = (d.out(amount), d.venue.gain(d.from, d.to)) else {
        return Ok(());
    };
    let real = gain.out(to_f64(amount));
    let bound = real * (1.0 + 1e-12) + d.float_floor;
    ensure(to_f64(out) <= bound, "gain", format!("{amount}: {out} > {real}"))
}
