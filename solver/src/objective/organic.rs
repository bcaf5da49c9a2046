//! The most net yield without incentives.

use super::Objective;
use crate::{risk::Risk, yields::YieldSplit};

/// Net yield, organic part only.
#[derive(Debug)]
pub(super) struct NetOrganic;

impl Objective for NetOrganic {
    fn score(&self, split: &YieldSplit, _risk: &Risk) -> f64 {
        split.net_bps() - split.incentive_bps()
    }
}
