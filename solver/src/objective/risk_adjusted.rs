//! The most net yield after expected loss, and after the unexpected as often as the profile asks.

use super::Objective;
use crate::{risk::Risk, yields::YieldSplit};

/// Net yield less expected loss and a part of the unexpected: `net - EL - kappa * UL`.
#[derive(Debug)]
pub(super) struct RiskAdjusted;

impl Objective for RiskAdjusted {
    fn score(&self, split: &YieldSplit, risk: &Risk) -> f64 {
        split.net_bps() - risk.charge_bps()
    }
}
