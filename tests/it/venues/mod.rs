//! Every venue obeys the same laws.

mod exchanges;
mod issuers;
pub(crate) mod laws;
mod openings;
mod staking;

/// Cases of each law.
const CASES: u32 = 512;
