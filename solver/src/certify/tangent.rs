//! The most that a curve without a closed form can earn, from one line above it.
//!
//! A concave curve lies under each of its tangents. With `start + slope * a >= out(a)` for every
//! `a`, no input up to a cap earns more than
//!
//! ```text
//! value * out(a) - price * a  <=  value * start + max(0, value * slope - price) * cap
//! ```
//!
//! Where the line touches decides how tight that is, never whether it is true: the search for the
//! point may be wrong. Tight means a slope just under `price / value`, or the line at a cap that
//! comes first.

use super::round::{below, down, up};

/// A line not below the curve: `start + slope * a >= out(a)` for every `a >= 0`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// At no input.
    pub(super) start: f64,
    /// For a unit of input.
    pub(super) slope: f64,
}

/// A concave, non-decreasing curve from nothing.
pub(super) trait Curve {
    /// Not below the slope at no input.
    fn first(&self) -> f64;
    /// Not below what any input returns.
    fn whole(&self) -> f64;
    /// A line above the curve that touches it at or near `a`, up to rounding.
    fn line(&self, a: f64) -> Line;
    /// About where the slope is `slope`, `cap` if that comes first; nothing rests on it.
    fn near(&self, slope: f64, cap: f64) -> f64;
}

/// By how much less than the price the line's slope is first aimed, so that rounding leaves it
/// under; four times that if it did not, and so on.
const MARGIN: f64 = 1e-14;

/// Not below `value * out(a) - price * a` for every `0 <= a <= cap`.
///
/// `value` and `cap` are not below, `price` is not above what they stand for.
pub(super) fn most(curve: &impl Curve, value: f64, price: f64, cap: f64) -> f64 {
    if up(value * curve.first()) <= price {
        return 0.0;
    }
    let mut margin = MARGIN;
    for _ in 0..12 {
        let a = curve.near(price / value * (1.0 - margin), cap);
        if a.is_nan() || a >= cap {
            break;
        }
        let line = curve.line(a.max(0.0));
        if up(value * line.slope) <= price {
            return up(value * line.start);
        }
        margin *= 4.0;
    }
    if cap.is_infinite() {
        return up(value * curve.whole());
    }
    let line = curve.line(cap);
    let raise = up(up(value * line.slope) - price);
    let raised = if raise <= 0.0 { 0.0 } else { up(raise * cap) };
    up(up(value * line.start) + raised)
}

/// `1 - (1 + a)^-power`: a weighted pool of reserve one, input counted in reserves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighted {
    pub(super) power: f64,
}

impl Curve for Weighted {
    fn first(&self) -> f64 {
        self.power
    }

    fn whole(&self) -> f64 {
        1.0
    }

    fn line(&self, a: f64) -> Line {
        let whole = Line { start: 1.0, slope: 0.0 };
        let Some(paid) = self.paid(a) else { return whole };
        // The tangent at `a` has the slope `power * left / (1 + a)`.
        let first = below(below(below(self.power * paid.left_low) * a) / up(1.0 + a));
        let start = up(paid.high - first);
        let slope = up(up(self.power * paid.left_high) / down(1.0 + a));
        if start < 1.0 { Line { start, slope } } else { whole }
    }

    fn near(&self, slope: f64, _: f64) -> f64 {
        ((self.power / slope).ln() / (self.power + 1.0)).exp_m1()
    }
}

/// What a weighted pool has paid, and its complement.
struct Paid {
    high: f64,
    left_low: f64,
    left_high: f64,
}

/// Terms of the series for a small input; each is less than a 32nd of the one before.
const TERMS: [f64; 10] = [10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0];

impl Weighted {
    /// Encloses the curve at `a` by square roots and a series, without `ln` or `exp`, whose
    /// rounding no standard fixes.
    ///
    /// With `1 + b = sqrt(1 + a)`, what is left at `a` is the square of what is left at `b`. For a
    /// small `b`, `1 - (1 + b)^-p = p b (1 - q1 (1 - q2 (1 - ...)))` with
    /// `qn = b (p + n) / (n + 1)`: an alternating series of falling terms, so that every bracket
    /// lies between zero and one.
    fn paid(&self, a: f64) -> Option<Paid> {
        let (mut low, mut high, mut halvings) = (a, a, 0);
        while up(high * up(self.power + 2.0)) > 1.0 / 32.0 {
            if halvings == 64 {
                return None;
            }
            low = below(low / up(1.0 + up(up(1.0 + low).sqrt())));
            high = up(high / down(1.0 + down(down(1.0 + high).sqrt())));
            halvings += 1;
        }
        let (mut least, mut most) = (0.0, 1.0);
        for n in TERMS {
            let small = below(below(below(self.power + n) / (n + 1.0)) * low);
            let large = up(up(up(self.power + n) / (n + 1.0)) * high);
            (least, most) = (below(1.0 - up(large * most)), up(1.0 - below(small * least)));
        }
        let mut low = below(below(self.power * low) * least);
        let mut high = up(up(self.power * high) * most);
        let (mut left_low, mut left_high) = (below(1.0 - high), up(1.0 - low));
        for _ in 0..halvings {
            high = high.min(1.0);
            (low, high) = (below(low * below(2.0 - low)), up(high * up(2.0 - high)));
            // The squares lose digits where little is paid, the differences where little is left.
            left_low = below(left_low * left_low).max(below(1.0 - high));
            left_high = up(left_high * left_high).min(up(1.0 - low));
        }
        Some(Paid { high, left_low, left_high })
    }
}

