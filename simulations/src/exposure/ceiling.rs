//! That no front run pays for its gas, shown in few runs.
//!
//! A sandwich trades with nobody but the pool, and leaves it where the victim alone would have, but for
//! what the victim got less and for fees. So an attacker takes what the victim loses, bought back from
//! the pool at its price in the end, less fees; and a larger front run pays more of them. Of two front
//! runs `a < b` that were tried, with gains `g` and what they left the victim `v`, any between them gains
//! at most
//!
//! ```text
//! g(a) + p(a) * (v(a) - v(b))
//! ```
//!
//! where `p(a)` is the pool's price when `a` is done: no more than what `a`'s own last trade fetched on
//! average, but for its fee. Below the smallest tried, `g` is nothing and `v` the quote; above the largest,
//! the victim is left its limit at least. Sizes are tried until no such ceiling pays, or one does.
//!
//! It holds of a pool whose price rises as more is bought and whose fees rise with what is traded.
//! [`MARGIN`] is for a fee of the last trade and for the price below the smallest size tried.

use alloy_primitives::U256;
use tenor_solver::{
    amount::{from_f64, to_f64},
    yields::signed,
};

use super::{
    attempt::Done,
    climb::{Climb, HOPELESS, Tried},
};
use crate::run::SimulationError;

/// The most runs before it is called unknown.
const MOST: u32 = 24;

/// By how much an attacker's own average price may be below the pool's.
const MARGIN: f64 = 1.25;

/// How far beyond where fees are thought to leave too little the next size is, and how far at most.
const FARTHER: f64 = 1.05;
const FARTHEST: f64 = 64.0;

/// How far below a size that does not run the next one is, as a power of a half.
const LOWER: usize = 4;

/// What a victim has to lose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stake {
    /// Units that it gets unattacked.
    pub(super) quote: U256,
    /// Units of them that it can lose before it reverts.
    pub(super) room: U256,
}

/// Sizes between two that are known, and what any of them gains at most.
struct Gap {
    ceiling: f64,
    /// Which to try next.
    probe: U256,
}

impl<F> Climb<F>
where
    F: FnMut(U256) -> Result<Option<Done>, SimulationError>,
{
    /// Whether it is certain that no size pays for its gas. What it costs has to be known.
    pub(super) fn is_futile(&mut self, start: U256, stake: Stake) -> Result<bool, SimulationError> {
        let (mut size, mut refused) = (start, None);
        for _ in 0..MOST {
            if !self.at(size)? {
                refused = Some(size);
            }
            let enough = self.enough();
            let gap = self.widest(stake, refused);
            let pays = self.tried.iter().any(|tried| signed(tried.done.gain) >= enough);
            match gap {
                _ if pays => return Ok(false),
                Some(gap) if gap.ceiling < enough => return Ok(true),
                Some(gap) => size = gap.probe,
                None => size >>= LOWER,
            }
            let known = self.tried.iter().any(|tried| tried.size == size) || refused == Some(size);
            if size.is_zero() || known {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// What an attack has to gain to come near paying for its gas.
    fn enough(&self) -> f64 {
        let gas = self.tried.iter().map(|tried| tried.done.gas).min().unwrap_or_default();
        HOPELESS * self.gas_price * to_f64(U256::from(gas))
    }

    /// The gap in which most may be gained; `None` where no size ran.
    fn widest(&self, stake: Stake, refused: Option<U256>) -> Option<Gap> {
        let first = self.tried.first()?;
        let below = priced(first) * to_f64(stake.quote.saturating_sub(first.done.left));
        // The loss is nearly in proportion to the size.
        let share = (self.enough() / below).clamp(1.0 / 256.0, 0.75);
        let mut widest =
            Gap { ceiling: below, probe: from_f64(to_f64(first.size) * share * share.sqrt()) };
        let least = stake.quote.saturating_sub(stake.room);
        for (nth, tried) in self.tried.iter().enumerate() {
            let above = self.tried.get(nth + 1);
            let left = above.map_or(least, |above| above.done.left);
            let lost = to_f64(tried.done.left.saturating_sub(left));
            let ceiling = signed(tried.done.gain) + priced(tried) * lost;
            if ceiling > widest.ceiling {
                let probe = match above.map(|above| above.size).or(refused) {
                    Some(high) => between(tried.size, high),
                    None => self.beyond(tried, ceiling),
                };
                widest = Gap { ceiling, probe };
            }
        }
        Some(widest)
    }

    /// A size above all that were tried: where fees alone, which grow with it, leave too little of what there
    /// is to take.
    fn beyond(&self, largest: &Tried, ceiling: f64) -> U256 {
        let gain = signed(largest.done.gain);
        let wanted = (ceiling - gain - self.enough()) / -gain;
        let times = if gain < 0.0 { FARTHER * wanted } else { 2.0 };
        from_f64(to_f64(largest.size) * times.clamp(2.0, FARTHEST))
    }
}

/// Units of the token given for one of the token wanted, no less than the pool's own when it is done.
fn priced(tried: &Tried) -> f64 {
    let sold = to_f64(tried.size) + signed(tried.done.gain);
    MARGIN * sold / to_f64(tried.done.bought)
}

/// A size between two, as far from either in proportion.
fn between(low: U256, high: U256) -> U256 {
    from_f64((to_f64(low) * to_f64(high)).sqrt()).clamp(low, high)
}
