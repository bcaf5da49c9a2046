//! What is worth telling of settlements: one function for each thing that happens.

use alloy_primitives::{Address, B256};

use crate::relays::fleet::Told;

/// A transaction is signed and written down.
pub(super) fn made(id: B256, number: u64, hash: B256, block: u64) {
    tracing::info!(%id, attempt = number, transaction = %hash, block, "settlement made");
}

/// Relays have answered.
pub(super) fn heard(id: B256, number: u64, told: &[Told]) {
    let taken = told.iter().filter(|told| told.outcome.is_ok()).count();
    tracing::debug!(%id, attempt = number, asked = told.len(), taken, "relays answered");
}

/// Nothing is sent of a plan.
pub(super) fn unsent(id: B256, why: &str) {
    tracing::warn!(%id, why, "a plan is not sent");
}

/// A head could not be looked at; it is tried again.
pub(super) fn unlooked(why: &str) {
    tracing::warn!(why, "what became of settlements is not known yet");
}

/// Nothing more is sent.
pub(super) fn halted(account: Address, why: &str) {
    tracing::error!(%account, why, "halted: nothing is sent");
}
