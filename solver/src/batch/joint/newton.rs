//! Newton's method for the prices of an exchange, and what helps where it is stuck.
//!
//! What nodes have left over bends where pools begin to be used and orders to be filled. There steps
//! are damped, and prices are balanced one by one; where prices and the spread do not come together,
//! the spread is held and halved to.

use std::time::Instant;

use super::{
    exchange::{Exchange, State, Trade},
    sparse::Rows,
};

/// Steps of Newton's method, and halvings of one.
const STEPS: u32 = 60;
const HALVINGS: u32 = 6;

/// The largest change of the logarithm of a price in one step, and of the spread.
const LEAP: f64 = 0.5;
const WIDER: f64 = 1.0;

/// The widest spread, and how many are tried.
const WIDEST: f64 = 16.0;
const SPREADS: u32 = 12;

/// What is left over, as a share of what is traded, above which prices are far off.
const FAR: f64 = 1e-3;

/// A step that leaves more than this share of what was left over was none: the next is damped, by the
/// least to begin with; by the most, no direction is trusted any more.
const POOR: f64 = 0.9;
const SOFT: f64 = 1e-3;
const STIFF: f64 = 1e2;

/// How often prices are balanced one by one in between, how many times over, the first change that is
/// tried, and halvings.
const REPAIRS: u32 = 12;
const SWEEPS: u32 = 3;
const FIRST: f64 = 1e-6;
const BISECTIONS: u32 = 24;

/// What nodes may have left over, as a share of what is traded.
const EXACT: f64 = 1e-14;
const GOOD: f64 = 1e-11;

/// What keeps a node that nothing moves where it is, as a share of what is traded.
const STILL: f64 = 1e-12;

