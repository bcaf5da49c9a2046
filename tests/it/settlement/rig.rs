//! A sandbox, the service over it and a submitter that sends: everything that lands a signed intent.

use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicU64, atomic::Ordering},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall as _, SolEvent as _, sol};
use serde_json::{Value, json};
use tenor::{
    bundle::{fees::Limits, offer::Habits},
    clock::Clock,
    config::{At, Place, Relays},
    intents::{
        service::{Options, Service},
        signed::{Deployment, SETTLER, Terms, frozen::Settled, offer, wire::SignedDto},
    },
    keys::{Key, Local as LocalKey},
    market::{
        current::Current,
        feed::{Depth, Feed, Follower, Pace},
    },
    relays::{Dialect, Fleet, dialect::Header},
    sandbox::{Fault, accounts},
    settlement::{Parts, Rules, SLOT_S, Submitter, caps::Caps, halt::Halt, offers},
    store::{
        Attempt, Event, Stage, Store,
        sqlite::{self, Sqlite},
    },
};

use crate::{
    node::feed::follower,
    sandbox::kit::{self, Local},
    signed::sign,
    store::Folder,
};

sol! {
    function balanceOf(address account) external view returns (uint256);
}

/// A generous bound on waiting for what must happen.
pub(super) const LONG: Duration = Duration::from_secs(180);

/// What owners sign.
pub(super) const SWAP: &str = "swap 50 WETH to wstETH";

/// The account that owns; another one pays.
const OWNER: usize = 0;

/// Who lands plans on a chain, whichever it is.
pub(super) struct Lander {
    submitter: Option<Submitter>,
    pub(super) service: Arc<Service>,
    pub(super) market: Arc<Current>,
    pub(super) store: Arc<dyn Store>,
    pub(super) halt: Halt,
    follows: Option<(tokio::task::AbortHandle, JoinHandle<()>)>,
    nonces: AtomicU64,
    _folder: Folder,
}

/// The same on a sandbox.
pub(super) struct Rig {
    // Dropped before the chain is.
    lander: Lander,
    pub(super) local: Local,
}

impl Deref for Rig {
    type Target = Lander;

    fn deref(&self) -> &Lander {
        &self.lander
    }
}

pub(super) fn deployment() -> Deployment {
    Deployment::of(1, SETTLER)
}

/// How the rig lands plans: final after six blocks.
pub(super) fn rules() -> Rules {
    Rules {
        sends: true,
        blocks: 2,
        depth: 6,
        missed_slots: 2,
        slot_s: SLOT_S,
        fees: Limits::of(200_000_000_000),
        habits: Habits::default(),
    }
}

fn fleet(relay: &str, dialect: Dialect, clock: &Clock) -> Fleet {
    let mut relays = Relays { to: vec![dialect], told_anyway: vec![dialect], ..Relays::default() };
    let place = Place::new(relay.to_owned());
    // A relay that is late is not waited for; one that failed is asked again with the next block.
    let at =
        At { endpoints: vec![place], timeout_ms: Some(2_000), sends_per_minute: Some(100_000) };
    relays.at.insert(dialect, at);
    relays.failures = 1_000;
    Fleet::configured(&relays, &Arc::new(kit::identity()), clock).unwrap()
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(Dialect::Flashbots, rules(), Caps { spend: U256::MAX, loss: None })
    }

    pub(super) fn with(dialect: Dialect, rules: Rules, caps: Caps) -> Self {
        let local = Local::start();
        let (url, clock) = (local.url(), local.sandbox.clock());
        // Who does not look at signatures is sent none.
        let relay = match dialect.capabilities().header {
            Header::Required => format!("{url}/relay"),
            Header::Unread => format!("{url}/relay/unsigned"),
        };
        Self { lander: Lander::new((&url, &relay), &clock, dialect, (rules, caps)), local }
    }

    /// Waits until something was sent for the next block, and relays have answered.
    pub(super) fn until_sent(&self, id: B256) {
        self.until_sent_for(id, self.head() + 1);
    }

    /// Waits until the market is that of the newest block.
    pub(super) fn until_followed(&self) {
        self.until_at_block(self.local.sandbox.watch().borrow().hash);
    }

    /// The newest block's number.
    pub(super) fn head(&self) -> u64 {
        self.local.sandbox.watch().borrow().number
    }

    pub(super) fn mine(&self) {
        self.local.mine();
        self.until_followed();
    }

    /// Builds blocks until an intent has ended, at most so many.
    pub(super) fn until_ended(&self, id: B256, most: usize) -> Stage {
        for _ in 0..most {
            if self.stage(id).is_last() {
                break;
            }
            self.settle_down(id, self.head() + 1);
            self.mine();
        }
        self.until(id, |events| events.last().is_some_and(|event| event.step.stage.is_last()));
        self.stage(id)
    }

    pub(super) fn set(&self, faults: &[Fault]) {
        self.local.sandbox.set_faults(faults.iter().copied().collect());
    }

    /// How often the Settler tells of an intent, in all blocks of the chain.
    pub(super) fn settlements(&self, id: B256) -> usize {
        let asked = json!([{
            "address": SETTLER, "fromBlock": "earliest", "toBlock": "latest",
            "topics": [Settled::SIGNATURE_HASH, id],
        }]);
        self.local.call("eth_getLogs", &asked).as_array().unwrap().len()
    }

    pub(super) fn balance(&self, symbol: &str, account: Address) -> U256 {
        let data = alloy_primitives::Bytes::from(balanceOfCall { account }.abi_encode());
        let call = json!([{ "to": kit::token(symbol), "data": data }, "latest"]);
        self.local.call("eth_call", &call).as_str().unwrap().parse().unwrap()
    }

    /// Who owns.
    pub(super) fn owner() -> Address {
        kit::address(OWNER)
    }
}

