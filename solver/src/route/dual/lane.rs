//! One smooth piece of an edge while its amount is sought, kept off both its ends by a barrier.

use crate::{
    root::falling,
    venues::{Gain, Segment},
};

/// The width over which a marginal's own slope is measured, relative to the amount.
const WIDTH: f64 = 1e-6;

/// The logarithm of the least amount looked at: what floats still divide.
const LEAST: f64 = -600.0;

/// Steps outward for a bracket, each longer than the last; they span all floats.
const OUTWARD: u32 = 60;

/// How exactly an amount suits prices, relative to the price of what is given.
const SUITS: f64 = 1e-9;

/// One smooth piece of an edge.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    pub(super) part: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    gain: Gain,
    pub(super) cap: f64,
    /// Units given, and up to the most.
    pub(super) given: f64,
    pub(super) room: f64,
    /// What one more unit is worth for not being nothing, and for staying below the most.
    pub(super) idle: f64,
    pub(super) full: f64,
    /// The gain, its slope and the slope's own at `given`.
    pub(super) out: f64,
    pub(super) slope: f64,
    bend: f64,
    /// What the step at hand changes.
    pub(super) step: f64,
    /// Whether the barrier alone does not keep it from being nothing.
    pub(super) sure: bool,
}

impl Lane {
    /// The smooth pieces of a gain up to `cap`, best first.
    pub(super) fn pieces(part: usize, ends: (u32, u32), gain: &Gain, cap: f64) -> Vec<Self> {
        let lane = |gain: Gain, cap: f64| Self {
            part,
            from: ends.0 as usize,
            to: ends.1 as usize,
            gain,
            cap,
            given: 0.5 * cap.min(1.0),
            room: 0.0,
            idle: 0.0,
            full: 0.0,
            out: 0.0,
            slope: 0.0,
            bend: 0.0,
            step: 0.0,
            sure: false,
        };
        let Gain::Ticks { segments, keep } = gain else { return vec![lane(gain.clone(), cap)] };
        let mut left = cap;
        let piece = |&Segment { x, y, cap }: &Segment| {
            let own = cap.min(left);
            left -= own;
            (own > 0.0).then(|| lane(Gain::ConstantProduct { x, y, keep: *keep }, own))
        };
        segments.iter().filter_map(piece).collect()
    }

    /// Takes the amount that suits prices and a barrier.
    pub(super) fn suit(&mut self, give: f64, want: f64, barrier: f64) {
        let keen = |log: f64| {
            let a = log.exp();
            want * self.gain.marginal(a) - give + barrier / a - barrier / (self.cap - a).max(0.0)
        };
        let end = self.cap.ln();
        let (mut low, mut high) = (self.given.ln().max(LEAST), self.given.ln().max(LEAST));
        let mut step = 0.5;
        for _ in 0..OUTWARD {
            if high >= end || keen(high) <= 0.0 {
                break;
            }
            (low, high) = (high, (high + step).min(end));
            step *= 1.5;
        }
        step = 0.5;
        for _ in 0..OUTWARD {
            if low <= LEAST || keen(low) > 0.0 {
                break;
            }
            (low, high) = ((low - step).max(LEAST), low);
            step *= 1.5;
        }
        let (log, _) = falling(keen, low, high, SUITS * give);
        self.given = log.exp().min(self.cap * (1.0 - 1e-12));
        self.room = self.cap - self.given;
        self.idle = barrier / self.given;
        self.full = barrier / self.room;
        self.measure();
    }

    /// Evaluates the gain at the amount at hand.
    pub(super) fn measure(&mut self) {
        self.out = self.gain.out(self.given);
        self.slope = self.gain.marginal(self.given);
        self.bend = match self.gain {
            Gain::Linear { .. } => 0.0,
            Gain::ConstantProduct { x, keep, .. } => {
                -2.0 * keep * self.slope / (x + keep * self.given)
            }
            Gain::Weighted { x, power, keep, .. } => {
                -(power + 1.0) * keep * self.slope / (x + keep * self.given)
            }
            Gain::Stable { .. } | Gain::Ticks { .. } => {
                let ahead = self.gain.marginal(self.given * (1.0 + WIDTH));
                ((ahead - self.slope) / (WIDTH * self.given)).min(0.0)
            }
        };
    }

    /// How stiffly the amount sits, and what pulls at it while prices stay.
    pub(super) fn pull(&self, give: f64, want: f64, barrier: f64) -> (f64, f64) {
        let stiff = -want * self.bend + self.idle / self.given + self.full / self.room;
        let pull = want * self.slope - give + barrier / self.given - barrier / self.room;
        (stiff, pull)
    }

    /// Goes a share of the step at hand.
    pub(super) fn advance(&mut self, share: f64, barrier: f64, falls: bool) {
        let (given, idle) = (self.given, self.idle);
        self.idle += share * (barrier / given - idle * (1.0 + self.step / given));
        self.full += share * (barrier / self.room - self.full * (1.0 - self.step / self.room));
        self.given += share * self.step;
        self.room -= share * self.step;
        // As the barrier falls, one of the two stays and the other goes with it.
        if falls {
            self.sure = self.given * idle > self.idle * given;
        }
        self.measure();
    }
}
