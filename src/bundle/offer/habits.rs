//! What is set of bids, and what is assumed where nothing was observed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::relays::Dialect;

/// What is set of bids. Figures that nothing was observed of are assumptions, and told as such.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Habits {
    /// The tip, in wei for a unit of gas, that is assumed to be included every other time.
    pub usual_tip_wei_per_gas: u64,
    /// How far tips spread around that.
    pub tip_spread_wei_per_gas: u64,
    /// How likely a chance is still there a block later, in basis points. A yield's is patient.
    pub survives_bps: u32,
    /// Wei that it costs not to be included.
    pub miss_wei: u64,
    /// Of what is left to a backrun, how often a searcher is assumed to take it up where it is sold, in
    /// basis points.
    pub matched_bps: u32,
    /// What of it then comes back, in basis points: MEV-Share gives back nine tenths by default, of what
    /// searchers leave to each other.
    pub refunded_bps: u32,
    /// What is known of relays otherwise than by default.
    pub relays: BTreeMap<Dialect, Builds>,
}

/// What is assumed of those behind a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Builds {
    /// The share of blocks that they build, in basis points.
    pub share_bps: u32,
    /// How likely one of them uses what it is told, in basis points.
    pub defects_bps: u32,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            usual_tip_wei_per_gas: 1_000_000_000,
            tip_spread_wei_per_gas: 500_000_000,
            survives_bps: 9_990,
            miss_wei: 0,
            matched_bps: 5_000,
            refunded_bps: 9_000,
            relays: BTreeMap::new(),
        }
    }
}

/// Three builders made four fifths of the blocks from October 2023 to March 2024 (Öz et al.,
/// arXiv:2407.13931); who they were is taken from the same time, and that it is still so is assumed.
const LARGE_BPS: u32 = 2_600;

/// All others share the rest.
const SMALL_BPS: u32 = 400;

/// One in a thousand that promised in writing to keep what it is told, and one in a hundred else: assumed.
const PROMISED_BPS: u32 = 10;
const UNPROMISED_BPS: u32 = 100;

impl Habits {
    /// What is assumed of those behind a relay.
    pub fn builds(&self, dialect: Dialect) -> Builds {
        let share_bps = match dialect {
            Dialect::Beaverbuild | Dialect::Titan | Dialect::Rsync => LARGE_BPS,
            Dialect::Flashbots
            | Dialect::BuilderNet
            | Dialect::Quasar
            | Dialect::MevShare
            | Dialect::MevBlocker => SMALL_BPS,
        };
        let promised = dialect.terms().promise.is_some();
        let defects_bps = if promised { PROMISED_BPS } else { UNPROMISED_BPS };
        self.relays.get(&dialect).copied().unwrap_or(Builds { share_bps, defects_bps })
    }
}

/// Basis points as a share.
pub(super) fn share(bps: u32) -> f64 {
    f64::from(bps.min(10_000)) / 1e4
}