impl Lander {
    /// On the chain of a node, sending to a relay.
    pub(super) fn new(
        (url, relay): (&str, &str),
        clock: &Clock,
        dialect: Dialect,
        limits: (Rules, Caps),
    ) -> Self {
        Self::following(follower(url, Depth::default()), relay, clock, dialect, limits)
    }

    /// On the market of a follower, sending to a relay.
    pub(super) fn following(
        follower: Follower,
        relay: &str,
        clock: &Clock,
        dialect: Dialect,
        (rules, caps): (Rules, Caps),
    ) -> Self {
        let folder = Folder::new();
        let file = folder.file();
        let store = Sqlite::open(&file, sqlite::Options::default()).unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let long = LONG * 10;
        let pace = Pace { poll: Duration::from_millis(20), longest_pause: LONG, most_age: long };
        let feed = Feed::start(follower, pace).unwrap();
        let market = Arc::new(Current::following(feed, long, None).unwrap());
        let options = Options { clock: clock.clone(), ..Options::of(deployment()) };
        let (offers, inbox) = offers();
        let service =
            Service::start(Arc::clone(&store), Arc::clone(&market), options, Some(offers));
        let service = Arc::new(service.unwrap());
        let follows = Some(follow(&market));
        let halt = Halt::of(file.parent().unwrap());
        let key = LocalKey::published(&accounts::KEYS[9]).unwrap();
        let parts = Parts {
            scribe: service.scribe(),
            nudge: service.nudge(),
            market: Arc::clone(&market),
            node: Arc::clone(market.node().unwrap()),
            deployment: deployment(),
            key: Key::Local(key),
            fleet: Arc::new(fleet(relay, dialect, clock)),
            rules,
            caps,
            halt: halt.clone(),
        };
        let submitter = Some(Submitter::start(parts, inbox).unwrap());
        let nonces = AtomicU64::new(1);
        Self { submitter, service, market, store, halt, follows, nonces, _folder: folder }
    }

    /// What is offered for a sentence, signed by an account that holds what it gives.
    fn signed(&self, sentence: &str, change: impl Fn(&mut Terms)) -> (B256, SignedDto) {
        let snapshot = self.market.newest();
        let engine = &snapshot.engine;
        let (owner, now) = (kit::address(OWNER), engine.market().timestamp);
        let nonce = U256::from(self.nonces.fetch_add(1, Ordering::SeqCst));
        let mut terms = Terms::new(deployment(), owner, nonce, Address::ZERO, now);
        change(&mut terms);
        let intent = engine.read(sentence).unwrap();
        let plan = engine.plan(&intent, owner).unwrap().expect("a plan that does something");
        let offer = offer::offer(engine.market(), engine.world().unwrap(), &intent, &plan, &terms);
        let offer = offer.unwrap();
        let signature = sign(&kit::key(OWNER), offer.id);
        (offer.id, offer.signed(&deployment(), signature))
    }

