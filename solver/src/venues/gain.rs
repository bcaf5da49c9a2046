//! The real-valued view of a venue's direction: what the optimiser differentiates.

use std::sync::Arc;

use crate::root::falling;

/// A concave, non-decreasing gain from units of the token given to units of the token wanted.
///
/// It never understates the integer quote by more than float rounding: contracts round against the
/// trader, so a bound computed from gains holds for the integers too.
#[derive(Debug, Clone, PartialEq)]
pub enum Gain {
    /// `rate * a`, up to `cap`.
    Linear {
        /// Units out for a unit in.
        rate: f64,
        /// Most units in.
        cap: f64,
    },
    /// `y * k * a / (x + k * a)` with `k` the share of the input that fees leave.
    ConstantProduct {
        /// Reserve of the token given.
        x: f64,
        /// Reserve of the token wanted.
        y: f64,
        /// One minus the fee.
        keep: f64,
    },
    /// `y * (1 - (x / (x + keep * a))^power)`: a weighted pool.
    Weighted {
        /// Reserve of the token given.
        x: f64,
        /// Reserve of the token wanted.
        y: f64,
        /// Weight of the token given over weight of the token wanted.
        power: f64,
        /// One minus the fee.
        keep: f64,
    },
    /// StableSwap between two coins, fee on the output: balances and `d` scaled to common units. A fee
    /// on the input is part of `rate_in`. A pool of more coins, the other balances as they are, trades
    /// as one of two with another `ann` and `d`: see `venues/curve/pair.rs`.
    Stable {
        /// Scaled balance of the token given.
        x: f64,
        /// `A * n^n`.
        ann: f64,
        /// The invariant.
        d: f64,
        /// One minus the fee.
        keep: f64,
        /// Scaled units of one unit given.
        rate_in: f64,
        /// Scaled units of one unit wanted.
        rate_out: f64,
    },
    /// Concentrated liquidity: constant-product pieces in the order they are used.
    Ticks {
        /// The pieces, best price first.
        segments: Arc<[Segment]>,
        /// One minus the fee.
        keep: f64,
    },
}

/// One stretch of constant liquidity, as a constant-product pool with an end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Virtual reserve of the token given, where the stretch begins.
    pub x: f64,
    /// Virtual reserve of the token wanted, where the stretch begins.
    pub y: f64,
    /// Units in, fee included, that take the price to the end of the stretch.
    pub cap: f64,
}

impl Gain {
    /// A straight line; `None` where the rate is no number above zero, as of totals of zero.
    pub(crate) fn linear(rate: f64, cap: f64) -> Option<Self> {
        (rate.is_finite() && rate > 0.0).then_some(Self::Linear { rate, cap })
    }

    /// The most units in; infinite where there is no limit.
    pub fn cap(&self) -> f64 {
        match self {
            Self::Linear { cap, .. } => *cap,
            Self::ConstantProduct { .. } | Self::Weighted { .. } | Self::Stable { .. } => {
                f64::INFINITY
            }
            Self::Ticks { segments, .. } => segments.iter().map(|s| s.cap).sum(),
        }
    }

    /// The same trades counted in other units: `given` units of this gain's input for one new unit
    /// of input, and `wanted` new units of output for one unit of this gain's output.
    #[must_use]
    pub fn rescaled(&self, given: f64, wanted: f64) -> Self {
        match self {
            Self::Linear { rate, cap } => {
                Self::Linear { rate: rate * given * wanted, cap: cap / given }
            }
            Self::ConstantProduct { x, y, keep } => {
                Self::ConstantProduct { x: x / given, y: y * wanted, keep: *keep }
            }
            Self::Weighted { x, y, power, keep } => {
                Self::Weighted { x: x / given, y: y * wanted, power: *power, keep: *keep }
            }
            Self::Stable { x, ann, d, keep, rate_in, rate_out } => Self::Stable {
                x: *x,
                ann: *ann,
                d: *d,
                keep: *keep,
                rate_in: rate_in * given,
                rate_out: rate_out / wanted,
            },
            Self::Ticks { segments, keep } => {
                let scaled =
                    |s: &Segment| Segment { x: s.x / given, y: s.y * wanted, cap: s.cap / given };
                Self::Ticks { segments: segments.iter().map(scaled).collect(), keep: *keep }
            }
        }
    }

    /// A figure that no pool can have, and its value; `None` where all are sound.
    pub(crate) fn fault(&self) -> Option<(&'static str, f64)> {
        let positive =
            |what, value: f64| (!(value.is_finite() && value > 0.0)).then_some((what, value));
        let share = |what, value: f64| (!(value > 0.0 && value <= 1.0)).then_some((what, value));
        let length = |what, value: f64| (value.is_nan() || value < 0.0).then_some((what, value));
        match self {
            Self::Linear { rate, cap } => {
                let rate = (!rate.is_finite() || *rate < 0.0).then_some(("rate", *rate));
                rate.or(length("cap", *cap))
            }
            Self::ConstantProduct { x, y, keep } => positive("reserve given", *x)
                .or(positive("reserve wanted", *y))
                .or(share("share that fees leave", *keep)),
            Self::Weighted { x, y, power, keep } => positive("reserve given", *x)
                .or(positive("reserve wanted", *y))
                .or(positive("ratio of weights", *power))
                .or(share("share that fees leave", *keep)),
            Self::Stable { x, ann, d, keep, rate_in, rate_out } => positive("balance given", *x)
                .or(positive("amplification", *ann))
                .or(positive("invariant", *d))
                .or(share("share that fees leave", *keep))
                .or(positive("rate given", *rate_in))
                .or(positive("rate wanted", *rate_out)),
            Self::Ticks { segments, keep } => segments
                .iter()
                .find_map(|s| {
                    positive("virtual reserve given", s.x)
                        .or(positive("virtual reserve wanted", s.y))
                        .or(length("segment", s.cap))
                })
                .or(share("share that fees leave", *keep)),
        }
    }

