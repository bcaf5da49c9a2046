//! Where an interior point begins: prices at which every node is left with what a barrier asks for,
//! amounts suiting them.
//!
//! With a barrier the dual is smooth and convex, and nothing in it has an end: Newton's method arrives
//! from anywhere, over pools that an order exceeds a million times too.

use super::{Dual, Mode, interior::Inside, lane::Lane};

/// The first barrier, relative to the value, for all ends together.
const START: f64 = 1e-1;

/// Parts beyond which those that are far from paying are not asked.
const MANY: usize = 256;

/// Steps, and the fall of the dual, in parts of the barrier, that is near enough.
const STEPS: u32 = 100;
const CENTRED: f64 = 0.1;

/// The largest change of a logarithm of a price in one step, and trials along a direction.
const LEAP: f64 = 2.0;
const TRIALS: u32 = 20;

/// How much of its slope the dual may keep at the end of a step: falling on, and rising again.
const FALLING: f64 = 0.8;
const RISING: f64 = 0.5;

impl Dual<'_> {
    /// Amounts and prices in the middle of a first barrier.
    pub(super) fn enter(&mut self, value: f64, far: f64) -> Inside {
        let barrier = START * value / self.parts.len() as f64;
        let mut lanes = self.lanes(if self.parts.len() > MANY { far } else { 0.0 });
        let mut balances = self.reached(&lanes);
        lanes.retain(|lane| balances[lane.from]);
        balances[self.to] = false;
        let mut inside = Inside { lanes, balances, left: Vec::new(), barrier };
        self.centre(&mut inside);
        inside
    }

    /// The smooth pieces of the parts that are in and whose first unit returns a share of `far` of what
    /// it costs.
    fn lanes(&self, far: f64) -> Vec<Lane> {
        let parts = self.parts.iter().enumerate();
        let taking = parts.filter(|(_, part)| part.mode == Mode::In && part.cap > 0.0);
        let near = |(at, part): &(usize, &super::Part)| {
            let (from, to) = self.ends[*at];
            let first = self.network.slopes[part.edge as usize];
            first * self.prices[to as usize] >= far * self.prices[from as usize]
        };
        let pieces = |(at, part): (usize, &super::Part)| {
            let gain = &self.network.edges()[part.edge as usize].gain;
            Lane::pieces(at, self.ends[at], gain, part.cap)
        };
        taking.filter(near).flat_map(pieces).collect()
    }

    /// The nodes that lanes lead to from the start.
    fn reached(&self, lanes: &[Lane]) -> Vec<bool> {
        let mut reached = vec![false; self.prices.len()];
        reached[self.from] = true;
        for _ in 0..self.prices.len() {
            let mut more = false;
            for lane in lanes {
                if reached[lane.from] {
                    more |= !std::mem::replace(&mut reached[lane.to], true);
                }
            }
            if !more {
                break;
            }
        }
        reached
    }

    /// Moves the prices to the middle of the barrier at hand, amounts with them.
    pub(super) fn centre(&mut self, inside: &mut Inside) {
        self.suit(inside);
        for _ in 0..STEPS {
            let off = self.missing(inside);
            let mut change = self.direction(inside, &off);
            if self.slope(&off, &change) >= -CENTRED * inside.barrier {
                break;
            }
            let longest = change.iter().fold(1.0_f64, |m, d| m.max(d.abs()));
            change.iter_mut().for_each(|d| *d *= (LEAP / longest).min(1.0));
            if !longest.is_finite() || !self.go_along(inside, &change) {
                break;
            }
        }
    }

    /// Takes the amounts that suit the prices at hand and the barrier.
    fn suit(&mut self, inside: &mut Inside) {
        self.visits += inside.lanes.len();
        let barrier = inside.barrier;
        inside.left = self.prices.iter().map(|price| barrier / price).collect();
        for lane in &mut inside.lanes {
            lane.suit(self.prices[lane.from], self.prices[lane.to], barrier);
        }
    }

    /// The rate at which the dual changes along a change of the prices.
    fn slope(&self, off: &[f64], change: &[f64]) -> f64 {
        let nodes = off.iter().zip(change).zip(&self.prices);
        nodes.map(|((off, change), price)| off * change * price).sum()
    }

    /// Goes along a change of the prices until the dual hardly falls any more; false where no step
    /// helps.
    fn go_along(&mut self, inside: &mut Inside, change: &[f64]) -> bool {
        let before = self.prices.clone();
        let first = self.slope(&self.missing(inside), change);
        let (mut near, mut far, mut step) = (0.0, f64::INFINITY, 1.0);
        for _ in 0..TRIALS {
            for ((price, before), d) in self.prices.iter_mut().zip(&before).zip(change) {
                *price = before * (step * d).exp();
            }
            self.suit(inside);
            let turned = self.slope(&self.missing(inside), change);
            if turned > -RISING * first {
                far = step;
            } else if turned < FALLING * first && 2.0 * step < far {
                near = step;
            } else {
                return true;
            }
            step = if far.is_finite() { 0.5 * (near + far) } else { 2.0 * step };
        }
        near > 0.0
    }
}
