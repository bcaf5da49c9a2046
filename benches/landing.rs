//! A signed intent handed in to its bundle at every relay, the whole way that it goes live: checked and on disk,
//! visited, solved, run in the EVM, offered, its limits drawn in until the attacker gains nothing, priced,
//! signed, written down and flushed, told, and sent to relays on this machine. The chain is the sandbox, in this process; after each intent a block is built, so that the next one meets an account
//! with nothing out. Then how many intents a second the service takes from the door to a confirmed plan.
//!
//! `cargo bench --bench landing [TIMES]`. The bars: 10 ms in the median, 25 ms for all but one in a hundred.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod loopback;

use std::{
    env,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256, U256};
use k256::ecdsa::SigningKey;
use tenor::{
    config::{Mode, Settlement},
    engine::Engine,
    intents::{
        service::{Options, Service},
        signed::{Deployment, SETTLER, Terms, offer::offer},
    },
    keys::{Key, Local},
    market::{
        self, Assume,
        current::Current,
        feed::{Depth, Feed, Follower, Pace},
        rpc::{self, Node},
    },
    sandbox::{self, Sandbox, accounts},
    settlement::{Parts, Rules, Submitter, caps::Caps, halt::Halt, offers},
    store::{Stage, Store, sqlite::Sqlite},
};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Hundreds of each are less than what the accounts have.
const SENTENCES: [&str; 3] =
    ["swap 2 WETH to wstETH", "swap 1 WETH to USDC", "maximize ETH yield on 4 WETH for 365 days"];

/// The accounts that own, in turn; another one pays.
const OWNERS: u64 = 9;

const RELAYS: usize = 3;

const LONG: Duration = Duration::from_secs(60);

/// Intents that are planned at once for the second figure.
const MANY: u64 = 2_000;

/// A chain, and everything that lands intents on it.
struct Place {
    runtime: Runtime,
    chain: Arc<Sandbox>,
    market: Arc<Current>,
    store: Arc<dyn Store>,
    service: Service,
    _submitter: Submitter,
    read: flume::Receiver<Instant>,
    folder: PathBuf,
}

fn deployment() -> Deployment {
    Deployment::of(1, SETTLER)
}

/// The sandbox's chain, served on a free port.
fn chain(runtime: &Runtime) -> (Arc<Sandbox>, SocketAddr) {
    let (figures, assumptions) = market::load(None, &Assume::Default).unwrap();
    let engine = Engine::new(&figures, &assumptions).unwrap();
    let funded = accounts::funded(&figures);
    let options = sandbox::Options::default();
    let chain = Arc::new(Sandbox::new(engine.world().unwrap(), &funded, options).unwrap());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let at = listener.local_addr().unwrap();
    runtime.spawn(sandbox::serve(listener, Arc::clone(&chain), CancellationToken::new()));
    (chain, at)
}

fn follow(at: SocketAddr) -> Current {
    let node = Node::connect(&format!("http://{at}"), Some(1), rpc::Options::default()).unwrap();
    let places = market::load_places(None).unwrap().with_any_code();
    let follower = Follower::open(Arc::new(node), places, Depth::default(), |_| ()).unwrap();
    let poll = Duration::from_millis(20);
    let pace = Pace { poll, longest_pause: LONG, most_age: LONG * 1_000 };
    Current::following(Feed::start(follower, pace).unwrap(), LONG * 1_000, None).unwrap()
}

