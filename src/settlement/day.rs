//! What the last 24 hours came to, as of a head: what was paid, and one's own bids.
//!
//! Read once for each head and not for each plan: between two heads nothing lands, and what is sent meanwhile
//! is for blocks to come, so that neither changes.

use tenor_solver::mev::bid::Tried;

use super::{
    bids::tried,
    caps::{Paid, WINDOW_MS},
};
use crate::store::{Attempt, Store, StoreError};

/// What landed, and what was bid.
#[derive(Debug, Default)]
pub(super) struct Day {
    pub(super) paid: Vec<Paid>,
    pub(super) tried: Vec<Tried>,
}

impl Day {
    /// The day before `now_ms`, with the chain at the block `head`.
    pub(super) fn before(now_ms: u64, head: u64, store: &dyn Store) -> Result<Self, StoreError> {
        let recent = store.attempts_since(now_ms.saturating_sub(WINDOW_MS))?;
        let paid = recent.iter().filter_map(paid).collect();
        Ok(Self { paid, tried: tried(&recent, head) })
    }
}

/// What an attempt came to, if it landed.
fn paid(attempt: &Attempt) -> Option<Paid> {
    let landed = attempt.landed?;
    Some(Paid { at_ms: landed.at_ms, paid: landed.paid, earned: landed.earned })
}
