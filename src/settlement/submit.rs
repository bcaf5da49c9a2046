//! The thread that owns an account: heads, plans, relays' answers, and who is next.
//!
//! An account lands one settlement in a block: whatever it signs meanwhile has one nonce, so that one of
//! them can land. Who is tried for the first time goes at once; who was tried before, when nobody else
//! comes, so that an intent that never lands keeps no other back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use alloy_primitives::B256;
use flume::{Receiver, RecvTimeoutError, Sender, TrySendError};
use tokio::runtime::Runtime;

use super::{
    Offer, Rules,
    caps::Caps,
    day::Day,
    halt::Halt,
    journal,
    lives::{Lives, Unmoved},
    rivals::Rivals,
    stops, tell,
    watch::watch,
};
use crate::{
    intents::{
        service::{Nudge, Scribe},
        signed::Deployment,
    },
    keys::Key,
    market::{
        current::{Current, Snapshot},
        rpc::{Head, Node},
    },
    relays::{Fleet, fleet::Told},
};

/// Plans that may wait to be looked at.
const MOST_WAITING: usize = 256;

/// How long nothing may be looked at: a new head is noticed by then.
const IDLE: Duration = Duration::from_millis(100);

/// How long who was tried before waits for others to come.
const QUIET: Duration = Duration::from_millis(25);

/// What a submitter works with.
#[derive(Debug)]
pub struct Parts {
    /// What writes into the store.
    pub scribe: Scribe,
    /// What has a plan made again.
    pub nudge: Nudge,
    /// The market whose heads are followed.
    pub market: Arc<Current>,
    /// The node of that market.
    pub node: Arc<Node>,
    /// The contracts.
    pub deployment: Deployment,
    /// The key that pays.
    pub key: Key,
    /// Who is sent bundles.
    pub fleet: Arc<Fleet>,
    /// How plans are landed.
    pub rules: Rules,
    /// What may be spent.
    pub caps: Caps,
    /// The kill switch.
    pub halt: Halt,
}

/// Where plans are offered.
#[derive(Debug, Clone)]
pub struct Offers(Sender<Signal>);

/// What a submitter is told.
#[derive(Debug)]
pub(super) enum Signal {
    Offer(Box<Offer>),
    /// Relays have answered.
    Heard {
        id: B256,
        number: u64,
        told: Vec<Told>,
    },
    Stop,
}

/// What a submitter hears.
#[derive(Debug)]
pub struct Inbox(Receiver<Signal>, Sender<Signal>);

/// Where plans are offered, and where they are heard.
pub fn offers() -> (Offers, Inbox) {
    let (tell, hear) = flume::bounded(MOST_WAITING);
    (Offers(tell.clone()), Inbox(hear, tell))
}

impl Offers {
    /// Offers a plan; false where too many wait already.
    pub fn give(&self, offer: Offer) -> bool {
        !matches!(self.0.try_send(Signal::Offer(Box::new(offer))), Err(TrySendError::Full(_)))
    }
}

/// The thread, and how it is stopped. Dropping it stops it.
#[derive(Debug)]
pub struct Submitter {
    stop: Sender<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Submitter {
    /// Starts it. It looks at what was sent before it sends anything.
    pub fn start(parts: Parts, inbox: Inbox) -> std::io::Result<Self> {
        let Inbox(hear, tell) = inbox;
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).enable_all().build()?;
        let owner = Owner {
            with: parts,
            runtime,
            tell: tell.clone(),
            looked: None,
            day: Day::default(),
            taken: None,
            waiting: Vec::new(),
            tries: HashMap::new(),
            rivals: Rivals::default(),
            halted: false,
        };
        let thread = std::thread::Builder::new().name("submitter".to_owned());
        let thread = thread.spawn(move || owner.run(&hear))?;
        Ok(Self { stop: tell, thread: Mutex::new(Some(thread)) })
    }