impl Place {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let (chain, at) = chain(&runtime);
        let market = Arc::new(follow(at));
        let folder = env::temp_dir().join(format!("tenor-bench-landing-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("tenor.db");
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&file, Default::default()).unwrap());
        let (offers, inbox) = offers();
        let options = Options { clock: chain.clock(), ..Options::of(deployment()) };
        let service =
            Service::start(Arc::clone(&store), Arc::clone(&market), options, Some(offers));
        let service = service.unwrap();
        let follows = Arc::clone(&market);
        runtime.spawn(async move { follows.follow().await });
        let (fleet, read) = loopback::fleet(RELAYS, Some(at), &chain.clock());
        let rules = Rules { depth: 1, ..Rules::of(Mode::Live, &Settlement::default()) };
        let parts = Parts {
            scribe: service.scribe(),
            nudge: service.nudge(),
            market: Arc::clone(&market),
            node: Arc::clone(market.node().unwrap()),
            deployment: deployment(),
            key: Key::Local(Local::published(&accounts::KEYS[9]).unwrap()),
            fleet: Arc::new(fleet),
            rules,
            caps: Caps { spend: U256::MAX, loss: None },
            halt: Halt::of(&folder),
        };
        let _submitter = Submitter::start(parts, inbox).unwrap();
        Self { runtime, chain, market, store, service, _submitter, read, folder }
    }

    /// What an owner signs.
    fn body(&self, sentence: &str, nonce: u64) -> (B256, String) {
        let snapshot = self.market.newest();
        let engine = &snapshot.engine;
        let who = usize::try_from(nonce % OWNERS).unwrap();
        let (owner, now) = (accounts::addresses()[who], engine.market().timestamp);
        let terms = Terms::new(deployment(), owner, U256::from(nonce), Address::ZERO, now);
        let intent = engine.read(sentence).unwrap();
        let plan = engine.plan(&intent, owner).unwrap().unwrap();
        let offered = offer(engine.market(), engine.world().unwrap(), &intent, &plan, &terms);
        let offered = offered.unwrap();
        let key = SigningKey::from_slice(accounts::KEYS[who].as_slice()).unwrap();
        let (signature, recovery) = key.sign_prehash_recoverable(offered.id.as_slice()).unwrap();
        let signature = [&signature.to_bytes()[..], &[27 + recovery.to_byte()]].concat();
        (offered.id, offered.signed(&deployment(), signature.into()).text().unwrap())
    }

    /// How long from an intent until each relay has the bundle for the next block, which is sent first; then
    /// it is landed.
    fn land(&self, sentence: &str, nonce: u64) -> Duration {
        let (id, body) = self.body(sentence, nonce);
        let _ = self.read.drain().count();
        let begun = Instant::now();
        self.runtime.block_on(self.service.accept(body.as_bytes())).unwrap();
        let last = (0..RELAYS).map(|_| self.read.recv_timeout(LONG).unwrap()).max();
        let took = last.unwrap() - begun;
        self.until(id, Stage::Submitted);
        self.chain.mine().unwrap();
        self.until(id, Stage::Included);
        took
    }

    fn until(&self, id: B256, stage: Stage) {
        let begun = Instant::now();
        while self.store.intent(id).unwrap().unwrap().stage != stage {
            assert!(begun.elapsed() < LONG, "{stage} is not reached");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Intents a second from the door to a plan that was run and settles.
    fn planned(&self, first: u64) -> f64 {
        let sentences = SENTENCES.iter().cycle();
        let bodies: Vec<(B256, String)> = (first..first + MANY)
            .zip(sentences)
            .map(|(nonce, sentence)| self.body(sentence, nonce))
            .collect();
        let begun = Instant::now();
        for (_, body) in &bodies {
            self.runtime.block_on(self.service.accept(body.as_bytes())).unwrap();
        }
        let waits = |id: &B256| {
            matches!(
                self.store.intent(*id).unwrap().unwrap().stage,
                Stage::Received | Stage::Verified
            )
        };
        for (id, _) in &bodies {
            while waits(id) {
                assert!(begun.elapsed() < LONG * 10, "plans are not made");
                thread::sleep(Duration::from_millis(1));
            }
        }
        let took = begun.elapsed();
        for (id, _) in &bodies {
            let stage = self.store.intent(*id).unwrap().unwrap().stage;
            assert!(!stage.is_last(), "{id} has ended as {stage}: it was not planned");
        }
        MANY as f64 / took.as_secs_f64()
    }
}

fn main() {
    let given = env::args().skip(1).find_map(|argument| argument.parse().ok());
    let times: u64 = given.unwrap_or(200);
    let place = Place::new();
    let mut nonce = 1..;
    let mut land = |sentence| place.land(sentence, nonce.next().unwrap());
    // Connections are opened, caches filled and the solver's Executor made before.
    for sentence in SENTENCES {
        land(sentence);
    }
    for sentence in SENTENCES {
        let took = (0..times).map(|_| land(sentence)).collect();
        loopback::told(&format!("{sentence}: handed in to its bundle at {RELAYS} relays"), took);
    }
    let first = nonce.next().unwrap();
    println!("handed in to a plan that was run: {:.0} a second", place.planned(first));
    std::fs::remove_dir_all(&place.folder).unwrap();
}