/// `Y(x) - Y(x + a)` on the two-coin StableSwap invariant, in its scaled units: `Y(x)` is the
/// positive root of `y^2 + b y = c`, with `b = x + d / ann - d` and `c = d^3 / (4 x ann)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stable {
    x: f64,
    ann: f64,
    d: f64,
    now: Balance,
}

/// Enclosures of `c` and of the balance wanted, at one balance given.
#[derive(Debug, Clone, Copy)]
struct Balance {
    c: (f64, f64),
    y: (f64, f64),
}

impl Stable {
    pub(super) fn new(x: f64, ann: f64, d: f64) -> Self {
        Self { x, ann, d, now: Balance::at(x, ann, d) }
    }
}

impl Balance {
    fn at(x: f64, ann: f64, d: f64) -> Self {
        let share = (below(d / ann), up(d / ann));
        let third = (below(d / up(4.0 * x)), up(d / down(4.0 * x)));
        let c = (below(below(d * third.0) * share.0), up(up(d * third.1) * share.1));
        let b = (down(down(x - d) + share.0), up(up(x - d) + share.1));
        // The root falls in `b` and rises in `c`.
        Self { c, y: (root(b.1, c.0, below, up), root(b.0, c.1, up, below)) }
    }

    /// Not below the slope at `x`: on the invariant, `-dy/dx = (1 + c / (x y)) / (1 + c / y^2)`.
    fn steepest(&self, x: f64) -> f64 {
        let ((low, high), (least, most)) = (self.c, self.y);
        up(up(1.0 + up(up(high / x) / least)) / below(1.0 + below(below(low / most) / most)))
    }

    /// Not above the slope at `x`.
    fn flattest(&self, x: f64) -> f64 {
        let ((low, high), (least, most)) = (self.c, self.y);
        below(below(1.0 + below(below(low / x) / most)) / up(1.0 + up(up(high / least) / least)))
    }
}

/// The positive root of `y^2 + b y = c`, in the form that does not cancel, rounded as `to` rounds.
fn root(b: f64, c: f64, to: impl Fn(f64) -> f64, away: impl Fn(f64) -> f64) -> f64 {
    if b > 0.0 {
        let square = away(away(b * b) + away(4.0 * c));
        to(to(2.0 * c) / away(b + away(square.sqrt())))
    } else {
        let square = to(to(b * b) + to(4.0 * c));
        to(to(to(square.sqrt()) - b) / 2.0)
    }
}

impl Curve for Stable {
    fn first(&self) -> f64 {
        self.now.steepest(self.x)
    }

    fn whole(&self) -> f64 {
        self.now.y.1
    }

    fn line(&self, a: f64) -> Line {
        let whole = Line { start: self.whole(), slope: 0.0 };
        let x = self.x + a;
        if x.is_infinite() {
            return whole;
        }
        // The line touches at `x` as rounded, whatever `a` was.
        let moved = (below(x - self.x), up(x - self.x));
        let there = Balance::at(x, self.ann, self.d);
        // The two equations subtracted: `(y0 - y) (c0 / y0 + y) = (x - x0) (c0 / x + y)`.
        let drop = up(up(self.now.c.1 / x) + there.y.1);
        let against = below(below(self.now.c.0 / self.now.y.1) + there.y.0);
        let out = up(up(moved.1 * drop) / against);
        let start = up(out - below(moved.0 * there.flattest(x)));
        let slope = there.steepest(x);
        if start < whole.start && slope.is_finite() { Line { start, slope } } else { whole }
    }

