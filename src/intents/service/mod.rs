//! Signed intents, from being handed in to their end: everything but the transport.
//!
//! ```text
//! a quote, signed by a wallet -> Service::accept -> store (durable) -> Accepted
//!                                                     |
//!          desk: one visit after another              v
//!          received -> verified -> quoted      events, in the store's order
//! ```
//!
//! The store is the only source of what is true: `desk` keeps no intent but those it is visiting, so
//! that a restart goes on where the last write was, and [`Events`] reads what it tells from the log. A
//! bell says that there is something new; it says nothing else.
//!
//! `verified` means that signature and terms hold; `quoted` that an EVM confirmed a plan that gives at
//! least what was signed, on the market of the event's block, and, where its state has the Settler, the
//! transaction that would settle it, to the wei. In mode `simulate` an intent goes no
//! further: it expires at its deadline.

mod accept;
mod desk;
pub mod dto;
mod error;
mod events;
mod fit;
mod rehearse;
mod scribe;
mod tell;
mod visit;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use alloy_primitives::{Address, B256, Bytes};
use tokio::sync::Semaphore;

pub use self::{
    accept::Accepted,
    desk::Nudge,
    error::IntakeError,
    events::{Bell, Events},
    scribe::Scribe,
};
use self::{desk::Desk, dto::StatusDto, visit::Visitor};
use super::signed::{Deployment, Rules, cancel};
use crate::{
    clock::Clock,
    engine::Engine,
    market::current::Current,
    settlement::Offers,
    store::{Kept, Stage, Store, StoreError},
};

/// How many events a status shows: those of a life, and of some blocks in which it was quoted again.
const EVENTS_SHOWN: usize = 100;

/// The code of an intent that its owner wants back, and that was sent: it ends once nothing of it can land.
pub(crate) const CANCELLING: &str = "cancelling";

/// The most intents of one page of a list.
pub const LIST_MOST: usize = 100;

/// What can be set.
#[derive(Debug, Clone)]
pub struct Options {
    /// The contracts that signatures name.
    pub deployment: Deployment,
    /// Threads that solve.
    pub workers: usize,
    /// Intents that may be checked at once; more are turned away.
    pub most_checks: usize,
    /// Intents that may be open at once; more are turned away.
    pub most_open: usize,
    /// What time it is.
    pub clock: Clock,
}

impl Options {
    /// Two threads, and the system's time.
    pub const fn of(deployment: Deployment) -> Self {
        Self { deployment, workers: 2, most_checks: 256, most_open: 100_000, clock: Clock::System }
    }
}

