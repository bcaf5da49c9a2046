//! Every venue obeys the same laws.

mod allocations;
mod exchanges;
mod hazards;
mod issuers;
pub(crate) mod laws;
mod openings;
mod samples;
mod staking;
mod term;

/// Cases of each law.
const CASES: u32 = 512;
