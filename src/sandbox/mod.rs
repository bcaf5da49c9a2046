//! A chain of one's own, with a builder: what `tenor sandbox` serves.
//!
//! ```text
//! JSON-RPC (eth) --- transactions --> Pool ---\
//!                                              mine -> chain::build -> a block
//! builder (relay) -- bundles -> Book ---------/
//! ```
//!
//! The chain itself is [`tenor_simulations::chain`], which knows neither clock nor network; here it is
//! served, and told the time: each block is one slot after the last. Everything that changes it goes
//! through one lock, so requests happen one after the other.
//!
//! Builders misbehave, and so can this one: see [`Fault`]. Nothing here holds money: the keys that it
//! prints are everybody's ([`accounts`]).

pub mod accounts;
mod admin;
mod eth;
mod fault;
mod jsonrpc;
mod relay;
mod serve;

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy_primitives::B256;
use tenor_simulations::{
    World,
    chain::{Chain, ChainError, Funded, Mined, Pool},
};
use tokio::sync::watch;

use self::relay::book::Book;
pub use self::{
    fault::{Fault, UnknownFault},
    serve::serve,
};
use crate::clock::Clock;

/// Seconds between blocks, as on the chain that the market is of.
pub const SLOT: u64 = 12;

/// How the sandbox goes about it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seconds from a block to the next.
    pub slot: u64,
    /// Whether whatever can be in the next block makes it come at once.
    pub at_once: bool,
    /// How the builder misbehaves.
    pub faults: BTreeSet<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        Self { slot: SLOT, at_once: false, faults: BTreeSet::new() }
    }
}

/// The newest block, for those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
}

/// A chain and its builder.
#[derive(Debug)]
pub struct Sandbox {
    inner: Mutex<Inner>,
    newest: watch::Sender<Newest>,
    clock: Clock,
    slot: u64,
    at_once: bool,
}

/// What requests change.
#[derive(Debug)]
struct Inner {
    chain: Chain,
    pool: Pool,
    book: Book,
    /// Transactions that were anybody's to see: they wait again when their block is dropped.
    public: HashSet<B256>,
    faults: BTreeSet<Fault>,
}

impl Sandbox {
    /// A chain that begins with a world, and accounts that hold something.
    pub fn new(world: &World, funded: &[Funded], options: Options) -> Result<Self, ChainError> {
        let chain = Chain::of(world, funded)?;
        let head = Arc::clone(chain.head());
        let Options { slot, at_once, faults } = options;
        let inner = Inner {
            chain,
            pool: Pool::default(),
            book: Book::default(),
            public: HashSet::new(),
            faults,
        };
        Ok(Self {
            inner: Mutex::new(inner),
            newest: watch::Sender::new(Newest { number: head.header.number, hash: head.hash }),
            clock: Clock::standing(head.header.timestamp),
            slot,
            at_once,
        })
    }

    /// The time of the newest block: what it is on this chain.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Every new head, those of reorganisations included; the newest if several come between two looks.
    pub fn watch(&self) -> watch::Receiver<Newest> {
        self.newest.subscribe()
    }

    /// Builds the next block, one slot after the last.
    pub fn mine(&self) -> Result<Arc<Mined>, ChainError> {
        self.mine_at(None)
    }

    /// Builds the next block at some unix seconds.
    pub fn mine_at(&self, timestamp: Option<u64>) -> Result<Arc<Mined>, ChainError> {
        let mut inner = self.lock();
        let block = inner.mine(timestamp, self.slot)?;
        self.tell(&inner);
        Ok(block)
    }

    /// Drops the newest `depth` blocks and builds `build` others. Unless told to forget them, public
    /// transactions wait again, and bundles where their blocks come again.
    pub fn reorg(&self, depth: u64, build: u64, forget: bool) -> Result<Arc<Mined>, ChainError> {
        let mut inner = self.lock();
        let dropped = inner.chain.reorg(depth)?;
        inner.undo(&dropped, forget);
        for _ in 0..build {
            inner.mine(None, self.slot)?;
        }
        self.tell(&inner);
        Ok(Arc::clone(inner.chain.head()))
    }

    /// How the builder misbehaves.
    pub fn faults(&self) -> BTreeSet<Fault> {
        self.lock().faults.clone()
    }

    /// Has the builder misbehave in these ways and no others, from now on.
    pub fn set_faults(&self, faults: BTreeSet<Fault>) {
        self.lock().faults = faults;
    }

    /// Whatever was half done when a thread panicked is a request's own; the chain changes last.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, inner: &Inner) {
        let head = inner.chain.head();
        if let Clock::Standing(millis) = &self.clock {
            let now = head.header.timestamp.saturating_mul(1_000);
            millis.store(now, std::sync::atomic::Ordering::Relaxed);
        }
        self.newest.send_replace(Newest { number: head.header.number, hash: head.hash });
    }

    /// A block for what has just come, where blocks come at once.
    fn hurry(&self, inner: &mut Inner) -> Result<(), ChainError> {
        if self.at_once {
            inner.mine(None, self.slot)?;
            self.tell(inner);
        }
        Ok(())
    }
}

impl Inner {
    fn mine(&mut self, timestamp: Option<u64>, slot: u64) -> Result<Arc<Mined>, ChainError> {
        let head = &self.chain.head().header;
        let (number, timestamp) = (head.number + 1, timestamp.unwrap_or(head.timestamp + slot));
        self.book.take_in(&self.faults);
        let (places, bundles) = self.book.open(number);
        let built = self.chain.build(timestamp, &bundles, &mut self.pool)?;
        self.book.tell(&places, &built, &self.faults);
        Ok(built.block)
    }

    /// Puts back what was in blocks that are no longer there.
    fn undo(&mut self, dropped: &[Arc<Mined>], forget: bool) {
        if forget {
            self.book.forget();
            return;
        }
        let numbers = dropped.iter().map(|block| block.header.number);
        self.book.undo(&numbers.collect());
        for landed in dropped.iter().flat_map(|block| &block.transactions) {
            if self.public.contains(&landed.signed.hash) {
                // One that fits no longer is gone, as anywhere.
                let _ = self.pool.add(Arc::clone(&landed.signed), &self.chain);
            }
        }
    }

    /// The newest block's number.
    fn number(&self) -> u64 {
        self.chain.head().header.number
    }
}
