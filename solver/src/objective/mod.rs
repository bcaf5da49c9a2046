//! What "best" means. One file for each objective; to add one, write it, add a line to [`of`] and
//! a property test.

mod fixed_rate;
mod least_risk;
mod net;
mod organic;
mod risk_adjusted;

use crate::{intent, risk::Risk, yields::YieldSplit};

/// A way to rank plans over the same horizon.
pub trait Objective {
    /// The figure of merit in basis points a year; the largest wins.
    fn score(&self, split: &YieldSplit, risk: &Risk) -> f64;
}

/// The objective that an intent names.
pub fn of(objective: intent::Objective) -> &'static dyn Objective {
    match objective {
        intent::Objective::Net => &net::Net,
        intent::Objective::NetOrganic => &organic::NetOrganic,
        intent::Objective::RiskAdjusted => &risk_adjusted::RiskAdjusted,
        intent::Objective::LeastRisk { .. } => &least_risk::LeastRisk,
        intent::Objective::FixedRate => &fixed_rate::FixedRate,
    }
}
