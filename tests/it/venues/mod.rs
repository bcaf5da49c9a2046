//! Every venue obeys the same laws.

mod allocations;
mod asked;
mod bad_states;
mod balancer;
mod balancer_v3;
mod curve_opening;
mod curve_vectors;
mod evidence;
mod exchanges;
mod executed;
mod extremes;
mod hazards;
mod issuers;
pub(crate) mod laws;
mod lending;
mod liquidity;
mod openings;
mod recorded;
mod samples;
mod second;
mod stables;
mod staking;
mod term;
mod yeth;

/// Cases of each law.
const CASES: u32 = 512;
