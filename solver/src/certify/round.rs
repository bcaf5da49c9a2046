//! Directed rounding, from nothing but IEEE 754.
//!
//! `+`, `-`, `*`, `/` and `sqrt` return the float nearest to the exact result, so the exact result
//! lies between the two neighbours of the float returned. That holds for subnormal results. After an
//! overflow, infinity is still not below the exact result; lower figures become NaN, and whatever
//! is reckoned from them NaN or the worst that it can be.

/// Not less than the distance from `x` to the floats next to it: [`f64::EPSILON`] of a normal float,
/// and more than enough for a subnormal one.
#[inline]
fn digit(x: f64) -> f64 {
    x.abs() * f64::EPSILON + f64::MIN_POSITIVE
}

/// Not below the exact result of the operation that returned `x`.
///
/// As good as [`f64::next_up`], without its branches: rounding is monotone, so adding at least the
/// distance to the next float reaches it.
#[inline]
pub(super) fn up(x: f64) -> f64 {
    x + digit(x)
}

/// Not above the exact result of the operation that returned `x`; NaN for infinity.
#[inline]
pub(super) fn down(x: f64) -> f64 {
    x - digit(x)
}

/// [`down`], where the exact result is known not to be negative; nothing is known of NaN, so zero.
#[inline]
pub(super) fn below(x: f64) -> f64 {
    down(x).max(0.0)
}

/// Whether `a`, the outcome of up to two operations, is under `b`, the outcome of one, exactly too.
#[inline]
pub(super) fn certainly_under(a: f64, b: f64) -> bool {
    // Each operation is off by half of the last digit: eight whole ones are more than all. Strictly
    // under, for two infinities say nothing.
    a * (1.0 + 8.0 * f64::EPSILON) + f64::MIN_POSITIVE < b
}

/// A sum that is not below the exact one, however many terms it has.
///
/// The error of each addition is a float itself (Knuth's two-sum); the errors are added upwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub(super) fn new(first: f64) -> Self {
        Self { high: first, low: 0.0 }
    }

    pub(super) fn add(&mut self, term: f64) {
        let high = self.high + term;
        let part = high - self.high;
        let error = (self.high - (high - part)) + (term - part);
        (self.high, self.low) = (high, up(self.low + error));
    }

    pub(super) fn value(self) -> f64 {
        up(self.high + self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Floats of every size, and the ends of their range.
    fn floats() -> impl Iterator<Item = f64> {
        let ends =
            [0.0, 5e-324, f64::MIN_POSITIVE, f64::MAX, 1.0, 1.0 + f64::EPSILON, 2.0_f64.powi(-970)];
        let spread = (-1070..1023).map(|power| 2.0_f64.powi(power) * 1.234_567_890_123_456_7);
        ends.into_iter().chain(spread)
    }

    #[test]
    fn steps_reach_at_least_the_next_float() {
        for x in floats().flat_map(|x| [x, -x]) {
            assert!(up(x) >= x.next_up(), "{x:e}");
            assert!(down(x) <= x.next_down(), "{x:e}");
            assert!(below(x) >= 0.0 && below(x) <= x.max(0.0), "{x:e}");
        }
        assert!(up(f64::INFINITY).is_infinite() && up(f64::NAN).is_nan());
        assert!(below(f64::NAN) == 0.0 && below(f64::INFINITY) == 0.0);
    }

    #[test]
    fn under_only_where_it_is_certain() {
        for x in floats() {
            assert!(!certainly_under(x, x), "{x:e}");
            assert!(!certainly_under(x, x.next_up().next_up()), "{x:e}");
            let normal = (1e-290..1e300).contains(&x);
            assert!(!normal || certainly_under(x, x * (1.0 + 1e-14)), "{x:e}");
        }
        assert!(!certainly_under(f64::INFINITY, f64::INFINITY));
        assert!(!certainly_under(f64::NAN, 1.0) && !certainly_under(1.0, f64::NAN));
    }

    #[test]
    fn a_sum_of_many_small_terms_is_neither_under_nor_much_over() {
        let mut sum = Sum::new(1.0);
        for _ in 0..100_000 {
            sum.add(1e-17);
        }
        assert!(sum.value() >= 1.0 + 1e-12 && sum.value() <= 1.0 + 1e-12 + 3.0 * f64::EPSILON);
    }
}