    /// Units out for `a` units in; input beyond the cap adds nothing.
    pub fn out(&self, a: f64) -> f64 {
        match self {
            Self::Linear { rate, cap } => rate * a.min(*cap),
            Self::ConstantProduct { x, y, keep } => product_out(*x, *y, *keep, a),
            Self::Weighted { x, y, power, keep } => -y * (-power * (keep * a / x).ln_1p()).exp_m1(),
            Self::Stable { x, ann, d, keep, rate_in, rate_out } => {
                keep * stable_out(*x, *ann, *d, rate_in * a) / rate_out
            }
            Self::Ticks { segments, keep } => {
                let (mut left, mut out) = (a, 0.0);
                for s in segments.iter() {
                    out += product_out(s.x, s.y, *keep, left.min(s.cap));
                    left -= s.cap;
                    if left <= 0.0 {
                        break;
                    }
                }
                out
            }
        }
    }

    /// Units out for the next unit in, after `a`; zero at and beyond the cap.
    pub fn marginal(&self, a: f64) -> f64 {
        match self {
            Self::Linear { rate, cap } => {
                if a < *cap {
                    *rate
                } else {
                    0.0
                }
            }
            Self::ConstantProduct { x, y, keep } => product_marginal(*x, *y, *keep, a),
            Self::Weighted { x, y, power, keep } => {
                y * power * keep / x * (-(power + 1.0) * (keep * a / x).ln_1p()).exp()
            }
            Self::Stable { x, ann, d, keep, rate_in, rate_out } => {
                let after = x + rate_in * a;
                keep * stable_slope(after, *ann, *d) * rate_in / rate_out
            }
            Self::Ticks { segments, keep } => {
                let mut left = a;
                for s in segments.iter() {
                    if left < s.cap {
                        return product_marginal(s.x, s.y, *keep, left);
                    }
                    left -= s.cap;
                }
                0.0
            }
        }
    }

    /// The largest input whose next unit still returns at least `slope` (`> 0`).
    pub fn input_at(&self, slope: f64) -> f64 {
        match self {
            Self::Linear { rate, cap } => {
                if *rate >= slope {
                    *cap
                } else {
                    0.0
                }
            }
            Self::ConstantProduct { x, y, keep } => product_input(*x, *y, *keep, slope),
            Self::Weighted { x, y, power, keep } => {
                let first = y * power * keep / (x * slope);
                (x * (first.ln() / (power + 1.0)).exp_m1() / keep).max(0.0)
            }
            Self::Stable { x, ann, d, keep, rate_in, rate_out } => {
                let target = slope * rate_out / (keep * rate_in);
                (stable_x_at(*x, *ann, *d, target) - x) / rate_in
            }
            Self::Ticks { segments, keep } => {
                segments.iter().map(|s| product_input(s.x, s.y, *keep, slope).min(s.cap)).sum()
            }
        }
    }
}

fn product_out(x: f64, y: f64, keep: f64, a: f64) -> f64 {
    // The share first, so that nothing overflows before it is below one.
    y * (keep * a / (x + keep * a))
}

fn product_marginal(x: f64, y: f64, keep: f64, a: f64) -> f64 {
    let depth = x + keep * a;
    (x / depth) * (y / depth) * keep
}

fn product_input(x: f64, y: f64, keep: f64, slope: f64) -> f64 {
    (((keep * x * y / slope).sqrt() - x) / keep).max(0.0)
}

/// The balance of the token wanted on the two-coin invariant, in the form that does not cancel.
fn stable_y(x: f64, ann: f64, d: f64) -> f64 {
    let b = x + d / ann - d;
    let c = d * d * d / (4.0 * x * ann);
    let root = (b * b + 4.0 * c).sqrt();
    if b > 0.0 { 2.0 * c / (b + root) } else { (root - b) / 2.0 }
}

/// By how much the wanted balance falls when the given one grows from `x` by `more`.
///
/// The difference of two solutions of `y^2 + b*y = c`, divided out so that it does not cancel.
fn stable_out(x: f64, ann: f64, d: f64, more: f64) -> f64 {
    let (before, after) = (stable_y(x, ann, d), stable_y(x + more, ann, d));
    let b = x + d / ann - d;
    let c = d * d * d / (4.0 * x * ann);
    more * (c / (x + more) + after) / (before + after + b)
}

/// `-dy/dx` on the invariant at `x`.
fn stable_slope(x: f64, ann: f64, d: f64) -> f64 {
    let y = stable_y(x, ann, d);
    let h = d * d * d / (4.0 * x * y);
    (ann + h / x) / (ann + h / y)
}

/// Where, from `start` up, `-dy/dx` has fallen to `target`; `start` if it is there already.
fn stable_x_at(start: f64, ann: f64, d: f64, target: f64) -> f64 {
    let above = |x: f64| stable_slope(x, ann, d) / target - 1.0;
    if above(start) <= 0.0 {
        return start;
    }
    let (mut low, mut high, mut step) = (start, start, 0.01 * start.min(d));
    for _ in 0..128 {
        high += step;
        if above(high) <= 0.0 {
            break;
        }
        (low, step) = (high, step * 2.0);
    }
    falling(above, low, high, 1e-15).0
}
