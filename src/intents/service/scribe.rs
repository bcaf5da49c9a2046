//! Writes what becomes of intents: into the store, then into the log, then to those who listen.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use alloy_primitives::B256;

use super::{Bell, tell};
use crate::{
    clock::Clock,
    store::{Event, Pending, Stage, Step, Store, StoreError},
};

/// Whoever moves an intent on has one. Copies write into the same store.
#[derive(Debug, Clone)]
pub struct Scribe {
    pub(super) store: Arc<dyn Store>,
    pub(super) bell: Bell,
    /// How many intents are open.
    pub(super) open: Arc<AtomicUsize>,
    pub(super) clock: Clock,
}

impl Scribe {
    /// What is kept.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// What time it is.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A step at this time.
    pub fn step(
        &self,
        id: B256,
        (stage, code): (Stage, &str),
        detail: String,
        block: Option<u64>,
    ) -> Step {
        Step { id, stage, code: code.to_owned(), detail, at_ms: self.clock.millis(), block }
    }

    /// Writes a step; `None` where the intent has ended meanwhile.
    pub fn write(&self, step: Step) -> Result<Option<Event>, StoreError> {
        self.ended(self.begin(step).wait())
    }

    /// Hands a step to the store: what is begun first is written first. See [`ended`](Self::ended).
    pub fn begin(&self, step: Step) -> Pending<Event> {
        self.store.advance(step)
    }

    /// Tells of a step that is written; `None` where the intent has ended meanwhile.
    pub fn ended(&self, written: Result<Event, StoreError>) -> Result<Option<Event>, StoreError> {
        match written {
            Ok(event) => {
                if event.step.stage.is_last() {
                    self.open.fetch_sub(1, Ordering::Relaxed);
                }
                tell::advanced(&event);
                self.bell.ring(event.step.id);
                Ok(Some(event))
            }
            Err(StoreError::IllegalTransition { from, .. }) if from.is_last() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
