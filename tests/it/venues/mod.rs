//! Every venue obeys the same laws.

mod exchanges;
pub(crate) mod laws;
mod staking;
