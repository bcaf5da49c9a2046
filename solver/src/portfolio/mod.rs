//! How much to place where, under limits that couple the positions.
//!
//! ```text
//! Program -> Model (scaled, tangents) -> optimum (layout, linear, new tangents, split ...)
//!                                     -> conflict: which limits contradict
//!                                     -> shadows: what each limit costs -> Allocation
//! ```
//!
//! Nothing here knows a market: a position is a concave value of an amount, with a fixed cost, a
//! least and a most; leaving things where they are is a position like any other. A limit bounds a
//! sum of weighted amounts and concave functions of amounts.
//!
//! The method is outer approximation inside branch and bound. Every curve is replaced by the
//! polyline that its tangents enclose, which lies on or above it, so the optimum of the resulting
//! linear program is an upper bound; the curves themselves at its amounts are a lower one. New
//! tangents at those amounts bring the two together. A position with a fixed cost or a least stands
//! for every mixture of using it and not until its use in part has to be decided; then it is tried
//! both ways.

mod conflict;
mod curve;
#[cfg(test)]
mod laws;
mod layout;
mod linear;
mod model;
mod optimum;
mod shadows;
mod tangents;
#[cfg(test)]
mod tests;

use std::fmt;

pub use curve::{Curve, Functions, Line, Polyline};

use model::Model;

/// An amount to place, all of it, into positions.
#[derive(Debug)]
pub struct Program<'a> {
    /// What there is to place.
    pub amount: f64,
    /// Where it can go.
    pub positions: Vec<Position<'a>>,
    /// What every allocation must respect.
    pub limits: Vec<Limit<'a>>,
}

/// Somewhere a part of the amount can go.
#[derive(Debug)]
pub struct Position<'a> {
    /// What an amount placed here is worth at the horizon.
    pub value: Box<dyn Curve + 'a>,
    /// What using it costs, whatever the amount.
    pub fixed_cost: f64,
    /// It takes nothing, or at least this.
    pub least: f64,
    /// It takes no more than this.
    pub most: f64,
}

/// A bound on a sum over positions.
#[derive(Debug)]
pub struct Limit<'a> {
    /// What a reader knows it by.
    pub name: String,
    /// What is added up.
    pub terms: Vec<Term<'a>>,
    /// What the sum must keep to.
    pub bound: Bound,
}

/// One position's part of a limit's sum.
#[derive(Debug)]
pub struct Term<'a> {
    /// Which position, counted from zero.
    pub position: usize,
    /// By what its measure is multiplied.
    pub weight: f64,
    /// What of it counts.
    pub measure: Measure<'a>,
}

/// What of a position a limit counts.
#[derive(Debug)]
pub enum Measure<'a> {
    /// The amount placed.
    Amount,
    /// A concave function of the amount, such as what of it can be liquid in time.
    ///
    /// It counts towards what must be reached: in [`Bound::AtLeast`] with a positive weight, in
    /// [`Bound::AtMost`] with a negative one. The other way the allowed amounts would have a hole;
    /// there, a line that lies above the curve is the careful choice.
    Curve(Box<dyn Curve + 'a>),
}

/// Which side a limit's sum is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The sum may not exceed this.
    AtMost(f64),
    /// The sum may not stay below this.
    AtLeast(f64),
}

/// The best amounts, and how good they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// The amount for each position; together what there was to place.
    pub amounts: Vec<f64>,
    /// What they are worth, fixed costs paid, by the curves themselves.
    pub value: f64,
    /// No allocation within the limits is worth more than this.
    pub bound: f64,
    /// The limits that shape the allocation, in the program's order.
    pub binding: Vec<Shadow>,
}

/// What a limit takes away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shadow {
    /// Which limit, counted from zero.
    pub limit: usize,
    /// The value that each unit of a small relaxation adds while the same positions are used.
    pub price: f64,
    /// The value that is lost to having the limit at all.
    pub cost: f64,
}

/// A part of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The amount to place.
    Amount,
    /// A position, counted from zero.
    Position(usize),
    /// A limit, counted from zero.
    Limit(usize),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount => f.write_str("the amount"),
            Self::Position(at) => write!(f, "position {at}"),
            Self::Limit(at) => write!(f, "limit {at}"),
        }
    }
}

/// Why a program has no allocation. None is unbounded, for the amount is finite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// The program itself has to change.
    #[error("{part}: {why}")]
    Malformed {
        /// Which part of it.
        part: Part,
        /// What is wrong there.
        why: &'static str,
    },
    /// Some of the limits have to give.
    #[error("no allocation keeps all of: {}", if names.is_empty() { "what the positions take".into() } else { names.join(", ") })]
    Infeasible {
        /// Limits that contradict each other, and without any one of which the others do not; none
        /// where the positions alone cannot take the amount.
        limits: Vec<usize>,
        /// Their names.
        names: Vec<String>,
    },
    /// The numbers are too far apart to be solved in floats.
    #[error("the solver gave up: {0}")]
    Numeric(String),
}

/// The allocation of the highest value within all limits.
pub fn solve(program: &Program<'_>) -> Result<Allocation, ProgramError> {
    let mut model = Model::new(program)?;
    let all: Vec<usize> = (0..program.limits.len()).collect();
    let Some(best) = model.optimum(&all, None)? else { return Err(conflict::find(&mut model)?) };
    let binding = shadows::of(&mut model, &best)?;
    let amounts = model.amounts(&best);
    let value = program.value(&amounts);
    let bound = model.worth(best.bound).max(value);
    Ok(Allocation { amounts, value, bound, binding })
}

impl Program<'_> {
    /// What amounts are worth, fixed costs paid.
    fn value(&self, amounts: &[f64]) -> f64 {
        let used = self.positions.iter().zip(amounts).filter(|(_, amount)| **amount > 0.0);
        used.map(|(position, amount)| position.value.value(*amount) - position.fixed_cost).sum()
    }
}
