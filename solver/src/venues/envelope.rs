//! Gains of curves that are known by samples only: an upper concave envelope.

use super::{Gain, Segment};

/// A sample of a curve: units in, and the units out that the venue quotes.
pub type Sample = (f64, f64);

/// The least ratio by which the marginal falls along an arc: a straight line has no reserves.
const LEAST_FALL: f64 = 1.0 + 1e-10;

impl Gain {
    /// An upper envelope of a concave curve through the origin, known by `samples`; it ends with the
    /// last of them. `None` unless the units in rise and there are two samples at least.
    ///
    /// `spot` is an upper bound of the marginal at zero. A quote may lie up to `rounding` units below
    /// the curve. Between two samples the curve lies below the lines through the neighbouring pairs;
    /// the least concave curve above those is drawn in constant-product arcs, whose marginals fall
    /// together almost without a jump. Where samples stand closer the envelope does too, by the
    /// square of their distance.
    pub fn above(spot: f64, samples: &[Sample], rounding: f64) -> Option<Self> {
        let rises = samples.first().is_some_and(|first| first.0 > 0.0)
            && samples.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if samples.len() < 2 || !rises || !(spot.is_finite() && spot >= 0.0) {
            return None;
        }
        let corners = hull(corners(spot, samples, rounding));
        let segments = arcs(&corners);
        (!segments.is_empty()).then(|| Self::Ticks { segments: segments.into(), keep: 1.0 })
    }
}

/// A line that the curve does not rise above, on one side of where it was drawn.
#[derive(Debug, Clone, Copy)]
struct Line {
    at: Sample,
    slope: f64,
}

impl Line {
    fn value(self, a: f64) -> f64 {
        self.at.1 + self.slope * (a - self.at.0)
    }

    /// Where two lines meet, within `from..to`.
    fn meets(self, other: Self, from: f64, to: f64) -> f64 {
        let falls = self.slope - other.slope;
        if falls <= 0.0 {
            return to;
        }
        (from + (other.value(from) - self.value(from)) / falls).clamp(from, to)
    }
}

/// The origin, the highest point that the curve can reach between each pair of samples, the samples
/// themselves, and where it can end.
fn corners(spot: f64, samples: &[Sample], rounding: f64) -> Vec<Sample> {
    let raised = |i: usize| (samples[i].0, samples[i].1 + rounding);
    let before = |i: usize| if i == 0 { (0.0, 0.0) } else { samples[i - 1] };
    let width = |i: usize| samples[i].0 - before(i).0;
    // Through the pair that ends at sample `i`, continued to larger amounts: never too flat.
    let forward = |i: usize| {
        let slope = (raised(i).1 - before(i).1) / width(i);
        Line { at: raised(i), slope: slope.max(0.0) }
    };
    // Through the pair that begins at sample `i`, continued to smaller amounts: never too steep.
    let backward = |i: usize| {
        let slope = (samples[i + 1].1 - raised(i).1) / width(i + 1);
        Line { at: raised(i), slope: slope.max(0.0) }
    };
    let first = Line { at: (0.0, 0.0), slope: spot };
    let mut corners = vec![(0.0, 0.0)];
    let last = samples.len() - 1;
    for (i, sample) in samples.iter().enumerate() {
        let early = if i == 0 { first } else { forward(i - 1) };
        if i < last {
            let late = backward(i);
            let peak = early.meets(late, before(i).0, sample.0);
            corners.push((peak, early.value(peak).min(late.value(peak))));
            corners.push(raised(i));
        } else {
            corners.push((sample.0, early.value(sample.0)));
        }
    }
    corners
}

/// The least concave curve above the points, which are sorted by their units in.
fn hull(points: Vec<Sample>) -> Vec<Sample> {
    let mut kept: Vec<Sample> = Vec::with_capacity(points.len());
    for point in points {
        if kept.last().is_some_and(|last| point.0 <= last.0) {
            let lower = kept.last().is_some_and(|last| point.1 <= last.1);
            if lower || kept.len() == 1 {
                continue;
            }
            kept.pop();
        }
        while let [.., a, b] = kept[..] {
            if (b.1 - a.1) * (point.0 - b.0) > (point.1 - b.1) * (b.0 - a.0) {
                break;
            }
            kept.pop();
        }
        kept.push(point);
    }
    // Beyond the highest point more input brings nothing more.
    let mut top = kept.len();
    while top > 1 && kept[top - 1].1 <= kept[top - 2].1 {
        top -= 1;
    }
    kept.truncate(top);
    kept
}

