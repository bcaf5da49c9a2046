//! The market that is quoted from: one that stands, or one that follows a node.
//!
//! Whoever asks gets an `Arc` of one immutable snapshot, without a lock; a newer block replaces it for
//! those who ask later.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use tenor_solver::risk::{HazardError, Hazards};

use super::{
    feed::{Feed, Seen, StaleError},
    rpc::Node,
};
use crate::engine::Engine;

/// One block's market, ready to be asked.
#[derive(Debug)]
pub struct Snapshot {
    /// The market and the state to run plans on.
    pub engine: Engine,
    /// How it was seen on a node; `None` of a market that stands.
    pub seen: Option<Arc<Seen>>,
}

/// The newest market.
#[derive(Debug)]
pub struct Current {
    newest: ArcSwap<Snapshot>,
    follows: Option<Follows>,
}

/// How a node is followed.
#[derive(Debug)]
struct Follows {
    feed: Feed,
    most_age: Duration,
    /// Priors to use instead of the built-in ones.
    hazards: Option<Hazards>,
}

impl Current {
    /// A market that stands.
    pub fn standing(engine: Engine) -> Self {
        let snapshot = Snapshot { engine, seen: None };
        Self { newest: ArcSwap::from_pointee(snapshot), follows: None }
    }

    /// The market of a node; [`Current::follow`] keeps it so. Not quoted from once its block was first
    /// seen longer than `most_age` ago.
    pub fn following(
        feed: Feed,
        most_age: Duration,
        hazards: Option<Hazards>,
    ) -> Result<Self, HazardError> {
        let follows = Follows { feed, most_age, hazards };
        let newest = follows.snapshot(follows.feed.newest())?;
        Ok(Self { newest: ArcSwap::from_pointee(newest), follows: Some(follows) })
    }

    /// Takes over each newer market, for as long as there is one.
    pub async fn follow(&self) {
        let Some(follows) = &self.follows else { return };
        let mut markets = follows.feed.watch();
        while markets.changed().await.is_ok() {
            let seen = Arc::clone(&markets.borrow_and_update());
            // Priors that fitted the first block's market and not this one's: the older one stays, and
            // ages until it is refused.
            if let Ok(snapshot) = follows.snapshot(seen) {
                self.newest.store(Arc::new(snapshot));
            }
        }
    }

    /// The newest market, unless it is too old to quote from.
    pub fn fresh(&self) -> Result<Arc<Snapshot>, StaleError> {
        let newest = self.newest();
        if let (Some(follows), Some(seen)) = (&self.follows, &newest.seen) {
            Arc::clone(seen).fresh(Instant::now(), follows.most_age)?;
        }
        Ok(newest)
    }

    /// The newest market, however old.
    pub fn newest(&self) -> Arc<Snapshot> {
        self.newest.load_full()
    }

    /// The node that it follows, if it does.
    pub fn node(&self) -> Option<&Arc<Node>> {
        self.follows.as_ref().map(|follows| follows.feed.node())
    }

    /// Whether it follows a node.
    pub const fn is_live(&self) -> bool {
        self.follows.is_some()
    }
}

impl Follows {
    fn snapshot(&self, seen: Arc<Seen>) -> Result<Snapshot, HazardError> {
        let engine = seen.engine();
        let engine = match &self.hazards {
            Some(hazards) => engine.with_hazards(hazards.clone())?,
            None => engine,
        };
        Ok(Snapshot { engine, seen: Some(seen) })
    }
}
