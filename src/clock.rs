//! What time it is: the system's, or one that stands until it is set.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// A clock. Copies show the same time.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// Unix milliseconds that stay until they are set: for tests and replays.
    Standing(Arc<AtomicU64>),
}

impl Clock {
    /// A clock that stands at these unix seconds.
    pub fn standing(seconds: u64) -> Self {
        Self::Standing(Arc::new(AtomicU64::new(seconds.saturating_mul(1_000))))
    }

    /// Unix milliseconds.
    pub fn millis(&self) -> u64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            Self::Standing(millis) => millis.load(Ordering::Relaxed),
        }
    }

    /// Unix seconds.
    pub fn seconds(&self) -> u64 {
        self.millis() / 1_000
    }
}
