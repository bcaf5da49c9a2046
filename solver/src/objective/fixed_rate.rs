//! The most net yield that is fixed; that it is fixed is a limit on plans.

use super::Objective;
use crate::{risk::Risk, yields::YieldSplit};

/// Net yield, organic part only: incentives are never fixed.
#[derive(Debug)]
pub(super) struct FixedRate;

impl Objective for FixedRate {
    fn score(&self, split: &YieldSplit, _risk: &Risk) -> f64 {
        split.net_bps() - split.incentive_bps()
    }
}
