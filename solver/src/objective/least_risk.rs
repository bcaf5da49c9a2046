//! The least expected loss; that the yield reaches a target is a limit on plans.

use super::Objective;
use crate::{risk::Risk, yields::YieldSplit};

/// Expected loss, less of it being better. Of equal ones the lower tier wins, then the higher yield:
/// see the ranking of candidates.
#[derive(Debug)]
pub(super) struct LeastRisk;

impl Objective for LeastRisk {
    fn score(&self, _split: &YieldSplit, risk: &Risk) -> f64 {
        -risk.expected_loss_bps
    }
}
