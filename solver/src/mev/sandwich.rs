//! The sandwich on a constant product: the attacker buys before the victim and sells after.

use super::peak;

/// Slippage beyond which nobody trades: where the search for a safe one ends.
const WIDEST: f64 = 0.5;

/// Halvings of a slippage.
const HALVINGS: u32 = 100;

/// A constant-product pool as a victim meets it: reserves in any units, and the share of the input
/// that its fee leaves, which stays in the pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Product {
    /// Reserve of the token given.
    pub x: f64,
    /// Reserve of the token wanted.
    pub y: f64,
    /// One minus the fee.
    pub keep: f64,
}

/// What an attacker does best, and what it does to the victim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sandwich {
    /// Units of the token given that the attacker trades first.
    pub front: f64,
    /// Units of it that are gained, gas not paid.
    pub profit: f64,
    /// Units of the token wanted that the victim is left with.
    pub victim_out: f64,
    /// Units of it that the victim would have had.
    pub quote: f64,
}

impl Sandwich {
    /// Units of the token wanted that the victim loses.
    pub fn loss(&self) -> f64 {
        self.quote - self.victim_out
    }
}

impl Product {
    /// Units out for `a` units in.
    pub fn out(&self, a: f64) -> f64 {
        self.y * self.keep * a / (self.x + self.keep * a)
    }

    fn after(&self, a: f64) -> Self {
        Self { x: self.x + a, y: self.y - self.out(a), ..*self }
    }

    /// The same pool from its other side.
    const fn turned(&self) -> Self {
        Self { x: self.y, y: self.x, keep: self.keep }
    }

    /// The most that may be traded before a victim of `given` units who accepts no less than
    /// `min_out`; nothing where the limit is the quote or above it.
    pub fn most_front(&self, given: f64, min_out: f64) -> f64 {
        let Self { x, y, keep } = *self;
        let b = x * (1.0 + keep) + keep * keep * given;
        let c = x * (x + keep * given) - keep * given * x * y / min_out;
        if c >= 0.0 {
            return 0.0;
        }
        // The form of the root that does not cancel.
        -2.0 * c / (b + (b * b - 4.0 * keep * c).sqrt())
    }

    /// What the best attack on a victim of `given` units takes who accepts no less than `min_out`.
    pub fn sandwich(&self, given: f64, min_out: f64) -> Sandwich {
        let quote = self.out(given);
        let profit = |front: f64| {
            let (bought, after) = (self.out(front), self.after(front).after(given));
            after.turned().out(bought) - front
        };
        let (front, gained) = peak(0.0, self.most_front(given, min_out), profit);
        if gained <= 0.0 {
            return Sandwich { front: 0.0, profit: 0.0, victim_out: quote, quote };
        }
        let victim_out = self.after(front).out(given);
        Sandwich { front, profit: gained, victim_out, quote }
    }

    /// The widest slippage, as a share of the quote, at which no attack gains more than `cost`, in
    /// units of the token given; `None` where none does at any slippage up to a half.
    pub fn safe_slippage(&self, given: f64, cost: f64) -> Option<f64> {
        let quote = self.out(given);
        let gains = |slip: f64| self.sandwich(given, quote * (1.0 - slip)).profit > cost;
        if !gains(WIDEST) {
            return None;
        }
        let (mut low, mut high) = (0.0, WIDEST);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if gains(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(low)
    }
}

/// The share of the reserve given up to which no slippage whatever lets a sandwich gain: what a trade
/// may put into one pool without being worth attacking there.
///
/// It counts all that an attacker can put between its two trades in the same direction.
pub fn threshold(keep: f64) -> f64 {
    let b = 1.0 + keep;
    let root = (b * b - 4.0 * keep * (1.0 - 1.0 / (keep * keep))).sqrt();
    (root - b) / (2.0 * keep)
}
