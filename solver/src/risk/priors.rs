//! Prior tiers and expected losses by protocol: PLACEHOLDERS, unverified and uncalibrated.
//!
//! A contract hazard of 0.2 % a year, the floor of `YIELD_AND_RISK` section 8, with half lost in
//! the event, is 10 basis points; restaking counts four times that. Every answer says that these
//! are priors.

use crate::intent::Tier;

/// What is assumed of a protocol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// The tier of what it issues.
    pub tier: Tier,
    /// Expected loss in basis points a year.
    pub loss_bps: f64,
}

/// The prior of a protocol, by the market's name for it. Of a protocol that is not in the table
/// the worst is assumed.
pub fn prior(protocol: &str) -> Prior {
    match protocol {
        "lido" | "rocketpool" | "frax" | "mantle" | "stakewise" | "stader" | "coinbase" => {
            Prior { tier: Tier::T1, loss_bps: 10.0 }
        }
        "aave_v3" | "spark" | "compound_v3" | "morpho" | "pendle" => {
            Prior { tier: Tier::T2, loss_bps: 10.0 }
        }
        "swell" | "ether.fi" | "renzo" | "puffer" | "kelp" => {
            Prior { tier: Tier::T3, loss_bps: 40.0 }
        }
        _ => Prior { tier: Tier::T4, loss_bps: 300.0 },
    }
}