impl Exchange<'_> {
    /// The value that nodes have left over or lack, as a share of all.
    fn off(&self, state: &State, left: &[f64]) -> f64 {
        let value = |(left, log): (&f64, &f64)| (left * log.exp()).abs();
        left.iter().zip(&state.logs).map(value).sum::<f64>() / self.scale
    }

    /// Newton's step: changes of logarithms, that of the spread last. `None` where nothing tells it.
    fn step(
        &self,
        state: &State,
        left: &[f64],
        held: bool,
        damping: f64,
    ) -> Option<(Vec<f64>, f64)> {
        let n = self.nodes.len();
        let last = n - 1;
        let weights: Vec<f64> = state.logs.iter().map(|log| log.exp() / self.scale).collect();
        let mut rows = Rows::new(n);
        // Prices have no scale of their own: the last stays, and the spread takes its column.
        let mut add = |row: usize, node: usize, by: f64| {
            if node != last {
                rows.add(row, node, by * weights[row]);
            }
        };
        // Far off, a buyer who pays less where what it pays with is dearer would drive that price up
        // without an end.
        let far = self.off(state, left) > FAR;
        for (at, &(sell, buy)) in self.order_ends.iter().enumerate() {
            let Trade { mut by_rate, .. } = self.trade(state, at);
            if far {
                by_rate.0 = by_rate.0.max(0.0);
            }
            for (row, by) in
                [(sell, by_rate.0), (buy, -by_rate.1)].into_iter().filter(|b| b.1 != 0.0)
            {
                add(row, sell, by);
                add(row, buy, -by);
            }
        }
        for (at, &(from, to)) in self.edge_ends.iter().enumerate() {
            let growth = self.flow(state, at).2;
            if growth > 0.0 {
                let slope = growth * (state.logs[from] - state.logs[to]).exp();
                add(from, from, growth);
                add(from, to, -growth);
                add(to, to, slope);
                add(to, from, -slope);
            }
        }
        if held {
            rows = rows.without(last);
        } else {
            for (at, &(sell, buy)) in self.order_ends.iter().enumerate() {
                let Trade { by_spread, .. } = self.trade(state, at);
                rows.add(sell, last, by_spread.0 * weights[sell]);
                rows.add(buy, last, -by_spread.1 * weights[buy]);
            }
        }
        for (row, (left, weight)) in left.iter().zip(&weights).enumerate() {
            let own = if far { (left * weight).abs() } else { 0.0 };
            rows.add(row, row, STILL + own);
            rows.add_right(row, -left * weight);
        }
        if damping > 0.0 {
            rows.stiffen(damping);
        }
        let mut change = rows.solve()?;
        let spread = std::mem::take(change.last_mut()?);
        Some((change, spread))
    }

    /// What one node has left over, in units.
    fn left_at(&self, state: &State, node: usize) -> f64 {
        let (orders, edges) = &self.around[node];
        let mut left = 0.0;
        for &at in orders {
            let Trade { sold, bought, .. } = self.trade(state, at);
            left += if self.order_ends[at].0 == node { sold } else { -bought };
        }
        for &at in edges {
            let (given, wanted, _) = self.flow(state, at);
            left += if self.edge_ends[at].0 == node { -given } else { wanted };
        }
        left
    }

    /// Balances one node after the other by its own price: where Newton's method finds a node that
    /// nothing moves, its price has to get to where something does.
    fn sweep(&self, state: &mut State) {
        for node in 0..self.nodes.len() - 1 {
            let here = state.logs[node];
            let left = self.left_at(state, node);
            if left.abs() * here.exp() <= EXACT * self.scale {
                continue;
            }
            // More is left over the dearer the node.
            let sign = -left.signum();
            let (mut near, mut far) = (0.0, FIRST);
            let over = |state: &mut State, far: f64| {
                state.logs[node] = here + sign * far;
                self.left_at(state, node) * sign > 0.0
            };
            while far < LEAP && !over(state, far) {
                (near, far) = (far, 2.0 * far);
            }
            for _ in 0..BISECTIONS {
                let middle = 0.5 * (near + far);
                if over(state, middle) {
                    far = middle;
                } else {
                    near = middle;
                }
            }
            state.logs[node] = here + sign * near;
        }
    }

    /// Prices that leave nothing, from a state; `None` where none are found.
    pub(super) fn balance(&self, start: State) -> Option<State> {
        let mut state = match self.newton(start.clone(), false) {
            Ok(found) => return Some(found),
            Err(_) => self.hold(start)?,
        };
        // The wider the spread, the less is left over.
        let (mut low, mut high) = (0.0, WIDEST);
        for _ in 0..SPREADS {
            if let Ok(found) = self.newton(state.clone(), false) {
                return Some(found);
            }
            let left = self.left(&state).pop()?;
            if left > 0.0 {
                low = state.spread;
            } else {
                high = state.spread;
            }
            let spread = if high < WIDEST { 0.5 * (low + high) } else { 2.0 * low };
            state = self.hold(State { spread, ..state })?;
        }
        None
    }

    /// Prices that leave nothing but at the node that trades with most others, the spread held.
    pub(super) fn hold(&self, mut state: State) -> Option<State> {
        for _ in 0..REPAIRS {
            match self.newton(state, true) {
                Ok(found) => return Some(found),
                Err(near) => state = near,
            }
            if self.until.is_some_and(|until| Instant::now() >= until) {
                return None;
            }
            (0..SWEEPS).for_each(|_| self.sweep(&mut state));
        }
        None
    }

    /// Newton's steps; where they end if that leaves something.
    fn newton(&self, mut state: State, held: bool) -> Result<State, State> {
        let look = |state: &State| {
            let mut left = self.left(state);
            if held {
                left.pop();
                left.push(0.0);
            }
            (self.off(state, &left), left)
        };
        let (mut off, mut left) = look(&state);
        let mut damping = 0.0_f64;
        for _ in 0..STEPS {
            if off <= EXACT {
                break;
            }
            let Some((change, spread)) = self.step(&state, &left, held, damping) else { break };
            let longest = change.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
            let mut by = (LEAP / longest).min(WIDER / spread.abs()).min(1.0);
            let before = off;
            for _ in 0..HALVINGS {
                let logs = state.logs.iter().zip(&change).map(|(log, d)| log + by * d).collect();
                let next = State { logs, spread: state.spread + by * spread };
                let then = look(&next);
                if then.0 < off {
                    (state, (off, left)) = (next, then);
                    break;
                }
                by *= 0.5;
            }
            if off <= GOOD && off >= before {
                break;
            }
            damping = match off > POOR * before {
                true => (10.0 * damping).max(SOFT),
                false if damping > SOFT => 0.1 * damping,
                false => 0.0,
            };
            if damping > STIFF {
                break;
            }
        }
        if off <= GOOD { Ok(state) } else { Err(state) }
    }
}