    fn near(&self, slope: f64, cap: f64) -> f64 {
        // By how much the slope at `x` is above the one sought, and Newton's step towards it.
        let miss = |x: f64| {
            let (b, third) = (x - self.d + self.d / self.ann, self.d / (4.0 * x));
            let c = self.d * third * (self.d / self.ann);
            let y = root(b, c, |v| v, |v| v);
            let (over_x, over_y) = (c / (x * y), c / (y * y));
            let here = (1.0 + over_x) / (1.0 + over_y);
            let squares = 1.0 / (x * x) - here / (x * y) + here * here / (y * y);
            let bend = 2.0 * c / (y * (1.0 + over_y)) * squares;
            let miss = (here / slope).ln();
            (miss, miss * here / bend)
        };
        if cap.is_finite() && miss(self.x + cap).0 >= 0.0 {
            return cap;
        }
        let (mut low, mut high, mut x) = (self.x, f64::INFINITY, self.x);
        for _ in 0..64 {
            let (miss, step) = miss(x);
            if step.abs() <= 1e-16 * x {
                break;
            }
            if miss > 0.0 {
                low = x
            } else {
                high = x
            }
            let next = x + step;
            x = if next > low && next < high.min(4.0 * low + self.d) {
                next
            } else if high.is_finite() {
                low + 0.5 * (high - low)
            } else {
                2.0 * low
            };
        }
        x - self.x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_weighted_pool_pays_is_enclosed() {
        // `(1 + a)^power` is a float for these, and a fused product tells on which side of one.
        for a in [1.0 / 1024.0, 3.0 / 256.0, 0.5, 3.0, 1023.0, 1e6] {
            for power in [1, 2] {
                let times = (1.0_f64 + a).powi(power);
                let paid = Weighted { power: power.into() }.paid(a).expect("a small power");
                assert!(paid.left_low.mul_add(times, -1.0) < 0.0, "{a} {power}");
                assert!(paid.left_high.mul_add(times, -1.0) > 0.0, "{a} {power}");
                assert!(paid.high.mul_add(times, 1.0 - times) > 0.0, "{a} {power}");
                assert!((paid.left_high - paid.left_low) * times < 1e-12, "{a} {power}");
            }
        }
    }

    #[test]
    fn the_balance_and_the_slope_of_a_stable_pool_are_enclosed() {
        // A balanced pool holds half of the invariant on each side, and trades one for one.
        for ann in [0.3, 4.0, 401.0, 7e5] {
            for d in [1e-9, 0.7, 3.0, 1.1e27] {
                let Balance { y, .. } = Balance::at(d / 2.0, ann, d);
                assert!(y.0 < d / 2.0 && d / 2.0 < y.1, "{ann} {d}");
                let half = Balance::at(d / 2.0, ann, d);
                let (least, most) = (half.flattest(d / 2.0), half.steepest(d / 2.0));
                assert!(least < 1.0 && 1.0 < most && most - least < 1e-11, "{ann} {d}");
            }
        }
    }

    #[test]
    fn a_line_stays_above_its_curve() {
        let stable = Stable::new(1.0, 400.0, 3.0);
        let weighted = Weighted { power: 4.0 };
        let touches = [0.0, 1e-6, 0.01, 0.4, 2.0, 60.0, 1e9];
        for at in touches {
            let (tangent, other) = (weighted.line(at), stable.line(at));
            for a in touches {
                // The whole pool less what is left, known to a few digits of the last place.
                let left = stable.now.y.0 - Balance::at(1.0 + a, 400.0, 3.0).y.1;
                assert!(other.start + other.slope * a >= left, "{at} {a}");
                let out = -(-4.0 * a.ln_1p()).exp_m1();
                assert!(tangent.start + tangent.slope * a >= out * (1.0 - 1e-15), "{at} {a}");
            }
        }
    }

    #[test]
    fn a_wrong_guess_is_still_above() {
        /// A curve that points anywhere but to its best.
        struct Lost(Weighted, f64);

        impl Curve for Lost {
            fn first(&self) -> f64 {
                self.0.first()
            }
            fn whole(&self) -> f64 {
                self.0.whole()
            }
            fn line(&self, a: f64) -> Line {
                self.0.line(a)
            }
            fn near(&self, _: f64, _: f64) -> f64 {
                self.1
            }
        }

        let curve = Weighted { power: 2.0 };
        for cap in [0.0, 0.3, 5.0, f64::INFINITY] {
            let best = most(&curve, 10.0, 3.0, cap);
            for guess in [-1.0, 0.0, 1e-3, 0.5, 40.0, f64::INFINITY, f64::NAN] {
                let other = most(&Lost(curve, guess), 10.0, 3.0, cap);
                assert!(other >= best * (1.0 - 1e-12), "{cap} {guess}: {other} under {best}");
            }
        }
    }
}
