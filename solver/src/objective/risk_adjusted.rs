//! The most net yield after expected loss.

use super::Objective;
use crate::{risk::Risk, yields::YieldSplit};

/// Net yield less expected loss.
#[derive(Debug)]
pub(super) struct RiskAdjusted;

impl Objective for RiskAdjusted {
    fn score(&self, split: &YieldSplit, risk: &Risk) -> f64 {
        split.net_bps() - risk.expected_loss_bps
    }
}
