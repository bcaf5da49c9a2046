//! Water-filling: splitting an amount over concave gains so that every used one ends at the same
//! marginal price.

use crate::{root::falling, venues::Gain};

/// How often the search for a low enough price may step down.
const MAX_STEPS: u32 = 80;

/// A concave, non-decreasing gain in whatever units its caller uses.
pub(crate) trait Concave {
    /// Units out for `a` units in.
    fn out(&self, a: f64) -> f64;
    /// Units out for the next unit in, after `a`.
    fn marginal(&self, a: f64) -> f64;
    /// Most units in.
    fn cap(&self) -> f64;
    /// The largest input whose next unit still returns at least `slope`.
    fn input_at(&self, slope: f64) -> f64;
    /// The one slope of a gain that is a straight line up to its cap.
    fn flat(&self) -> Option<f64> {
        None
    }
}

/// A venue's gain between two nodes, whose units may differ from the tokens'.
#[derive(Debug, Clone)]
pub(crate) struct Scaled {
    pub(crate) gain: Gain,
    /// Most node units in.
    pub(crate) cap: f64,
    /// Units of the token given for one unit of the node it belongs to.
    pub(crate) given: f64,
    /// Units of the target node for one unit of the token wanted.
    pub(crate) wanted: f64,
}

impl Concave for Scaled {
    fn out(&self, a: f64) -> f64 {
        self.gain.out(a * self.given) * self.wanted
    }

    fn marginal(&self, a: f64) -> f64 {
        if a < self.cap {
            self.gain.marginal(a * self.given) * self.given * self.wanted
        } else {
            0.0
        }
    }

    fn cap(&self) -> f64 {
        self.cap
    }

    fn input_at(&self, slope: f64) -> f64 {
        (self.gain.input_at(slope / (self.given * self.wanted)) / self.given).min(self.cap)
    }

    fn flat(&self) -> Option<f64> {
        match self.gain {
            Gain::Linear { rate, .. } => Some(rate * self.given * self.wanted),
            Gain::ConstantProduct { .. }
            | Gain::Weighted { .. }
            | Gain::Stable { .. }
            | Gain::Ticks { .. } => None,
        }
    }
}

/// An amount divided over branches.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fill {
    /// Units for each branch, in the order given.
    pub(crate) amounts: Vec<f64>,
    /// The marginal gain at which the branches meet; zero when every branch is full.
    pub(crate) slope: f64,
}

/// Divides `amount` over `branches` for the largest total gain. What exceeds all caps together
/// stays undivided.
///
/// The price is searched in a bounded way, so the result is the optimum to float accuracy; at a
/// kink, where several branches tie, the remainder goes to them in order.
pub(crate) fn water_fill<C: Concave>(branches: &[C], amount: f64) -> Fill {
    let caps: f64 = branches.iter().map(Concave::cap).sum();
    if amount >= caps {
        return Fill { amounts: branches.iter().map(Concave::cap).collect(), slope: 0.0 };
    }
    if let [only] = branches {
        return Fill { amounts: vec![amount], slope: only.marginal(amount) };
    }
    let demand = |slope: f64| -> f64 { branches.iter().map(|b| b.input_at(slope)).sum() };
    let best = branches.iter().map(|b| b.marginal(0.0)).fold(0.0, f64::max);
    if best <= 0.0 || amount <= 0.0 {
        return Fill { amounts: vec![0.0; branches.len()], slope: best };
    }
    let at_flat = branches.iter().filter_map(Concave::flat).find(|&slope| {
        let above = slope * (1.0 + 1e-15);
        demand(above) <= amount && amount <= demand(slope)
    });
    let (low, high) = match at_flat {
        // The price is that of a straight line, which takes what the others leave.
        Some(slope) => (slope, slope * (1.0 + 1e-15)),
        None => bracket(&demand, best * (1.0 + 1e-12), amount),
    };
    let mut amounts: Vec<f64> = branches.iter().map(|b| b.input_at(high)).collect();
    let mut left = amount - amounts.iter().sum::<f64>();
    for (branch, given) in branches.iter().zip(&mut amounts) {
        let more = (branch.input_at(low) - *given).clamp(0.0, left.max(0.0));
        *given += more;
        left -= more;
    }
    Fill { amounts, slope: high }
}

/// Prices around the one at which `demand` meets `amount`: `demand(high) <= amount < demand(low)`.
///
/// Markets of like assets meet within a few basis points of the best price, so the first steps
/// down are small.
fn bracket(demand: &impl Fn(f64) -> f64, start: f64, amount: f64) -> (f64, f64) {
    let (mut low, mut high, mut step) = (start, start, 1e-4);
    for _ in 0..MAX_STEPS {
        if demand(low) > amount {
            break;
        }
        high = low;
        low = if step < 0.9 { start * (1.0 - step) } else { low * 0.25 };
        step *= 4.0;
    }
    if low == high {
        return (low, high);
    }
    falling(|slope| demand(slope) - amount, low, high, 1e-14 * amount)
}
