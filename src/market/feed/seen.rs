//! A market as it was last seen, and when that is too long ago.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tenor_simulations::World;

use crate::{
    engine::Engine,
    market::{live::Live, over::OverError, rpc::Head},
};

/// One block's market, its state, and how the feed is doing. It never changes.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The market.
    pub live: Live,
    /// The block's state, to run plans on.
    pub world: World,
    /// The block.
    pub head: Head,
    /// When its block was first seen here.
    pub since: Instant,
    /// Why newer blocks, if there are any, are not seen: the market is stale while this is so.
    pub fault: Option<Arc<OverError>>,
}

impl Seen {
    /// The engine on this market.
    pub fn engine(&self) -> Engine {
        Engine::of(Arc::clone(self.live.market()), Some(self.world.clone()))
    }

    /// The same, if it may be quoted from: not once its block was first seen longer than `most` ago,
    /// be it that the node is away or that it stands still.
    pub fn fresh(self: Arc<Self>, now: Instant, most: Duration) -> Result<Arc<Self>, StaleError> {
        let age = now.saturating_duration_since(self.since);
        if age <= most {
            return Ok(self);
        }
        Err(StaleError { block: self.head.number, age, most, why: self.fault.clone() })
    }
}

/// A market that is too old to quote from.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "the newest market is of block {block}, seen {} s ago, more than the {} s allowed{}; wait until \
     the node is back, or use another",
    age.as_secs(), most.as_secs(), because(why.as_deref())
)]
pub struct StaleError {
    /// The newest block.
    pub block: u64,
    /// How long ago it was first seen.
    pub age: Duration,
    /// The longest that is allowed.
    pub most: Duration,
    /// What keeps newer ones from being seen; `None` where the node knows none.
    pub why: Option<Arc<OverError>>,
}

fn because(why: Option<&OverError>) -> String {
    why.map_or_else(|| ": the node knows no newer".to_owned(), |why| format!(": {why}"))
}
