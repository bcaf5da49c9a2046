//! Newton's method in logarithms of prices, shares held.
//!
//! In logarithms the curvature is the Laplacian of a weighted graph, one conductance for each edge
//! that trades, plus what the nodes have left over, which vanishes at the optimum.

use super::Dual;

/// Steps for one set of shares.
const STEPS: usize = 60;

/// The largest change of a logarithm of a price in one step.
const LEAP: f64 = 1.0;

/// Changes of a logarithm of a price below this are rounding.
const NOISE: f64 = 1e-14;

/// Trials along one direction before it is given up.
const TRIALS: u32 = 24;

/// Steps in a row that gain nothing before the search ends.
const STALLS: u32 = 3;

/// Damping at which no direction is trusted any more.
const STIFF: f64 = 1e3;

impl Dual<'_> {
    /// Minimises over prices until the nodes balance to `tolerance`, relative to the value, or
    /// rounding forbids more.
    pub(super) fn descend(&mut self, tolerance: f64) {
        let n = self.prices.len();
        self.evaluate();
        let (mut direction, mut right) = (vec![0.0; n], vec![0.0; n]);
        let (mut damping, mut stalls) = (0.0_f64, 0);
        for _ in 0..STEPS {
            let (off, value) = (self.imbalance(), self.value);
            if off <= tolerance {
                break;
            }
            for (right, gradient) in right.iter_mut().zip(&self.gradient) {
                *right = -gradient;
            }
            self.laplacian.shift(&self.gradient, damping);
            self.laplacian.solve(&self.sequence, self.to, &right, &mut direction);
            let longest = direction.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
            if !longest.is_finite() || longest <= NOISE {
                break;
            }
            if self.search(&direction, (LEAP / longest).min(1.0)) {
                damping *= 0.1;
                let little = value - self.value <= NOISE * value.abs();
                stalls = if little && self.imbalance() > 0.5 * off { stalls + 1 } else { 0 };
            } else {
                damping = (damping * 10.0).max(1e-4);
                self.evaluate();
            }
            if stalls == STALLS || damping > STIFF {
                break;
            }
        }
    }

    /// Goes along a direction until the value has fallen and has nearly stopped falling; false, with
    /// prices as they were, where no step helps.
    fn search(&mut self, direction: &[f64], full: f64) -> bool {
        let before = self.logs.clone();
        let (value, off) = (self.value, self.imbalance());
        let slope = along(direction, &self.gradient);
        let (mut near, mut far) = (0.0, f64::INFINITY);
        let mut step = full;
        for _ in 0..TRIALS {
            self.go(&before, direction, step);
            let next = self.evaluate();
            let turned = along(direction, &self.gradient);
            let level = (next - value).abs() <= 1e-11 * value.abs() && self.imbalance() < off;
            let falls = next <= value + 1e-4 * step * slope;
            if level || (falls && (step >= full || turned >= 0.8 * slope)) {
                return true;
            }
            if falls {
                near = step;
            } else {
                far = step;
            }
            step = if near > 0.0 {
                (near * far).sqrt()
            } else {
                step * (slope / (slope - turned)).clamp(0.002, 0.5)
            };
        }
        self.go(&before, direction, 0.0);
        false
    }

    /// Puts prices a step along a direction.
    fn go(&mut self, before: &[f64], direction: &[f64], step: f64) {
        for (node, d) in direction.iter().enumerate().filter(|(_, d)| **d != 0.0) {
            let log = before[node] + step * d;
            self.logs[node] = log;
            self.roots[node] = (0.5 * log).exp();
            self.prices[node] = self.roots[node] * self.roots[node];
        }
    }
}

/// The rate at which the value changes along a direction.
fn along(direction: &[f64], gradient: &[f64]) -> f64 {
    direction.iter().zip(gradient).map(|(d, g)| d * g).sum()
}
