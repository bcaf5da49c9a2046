//! The most net yield, incentives included as far as the intent counts them.

use super::Objective;
use crate::{risk::Risk, yields::YieldSplit};

/// Net yield.
#[derive(Debug)]
pub(super) struct Net;

impl Objective for Net {
    fn score(&self, split: &YieldSplit, _risk: &Risk) -> f64 {
        split.net_bps()
    }
}
