//! Concave functions of an amount, as a program is given them.

use std::fmt;

/// A concave function of an amount that is zero at zero.
///
/// Kinks are allowed, jumps are not. What is not concave comes as its [`Polyline::envelope`].
pub trait Curve: fmt::Debug {
    /// The value of `amount`.
    fn value(&self, amount: f64) -> f64;

    /// The value of the next unit, after `amount`; at a kink, any slope between its two.
    fn slope(&self, amount: f64) -> f64;
}

/// The same slope everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line(pub f64);

impl Curve for Line {
    fn value(&self, amount: f64) -> f64 {
        self.0 * amount
    }

    fn slope(&self, _: f64) -> f64 {
        self.0
    }
}

/// A curve told by two functions.
#[derive(Clone, Copy)]
pub struct Functions<V, S> {
    /// The value of an amount.
    pub value: V,
    /// The value of the next unit after it.
    pub slope: S,
}

impl<V, S> fmt::Debug for Functions<V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions").finish_non_exhaustive()
    }
}

impl<V: Fn(f64) -> f64, S: Fn(f64) -> f64> Curve for Functions<V, S> {
    fn value(&self, amount: f64) -> f64 {
        (self.value)(amount)
    }

    fn slope(&self, amount: f64) -> f64 {
        (self.slope)(amount)
    }
}

/// Straight pieces from corner to corner, starting at zero; behind the last corner it rises no more.
#[derive(Debug, Clone, PartialEq)]
pub struct Polyline {
    corners: Vec<(f64, f64)>,
}

impl Polyline {
    /// The smallest concave polyline that lies on or above samples `(amount, value)` and zero.
    ///
    /// Between samples it is as good as they are close; a chord over a dip promises more than the
    /// dip pays, so what it chooses must be valued again. `None` when a sample is not finite or an
    /// amount is negative.
    pub fn envelope(samples: &[(f64, f64)]) -> Option<Self> {
        if samples.iter().any(|(a, v)| !a.is_finite() || *a < 0.0 || !v.is_finite()) {
            return None;
        }
        let mut sorted = samples.to_vec();
        sorted.push((0.0, 0.0));
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        sorted.dedup_by(|next, kept| next.0 == kept.0);
        let mut corners: Vec<(f64, f64)> = Vec::with_capacity(sorted.len());
        for next in sorted {
            while let [.., before, last] = corners[..]
                && rise(before, last) <= rise(last, next)
            {
                corners.pop();
            }
            corners.push(next);
        }
        Some(Self { corners })
    }

    /// The corner at or before `amount`, and the slope from there.
    fn piece(&self, amount: f64) -> ((f64, f64), f64) {
        let after = self.corners.partition_point(|c| c.0 <= amount);
        let from = self.corners[after.max(1) - 1];
        let slope = match self.corners.get(after.max(1)) {
            Some(&to) => rise(from, to),
            None if self.corners.len() > 1 => {
                rise(self.corners[self.corners.len() - 2], from).min(0.0)
            }
            None => 0.0,
        };
        (from, slope)
    }
}

impl Curve for Polyline {
    fn value(&self, amount: f64) -> f64 {
        let ((at, value), slope) = self.piece(amount);
        value + slope * (amount - at)
    }

    fn slope(&self, amount: f64) -> f64 {
        self.piece(amount).1
    }
}

fn rise(from: (f64, f64), to: (f64, f64)) -> f64 {
    (to.1 - from.1) / (to.0 - from.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_spans_dips_and_keeps_corners() {
        let line = Polyline::envelope(&[(3.0, 3.0), (1.0, 2.0), (2.0, 2.0), (2.0, 1.0)]).unwrap();
        assert_eq!(line.corners, [(0.0, 0.0), (1.0, 2.0), (3.0, 3.0)]);
        assert_eq!([line.value(0.5), line.value(2.0), line.value(9.0)], [1.0, 2.5, 3.0]);
        assert_eq!([line.slope(0.0), line.slope(1.0), line.slope(3.0)], [2.0, 0.5, 0.0]);
    }

    #[test]
    fn an_envelope_that_falls_keeps_falling() {
        let line = Polyline::envelope(&[(1.0, -1.0)]).unwrap();
        assert_eq!((line.value(2.0), line.slope(2.0)), (-2.0, -1.0));
        assert_eq!(Polyline::envelope(&[]).unwrap().value(5.0), 0.0);
    }

    #[test]
    fn an_envelope_refuses_what_is_not_a_number() {
        assert_eq!(Polyline::envelope(&[(f64::NAN, 1.0)]), None);
        assert_eq!(Polyline::envelope(&[(1.0, f64::INFINITY)]), None);
        assert_eq!(Polyline::envelope(&[(-1.0, 0.0)]), None);
    }
}
