//! The exit ladder: how much of a plan is ETH again within a time, and at what cost.

use alloy_primitives::U256;

/// The ladder's rungs: one hour, one day, seven days, thirty days.
pub const LADDER_S: [u64; 4] = [3_600, 86_400, 7 * 86_400, 30 * 86_400];

/// What can be ETH again within a time, at the depth of the market's block.
#[derive(Debug, Clone, PartialEq)]
pub struct Rung {
    /// Seconds.
    pub within_s: u64,
    /// ETH that comes out, before gas; `None` when nothing is known to.
    pub eth: Option<U256>,
    /// The share of the plan's redemption value that this leaves with, in basis points.
    pub share_bps: Option<f64>,
    /// What leaving costs against redemption, in basis points of that share.
    pub cost_bps: Option<f64>,
    /// Why the rest, or all of it, stays.
    pub reason: Option<String>,
}
