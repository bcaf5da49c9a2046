//! The thread that owns an account: heads, plans, relays' answers, and who is next.
//!
//! An account lands one settlement in a block: whatever it signs meanwhile has one nonce, so that one of
//! them can land. Who is tried for the first time goes at once; who was tried before, when nobody else
//! comes, so that an intent that never lands keeps no other back.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use alloy_primitives::B256;
use flume::{Receiver, RecvTimeoutError, Sender, TrySendError};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{
    Offer, Rules,
    caps::{Caps, Over, Paid, WINDOW_MS},
    halt::Halt,
    journal,
    lives::{Lives, Unmoved},
    make::{Made, Place, Unmade, make},
    stops, tell,
    watch::watch,
};
use crate::{
    bundle::{Bundle, build::replacement},
    intents::{
        service::{CANCELLING, Nudge, Scribe},
        signed::Deployment,
    },
    keys::Key,
    market::{
        current::{Current, Snapshot},
        rpc::{Head, Node, RpcError},
    },
    relays::{
        Fleet, Relay,
        fleet::Told,
        mev_share::{Member, Shared},
    },
    store::{Attempt, Kept, Stage, Step, StoreError},
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
    pub fleet: Fleet,
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
enum Signal {
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
        let fleet = Arc::new(parts.fleet);
        let owner = Owner {
            scribe: parts.scribe,
            nudge: parts.nudge,
            market: parts.market,
            node: parts.node,
            here: parts.deployment,
            key: parts.key,
            fleet,
            rules: parts.rules,
            caps: parts.caps,
            halt: parts.halt,
            runtime,
            tell: tell.clone(),
            looked: None,
            taken: None,
            waiting: Vec::new(),
            tries: HashMap::new(),
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

/// Why nothing is sent of a plan.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error(transparent)]
    Unmade(#[from] Unmade),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Over(#[from] Over),
    #[error("halted: {0}")]
    Halted(String),
}

impl Unsent {
    /// The code of the event that tells of it; none of what passes by itself.
    const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Unmade(_) => Some("unsettleable"),
            Self::Over(_) => Some("over_the_cap"),
            Self::Halted(_) => Some("halted"),
            Self::Store(_) | Self::Rpc(_) => None,
        }
    }
}

struct Owner {
    scribe: Scribe,
    nudge: Nudge,
    market: Arc<Current>,
    node: Arc<Node>,
    here: Deployment,
    key: Key,
    fleet: Arc<Fleet>,
    rules: Rules,
    caps: Caps,
    halt: Halt,
    runtime: Runtime,
    tell: Sender<Signal>,
    /// The head that was last looked at.
    looked: Option<Head>,
    /// For which intent something was sent since.
    taken: Option<B256>,
    /// Plans for that head that nothing was sent of yet.
    waiting: Vec<Offer>,
    /// How often each intent was tried by this process.
    tries: HashMap<B256, u64>,
    halted: bool,
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
        let newest = self.market.newest();
        let Some(seen) = newest.seen.as_ref() else { return };
        if self.looked.as_ref().is_some_and(|looked| looked.hash == seen.head.hash) {
            return;
        }
        match self.follow(&newest, &seen.head) {
            Ok(()) => {
                self.looked = Some(seen.head.clone());
                self.taken = None;
                let hash = seen.head.hash;
                self.waiting.retain(|offer| head(offer).is_some_and(|head| head.hash == hash));
            }
            Err(error) => tell::unlooked(&error.to_string()),
        }
    }

    fn follow(&self, newest: &Snapshot, head: &Head) -> Result<(), Unmoved> {
        let sent = journal::open(self.scribe.store())?;
        if sent.is_empty() {
            return Ok(());
        }
        let Some(world) = newest.engine.world() else { return Ok(()) };
        let seen = watch(&self.node, &self.here, &self.rules, head, &sent)?;
        let Self { scribe, node, here, rules, .. } = self;
        let lives = Lives { scribe, node, here, rules, forms: world.forms(), head };
        for (id, attempts) in &sent {
            if lives.follow(*id, attempts, &seen)? {
                self.nudge.visit(*id);
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

    fn land(&mut self, offer: &Offer) -> Result<(), Unsent> {
        let (id, store) = (offer.checked.id(), self.scribe.store());
        let Some(kept) = store.intent(id)? else { return Ok(()) };
        let events = store.events_of(id, 0, usize::MAX)?;
        let wanted = !events.iter().any(|event| event.step.code == CANCELLING);
        let may = matches!(kept.stage, Stage::Quoted | Stage::Bundled | Stage::Submitted);
        let Some(head) = self.looked.clone().filter(|_| may && wanted) else { return Ok(()) };
        let attempts = store.attempts_of(id)?;
        let plan = match &offer.plan {
            Ok(plan) => plan,
            Err(why) => return self.withdraw(&kept, &attempts, &head, why),
        };
        if self.taken.is_some() {
            return Ok(());
        }
        self.not_halted()?;
        let nonce = self.node.purse(&head, self.key.address())?.nonce;
        let number = attempts.last().map_or(1, |last| last.number + 1);
        let at_ms = self.scribe.clock().millis();
        let (rules, here) = (&self.rules, &self.here);
        let place = Place { rules, here, head: &head, nonce, number, at_ms };
        let made = self.runtime.block_on(make(&place, offer, plan, &self.key))?;
        self.affordable(&made.attempt, nonce)?;
        self.send(&kept, made, head.number)
    }

    /// That what it may cost at worst is within the caps, whatever else is out.
    fn affordable(&self, attempt: &Attempt, next: u64) -> Result<(), Unsent> {
        let store = self.scribe.store();
        let now = attempt.at_ms;
        let recent = store.attempts_since(now.saturating_sub(WINDOW_MS))?;
        let paid = |attempt: &Attempt| {
            let landed = attempt.landed?;
            Some(Paid { at_ms: landed.at_ms, paid: landed.paid, earned: landed.earned })
        };
        let paid: Vec<Paid> = recent.iter().filter_map(paid).collect();
        if let Err(over) = self.caps.kept(&paid, now) {
            // What is lost already is reason to stop, not only to wait.
            if matches!(over, Over::Loss { .. }) && self.halt.set(&over.to_string(), now).is_err() {
                return Err(over.into());
            }
        }
        let mut out = store.open_attempts()?;
        out.push(attempt.clone());
        let out = journal::outstanding(&out, attempt.account, next);
        Ok(self.caps.admit(&paid, alloy_primitives::U256::ZERO, out, now)?)
    }

    /// Written down, told, and only then sent.
    fn send(&mut self, kept: &Kept, made: Made, block: u64) -> Result<(), Unsent> {
        let Made { bundles, attempt } = made;
        let id = attempt.id;
        stops::at("before_journal");
        self.scribe.store().keep_attempt(attempt.clone()).wait()?;
        stops::at("after_journal");
        tell::made(id, attempt.number, attempt.hash, attempt.first);
        if kept.stage != Stage::Quoted {
            let detail = json!({ "why": "a newer block", "attempt": attempt.number - 1 });
            if !self.write(id, (Stage::Quoted, "planned_again"), &detail, block)? {
                return Ok(());
            }
        }
        let promise: Value = serde_json::from_str(&attempt.body).unwrap_or_default();
        let detail = json!({
            "attempt": attempt.number,
            "transaction": attempt.hash,
            "blocks": [attempt.first, attempt.last],
            "most_wei": attempt.most.to_string(),
            "promised": promise,
            "sent": self.rules.sends,
        });
        let code = if self.rules.sends { "bundled" } else { "shadow" };
        if !self.write(id, (Stage::Bundled, code), &detail, block)? {
            return Ok(());
        }
        stops::at("after_bundled");
        self.taken = Some(id);
        if self.rules.sends {
            self.not_halted()?;
            stops::at("before_send");
            self.tell_relays(id, attempt.number, bundles);
            stops::at("after_send");
        }
        Ok(())
    }

    /// Sends bundles, without waiting for what relays say.
    fn tell_relays(&self, id: B256, number: u64, bundles: Vec<Bundle>) {
        let (fleet, tell) = (Arc::clone(&self.fleet), self.tell.clone());
        self.runtime.spawn(async move {
            let told = told_all(&fleet, &bundles).await;
            // Fails where the submitter has ended: what relays say is not needed.
            let _ = tell.send_async(Signal::Heard { id, number, told }).await;
        });
    }

    /// Relays have said something. It is told, and proves nothing.
    fn heard(&self, id: B256, number: u64, told: &[Told]) {
        stops::at("heard");
        tell::heard(id, number, told);
        let said = told.iter().map(|told| {
            let said = told.outcome.as_ref().err().map(ToString::to_string);
            json!({ "relay": told.relay, "took": told.outcome.is_ok(), "said": said })
        });
        let took = told.iter().filter(|told| told.outcome.is_ok()).count();
        let detail =
            json!({ "attempt": number, "taken": took, "relays": said.collect::<Vec<_>>() });
        let written = || {
            let store = self.scribe.store();
            let newest = store.attempts_of(id)?.last().is_some_and(|last| last.number == number);
            let kept = store.intent(id)?.filter(|kept| newest && kept.stage == Stage::Bundled);
            let head = self.looked.as_ref().map_or(0, |head| head.number);
            match kept {
                Some(_) => self.write(id, (Stage::Submitted, "submitted"), &detail, head),
                None => Ok(false),
            }
        };
        match written() {
            Ok(_) => stops::at("after_submitted"),
            Err(error) => tell::unlooked(&error.to_string()),
        }
    }

    /// Takes back what is out for blocks to come, where a new run says that there is nothing to land: unless
    /// its nonce is used already. A cancellation is a wish; the chain is watched all the same.
    fn withdraw(
        &self,
        kept: &Kept,
        attempts: &[Attempt],
        head: &Head,
        why: &str,
    ) -> Result<(), Unsent> {
        let Some(last) = attempts.last().filter(|last| last.last > head.number) else {
            return Ok(());
        };
        let next = self.node.purse(head, last.account)?.nonce;
        if kept.stage == Stage::Quoted || next > last.nonce {
            return Ok(());
        }
        self.cancel(last, head.number);
        let detail = json!({ "why": why, "attempt": last.number });
        self.write(kept.id, (Stage::Quoted, "withdrawn"), &detail, head.number)?;
        Ok(())
    }

    fn cancel(&self, attempt: &Attempt, head: u64) {
        if !self.rules.sends {
            return;
        }
        let (fleet, id, number) = (Arc::clone(&self.fleet), attempt.id, attempt.number);
        let blocks = attempt.first.max(head + 1)..=attempt.last;
        self.runtime.spawn(async move {
            for block in blocks {
                fleet.cancel(replacement(id, block, number), block, |_| true).await;
            }
        });
    }

    fn not_halted(&self) -> Result<(), Unsent> {
        match self.halt.standing() {
            Ok(None) => Ok(()),
            Ok(Some(why)) => Err(Unsent::Halted(why.to_string())),
            Err(error) => Err(Unsent::Halted(error.to_string())),
        }
    }

    /// Takes back all that is out, once the kill switch is set.
    fn stop_if_halted(&mut self) {
        let Err(why) = self.not_halted() else {
            self.halted = false;
            return;
        };
        if self.halted {
            return;
        }
        self.halted = true;
        tell::halted(self.key.address(), &why.to_string());
        let Some(head) = self.looked.as_ref() else { return };
        for attempt in self.scribe.store().open_attempts().unwrap_or_default() {
            if attempt.last > head.number {
                self.cancel(&attempt, head.number);
            }
        }
    }

    /// Why nothing is sent, told to whoever follows the intent: once for as long as it stays the same.
    fn say(&self, id: B256, why: &Unsent) {
        let Some(code) = why.code() else { return };
        let said = || {
            let store = self.scribe.store();
            let quoted = store.intent(id)?.filter(|kept| kept.stage == Stage::Quoted);
            let last = store.events_of(id, 0, usize::MAX)?.pop();
            let detail = json!({ "why": why.to_string() });
            let text = detail.to_string();
            let same = |step: &Step| step.code == code && step.detail == text;
            if quoted.is_none() || last.is_some_and(|event| same(&event.step)) {
                return Ok(false);
            }
            let head = self.looked.as_ref().map_or(0, |head| head.number);
            self.write(id, (Stage::Quoted, code), &detail, head)
        };
        if let Err(error) = said() {
            tell::unlooked(&error.to_string());
        }
    }

    /// Writes a step; false where the intent has ended meanwhile.
    fn write(
        &self,
        id: B256,
        stage: (Stage, &str),
        detail: &Value,
        block: u64,
    ) -> Result<bool, StoreError> {
        let step = self.scribe.step(id, stage, detail.to_string(), Some(block));
        Ok(self.scribe.write(step)?.is_some())
    }
}

/// Tells every relay of bundles, in the form that it takes: bundles, a shared one of which nobody is told
/// anything, or the transaction alone where there is no other.
async fn told_all(fleet: &Fleet, bundles: &[Bundle]) -> Vec<Told> {
    let (Some(first), Some(last)) = (bundles.first(), bundles.last()) else { return Vec::new() };
    let form = |relay: &dyn Relay| relay.dialect().capabilities();
    let forms: BTreeSet<Reads> = fleet
        .relays()
        .filter(|relay| form(&***relay).bundles)
        .map(|relay| reads(&**relay))
        .collect();
    let written: Vec<(Reads, Bundle)> = forms
        .into_iter()
        .flat_map(|of| bundles.iter().map(move |bundle| (of, read_by(bundle, of))))
        .collect();
    let sends = written
        .iter()
        .map(|(of, bundle)| fleet.send(bundle, |relay| form(relay).bundles && reads(relay) == *of));
    let shared = Shared {
        blocks: (first.block, Some(last.block).filter(|last| *last != first.block)),
        body: first
            .transactions
            .iter()
            .map(|raw| Member::Transaction(raw.clone(), false))
            .collect(),
        hints: Vec::new(),
        builders: Vec::new(),
        refund: Vec::new(),
        refund_to: Vec::new(),
        replacement: first.replacement.map(|replacement| replacement.uuid),
    };
    let shares = fleet.share(&shared, |relay| !form(relay).bundles && form(relay).shares);
    let alone = match &*first.transactions {
        [only] => Some(fleet.send_private(only, last.block, |relay| {
            !form(relay).bundles && !form(relay).shares && form(relay).private.is_some()
        })),
        _ => None,
    };
    let alone = async { if let Some(alone) = alone { alone.await } else { Vec::new() } };
    let (sent, shared, alone) = tokio::join!(futures_util::future::join_all(sends), shares, alone);
    sent.into_iter().flatten().chain(shared).chain(alone).collect()
}

/// Whether a relay reads a bundle's timestamps, and its name.
type Reads = (bool, bool);

fn reads(relay: &dyn Relay) -> Reads {
    let capabilities = relay.dialect().capabilities();
    (capabilities.timestamps, capabilities.replacement.is_some())
}

/// A bundle without what its relay would not read. The chain holds to the timestamps by itself, and the
/// account's nonce to there being one of it.
fn read_by(bundle: &Bundle, (timestamps, name): Reads) -> Bundle {
    Bundle {
        min_timestamp: bundle.min_timestamp.filter(|_| timestamps),
        max_timestamp: bundle.max_timestamp.filter(|_| timestamps),
        replacement: bundle.replacement.filter(|_| name),
        ..bundle.clone()
    }
}

/// The head of the market that a plan was made on.
fn head(offer: &Offer) -> Option<&Head> {
    offer.market.seen.as_ref().map(|seen| &seen.head)
}
