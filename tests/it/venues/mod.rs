//! Every venue obeys the same laws.

mod allocations;
mod asked;
mod balancer;
mod exchanges;
mod hazards;
mod issuers;
pub(crate) mod laws;
mod lending;
mod openings;
mod samples;
mod staking;

/// Cases of each law.
const CASES: u32 = 512;
