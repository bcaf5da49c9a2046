//! The search for amounts over some positions.

use super::{Choice, coupled::Coupled};
use crate::{
    adjusted::{self, Valued},
    candidates::Candidates,
    intent::Objective,
    portfolio::{self, Allocation},
    risk::{Exposure, caution},
    value::years,
};

/// The search for amounts over some positions.
pub(super) struct Allocating<'a, 'm> {
    pub(super) of: &'a Candidates<'a, 'm>,
    pub(super) choices: &'a [Choice],
    pub(super) limits: &'a [Coupled],
    pub(super) held: f64,
    pub(super) explained: bool,
    pub(super) exposures: Vec<Exposure>,
}

impl Candidates<'_, '_> {
    /// The amounts of the highest value; where risk counts, after what it is charged.
    pub(super) fn optimum(&self, of: &impl Valued) -> Option<Allocation> {
        let caution = caution(self.intent.limits.risk);
        match self.objective {
            Objective::RiskAdjusted => adjusted::optimum(of, caution, years(self.horizon_s)),
            Objective::Net
            | Objective::NetOrganic
            | Objective::FixedRate
            | Objective::LeastRisk { .. } => of.best(&vec![0.0; of.exposures().len()]),
        }
    }
}

impl Valued for Allocating<'_, '_> {
    fn exposures(&self) -> &[Exposure] {
        &self.exposures
    }

    fn told(&self, position: usize, amount: f64) -> Option<(f64, f64)> {
        let told = self.of.told(self.choices.get(position)?, amount)?;
        Some((told.end, told.redeem))
    }

    fn best(&self, charges: &[f64]) -> Option<Allocation> {
        let program = self.of.program(self.choices, self.limits, self.held, charges);
        let solved =
            if self.explained { portfolio::solve(&program) } else { portfolio::best(&program) };
        solved.ok()
    }
}
