//! Every venue obeys the same laws.

mod allocations;
mod exchanges;
pub(crate) mod laws;
mod samples;
mod staking;
mod term;

/// Cases of each law.
const CASES: u32 = 512;
