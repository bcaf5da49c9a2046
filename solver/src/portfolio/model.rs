//! A program in scaled units, with the samples taken so far.
//!
//! Amounts are shares of the whole. Values are told above a line of one slope for all positions,
//! which takes the same from every allocation, in units of how far positions differ: differences
//! of basis points are then as large to the solver as its tolerances ask.

use super::{
    Bound, Part, Position, Program, ProgramError, Sample,
    places::{Place, Scaled},
};

/// Smallest unit of value, against the largest value of a position.
const FINEST: f64 = 1e-4;

/// A scaled fixed cost that nothing pays for.
const DEAREST: f64 = 1e6;

/// How far the value may stay below its bound, of its own size.
const GAP: f64 = 1e-9;

/// A program made ready to be solved under any of its limits.
#[derive(Debug)]
pub(super) struct Model<'p> {
    pub(super) program: &'p Program<'p>,
    pub(super) places: Vec<Place<'p>>,
    pub(super) scale: Scale,
    /// What each limit's counts must reach, scaled.
    pub(super) needed: Vec<f64>,
}

/// The units of a model.
#[derive(Debug)]
pub(super) struct Scale {
    pub(super) amount: f64,
    tilt: f64,
    unit: f64,
    /// By what each limit's counts are multiplied; below zero where they are not to be exceeded.
    counts: Vec<f64>,
}

impl Scale {
    pub(super) fn scaled(&self, share: f64, sample: &Sample) -> Option<Scaled> {
        let value = flushed((sample.value - self.tilt * share * self.amount) / self.unit);
        let counts: Vec<f64> =
            sample.counts.iter().zip(&self.counts).map(|(c, unit)| flushed(c * unit)).collect();
        let known = value.is_finite() && counts.iter().all(|c| c.is_finite());
        known.then_some(Scaled { share, value, counts })
    }

    /// Units of a limit in one scaled unit.
    pub(super) fn limit(&self, at: usize) -> f64 {
        1.0 / self.counts[at].abs()
    }
}

impl<'p> Model<'p> {
    /// Checks, samples and scales a program.
    pub(super) fn new(program: &'p Program<'p>) -> Result<Self, ProgramError> {
        let amount = program.amount;
        check(amount > 0.0 && amount.is_finite(), Part::Amount, "is not above zero")?;
        for (at, limit) in program.limits.iter().enumerate() {
            let (Bound::AtMost(bound) | Bound::AtLeast(bound)) = limit.bound;
            check(bound.is_finite(), Part::Limit(at), "its bound is not finite")?;
        }
        let mut sampled = Vec::with_capacity(program.positions.len());
        for (at, position) in program.positions.iter().enumerate() {
            sampled.push(
                samples(program, position)
                    .map_err(|why| ProgramError::Malformed { part: Part::Position(at), why })?,
            );
        }
        let scale = scale_of(program, &sampled);
        let needed = program
            .limits
            .iter()
            .zip(&scale.counts)
            .map(|(limit, unit)| match limit.bound {
                Bound::AtMost(bound) | Bound::AtLeast(bound) => bound * unit,
            })
            .collect();
        let places = program
            .positions
            .iter()
            .zip(sampled)
            .map(|(position, samples)| {
                let mut place = Place::new(position, amount);
                place.fixed = flushed(position.fixed_cost / scale.unit).min(DEAREST);
                place.samples = samples
                    .into_iter()
                    .filter_map(|(share, sample)| scale.scaled(share, &sample))
                    .collect();
                place
            })
            .collect();
        Ok(Self { program, places, scale, needed })
    }

    /// The value of a scaled value.
    pub(super) fn worth(&self, scaled: f64) -> f64 {
        self.worth_of(scaled) + self.scale.tilt * self.scale.amount
    }

    /// The value of a scaled difference.
    pub(super) fn worth_of(&self, scaled: f64) -> f64 {
        scaled * self.scale.unit
    }

