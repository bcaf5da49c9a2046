//! What is worth telling of intents: one function for each thing that happens.

use alloy_primitives::B256;

use crate::store::{Event, Kept, StoreError};

/// An intent is on disk.
pub(super) fn accepted(kept: &Kept) {
    tracing::debug!(id = %kept.id, owner = %kept.owner, event = kept.first_event, "intent accepted");
}

/// An intent has moved on.
pub(super) fn advanced(event: &Event) {
    let step = &event.step;
    tracing::debug!(
        id = %step.id, stage = %step.stage, code = step.code, event = event.seq, block = step.block,
        "intent advanced"
    );
}

/// An intent has no plan on this market; the next one may have.
pub(super) fn waits(id: B256, code: &str, why: &str) {
    tracing::debug!(%id, code, why, "intent waits");
}

/// Whoever lands plans has too many of them; the next market brings another.
pub(super) fn unoffered(id: B256) {
    tracing::warn!(%id, "a plan was not offered: too many wait to be sent");
}

/// A visit panicked.
pub(super) fn panicked(id: B256, why: &str) {
    tracing::error!(%id, why, "a visit panicked; the intent has failed");
}

/// What came of a visit could not be written. It is made again.
pub(super) fn unwritten(id: B256, error: &StoreError) {
    tracing::warn!(%id, %error, "an intent's event could not be written");
}

/// The store could not be read. It is read again.
pub(super) fn unread(error: &StoreError) {
    tracing::warn!(%error, "open intents could not be read");
}
