//! A program in scaled units, with the tangents found so far.
//!
//! Amounts are shares of the whole. Values are told above a line of one slope for all positions,
//! which takes the same from every allocation, in units of how far positions differ: differences
//! of basis points are then as large to the solver as its tolerances ask.

use super::{
    Bound, Measure, Part, Position, Program, ProgramError, Term,
    optimum::Optimum,
    tangents::{Scale, Tangents},
};

/// Smallest unit of value, against the largest value of a position.
const FINEST: f64 = 1e-4;

/// A program made ready to be solved under any of its limits.
#[derive(Debug)]
pub(super) struct Model<'p> {
    pub(super) program: &'p Program<'p>,
    pub(super) positions: Vec<Place<'p>>,
    pub(super) limits: Vec<Row<'p>>,
    tilt: f64,
    unit: f64,
}

/// A position, in shares of the whole.
#[derive(Debug)]
pub(super) struct Place<'p> {
    pub(super) value: Tangents<'p>,
    pub(super) fixed: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Place<'_> {
    /// Whether using it at all is a question of its own.
    pub(super) fn switched(&self) -> bool {
        self.fixed > 0.0 || self.least > 0.0
    }
}

/// A limit as weights and curves whose sum, curves taken away, is at most a bound.
#[derive(Debug)]
pub(super) struct Row<'p> {
    pub(super) weights: Vec<(usize, f64)>,
    pub(super) curves: Vec<(usize, Tangents<'p>)>,
    pub(super) at_most: f64,
    /// Units of the limit in one unit of the row.
    pub(super) unit: f64,
}

impl Row<'_> {
    /// By how much shares exceed the bound.
    pub(super) fn excess(&self, shares: &[f64]) -> f64 {
        let weighed: f64 = self.weights.iter().map(|&(at, weight)| weight * shares[at]).sum();
        let counted: f64 = self.curves.iter().map(|(at, curve)| curve.exact(shares[*at])).sum();
        weighed - counted - self.at_most
    }
}

impl<'p> Model<'p> {
    /// Checks and scales a program.
    pub(super) fn new(program: &'p Program<'p>) -> Result<Self, ProgramError> {
        check(
            program.amount > 0.0 && program.amount.is_finite(),
            Part::Amount,
            "is not above zero",
        )?;
        for (at, position) in program.positions.iter().enumerate() {
            let Position { fixed_cost, least, most, .. } = *position;
            let part = Part::Position(at);
            let sound = |x: f64| x >= 0.0 && x.is_finite();
            check(sound(fixed_cost), part, "its fixed cost is not a cost")?;
            check(sound(least), part, "its least is not an amount")?;
            check(most >= 0.0, part, "its most is not an amount")?;
        }
        let (tilt, unit) = value_scale(program);
        let scale = Scale { amount: program.amount, tilt, unit };
        let positions = program
            .positions
            .iter()
            .enumerate()
            .map(|(at, position)| {
                let most = span(program, position);
                let value = Tangents::new(&*position.value, scale, Part::Position(at), most)?;
                let (fixed, least) = (position.fixed_cost / unit, position.least / program.amount);
                check(fixed.is_finite(), Part::Position(at), "its fixed cost is out of all scale")?;
                Ok(Place { value, fixed, least, most })
            })
            .collect::<Result<_, ProgramError>>()?;
        let limits =
            (0..program.limits.len()).map(|at| row(program, at)).collect::<Result<_, _>>()?;
        Ok(Self { program, positions, limits, tilt, unit })
    }

    /// The value of a scaled value.
    pub(super) fn worth(&self, scaled: f64) -> f64 {
        self.worth_of(scaled) + self.tilt * self.program.amount
    }

    /// A part of what the whole is worth in the best position, scaled.
    pub(super) fn relative(&self, part: f64) -> f64 {
        part * (self.tilt * self.program.amount).abs() / self.unit
    }

    /// The value of a scaled difference.
    pub(super) fn worth_of(&self, scaled: f64) -> f64 {
        scaled * self.unit
    }

