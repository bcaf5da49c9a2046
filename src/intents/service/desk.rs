//! Who is visited next: bounded, in the order received, once with every market and when it is due.
//!
//! One thread decides and others visit. Nothing is held here but names: intents are read from the
//! store a page at a time as there is room for them, so that a thousand a second may be accepted while
//! a hundred are solved, and none is forgotten when the process ends.

use std::{
    any::Any,
    collections::{BTreeSet, HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use alloy_primitives::B256;
use flume::{Receiver, Sender, TrySendError};

use super::{
    tell,
    visit::{Again, Visitor},
};
use crate::{
    market::current::Snapshot,
    store::{Kept, StoreError},
};

/// Intents read at once.
const PAGE: usize = 64;

/// How long nothing may be looked at: a new market, or another clock, is noticed by then.
const IDLE: Duration = Duration::from_millis(250);

/// How long the store is left alone after it could not be read.
const PAUSE: Duration = Duration::from_millis(250);

/// Something to visit, and the market to do it on.
type Job = (Kept, Arc<Snapshot>);

enum Signal {
    Look,
    Visit(B256),
    Done { id: B256, again: Again, market: Arc<Snapshot> },
    Stop,
}

/// The threads, and how they are told of things.
#[derive(Debug)]
pub(super) struct Desk {
    signals: Sender<Signal>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Desk {
    /// Starts the threads. They visit every open intent of the store first.
    pub(super) fn open(visitor: Visitor, stop: &Arc<AtomicBool>) -> Self {
        let workers = visitor.options.workers.max(1);
        let (jobs, taken) = flume::bounded(workers * 2);
        // As many visits as can end, and then some looks; who decides never waits for room.
        let (signals, told) = flume::bounded(workers * 4 + 16);
        let mut threads = Vec::new();
        for _ in 0..workers {
            let (visitor, taken, signals) = (visitor.clone(), taken.clone(), signals.clone());
            let stop = Arc::clone(stop);
            threads.push(std::thread::spawn(move || work(&visitor, &taken, &signals, &stop)));
        }
        let decider = Decider {
            visitor,
            jobs,
            cursor: 0,
            more: true,
            page: VecDeque::new(),
            visiting: HashMap::new(),
            due: BTreeSet::new(),
        };
        threads.push(std::thread::spawn(move || decider.run(&told)));
        Self { signals, threads: Mutex::new(threads) }
    }

    /// Says that there may be something new. Where many say so already, one more adds nothing.
    pub(super) fn look(&self) {
        let _ = self.signals.try_send(Signal::Look);
    }

    /// What has an intent visited.
    pub(super) fn nudge(&self) -> Nudge {
        Nudge(self.signals.clone())
    }

    /// Ends the threads, each with the visit that it is on.
    pub(super) fn close(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if threads.is_empty() {
            return;
        }
        // Fails where the decider has gone already.
        let _ = self.signals.send(Signal::Stop);
        for thread in threads.drain(..) {
            // A thread that panicked has ended as well.
            let _ = thread.join();
        }
    }
}

/// Has intents visited again on the newest market: of whoever knows that one of them needs a plan.
#[derive(Clone)]
pub struct Nudge(Sender<Signal>);

impl std::fmt::Debug for Nudge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nudge")
    }
}

impl Nudge {
    /// Has an intent visited now. Where too much is asked already, the next market has it visited.
    pub(crate) fn visit(&self, id: B256) {
        let _ = self.0.try_send(Signal::Visit(id));
    }
}

/// Visits until there are no more jobs.
fn work(visitor: &Visitor, jobs: &Receiver<Job>, signals: &Sender<Signal>, stop: &AtomicBool) {
    for (kept, market) in jobs {
        // What waits is in the store, and is visited after the next start.
        if stop.load(Ordering::SeqCst) {
            continue;
        }
        let again = visited(visitor, &kept, &market);
        // Fails where the decider has gone: nobody asks any more.
        let _ = signals.send(Signal::Done { id: kept.id, again, market });
    }
}

/// A visit, whatever becomes of it: no intent takes another one down.
fn visited(visitor: &Visitor, kept: &Kept, market: &Arc<Snapshot>) -> Again {
    let visit = catch_unwind(AssertUnwindSafe(|| visitor.visit(kept, market)));
    let written = visit.unwrap_or_else(|panic| {
        let why = reason(panic.as_ref());
        tell::panicked(kept.id, why);
        visitor.fail(kept.id, "solving it stopped before its end")
    });
    written.unwrap_or_else(|error| {
        tell::unwritten(kept.id, &error);
        visitor.retry()
    })
}

fn reason(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given")
}

struct Decider {
    visitor: Visitor,
    jobs: Sender<Job>,
    /// The first event of the last intent read in this round.
    cursor: u64,
    /// Whether there may be intents after the cursor.
    more: bool,
    /// Read, and not visited yet.
    page: VecDeque<Kept>,
    /// Being visited, each with whether something came up meanwhile.
    visiting: HashMap<B256, bool>,
    /// To be visited at a time.
    due: BTreeSet<(u64, B256)>,
}

impl Decider {
    fn run(mut self, signals: &Receiver<Signal>) {
        let mut newest = self.visitor.market.newest();
        loop {
            let market = self.visitor.market.newest();
            if !Arc::ptr_eq(&market, &newest) {
                // Another market: everybody is visited again.
                newest = market;
                (self.cursor, self.more) = (0, true);
                self.page.clear();
            }
            let pause = self.give_out(&newest);
            match signals.recv_timeout(pause) {
                Ok(Signal::Stop) | Err(flume::RecvTimeoutError::Disconnected) => return,
                Ok(signal) => self.take(signal, &newest),
                Err(flume::RecvTimeoutError::Timeout) => self.more = true,
            }
            // What else is there costs no waiting.
            while let Ok(signal) = signals.try_recv() {
                if matches!(signal, Signal::Stop) {
                    return;
                }
                self.take(signal, &newest);
            }
        }
    }

    fn take(&mut self, signal: Signal, newest: &Arc<Snapshot>) {
        match signal {
            Signal::Look => self.more = true,
            Signal::Visit(id) => {
                self.more = true;
                match self.visiting.get_mut(&id) {
                    Some(missed) => *missed = true,
                    None => drop(self.due.insert((0, id))),
                }
            }
            Signal::Done { id, again, market } => {
                self.more = true;
                let missed = self.visiting.remove(&id).unwrap_or_default();
                let stale = missed || !Arc::ptr_eq(&market, newest);
                if let Again::At(at) = again {
                    self.due.insert((if stale { 0 } else { at }, id));
                }
            }
            Signal::Stop => {}
        }
    }

    /// Gives out jobs while there is room for them. Returns how long there is nothing to do.
    fn give_out(&mut self, market: &Arc<Snapshot>) -> Duration {
        while !self.jobs.is_full() {
            let next = match self.next() {
                Ok(Some(next)) => next,
                Ok(None) => break,
                Err(error) => {
                    tell::unread(&error);
                    return PAUSE;
                }
            };
            let id = next.id;
            if let Some(missed) = self.visiting.get_mut(&id) {
                *missed = true;
                continue;
            }
            match self.jobs.try_send((next, Arc::clone(market))) {
                Ok(()) => drop(self.visiting.insert(id, false)),
                Err(TrySendError::Full((kept, _)) | TrySendError::Disconnected((kept, _))) => {
                    self.page.push_front(kept);
                    break;
                }
            }
        }
        let now = self.visitor.options.clock.millis();
        let first = self.due.first().map(|(at, _)| Duration::from_millis(at.saturating_sub(now)));
        first.filter(|_| !self.jobs.is_full()).map_or(IDLE, |wait| wait.min(IDLE))
    }

    /// Who is due, or else the next of this round.
    fn next(&mut self) -> Result<Option<Kept>, StoreError> {
        let now = self.visitor.options.clock.millis();
        while let Some((at, id)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            let kept = self.visitor.scribe.store.intent(id)?;
            self.due.remove(&(at, id));
            if let Some(kept) = kept.filter(|kept| !kept.stage.is_last()) {
                return Ok(Some(kept));
            }
        }
        if self.page.is_empty() && self.more {
            let page = self.visitor.scribe.store.open_intents(self.cursor, PAGE)?;
            self.more = page.len() == PAGE;
            self.cursor = page.last().map_or(self.cursor, |kept| kept.first_event);
            self.page = page.into();
        }
        Ok(self.page.pop_front())
    }
}
