//! Every venue obeys the same laws.

mod exchanges;
pub(crate) mod laws;
mod staking;

/// Cases of each law.
const CASES: u32 = 512;
