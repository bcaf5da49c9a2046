//! Following an intent: what the log says of it, and then what it says next.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use alloy_primitives::B256;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::store::{Event, Store, StoreError};

/// How many rings a slow listener may be behind before it reads the log for all of them at once.
const RINGS: usize = 1_024;

/// Events read at once.
const PAGE: usize = 100;

/// Says that the log has something new of an intent.
#[derive(Debug, Clone)]
pub struct Bell(Arc<Mutex<Option<broadcast::Sender<B256>>>>);

impl Bell {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(broadcast::channel(RINGS).0))))
    }

    /// Rings. Nobody may be listening.
    pub(super) fn ring(&self, id: B256) {
        let bell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bell.as_ref() {
            let _ = bell.send(id);
        }
    }

    /// Listens; `None` once it is closed.
    pub(super) fn listen(&self) -> Option<broadcast::Receiver<B256>> {
        let bell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bell.as_ref().map(broadcast::Sender::subscribe)
    }

    /// Ends every listening.
    pub(super) fn close(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// One intent's events, in order, none twice and none left out.
#[derive(Debug)]
pub struct Events {
    store: Arc<dyn Store>,
    id: B256,
    after: u64,
    read: VecDeque<Event>,
    listening: Option<broadcast::Receiver<B256>>,
    ended: bool,
}

impl Events {
    pub(super) const fn new(
        store: Arc<dyn Store>,
        id: B256,
        after: u64,
        listening: Option<broadcast::Receiver<B256>>,
    ) -> Self {
        Self { store, id, after, read: VecDeque::new(), listening, ended: false }
    }

    /// The next event, once there is one; `None` after the last of the intent's life, and when the
    /// service stops.
    pub async fn next(&mut self) -> Result<Option<Event>, StoreError> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.after = event.seq;
                self.ended = event.step.stage.is_last();
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            let (read, ended) = self.look().await?;
            self.read = read.into();
            if self.read.is_empty() && (ended || !self.wait().await) {
                return Ok(None);
            }
        }
    }

    /// What the log has after the last event told, and whether the intent is at its end. The end is
    /// asked first: the event that made it is then in what is read.
    async fn look(&self) -> Result<(Vec<Event>, bool), StoreError> {
        let (store, id, after) = (Arc::clone(&self.store), self.id, self.after);
        let read = tokio::task::spawn_blocking(move || {
            let ended = store.intent(id)?.is_none_or(|kept| kept.stage.is_last());
            Ok((store.events_of(id, after, PAGE)?, ended))
        });
        read.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Waits for something new of this intent; false once there will be nothing.
    async fn wait(&mut self) -> bool {
        let Some(listening) = self.listening.as_mut() else { return false };
        loop {
            match listening.recv().await {
                Ok(id) if id == self.id => return true,
                Ok(_) => {}
                // What was missed is in the log.
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }
}
