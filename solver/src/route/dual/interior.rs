//! Amounts that balance every node in units, by an interior-point method over the parts that are in.
//!
//! Prices balance nodes in value, which says nothing about units where a node's price is next to
//! nothing: an order beyond what the market takes, or a node that more arrives at than leaves. Here
//! amounts and prices move together. Every amount keeps off its two ends and every node keeps
//! something left over, each by as much as what it would gain there is worth less than a barrier;
//! the barrier is lowered until it is nothing. A step solves the same kind of system as Newton's for
//! prices alone.
//!
//! It begins where [`centre`](super::centre) leads, and goes back there whenever its steps get short.

use super::{Dual, lane::Lane};

/// Steps; each lowers the barrier by up to ten.
const STEPS: usize = 80;

/// The barrier that counts as none, relative to the value, and steps there before rounding is blamed.
const END: f64 = 1e-13;
const LAST: u32 = 6;

/// The share of what it gives that a node may lack for the barrier to be lowered, the steps in which
/// it is put right before it is lowered all the same, and the share it may lack in the end.
const LOOSE: f64 = 1e-2;
const HELD: u32 = 2;
const BALANCED: f64 = 1e-10;

/// The share of the way to an end that a step may go.
const NEAR: f64 = 0.99;

/// By how much the barrier is lowered after a step that went far, and after one that did not.
const FAR: f64 = 0.9;
const LOWER: f64 = 0.1;
const HOLD: f64 = 0.5;

/// A step that went no farther than this is no way on.
const SHORT: f64 = 0.2;

/// A barrier so much lower than what is on the table tells what stays from what goes with it.
const FALLS: f64 = 0.6;

/// The share of what leaves one node and arrives at the other that is nothing where it is not sure.
const LITTLE: f64 = 1e-11;

/// The amounts, what nodes have left over, and the step at hand.
pub(super) struct Inside {
    pub(super) lanes: Vec<Lane>,
    /// Whether each node must balance: lanes lead to it from the start, and it is not the end.
    pub(super) balances: Vec<bool>,
    /// Units left over by node.
    pub(super) left: Vec<f64>,
    pub(super) barrier: f64,
}

/// What an interior point found: the best amount through each part ...
pub(in super::super) type Amounts = Vec<Amount>;

/// ... in units given, and how readily it changes with prices; nothing where it is not surely used.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Amount {
    pub(in super::super) given: f64,
    pub(in super::super) gives: f64,
}