    /// Stops it once it has done what it is at, and waits for that.
    pub fn drain(&self) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // Fails where it has ended already.
            let _ = self.stop.send(Signal::Stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Submitter {
    fn drop(&mut self) {
        self.drain();
    }
}

/// The account's thread.
pub(super) struct Owner {
    pub(super) with: Parts,
    pub(super) runtime: Runtime,
    pub(super) tell: Sender<Signal>,
    /// The head that was last looked at.
    pub(super) looked: Option<Head>,
    /// The day before it.
    pub(super) day: Day,
    /// For which intent something was sent since.
    pub(super) taken: Option<B256>,
    /// Plans for that head that nothing was sent of yet.
    pub(super) waiting: Vec<Offer>,
    /// How often each intent was tried by this process.
    pub(super) tries: HashMap<B256, u64>,
    /// What intents were planned on.
    pub(super) rivals: Rivals,
    pub(super) halted: bool,
}

impl Owner {
    fn run(mut self, signals: &Receiver<Signal>) {
        loop {
            let free = self.taken.is_none() && !self.waiting.is_empty();
            let signal = signals.recv_timeout(if free { QUIET } else { IDLE });
            self.look();
            match signal {
                Ok(Signal::Offer(offer)) => self.hear(*offer),
                Ok(Signal::Heard { id, number, told }) => self.heard(id, number, &told),
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    self.stop_if_halted();
                    self.serve(true);
                }
            }
        }
    }

    /// Looks at what became of everything that was sent, once for each head.
    fn look(&mut self) {
        let newest = self.with.market.newest();
        let Some(seen) = newest.seen.as_ref() else { return };
        if self.looked.as_ref().is_some_and(|looked| looked.hash == seen.head.hash) {
            return;
        }
        let scribe = &self.with.scribe;
        let day = self.follow(&newest, &seen.head).and_then(|()| {
            Ok(Day::before(scribe.clock().millis(), seen.head.number, scribe.store())?)
        });
        match day {
            Ok(day) => {
                self.looked = Some(seen.head.clone());
                self.day = day;
                self.taken = None;
                self.forget_the_ended();
                let hash = seen.head.hash;
                self.waiting.retain(|offer| head(offer).is_some_and(|head| head.hash == hash));
            }
            Err(error) => tell::unlooked(&error.to_string()),
        }
    }

    /// How often an intent was tried, and on what, is of no use once it has ended.
    fn forget_the_ended(&mut self) {
        let store = self.with.scribe.store();
        let open = |id: &B256| {
            let kept = store.intent(*id);
            kept.is_ok_and(|kept| kept.is_some_and(|kept| !kept.stage.is_last()))
        };
        self.tries.retain(|id, _| open(id));
        self.rivals.retain(open);
    }

    fn follow(&self, newest: &Snapshot, head: &Head) -> Result<(), Unmoved> {
        let sent = journal::open(self.with.scribe.store())?;
        if sent.is_empty() {
            return Ok(());
        }
        let Some(world) = newest.engine.world() else { return Ok(()) };
        let seen = watch(&self.with.node, &self.with.deployment, &self.with.rules, head, &sent)?;
        let Parts { scribe, node, deployment: here, rules, .. } = &self.with;
        let (forms, rivals) = (world.forms(), &self.rivals);
        let lives = Lives { scribe, node, here, rules, forms, head, rivals };
        for (id, attempts) in &sent {
            if lives.follow(*id, attempts, &seen)? {
                self.with.nudge.visit(*id);
            }
        }
        Ok(())
    }

    /// Plans wait by intent, the newest of each; those of other heads are gone.
    fn hear(&mut self, offer: Offer) {
        stops::at("offered");
        let (of, looked) = (head(&offer).map(|head| head.hash), self.looked.as_ref());
        if of.is_none() || of != looked.map(|head| head.hash) {
            return;
        }
        let id = offer.checked.id();
        self.waiting.retain(|other| other.checked.id() != id);
        self.waiting.push(offer);
        self.serve(false);
    }

    /// Lands the plan whose intent was tried the least, if nothing was sent for the next block yet.
    fn serve(&mut self, quiet: bool) {
        loop {
            let tries = |offer: &Offer| self.tries.get(&offer.checked.id()).copied().unwrap_or(0);
            let all = self.waiting.iter().enumerate();
            let least = all.map(|(at, offer)| (tries(offer), at)).min();
            let Some((tried, at)) = least.filter(|(tried, _)| quiet || *tried == 0) else { return };
            if self.taken.is_some() && self.waiting.iter().all(|offer| offer.plan.is_ok()) {
                return;
            }
            let offer = self.waiting.remove(at);
            let id = offer.checked.id();
            self.tries.insert(id, tried + 1);
            if let Err(why) = self.land(&offer) {
                tell::unsent(id, &why.to_string());
                self.say(id, &why);
            }
        }
    }
}

/// The head of the market that a plan was made on.
fn head(offer: &Offer) -> Option<&Head> {
    offer.market.seen.as_ref().map(|seen| &seen.head)
}