    /// Hands in an intent for a sentence.
    pub(super) fn submit(&self, sentence: &str) -> B256 {
        self.submit_with(sentence, |_| {})
    }

    /// The same on terms of its own.
    pub(super) fn submit_with(&self, sentence: &str, change: impl Fn(&mut Terms)) -> B256 {
        let (id, dto) = self.signed(sentence, change);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.service.accept(dto.text().unwrap().as_bytes())).unwrap();
        id
    }

    /// An intent's events so far.
    pub(super) fn events(&self, id: B256) -> Vec<Event> {
        self.store.events_of(id, 0, usize::MAX).unwrap()
    }

    pub(super) fn stage(&self, id: B256) -> Stage {
        self.store.intent(id).unwrap().unwrap().stage
    }

    /// Waits until something holds of an intent's events.
    pub(super) fn until(&self, id: B256, what: impl Fn(&[Event]) -> bool) -> Vec<Event> {
        let begun = Instant::now();
        loop {
            let events = self.events(id);
            if what(&events) {
                return events;
            }
            assert!(begun.elapsed() < LONG, "{:#?}", told(&events));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until an intent is somewhere for the newest block.
    pub(super) fn until_at(&self, id: B256, stage: Stage) -> Vec<Event> {
        let at = |events: &[Event]| events.last().is_some_and(|event| event.step.stage == stage);
        self.until(id, at)
    }

    /// Waits until something was sent for a block, and relays have answered.
    pub(super) fn until_sent_for(&self, id: B256, block: u64) {
        self.until(id, |events| {
            let attempts = self.store.attempts_of(id).unwrap();
            let for_it = attempts.last().is_some_and(|last| last.first == block);
            for_it && events.last().is_some_and(|event| event.step.stage == Stage::Submitted)
        });
    }

    /// Waits until the market is that of a block.
    pub(super) fn until_at_block(&self, hash: B256) {
        let begun = Instant::now();
        while self.market.newest().seen.as_ref().is_none_or(|seen| seen.head.hash != hash) {
            assert!(begun.elapsed() < LONG, "the market does not follow");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until something is sent for the next block, for whatever intent, or this one needs or gets
    /// nothing.
    pub(super) fn settle_down(&self, id: B256, next: u64) {
        let out =
            |attempt: &Attempt| attempt.first == next && self.stage(attempt.id) != Stage::Quoted;
        self.until(id, |events| {
            let Some(Event { step, .. }) = events.last() else { return false };
            let is_quiet = step.stage.is_last()
                || step.stage == Stage::Included
                || matches!(&*step.code, "unsettleable" | "unpaid");
            is_quiet || self.store.open_attempts().unwrap().iter().any(out)
        });
    }
}

impl Drop for Lander {
    fn drop(&mut self) {
        drop(self.submitter.take());
        self.service.drain();
        if let Some((stop, thread)) = self.follows.take() {
            stop.abort();
            // It has told what went wrong already.
            let _ = thread.join();
        }
    }
}

/// Has a market follow its node, on a thread of its own.
fn follow(market: &Arc<Current>) -> (tokio::task::AbortHandle, JoinHandle<()>) {
    let market = Arc::clone(market);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let task = runtime.spawn(async move { market.follow().await });
    let stop = task.abort_handle();
    // An aborted task is an error.
    let thread = std::thread::spawn(move || drop(runtime.block_on(task)));
    (stop, thread)
}

/// Events in short.
pub(super) fn told(events: &[Event]) -> Vec<(String, String, String)> {
    let line = |event: &Event| {
        let Event { step, .. } = event;
        (step.stage.to_string(), step.code.clone(), step.detail.clone())
    };
    events.iter().map(line).collect()
}

/// The facts of the last event of a stage.
pub(super) fn detail(events: &[Event], stage: Stage) -> Value {
    let event = events.iter().rev().find(|event| event.step.stage == stage).unwrap();
    serde_json::from_str(&event.step.detail).unwrap()
}

/// A decimal string.
pub(super) fn number(value: &Value) -> U256 {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}