    /// How far, in scaled units, the value may stay below its bound.
    pub(super) fn gap(&self) -> f64 {
        let whole = GAP * (self.scale.tilt * self.scale.amount).abs() / self.scale.unit;
        if whole.is_finite() { whole.clamp(1e-9, 1e-3) } else { 1e-9 }
    }

    /// Amounts of shares: together what there is to place.
    pub(super) fn amounts(&self, shares: &[f64]) -> Vec<f64> {
        let kept = shares.iter().zip(&self.program.positions);
        kept.map(|(share, p)| {
            if *share > 0.0 { (share * self.scale.amount).max(p.least).min(p.most) } else { 0.0 }
        })
        .collect()
    }
}

/// The first samples of a position by share, unscaled.
fn samples(
    program: &Program<'_>,
    position: &Position<'_>,
) -> Result<Vec<(f64, Sample)>, &'static str> {
    let Position { at, fixed_cost, least, most } = position;
    let sound = |x: f64| x >= 0.0 && x.is_finite();
    if !sound(*fixed_cost) {
        return Err("its fixed cost is not a cost");
    }
    if !sound(*least) {
        return Err("its least is not an amount");
    }
    if most.is_nan() || *most < 0.0 {
        return Err("its most is not an amount");
    }
    let nothing = Sample { value: 0.0, counts: vec![0.0; program.limits.len()] };
    let shares = Place::first(least / program.amount, (most / program.amount).min(1.0));
    shares
        .into_iter()
        .map(|share| {
            if share == 0.0 {
                return Ok((share, nothing.clone()));
            }
            let sample = at(share * program.amount).ok_or("its value is not known")?;
            if sample.counts.len() != nothing.counts.len() {
                return Err("it does not count towards every limit");
            }
            let finite = sample.value.is_finite() && sample.counts.iter().all(|c| c.is_finite());
            if finite { Ok((share, sample)) } else { Err("its value is not finite") }
        })
        .collect()
}

fn scale_of(program: &Program<'_>, sampled: &[Vec<(f64, Sample)>]) -> Scale {
    let amount = program.amount;
    let all = || sampled.iter().flatten().filter(|(share, _)| *share > 0.0);
    let full = || sampled.iter().filter_map(|s| s.last()).filter(|(share, _)| *share > 0.0);
    let tilt = full().map(|(share, s)| s.value / (share * amount)).fold(f64::MIN, f64::max);
    let tilt = if tilt > f64::MIN && tilt.is_finite() { tilt } else { 0.0 };
    let largest = full().map(|(_, s)| s.value.abs()).fold(0.0, f64::max);
    let differs = |(share, s): &(f64, Sample)| (s.value - tilt * share * amount).abs();
    let mut differences: Vec<f64> = sampled
        .iter()
        .map(|samples| samples.iter().map(differs).fold(0.0, f64::max))
        .filter(|difference| *difference > FINEST * largest)
        .collect();
    differences.sort_by(f64::total_cmp);
    let middle = differences.get(differences.len() / 2).copied().unwrap_or(FINEST * largest);
    let usable = |x: f64| if x.is_normal() { x } else { 1.0 };
    let counts = program.limits.iter().enumerate().map(|(at, limit)| {
        let (sign, bound) = match limit.bound {
            Bound::AtMost(bound) => (-1.0, bound),
            Bound::AtLeast(bound) => (1.0, bound),
        };
        let counted = all().map(|(_, s)| s.counts[at].abs()).fold(0.0, f64::max);
        // The bound is the measure of the limit, unless it is next to nothing beside what it bounds.
        let unit = if bound.abs() > 1e-3 * counted { bound.abs() } else { counted };
        sign / usable(unit)
    });
    Scale { amount, tilt, unit: usable(middle), counts: counts.collect() }
}

/// A scaled figure, next to nothing told as nothing.
fn flushed(x: f64) -> f64 {
    if x.abs() < 1e-14 { 0.0 } else { x }
}

fn check(holds: bool, part: Part, why: &'static str) -> Result<(), ProgramError> {
    if holds { Ok(()) } else { Err(ProgramError::Malformed { part, why }) }
}