/// The service. Dropping it stops its threads; [`Service::drain`] does so and waits.
pub struct Service {
    scribe: Scribe,
    market: Arc<Current>,
    options: Options,
    checks: Arc<Semaphore>,
    draining: Arc<AtomicBool>,
    desk: Desk,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Service {
    /// Opens the service on a store, and goes on with every intent in it that is not at its end. Plans are
    /// offered to whoever lands them, if anybody does.
    pub fn start(
        store: Arc<dyn Store>,
        market: Arc<Current>,
        options: Options,
        offers: Option<Offers>,
    ) -> Result<Self, StoreError> {
        let draining = Arc::new(AtomicBool::new(false));
        let open = Arc::new(AtomicUsize::new(count(store.as_ref())?));
        let scribe = Scribe { store, bell: Bell::new(), open, clock: options.clock.clone() };
        let visitor = Visitor {
            scribe: scribe.clone(),
            market: Arc::clone(&market),
            options: options.clone(),
            offers,
        };
        let desk = Desk::open(visitor, &draining);
        let checks = Arc::new(Semaphore::new(options.most_checks));
        Ok(Self { scribe, market, options, checks, draining, desk })
    }

    /// What writes into its store, for whoever goes on with what it quoted.
    pub fn scribe(&self) -> Scribe {
        self.scribe.clone()
    }

    /// What has an intent visited again, for the same.
    pub fn nudge(&self) -> Nudge {
        self.desk.nudge()
    }

    /// What is kept of an intent.
    pub fn status(&self, id: B256) -> Result<StatusDto, IntakeError> {
        let kept = self.kept(id)?;
        let events = self.scribe.store.events_of(id, 0, EVENTS_SHOWN)?;
        StatusDto::of(&self.options.deployment, &kept, &events)
    }

    /// An owner's intents after an event, at most [`LIST_MOST`].
    pub fn list(&self, owner: Address, after: u64, most: usize) -> Result<Vec<Kept>, IntakeError> {
        Ok(self.scribe.store.intents_of(owner, after, most.min(LIST_MOST))?)
    }

    /// An intent's events after a number, and whatever follows.
    pub fn events(&self, id: B256, after: u64) -> Result<Events, IntakeError> {
        // Listening begins before the first reading: nothing falls between the two.
        let listening = self.scribe.bell.listen();
        self.kept(id)?;
        Ok(Events::new(Arc::clone(&self.scribe.store), id, after, listening))
    }

    /// Stops trying an intent, as its owner signed. Asked again, it says the same again.
    pub async fn cancel(&self, id: B256, signature: Bytes) -> Result<StatusDto, IntakeError> {
        let kept = self.kept(id)?;
        let (here, market) = (self.options.deployment, self.market.newest());
        let owner = kept.owner;
        let check = move || cancel::soft(&here, owner, id, &signature, market.engine.world());
        self.compute(check).await??;
        // What was sent may land all the same: nothing more is, and the chain decides.
        let sent = !self.scribe.store.attempts_of(id)?.is_empty();
        let stage = match (sent, kept.stage) {
            (true, Stage::Quoted | Stage::Bundled | Stage::Submitted) => {
                (Stage::Quoted, CANCELLING)
            }
            _ => (Stage::Cancelled, "cancelled_by_owner"),
        };
        let to = stage.0;
        let step = self.scribe.step(id, stage, "{}".to_owned(), None);
        let written = self.scribe.ended(self.scribe.begin(step).await)?;
        let now = self.kept(id)?.stage;
        if written.is_none() && now != Stage::Cancelled {
            let from = now;
            return Err(StoreError::IllegalTransition { id, from, to }.into());
        }
        self.status(id)
    }

    /// Accepts nothing more, ends every stream of events, finishes the visits under way and waits for
    /// them. Nothing is lost: what was accepted is in the store.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        self.scribe.bell.close();
        self.desk.close();
    }

    /// Has the desk look at the newest market, and at what is due, now rather than soon.
    pub fn look(&self) {
        self.desk.look();
    }

    /// The contracts that signatures name.
    pub const fn deployment(&self) -> &Deployment {
        &self.options.deployment
    }

    fn kept(&self, id: B256) -> Result<Kept, IntakeError> {
        self.scribe.store.intent(id)?.ok_or(IntakeError::Unknown(id))
    }

    fn refuse_while_draining(&self) -> Result<(), IntakeError> {
        if self.draining.load(Ordering::SeqCst) { Err(IntakeError::Draining) } else { Ok(()) }
    }

    /// Runs what takes a processor on a thread of its own; as many at once as are allowed.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, IntakeError> {
        let most = self.options.most_checks;
        let permit = Arc::clone(&self.checks).try_acquire_owned();
        let permit = permit.map_err(|_| IntakeError::Busy(most))?;
        let run = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        run.await.map_err(|error| IntakeError::Stopped(error.to_string()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.drain();
    }
}

/// What signed intents and plans are checked against.
fn rules<'a>(engine: &'a Engine, options: &'a Options) -> Rules<'a> {
    Rules {
        deployment: &options.deployment,
        market: engine.market(),
        state: engine.world(),
        now: options.clock.seconds(),
    }
}

/// How many intents are open.
fn count(store: &dyn Store) -> Result<usize, StoreError> {
    let (mut after, mut count) = (0, 0);
    loop {
        let page = store.open_intents(after, 1_000)?;
        let Some(last) = page.last() else { return Ok(count) };
        (after, count) = (last.first_event, count + page.len());
    }
}
