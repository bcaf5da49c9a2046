//! What a limit gives away: the attack at it, and the limit at which no attack pays. In a venue's own
//! integers, and in few trades: an answer waits for it.

use alloy_primitives::U256;

use super::{
    GOLDEN,
    attack::{Taken, attacked},
};
use crate::{
    amount::{from_f64, to_f64},
    root::falling,
    venues::{Swap, Venue},
    yields::signed,
};

/// The front run that tells whether anything can be gained at all, as a share of the victim's.
const PROBE: f64 = 1.0 / 1024.0;

/// Units that three trades may gain where contracts round half up.
const ROUNDING: f64 = 8.0;

/// Doublings in search of where a victim refuses, or an attack pays.
const DOUBLINGS: u32 = 40;

/// Steps to an attack's peak: to a part in a million.
const SECTIONS: u32 = 30;

/// Slippage beyond which nobody trades.
const WIDEST: f64 = 0.5;

/// How near a root has to be, of what is looked for.
const NEAR: f64 = 1e-6;

/// What a limit gives away.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Given {
    /// The best attack at the limit, gas not paid.
    pub taken: Taken,
    /// The widest slippage, as a share of the quote, at which no attack gains more than it costs;
    /// `None` where none does at any slippage up to a half.
    pub safe: Option<f64>,
}

/// What a `victim` gives away that accepts no less than `min_out`, where an attack costs `cost` units
/// of the token given.
///
/// As [`sandwich`](super::attack::sandwich), it takes the profit to have one peak; where nothing is
/// gained by trading a thousandth of the victim's amount first, it takes that for the end of it.
pub fn given_away(venue: &dyn Venue, victim: Swap, min_out: U256, cost: f64) -> Given {
    let Ok(quote) = venue.quote(victim) else { return Given::default() };
    let probe = to_f64(victim.amount) * PROBE;
    let look = Look { venue, victim, quote: to_f64(quote.out) };
    if look.gain(probe) <= ROUNDING {
        return Given::default();
    }
    let taken = look.taken(probe, min_out, quote.out);
    Given { taken, safe: look.safe(probe, to_f64(taken.front), cost) }
}

struct Look<'v> {
    venue: &'v dyn Venue,
    victim: Swap,
    quote: f64,
}

impl Look<'_> {
    /// What a front run gains; the least there is where the venue refuses.
    fn gain(&self, front: f64) -> f64 {
        let done = attacked(self.venue, self.victim, from_f64(front));
        done.map_or(f64::NEG_INFINITY, |done| signed(done.gain))
    }

    /// What it leaves the victim; nothing where the venue refuses.
    fn left(&self, front: f64) -> f64 {
        let done = attacked(self.venue, self.victim, from_f64(front));
        done.map_or(0.0, |done| to_f64(done.victim))
    }

    /// The best attack that leaves `min_out`.
    fn taken(&self, probe: f64, min_out: U256, quote: U256) -> Taken {
        let most = self.most(probe, to_f64(min_out));
        let inside = self.gain(most * (1.0 - 1e-3)) > self.gain(most);
        let front = from_f64(if inside { self.peak(0.0, most).0 } else { most });
        match attacked(self.venue, self.victim, front) {
            Some(done) if done.gain.is_positive() && done.victim >= min_out => {
                let loss = quote.saturating_sub(done.victim);
                Taken { front, profit: done.gain.into_raw(), loss }
            }
            _ => Taken::default(),
        }
    }

    /// The largest front run that leaves `min_out`, from below.
    fn most(&self, probe: f64, min_out: f64) -> f64 {
        let room = self.quote - min_out;
        if room <= 0.0 {
            return 0.0;
        }
        let tolerance = NEAR * room;
        // Within the tolerance on either side is above the limit.
        let over = |front: f64| self.left(front) - min_out - tolerance;
        let slope = (self.quote - self.left(probe)) / probe;
        let mut high = if slope > 0.0 { 1.1 * room / slope } else { probe };
        for _ in 0..DOUBLINGS {
            if over(high) <= 0.0 {
                break;
            }
            high *= 2.0;
        }
        falling(over, 0.0, high, tolerance).0
    }

    /// The widest slippage at which nothing is gained beyond `cost`; `front` is known to run.
    fn safe(&self, probe: f64, front: f64, cost: f64) -> Option<f64> {
        let pays = |front: f64| self.gain(front) > cost;
        let mut high = if front > 0.0 { front } else { probe };
        let mut top = (high, f64::NEG_INFINITY);
        for _ in 0..DOUBLINGS {
            let gain = self.gain(high);
            if gain > top.1 {
                top = (high, gain);
            }
            if gain > cost || self.left(high) < self.quote * (1.0 - WIDEST) {
                break;
            }
            high *= 2.0;
        }
        if !pays(high) {
            // The peak may lie between two doublings, and not the last ones: beside the highest.
            high = self.peak(0.5 * top.0, high.min(2.0 * top.0)).0;
        }
        if !pays(high) {
            return None;
        }
        let (at, _) = falling(|front| cost - self.gain(front), 0.0, high, 1e-4 * cost.max(1.0));
        let safe = 1.0 - self.left(at) / self.quote;
        (safe < WIDEST).then_some(safe.max(0.0))
    }

    /// Where most is gained between two front runs.
    fn peak(&self, low: f64, high: f64) -> (f64, f64) {
        let (mut a, mut b) = (low, high);
        let (mut left, mut right) = (b - GOLDEN * (b - a), a + GOLDEN * (b - a));
        let (mut at_left, mut at_right) = (self.gain(left), self.gain(right));
        for _ in 0..SECTIONS {
            if at_left < at_right {
                (a, left, at_left) = (left, right, at_right);
                right = a + GOLDEN * (b - a);
                at_right = self.gain(right);
            } else {
                (b, right, at_right) = (right, left, at_left);
                left = b - GOLDEN * (b - a);
                at_left = self.gain(left);
            }
        }
        if at_left > at_right { (left, at_left) } else { (right, at_right) }
    }
}
