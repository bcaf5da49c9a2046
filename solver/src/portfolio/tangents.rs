//! A curve seen through tangents: the polyline that they enclose lies on or above it.

use super::{Curve, Part, ProgramError};

/// Parts of the span at whose ends the first tangents touch.
const FIRST: u32 = 8;

/// Parts of the way to each neighbour at whose ends more tangents touch.
const BETWEEN: u32 = 3;

/// How far above the curve, in scaled units, the polyline may be before a tangent is added.
const CLOSE: f64 = 1e-12;

/// How far, in scaled units, a value may lie above another's tangent.
const CONCAVE: f64 = 1e-6;

/// A curve in scaled units, from zero to `span`, with its tangents from left to right.
#[derive(Debug)]
pub(super) struct Tangents<'p> {
    curve: &'p dyn Curve,
    scale: Scale,
    part: Part,
    span: f64,
    noise: f64,
    touched: Vec<Tangent>,
}

/// How a curve is scaled: shares of the whole `amount`, above a line of slope `tilt`, in `unit`s.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) amount: f64,
    pub(super) tilt: f64,
    pub(super) unit: f64,
}

#[derive(Debug, Clone, Copy)]
struct Tangent {
    at: f64,
    value: f64,
    slope: f64,
    first: bool,
}

impl Tangent {
    /// Where the next tangent takes over, after `from`.
    fn meets(&self, right: &Self, from: f64) -> f64 {
        let meet = (right.reach(0.0) - self.reach(0.0)) / (self.slope - right.slope);
        // Rounding aside, tangents of a concave curve meet between where they touch.
        if meet.is_finite() { meet.clamp(self.at.max(from), right.at) } else { right.at }
    }

    fn reach(&self, at: f64) -> f64 {
        self.value + self.slope * (at - self.at)
    }
}

impl<'p> Tangents<'p> {
    /// Touches the curve at a few points between zero and `span`.
    pub(super) fn new(
        curve: &'p dyn Curve,
        scale: Scale,
        part: Part,
        span: f64,
    ) -> Result<Self, ProgramError> {
        // What floats and a caller's own search leave of the tilted difference.
        let noise = 1e-9 * curve.value(span * scale.amount).abs() / scale.unit;
        let mut tangents = Self { curve, scale, part, span, noise, touched: Vec::new() };
        let start = tangents.tangent(0.0)?;
        if start.value.abs() > CONCAVE + noise {
            return Err(ProgramError::Malformed { part, why: "its curve is not zero at zero" });
        }
        tangents.touched.push(Tangent { value: 0.0, ..start });
        for part in (1..=FIRST).rev() {
            tangents.touch(span * f64::from(part) / f64::from(FIRST))?;
        }
        tangents.touched.iter_mut().for_each(|tangent| tangent.first = true);
        Ok(tangents)
    }

    /// The curve's value.
    pub(super) fn exact(&self, at: f64) -> f64 {
        let Scale { amount, tilt, unit } = self.scale;
        (self.curve.value(at * amount) - tilt * at * amount) / unit
    }

    /// Adds the tangent at a point, unless the polyline is already close there; says whether it did.
    pub(super) fn touch(&mut self, at: f64) -> Result<bool, ProgramError> {
        let new = self.tangent(at)?;
        let reach = self.touched.iter().map(|t| t.reach(at)).fold(f64::INFINITY, f64::min);
        let allowed = CONCAVE + self.noise;
        let above = |t: &Tangent| t.value > new.reach(t.at) + allowed;
        if new.value > reach + allowed || self.touched.iter().any(above) {
            return Err(ProgramError::Malformed {
                part: self.part,
                why: "its curve is not concave",
            });
        }
        let place = self.touched.partition_point(|t| t.at < at);
        let again = self.touched.get(place).is_some_and(|t| t.at == at);
        if again || reach - new.value <= CLOSE {
            return Ok(false);
        }
        self.touched.insert(place, new);
        Ok(true)
    }

    /// Adds the tangent at a point and, where that was new, more between it and its neighbours.
    pub(super) fn close_in(&mut self, at: f64) -> Result<bool, ProgramError> {
        if !self.touch(at)? {
            return Ok(false);
        }
        let place = self.touched.partition_point(|t| t.at < at);
        let left = place.checked_sub(1).map_or(at, |before| self.touched[before].at);
        let right = self.touched.get(place + 1).map_or(at, |after| after.at);
        for part in 1..BETWEEN {
            let part = f64::from(part) / f64::from(BETWEEN);
            self.touch(left + part * (at - left))?;
            self.touch(right + part * (at - right))?;
        }
        Ok(true)
    }

    /// The polyline of all tangents, or of the first ones, as pieces from zero: how wide, and how
    /// steep.
    pub(super) fn pieces(&self, all: bool) -> Vec<(f64, f64)> {
        let mut pieces = Vec::with_capacity(self.touched.len());
        let mut from = 0.0;
        let mut used = self.touched.iter().filter(|t| all || t.first).peekable();
        while let Some(left) = used.next() {
            let to = used.peek().map_or(self.span, |right| left.meets(right, from));
            pieces.push((to - from, left.slope));
            from = to;
        }
        pieces
    }

    fn tangent(&self, at: f64) -> Result<Tangent, ProgramError> {
        let Scale { amount, tilt, unit } = self.scale;
        let slope = (self.curve.slope(at * amount) - tilt) * amount / unit;
        let value = self.exact(at);
        if value.is_finite() && slope.is_finite() {
            Ok(Tangent { at, value, slope, first: false })
        } else {
            Err(ProgramError::Malformed { part: self.part, why: "its curve is not finite" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Functions, *};

    const PLAIN: Scale = Scale { amount: 1.0, tilt: 0.0, unit: 1.0 };

    #[test]
    fn pieces_lie_on_or_above_the_curve_and_close_in() {
        let curve = Functions { value: |a| a - a * a / 2.0, slope: |a| 1.0 - a };
        let mut tangents = Tangents::new(&curve, PLAIN, Part::Position(0), 1.0).unwrap();
        assert!(tangents.touch(0.3).unwrap() && !tangents.touch(0.3).unwrap());
        let (mut at, mut height) = (0.0, 0.0);
        for (wide, slope) in tangents.pieces(true) {
            (at, height) = (at + wide, height + wide * slope);
            let above = height - curve.value(at);
            assert!((0.0..0.002).contains(&(above + 1e-15)), "{above} above at {at}");
        }
        assert!((at - 1.0).abs() < 1e-15, "{at}");
    }

    #[test]
    fn a_line_is_one_piece() {
        let line = super::super::Line(2.0);
        let tangents = Tangents::new(&line, PLAIN, Part::Position(0), 0.5).unwrap();
        assert_eq!(tangents.pieces(true), [(0.5, 2.0)]);
    }
}
