//! Amounts that balance every node in units, by an interior-point method over the parts that are in.
//!
//! Prices balance nodes in value, which says nothing about units where a node's price is next to
//! nothing: an order beyond what the market takes, or a node that more arrives at than leaves. Here
//! amounts and prices move together. Every amount keeps off its two ends and every node keeps
//! something left over, each by as much as what it would gain there is worth less than a barrier;
//! the barrier is lowered until it is nothing. A step solves the same kind of system as Newton's for
//! prices alone.

use super::{Dual, Mode};
use crate::root::falling;

/// Steps; each lowers the barrier by up to ten.
const STEPS: usize = 80;

/// Steps in a row that come no nearer before rounding is blamed.
const STALLS: u32 = 12;

/// The first barrier, and the one that counts as none, relative to the value.
const START: f64 = 1e-3;
const END: f64 = 1e-13;

/// The share of the way to an end that a step may go.
const NEAR: f64 = 0.99;

/// By how much the barrier is lowered after a step that went far, and after one that did not.
const FAR: f64 = 0.9;
const LOWER: f64 = 0.1;
const HOLD: f64 = 0.5;

/// The width over which a marginal's own slope is measured, relative to the amount.
const WIDTH: f64 = 1e-6;

/// An edge whose use costs less than this share of its price is surely used.
const UNUSED: f64 = 1e-5;

/// A share of what leaves a node that is nothing, where it is not sure.
const LITTLE: f64 = 1e-6;

/// The logarithm of the least amount looked at: what floats still divide.
const LEAST: f64 = -600.0;

/// Steps outward for an end beyond which an edge takes no more; they span all floats.
const OUTWARD: u32 = 700;

/// One edge while its amount is sought.
#[derive(Debug, Clone, Copy)]
struct Lane {
    part: usize,
    from: usize,
    to: usize,
    /// Units given, and the most.
    given: f64,
    cap: f64,
    /// What one more unit is worth for not being nothing, and for staying below the most.
    idle: f64,
    full: f64,
    /// The gain, its slope and the slope's own at `given`.
    out: f64,
    slope: f64,
    bend: f64,
    /// What the step at hand changes.
    step: f64,
}

impl Lane {
    /// Units up to the most.
    fn room(&self) -> f64 {
        self.cap - self.given
    }
}

/// The amounts, what nodes have left over, and the step at hand.
struct Inside {
    lanes: Vec<Lane>,
    /// Units left over by node.
    left: Vec<f64>,
    barrier: f64,
}

