//! Shares of what is not smooth: a straight line takes all or nothing, an edge pays its gas or does
//! not. Both become shares between none and all.
//!
//! The method of multipliers finds them: a share moves with profit, over a width around where it
//! last stood; each round minimises over prices, takes the shares that come out, and narrows the
//! width. What the shares leave on the table is the gap between the relaxation and its bound.

use super::{Dual, MANY, Mode};

/// Rounds.
const ROUNDS: usize = 30;

/// By how much the width shrinks in a round, and where that ends.
const SHRINK: f64 = 0.4;
const FLOOR: f64 = 0.01;

/// The coarsest balance that prices are found to, relative to the value.
const COARSE: f64 = 1e-2;

/// Imbalance that is good enough where shares are found, relative to the value.
const BALANCED: f64 = 1e-9;

/// Rounds that ask for such a balance in vain before rounding is blamed: over many nodes floats allow
/// no better, and each further round would only look at all edges again.
const STUCK: u32 = 2;

impl Dual<'_> {
    /// Minimises until what is left on the table is below `tolerance`, relative to the value, from
    /// shares that move over `start` times what is at stake.
    pub(in super::super) fn minimise(&mut self, tolerance: f64, start: f64) {
        if !(0..self.parts.len()).any(|at| self.is_shared(at)) {
            self.descend(tolerance);
            return;
        }
        let (mut width, mut left, mut stuck) = (start, 1.0_f64, 0);
        for _ in 0..ROUNDS {
            self.widen(width);
            // No more accurate than the shares are.
            let asked = left.clamp(tolerance.min(COARSE), COARSE);
            self.descend(asked);
            left = self.settle() / self.scale();
            let enough = tolerance.max(BALANCED);
            let balanced = self.imbalance() <= enough;
            stuck += u32::from(asked <= enough && !balanced && self.parts.len() > MANY);
            if left <= tolerance && (balanced || stuck >= STUCK) {
                break;
            }
            width = (width * SHRINK).max(FLOOR);
        }
    }

    /// Sets how far profits must move to move shares: in parts of what is at stake.
    fn widen(&mut self, by: f64) {
        for at in 0..self.parts.len() {
            let line = self.is_line(at);
            let part = &mut self.parts[at];
            let cost = if part.mode == Mode::Free { part.cost } else { 0.0 };
            let value = if line { part.cap * self.prices[self.ends[at].0 as usize] } else { 0.0 };
            part.width = by * cost.max(0.01 * value);
        }
    }

    /// Takes the shares at hand; returns the profit that they leave on the table.
    fn settle(&mut self) -> f64 {
        let mut left = 0.0;
        for at in 0..self.parts.len() {
            if self.parts[at].mode == Mode::Out || !(self.pays(at) || self.shares[at] > 0.0) {
                continue;
            }
            let trade = self.trade(at);
            left += trade.profit.max(0.0) - trade.share * trade.profit;
            if self.is_shared(at) {
                self.shares[at] = trade.share;
            }
        }
        left
    }
}
