//! Every venue obeys the same laws.

mod allocations;
mod balancer;
mod curve_opening;
mod curve_vectors;
mod exchanges;
mod extremes;
pub(crate) mod laws;
mod samples;
mod stables;
mod staking;
mod yeth;

/// Cases of each law.
const CASES: u32 = 512;