/// A constant-product arc over each stretch of the hull: through its ends, above it in between, and
/// no steeper at an end than the mean of the two stretches that meet there.
fn arcs(hull: &[Sample]) -> Vec<Segment> {
    let stretches: Vec<(f64, f64)> =
        hull.windows(2).map(|w| (w[1].0 - w[0].0, (w[1].1 - w[0].1) / (w[1].0 - w[0].0))).collect();
    let fall = |steep: usize| match (stretches.get(steep), stretches.get(steep + 1)) {
        (Some(steep), Some(flat)) if flat.1 > 0.0 => (steep.1 / flat.1).sqrt(),
        _ => f64::INFINITY,
    };
    let mut arcs = Vec::with_capacity(stretches.len());
    for (i, &(cap, slope)) in stretches.iter().enumerate() {
        let before = if i == 0 { f64::INFINITY } else { fall(i - 1) };
        let both = before.min(fall(i));
        // Alone, an arc may as well be straight.
        let fall = if both.is_finite() { both.max(LEAST_FALL) } else { LEAST_FALL };
        // The marginal at the start is `y / x`, over the arc it falls by the square of `fall`.
        let x = cap / (fall - 1.0);
        arcs.push(Segment { x, y: slope * fall * x, cap });
    }
    arcs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `samples` of a curve at amounts that grow by `ratio`, rounded down to whole units.
    fn sampled(curve: &Gain, least: f64, ratio: f64, count: i32) -> Vec<Sample> {
        (0..count).map(|i| least * ratio.powi(i)).map(|a| (a, curve.out(a).floor())).collect()
    }

    fn curve() -> impl Strategy<Value = Gain> {
        let size = 12.0..27.0f64;
        let product = (size.clone(), size.clone(), 0.9..1.0f64).prop_map(|(x, y, keep)| {
            Gain::ConstantProduct { x: 10f64.powf(x), y: 10f64.powf(y), keep }
        });
        let weighted = (size.clone(), size.clone(), 0.05..20.0f64, 0.9..1.0f64).prop_map(
            |(x, y, power, keep)| Gain::Weighted {
                x: 10f64.powf(x),
                y: 10f64.powf(y),
                power,
                keep,
            },
        );
        let linear = (-3.0..3.0f64, size)
            .prop_map(|(rate, cap)| Gain::Linear { rate: 10f64.powf(rate), cap: 10f64.powf(cap) });
        prop_oneof![product, weighted, linear]
    }

    proptest! {
        #[test]
        fn no_quote_lies_above_the_envelope(
            curve in curve(), least in 3.0..9.0f64, ratio in 1.02..4.0f64, at in 0.0..1.0f64,
        ) {
            let samples = sampled(&curve, 10f64.powf(least), ratio, 60);
            let envelope = Gain::above(curve.marginal(0.0), &samples, 1.0);
            prop_assume!(samples[59].1 > 0.0);
            let envelope = envelope.unwrap();
            let most = samples[59].0.ln();
            let a = (most * at).exp();
            let (out, bound) = (curve.out(a).floor(), envelope.out(a));
            prop_assert!(out <= bound * (1.0 + 1e-12) + 1.0, "{a}: {out} above {bound}");
        }

        /// Below the first sample none is close: there the slope at nothing bends all it can.
        #[test]
        fn close_samples_make_a_close_envelope(curve in curve(), at in 0.0..1.0f64) {
            let samples = sampled(&curve, 1e9, 1.1, 300);
            prop_assume!(samples[299].1 > 1e12);
            let envelope = Gain::above(curve.marginal(0.0), &samples, 1.0).unwrap();
            let (first, last) = (samples[0].0, samples[299].0);
            let a = first * (last / first).powf(at);
            let (out, bound) = (curve.out(a), envelope.out(a));
            prop_assert!(bound <= out * 1.005 + 100.0, "{a}: {bound} far above {out}");
        }

        #[test]
        fn an_envelope_is_concave(curve in curve(), ratio in 1.02..4.0f64) {
            let samples = sampled(&curve, 1e9, ratio, 60);
            prop_assume!(samples[59].1 > 1e6);
            let envelope = Gain::above(curve.marginal(0.0), &samples, 1.0).unwrap();
            let Gain::Ticks { segments, .. } = envelope else { unreachable!() };
            let mut last = f64::INFINITY;
            for s in segments.iter() {
                let (start, end) = (s.y / s.x, s.y / s.x / (1.0 + s.cap / s.x).powi(2));
                prop_assert!(start <= last * (1.0 + 1e-9), "{start} after {last}");
                last = end;
            }
        }
    }

    #[test]
    fn samples_that_tell_no_curve_give_none() {
        assert_eq!(Gain::above(1.0, &[], 1.0), None);
        assert_eq!(Gain::above(1.0, &[(1.0, 1.0)], 1.0), None);
        assert_eq!(Gain::above(1.0, &[(2.0, 2.0), (2.0, 2.0)], 1.0), None);
        assert_eq!(Gain::above(f64::NAN, &[(1.0, 1.0), (2.0, 2.0)], 1.0), None);
        assert_eq!(Gain::above(1.0, &[(1.0, 0.0), (2.0, 0.0)], 0.0), None);
    }
}
