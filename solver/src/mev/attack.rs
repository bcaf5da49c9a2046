//! The sandwich on any venue, in its own integers: three trades in a row on a copy of it.

use alloy_primitives::{I256, U256};

use super::peak;
use crate::{
    amount::{from_f64, to_f64},
    venues::{QuoteError, Swap, Venue},
    yields::signed,
};

/// Doublings from one unit in search of the most that a victim's limit lets through.
const DOUBLINGS: u32 = 255;

/// What an attacker gains in a venue, and what that does to the victim. All in smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Units of the token given that the attacker trades first.
    pub front: U256,
    /// Units of it that are gained, gas not paid.
    pub profit: U256,
    /// Units of the token wanted that the victim loses against its quote.
    pub loss: U256,
}

/// The best that trading before and after `victim` takes, which accepts no less than `min_out`;
/// nothing where the venue does not trade back, or no amount gains.
///
/// The profit is taken to have one peak, or to rise to the limit: true of constant products and of
/// all cases tried elsewhere. The agent that runs in an EVM assumes less.
pub fn sandwich(venue: &dyn Venue, victim: Swap, min_out: U256) -> Taken {
    let Ok(quote) = venue.quote(victim) else { return Taken::default() };
    let leaves = |front: U256| attacked(venue, victim, front).is_some_and(|a| a.victim >= min_out);
    let most = largest(leaves);
    let gained =
        |front: f64| attacked(venue, victim, from_f64(front)).map_or(f64::MIN, |a| signed(a.gain));
    let (front, _) = peak(0.0, to_f64(most), gained);
    // Floats cannot name every integer: the limit itself is tried too.
    let best = [from_f64(front).min(most), most].into_iter().filter_map(|front| {
        let done = attacked(venue, victim, front).filter(|done| done.victim >= min_out)?;
        Some((done.gain, front, done.victim))
    });
    match best.max_by_key(|(gain, ..)| *gain) {
        Some((gain, front, left)) if gain.is_positive() => {
            Taken { front, profit: gain.into_raw(), loss: quote.out.saturating_sub(left) }
        }
        _ => Taken::default(),
    }
}

/// What three trades come to.
pub(super) struct Attacked {
    pub(super) gain: I256,
    pub(super) victim: U256,
}

/// `None` where the venue refuses one of the three.
pub(super) fn attacked(venue: &dyn Venue, victim: Swap, front: U256) -> Option<Attacked> {
    let mut venue = venue.boxed();
    let bought = moved(&mut *venue, Swap { amount: front, ..victim })?;
    let left = venue.trade(victim).ok()?.out;
    let sold = moved(&mut *venue, Swap { from: victim.to, to: victim.from, amount: bought })?;
    let gain = I256::try_from(sold).ok()?.checked_sub(I256::try_from(front).ok()?)?;
    Some(Attacked { gain, victim: left })
}

/// What a trade returns; nothing where it is too little to be one.
fn moved(venue: &mut dyn Venue, swap: Swap) -> Option<U256> {
    match venue.trade(swap) {
        Ok(quote) => Some(quote.out),
        Err(
            QuoteError::ZeroAmount | QuoteError::NothingOut(_) | QuoteError::BelowMinimum { .. },
        ) => Some(U256::ZERO),
        Err(_) => None,
    }
}

/// The largest number that something falling from true to false holds for; zero where it never does.
fn largest(holds: impl Fn(U256) -> bool) -> U256 {
    let mut low = U256::ZERO;
    let mut high = U256::ONE;
    for _ in 0..DOUBLINGS {
        if !holds(high) {
            break;
        }
        (low, high) = (high, high << 1);
    }
    while high - low > U256::ONE {
        let middle = low + ((high - low) >> 1);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
