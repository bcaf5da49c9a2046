//! What the tokens of a live market have earned, by what stood behind them at blocks of the past.
//!
//! ```text
//! store ----------\
//! marks -> blocks -> rates at each -> History -> RealisedYield: 30 days even, 7-day EWMA -> Live
//! followed heads -/
//! ```
//!
//! **What is read.** A [`Grid`] names times of the past at even distances, counted from the epoch so
//! that every start names the same ones. Of each the first block from then on is found by its header,
//! a few packets for all, and what the market asked of the venues that value a token is asked there
//! again, newest block first: as a rule one packet a block. What a store has is not asked again.
//!
//! **What is not made up.** Each point is a block's own, with its time; nothing lies between two
//! points. Rates move in steps, and a step counts only where two readings show it
//! ([`RateSeries::polled`](tenor_solver::yields::realised::RateSeries::polled)); each yield says how
//! late an update can have been seen. A node without the state of the past leaves yields unknown, and
//! is named as the cause.
//!
//! **Reorganisations.** Points come from marks that lie `SETTLED_S` back at least, and from followed
//! blocks once they leave the follower's kept past: neither is taken back.

mod history;
mod marks;
mod reading;

use std::ops::RangeInclusive;

pub use self::history::History;

/// How far back a block has to lie to be recorded: further than blocks are replaced.
const SETTLED_S: u64 = 15 * 60;

const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;

/// How far back steps count: five times the mean age of the weights.
const REACH_S: u64 = 35 * DAY_S;

/// The times of the past at which rates are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Seconds from one to the next.
    pub every_s: u64,
    /// How far back they reach.
    pub reach_s: u64,
}

impl Grid {
    /// Daily, thirty-six at most: enough for a rate over a month, and little to ask for once.
    pub const DAILY: Self = Self { every_s: DAY_S, reach_s: REACH_S };

    /// Every six hours, 141 at most: fine enough to say of steps of a day when they came.
    pub const FINE: Self = Self { every_s: 6 * HOUR_S, reach_s: REACH_S };

    /// The times before one, newest first: one lies beyond the reach, so that the first reading within
    /// shows whether it is an update.
    fn marks(self, now: u64) -> impl Iterator<Item = u64> {
        let every = self.every_s.max(1);
        let newest = now.saturating_sub(SETTLED_S) / every;
        let oldest = now.saturating_sub(self.reach_s) / every;
        (oldest.max(1)..=newest).rev().map(move |at| at * every)
    }

    /// The times at which a reading stands for a mark: from it on, as blocks come after it.
    fn near(self, mark: u64) -> RangeInclusive<u64> {
        mark..=mark + self.every_s / 12
    }
}

/// How far the reading of the past is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Blocks that are read.
    pub read: usize,
    /// Blocks that have to be.
    pub wanted: usize,
}
