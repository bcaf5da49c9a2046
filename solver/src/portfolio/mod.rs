//! How much to place where, under limits that couple the positions: a mixed-integer program.
//!
//! ```text
//! Program -> Model (scaled, sampled) -> optimum (linear, new samples, split ...)
//!                                    -> which limits contradict
//!                                    -> shadows: what each limit costs -> Allocation
//! ```
//!
//! Nothing here knows a market: a position is sampled at amounts, and every sample has a value and
//! counts towards limits; leaving things where they are is a position like any other.
//!
//! An amount is a mixture of samples. Where values and counts are concave, a mixture promises no
//! more than the position keeps, so whatever the linear program of all mixtures allows is allowed.
//! Prices of that program bound every allocation: between samples a concave function lies below
//! the lines through its neighbours. New samples where these meet bring the two together. A
//! position with a fixed cost or a least stands for every mixture of using it and not until its use
//! in part has to be decided; then it is tried both ways.
//!
//! # How exact
//!
//! The value lies within 1e-7 of the bound, relative, unless the work allowed ends first: then the
//! best found is returned, with the bound reached. A limit met to 1e-9 of its size counts as met;
//! limits that can be met by less than 1e-7 to spare may be called contradicting. The bound is one
//! for concave functions alone; where they are not, up to a hundredth of a limit is left unused
//! before a program is called infeasible, and what is chosen must be valued again.

#[cfg(test)]
mod laws;
mod linear;
mod model;
mod optimum;
mod places;
mod shadows;
mod simplex;
#[cfg(test)]
mod tests;

use std::fmt;

use model::Model;
use optimum::Optimum;

/// An amount to place, all of it, into positions.
#[derive(Debug)]
pub struct Program<'a> {
    /// What there is to place.
    pub amount: f64,
    /// Where it can go.
    pub positions: Vec<Position<'a>>,
    /// What every allocation must respect.
    pub limits: Vec<Limit>,
}

/// Somewhere a part of the amount can go.
pub struct Position<'a> {
    /// What an amount above zero placed here is worth and counts; `None` where that is not known.
    pub at: Box<dyn Fn(f64) -> Option<Sample> + 'a>,
    /// What using it costs, whatever the amount.
    pub fixed_cost: f64,
    /// It takes nothing, or at least this.
    pub least: f64,
    /// It takes no more than this.
    pub most: f64,
}

impl fmt::Debug for Position<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at: _, fixed_cost, least, most } = self;
        f.debug_struct("Position")
            .field("fixed_cost", fixed_cost)
            .field("least", least)
            .field("most", most)
            .finish_non_exhaustive()
    }
}

/// What an amount in a position is worth, and what it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What it is worth, a fixed cost not yet paid: concave, and zero at zero.
    pub value: f64,
    /// What it counts towards each limit: zero at zero; concave where a limit is to be reached,
    /// and minus that where it is not to be exceeded.
    pub counts: Vec<f64>,
}

/// A bound on what all positions count together.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// What a reader knows it by.
    pub name: String,
    /// What the sum must keep to.
    pub bound: Bound,
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
    /// What they are worth, fixed costs paid.
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
}

/// The allocation of the highest value within all limits, and what they cost.
pub fn solve(program: &Program<'_>) -> Result<Allocation, ProgramError> {
    allocate(program, shadows::of)
}

/// The allocation of the highest value within all limits, without what they cost.
pub fn best(program: &Program<'_>) -> Result<Allocation, ProgramError> {
    allocate(program, |_, _| Vec::new())
}

fn allocate(
    program: &Program<'_>,
    binding: impl Fn(&mut Model<'_>, &Optimum) -> Vec<Shadow>,
) -> Result<Allocation, ProgramError> {
    let mut model = Model::new(program)?;
    let all: Vec<usize> = (0..program.limits.len()).collect();
    let Some(best) = model.optimum(&all, None) else { return Err(conflict(&mut model)) };
    let binding = binding(&mut model, &best);
    let value = model.worth(best.value);
    let bound = model.worth(best.bound).max(value);
    Ok(Allocation { amounts: model.amounts(&best.shares), value, bound, binding })
}

/// The error for a program without any allocation: leaves out one limit after the other, and for
/// good where the rest still contradict. What remains is irreducible.
fn conflict(model: &mut Model<'_>) -> ProgramError {
    let mut limits: Vec<usize> = (0..model.program.limits.len()).collect();
    let mut next = 0;
    while next < limits.len() {
        let mut fewer = limits.clone();
        fewer.remove(next);
        if model.optimum(&fewer, None).is_none() {
            limits = fewer;
        } else {
            next += 1;
        }
    }
    let names = limits.iter().map(|&at| model.program.limits[at].name.clone()).collect();
    ProgramError::Infeasible { limits, names }
}