impl Dual<'_> {
    /// The best amount through each part, nothing where it should not be used, and whether it surely
    /// should. Leaves the prices that belong to them where these bound no worse.
    pub(in super::super) fn interior(&mut self) -> Vec<(f64, bool)> {
        let (logs, bound) = (self.position(), self.bound());
        let value = bound.max(self.nothing);
        let mut inside = self.enter(value);
        let (mut best, mut stalls) = ((f64::INFINITY, Vec::new(), logs.clone()), 0);
        for _ in 0..STEPS {
            self.measure(&mut inside);
            let off = self.off(&inside, value);
            stalls += 1;
            if off < best.0 {
                let logs = self.prices.iter().map(|price| price.ln()).collect();
                (best, stalls) = ((off, self.amounts(&inside), logs), 0);
            }
            // Below a barrier that is nothing only rounding remains.
            if !off.is_finite() || self.slack(&inside) <= END * value || stalls > STALLS {
                break;
            }
            let step = self.approach(&mut inside);
            inside.barrier = self.slack(&inside) * if step > FAR { LOWER } else { HOLD };
        }
        self.return_to(&best.2);
        if self.bound() > bound {
            self.return_to(&logs);
        }
        best.1
    }

    /// What was found, without what is nothing but for the barrier.
    fn amounts(&self, inside: &Inside) -> Vec<(f64, bool)> {
        let mut leaving = vec![0.0; self.prices.len()];
        inside.lanes.iter().for_each(|lane| leaving[lane.from] += lane.given);
        let mut amounts = vec![(0.0, false); self.parts.len()];
        for lane in &inside.lanes {
            let full = lane.full > lane.idle;
            let sure = full || lane.idle < UNUSED * self.prices[lane.from];
            if sure || lane.given > LITTLE * leaving[lane.from] {
                amounts[lane.part] = (lane.given, sure);
            }
        }
        amounts
    }

    /// Amounts that suit the prices at hand and a first barrier.
    fn enter(&self, value: f64) -> Inside {
        let barrier = START * value / self.parts.len() as f64;
        let lanes = (0..self.parts.len())
            .filter(|&at| self.parts[at].mode == Mode::In && self.parts[at].cap > 0.0)
            .filter(|&at| {
                self.ends[at].0 as usize != self.to && self.ends[at].1 as usize != self.from
            })
            .map(|at| self.lane(at, barrier))
            .collect();
        let left = self.prices.iter().map(|price| barrier / price).collect();
        Inside { lanes, left, barrier }
    }

    /// An edge with the amount that suits the prices at hand.
    fn lane(&self, part: usize, barrier: f64) -> Lane {
        let (from, to) = (self.ends[part].0 as usize, self.ends[part].1 as usize);
        let (give, want) = (self.prices[from], self.prices[to]);
        let gain = &self.network.edges()[self.parts[part].edge as usize].gain;
        let cap = self.parts[part].cap;
        let keen = |log: f64| {
            let a = log.exp();
            want * gain.marginal(a) - give + barrier / a - barrier / (cap - a).max(0.0)
        };
        let low = (0.5 * (barrier / give).min(cap)).ln().max(LEAST);
        let mut high = low;
        let end = cap.ln();
        for _ in 0..OUTWARD {
            if high >= end || keen(high) <= 0.0 {
                break;
            }
            high += 2.0;
        }
        let (log, _) = falling(keen, low - 40.0, high.min(end), 1e-6 * give);
        let given = log.exp().min(0.999_999 * cap);
        Lane {
            part,
            from,
            to,
            given,
            cap,
            idle: barrier / given,
            full: barrier / (cap - given),
            out: 0.0,
            slope: 0.0,
            bend: 0.0,
            step: 0.0,
        }
    }

    /// Evaluates the gains at the amounts at hand.
    fn measure(&mut self, inside: &mut Inside) {
        self.visits += inside.lanes.len();
        for lane in &mut inside.lanes {
            let gain = &self.network.edges()[self.parts[lane.part].edge as usize].gain;
            lane.out = gain.out(lane.given);
            lane.slope = gain.marginal(lane.given);
            let ahead = gain.marginal(lane.given * (1.0 + WIDTH));
            lane.bend = ((ahead - lane.slope) / (WIDTH * lane.given)).min(0.0);
        }
    }

    /// What is on the table for each end that is kept off.
    fn slack(&self, inside: &Inside) -> f64 {
        let (mut all, mut count) = (0.0, 0.0);
        for lane in &inside.lanes {
            all += lane.given * lane.idle;
            count += 1.0;
            if lane.cap.is_finite() {
                all += lane.room() * lane.full;
                count += 1.0;
            }
        }
        for node in (0..inside.left.len()).filter(|&node| node != self.to) {
            all += inside.left[node] * self.prices[node];
            count += 1.0;
        }
        all / count
    }

    /// Units that arrive at each node beyond those that leave and those left over.
    fn missing(&self, inside: &Inside) -> Vec<f64> {
        let mut off: Vec<f64> = inside.left.iter().map(|left| -left).collect();
        off[self.from] += self.amount;
        for lane in &inside.lanes {
            off[lane.from] -= lane.given;
            off[lane.to] += lane.out;
        }
        off[self.to] = 0.0;
        off
    }

    /// How far amounts and prices are from belonging together: what is on the table in parts of the
    /// value, or the largest share that a node lacks of what it gives or has beyond what it may leave.
    fn off(&self, inside: &Inside, value: f64) -> f64 {
        let mut leaving = inside.left.clone();
        inside.lanes.iter().for_each(|lane| leaving[lane.from] += lane.given);
        let missing = self.missing(inside);
        let shares = missing.iter().zip(&leaving).map(|(off, all)| off.abs() / all);
        let slack = self.slack(inside) / value;
        if slack.is_nan() { f64::INFINITY } else { shares.fold(slack, f64::max) }
    }

    /// One Newton step towards the barrier at hand; returns the share of it that was gone.
    fn approach(&mut self, inside: &mut Inside) -> f64 {
        let n = self.prices.len();
        let barrier = inside.barrier;
        let off = self.missing(inside);
        self.laplacian.clear(n);
        let mut right: Vec<f64> = (0..n)
            .map(|node| barrier - self.prices[node] * (inside.left[node] + off[node]))
            .collect();
        for lane in &inside.lanes {
            let (give, want) = (self.prices[lane.from], self.prices[lane.to] * lane.slope);
            let (stiff, pull) = self.pull(lane, barrier);
            right[lane.from] += give * pull / stiff;
            right[lane.to] -= want * pull / stiff;
            let (here, there, across) =
                (give * give / stiff, want * want / stiff, -give * want / stiff);
            let (from, to) = self.ends[lane.part];
            self.laplacian.add(from, to, here, there, across);
        }
        let own: Vec<f64> = inside.left.iter().zip(&self.prices).map(|(s, v)| s * v).collect();
        self.laplacian.shift(&own, 0.0);
        let mut change = vec![0.0; n];
        self.laplacian.solve(&self.sequence, self.to, &right, &mut change);
        self.advance(inside, &change)
    }

    /// How stiffly a lane's amount sits, and what pulls at it while prices stay.
    fn pull(&self, lane: &Lane, barrier: f64) -> (f64, f64) {
        let (give, want) = (self.prices[lane.from], self.prices[lane.to]);
        let stiff = -want * lane.bend + lane.idle / lane.given + lane.full / lane.room();
        let pull = want * lane.slope - give + barrier / lane.given - barrier / lane.room();
        (stiff, pull)
    }

    /// Moves everything along a change of the prices, as far as all ends allow.
    fn advance(&mut self, inside: &mut Inside, change: &[f64]) -> f64 {
        let barrier = inside.barrier;
        let mut most = 1.0_f64;
        let mut limit = |now: f64, step: f64| {
            if now + most * step < (1.0 - NEAR) * now {
                most = NEAR * now / -step;
            }
        };
        for lane in &mut inside.lanes {
            let (give, want) = (self.prices[lane.from], self.prices[lane.to]);
            let (stiff, pull) = self.pull(lane, barrier);
            lane.step =
                (pull + want * lane.slope * change[lane.to] - give * change[lane.from]) / stiff;
            limit(lane.given, lane.step);
            limit(lane.room(), -lane.step);
            limit(lane.idle, barrier / lane.given - lane.idle * (1.0 + lane.step / lane.given));
            limit(lane.full, barrier / lane.room() - lane.full * (1.0 - lane.step / lane.room()));
        }
        for node in (0..change.len()).filter(|&node| node != self.to) {
            let left = inside.left[node];
            limit(1.0, change[node]);
            limit(left, barrier / self.prices[node] - left * (1.0 + change[node]));
        }
        for lane in &mut inside.lanes {
            let (idle, full, room) = (lane.idle, lane.full, lane.room());
            lane.idle += most * (barrier / lane.given - idle * (1.0 + lane.step / lane.given));
            lane.full += most * (barrier / room - full * (1.0 - lane.step / room));
            lane.given += most * lane.step;
        }
        for node in (0..change.len()).filter(|&node| node != self.to) {
            let left = inside.left[node];
            inside.left[node] += most * (barrier / self.prices[node] - left * (1.0 + change[node]));
            self.prices[node] *= 1.0 + most * change[node];
        }
        most
    }
}
