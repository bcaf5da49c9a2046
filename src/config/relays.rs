//! Which relays are told, and how they are asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Place;
use crate::relays::Dialect;

/// Which relays are told, and how they are asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relays {
    /// Who is told; without any, every relay that promised in writing to keep it to itself, as far as it is
    /// known where it is.
    pub to: Vec<Dialect>,
    /// Who may be told without such a promise.
    pub told_anyway: Vec<Dialect>,
    /// Failures in a row after which a relay is left alone.
    pub failures: u32,
    /// Milliseconds for which it is, at first; each time twice as long.
    pub rest_ms: u64,
    /// The most milliseconds.
    pub longest_rest_ms: u64,
    /// What is set otherwise than by default, relay by relay.
    pub at: BTreeMap<Dialect, At>,
}

/// How one relay is asked; what is left out is as it is by default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct At {
    /// Where it is: one URL, or several of one kind.
    pub endpoints: Vec<Place>,
    /// Milliseconds that an answer is waited for.
    pub timeout_ms: Option<u64>,
    /// The most bundles and transactions in any minute.
    pub sends_per_minute: Option<u32>,
}

impl Default for Relays {
    fn default() -> Self {
        Self {
            to: Vec::new(),
            told_anyway: Vec::new(),
            failures: 3,
            rest_ms: 12_000,
            longest_rest_ms: 600_000,
            at: BTreeMap::new(),
        }
    }
}