impl Dual<'_> {
    /// The best amount through each part, nothing where it should not be used. Leaves the prices that
    /// belong to them where these bound no worse. Of many parts, those whose first unit returns less
    /// than a share of `far` of what it costs now are not asked.
    pub(in super::super) fn interior(&mut self, far: f64) -> Amounts {
        let (before, bound) = (self.position(), self.bound());
        let value = bound.max(self.nothing);
        let mut inside = self.enter(value, far);
        let (mut found, mut logs) = (vec![Amount::default(); self.parts.len()], before.clone());
        let (mut last, mut held) = (0, 0);
        for _ in 0..STEPS {
            let (off, slack) = (self.off(&inside), self.slack(&inside) / value);
            if !(off + slack).is_finite() {
                break;
            }
            (found, logs) = (self.amounts(&inside), self.prices.iter().map(|p| p.ln()).collect());
            last += u32::from(slack <= END);
            if last > 0 && (off <= BALANCED || last > LAST) {
                break;
            }
            let step = self.approach(&mut inside);
            inside.barrier = self.slack(&inside);
            if step < SHORT {
                self.centre(&mut inside);
            }
            held = if self.off(&inside) > LOOSE && held < HELD { held + 1 } else { 0 };
            inside.barrier *= match held {
                0 if step > FAR => LOWER,
                0 => HOLD,
                _ => 1.0,
            };
            inside.barrier = inside.barrier.max(0.5 * END * value);
        }
        self.return_to(&logs);
        if self.bound() > bound {
            self.return_to(&before);
        }
        found
    }

    /// What was found, without what is nothing but for the barrier.
    fn amounts(&self, inside: &Inside) -> Amounts {
        let mut leaving = vec![0.0; self.prices.len()];
        let mut arriving = vec![0.0; self.prices.len()];
        for lane in &inside.lanes {
            leaving[lane.from] += lane.given;
            arriving[lane.to] += lane.out;
        }
        let mut amounts = vec![Amount::default(); self.parts.len()];
        for lane in &inside.lanes {
            let little =
                lane.given <= LITTLE * leaving[lane.from] && lane.out <= LITTLE * arriving[lane.to];
            if lane.sure || !little {
                let amount = &mut amounts[lane.part];
                amount.given += lane.given;
                if lane.sure {
                    let (give, want) = (self.prices[lane.from], self.prices[lane.to]);
                    amount.gives += 1.0 / lane.pull(give, want, inside.barrier).0;
                }
            }
        }
        amounts
    }

    /// What is on the table for each end that is kept off.
    fn slack(&self, inside: &Inside) -> f64 {
        let (mut all, mut count) = (0.0, 0.0);
        for lane in &inside.lanes {
            all += lane.given * lane.idle;
            count += 1.0;
            if lane.cap.is_finite() {
                all += lane.room * lane.full;
                count += 1.0;
            }
        }
        for node in (0..inside.left.len()).filter(|&node| inside.balances[node]) {
            all += inside.left[node] * self.prices[node];
            count += 1.0;
        }
        all / count
    }

    /// Units that arrive at each node beyond those that leave and those left over; none where it need
    /// not balance.
    pub(super) fn missing(&self, inside: &Inside) -> Vec<f64> {
        let mut off: Vec<f64> = inside.left.iter().map(|left| -left).collect();
        off[self.from] += self.amount;
        for lane in &inside.lanes {
            off[lane.from] -= lane.given;
            off[lane.to] += lane.out;
        }
        for (off, balances) in off.iter_mut().zip(&inside.balances) {
            *off = if *balances { *off } else { 0.0 };
        }
        off
    }

    /// The largest share that a node lacks of what it gives, or has beyond what it may leave.
    fn off(&self, inside: &Inside) -> f64 {
        let mut leaving = inside.left.clone();
        inside.lanes.iter().for_each(|lane| leaving[lane.from] += lane.given);
        let missing = self.missing(inside);
        missing.iter().zip(&leaving).map(|(off, all)| off.abs() / all).fold(0.0, f64::max)
    }

    /// One Newton step towards the barrier at hand; returns the share of it that was gone.
    fn approach(&mut self, inside: &mut Inside) -> f64 {
        let off = self.missing(inside);
        let change = self.direction(inside, &off);
        self.advance(inside, &change)
    }

    /// The change of the prices, relative, that Newton's equations ask for.
    pub(super) fn direction(&mut self, inside: &Inside, off: &[f64]) -> Vec<f64> {
        let n = self.prices.len();
        let barrier = inside.barrier;
        self.laplacian.clear(n);
        let mut right: Vec<f64> = (0..n)
            .map(|node| barrier - self.prices[node] * (inside.left[node] + off[node]))
            .zip(&inside.balances)
            .map(|(right, reached)| if *reached { right } else { 0.0 })
            .collect();
        for lane in &inside.lanes {
            let (give, want) = (self.prices[lane.from], self.prices[lane.to] * lane.slope);
            let (stiff, pull) = lane.pull(give, self.prices[lane.to], barrier);
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
        change
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
            let (stiff, pull) = lane.pull(give, want, barrier);
            lane.step =
                (pull + want * lane.slope * change[lane.to] - give * change[lane.from]) / stiff;
            limit(lane.given, lane.step);
            limit(lane.room, -lane.step);
            limit(lane.idle, barrier / lane.given - lane.idle * (1.0 + lane.step / lane.given));
            limit(lane.full, barrier / lane.room - lane.full * (1.0 - lane.step / lane.room));
        }
        for node in (0..change.len()).filter(|&node| inside.balances[node]) {
            let left = inside.left[node];
            limit(1.0, change[node]);
            limit(left, barrier / self.prices[node] - left * (1.0 + change[node]));
        }
        let falls = barrier < FALLS * self.slack(inside);
        inside.lanes.iter_mut().for_each(|lane| lane.advance(most, barrier, falls));
        for node in (0..change.len()).filter(|&node| inside.balances[node]) {
            let left = inside.left[node];
            inside.left[node] += most * (barrier / self.prices[node] - left * (1.0 + change[node]));
            self.prices[node] *= 1.0 + most * change[node];
        }
        most
    }
}