    /// Amounts of shares: together exactly what there is to place.
    pub(super) fn amounts(&self, best: &Optimum) -> Vec<f64> {
        let whole = self.program.amount;
        let mut amounts: Vec<f64> = best
            .shares
            .iter()
            .zip(&self.program.positions)
            .map(
                |(share, p)| {
                    if *share > 0.0 { (share * whole).max(p.least).min(p.most) } else { 0.0 }
                },
            )
            .collect();
        let most = (0..amounts.len()).max_by(|&a, &b| amounts[a].total_cmp(&amounts[b]));
        if let Some(most) = most {
            let others: f64 =
                amounts.iter().enumerate().filter(|(at, _)| *at != most).map(|(_, a)| a).sum();
            amounts[most] = whole - others;
        }
        amounts
    }
}

/// The slope of the best position, and the middle one of the differences from it.
fn value_scale(program: &Program<'_>) -> (f64, f64) {
    let full = |p: &Position<'_>| {
        let amount = span(program, p) * program.amount;
        (amount, p.value.value(amount))
    };
    let open = || program.positions.iter().filter(|p| span(program, p) > 0.0);
    let tilt = open().map(|p| full(p).1 / full(p).0).fold(f64::NEG_INFINITY, f64::max);
    let largest = open().map(|p| full(p).1.abs()).fold(0.0, f64::max);
    let mut differences: Vec<f64> = open()
        .map(|p| {
            let (amount, value) = full(p);
            let half = p.value.value(amount / 2.0) - tilt * amount / 2.0;
            (value - tilt * amount).abs().max(half.abs())
        })
        .filter(|difference| *difference > FINEST * largest)
        .collect();
    differences.sort_by(f64::total_cmp);
    let middle = differences.get(differences.len() / 2).copied().unwrap_or(FINEST * largest);
    let usable = |x: f64| x.is_finite() && x > f64::MIN_POSITIVE;
    (if tilt.is_finite() { tilt } else { 0.0 }, if usable(middle) { middle } else { 1.0 })
}

/// The largest share that a position takes.
fn span(program: &Program<'_>, position: &Position<'_>) -> f64 {
    (position.most / program.amount).min(1.0)
}

fn row<'p>(program: &'p Program<'p>, at: usize) -> Result<Row<'p>, ProgramError> {
    let limit = &program.limits[at];
    let part = Part::Limit(at);
    let (sign, bound) = match limit.bound {
        Bound::AtMost(bound) => (1.0, bound),
        Bound::AtLeast(bound) => (-1.0, -bound),
    };
    check(bound.is_finite(), part, "its bound is not finite")?;
    let mut unit: f64 = 0.0;
    for term in &limit.terms {
        let position = program.positions.get(term.position);
        let Some(position) = position else {
            return Err(ProgramError::Malformed {
                part,
                why: "it counts a position that is not there",
            });
        };
        check(term.weight.is_finite(), part, "a weight is not finite")?;
        let most = span(program, position) * program.amount;
        let size = match &term.measure {
            Measure::Amount => most,
            Measure::Curve(curve) => {
                check(sign * term.weight <= 0.0, part, "a curve counts the wrong way")?;
                curve.value(most).abs().max(curve.value(most / 2.0).abs())
            }
        };
        unit = unit.max((term.weight * size).abs());
    }
    check(unit.is_finite(), part, "its curve is not finite")?;
    // The bound is the measure of the limit, unless it is next to nothing beside what it bounds.
    let unit = if bound.abs() > 1e-3 * unit { bound.abs() } else { unit };
    let unit = if unit > f64::MIN_POSITIVE { unit } else { 1.0 };
    let mut row = Row { weights: Vec::new(), curves: Vec::new(), at_most: bound / unit, unit };
    for Term { position, weight, measure } in &limit.terms {
        let weight = sign * weight / unit;
        match measure {
            Measure::Amount => row.weights.push((*position, weight * program.amount)),
            Measure::Curve(_) if weight == 0.0 => {}
            Measure::Curve(curve) => {
                let scale = Scale { amount: program.amount, tilt: 0.0, unit: -1.0 / weight };
                let most = span(program, &program.positions[*position]);
                row.curves.push((*position, Tangents::new(&**curve, scale, part, most)?));
            }
        }
    }
    Ok(row)
}

fn check(holds: bool, part: Part, why: &'static str) -> Result<(), ProgramError> {
    if holds { Ok(()) } else { Err(ProgramError::Malformed { part, why }) }
}
