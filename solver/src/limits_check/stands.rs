//! What an asset rests on, from the market's graph of risks.

use alloy_primitives::{Address, U256};

use crate::{
    intent::Tier,
    risk::{RiskGraph, Weighed, expected_loss},
};

/// What holding an asset rests on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Behind {
    /// The protocols, the nearest first.
    pub(super) protocols: Vec<String>,
    pub(super) tier: Tier,
    /// What is expected to be lost, in basis points a year.
    pub(super) loss_bps: f64,
}

/// What tokens that convert into each other rest on, held `leverage` times: of each figure the worst
/// among them.
pub(super) fn behind(graph: &RiskGraph, tokens: &[(Address, U256)], leverage: f64) -> Behind {
    let mut behind = Behind { protocols: Vec::new(), tier: Tier::T0, loss_bps: 0.0 };
    for (token, _) in tokens {
        let exposure = graph.exposure(*token);
        behind.tier = behind.tier.max(exposure.tier(leverage));
        let all = Weighed { exposure: &exposure, share: 1.0, leverage };
        behind.loss_bps = behind.loss_bps.max(1e4 * expected_loss(&[all]));
        for protocol in exposure.protocols {
            if !behind.protocols.contains(&protocol) {
                behind.protocols.push(protocol);
            }
        }
    }
    behind
}
