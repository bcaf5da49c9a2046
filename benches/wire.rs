//! From what a user or the solver has to the last byte of a bundle at every relay, on this machine: of a
//! verified plan, and of a signed intent as it arrives. Medians and 99th percentiles, the whole way through
//! the code that is used live: signature and terms checked, solved, run in the EVM and compared, the legs'
//! limits drawn in until the attacker gains nothing, bid, signed, written and sent over kept connections.
//!
//! `cargo bench --bench wire [TIMES]`. The bars: 1 ms for a plan in the median; 10 ms for an intent, and
//! 25 ms for all but one in a hundred.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod loopback;

use std::{env, time::Instant};

use alloy_primitives::{B256, U256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use tenor::{
    bundle::{
        Bundle,
        build::{Order, build},
        exposed::Exposed,
        fees::Limits,
        offer::{Asked, Habits, decide, known},
        protect::protected,
        prove::{Proven, furnished, prove},
        settle::{Terms, settlement},
    },
    clock::Clock,
    engine::{Engine, NOBODY},
    intents::signed::{
        Checked, Deployment, Rules, SETTLER, Terms as Quote, check::check, offer::offer, wire,
    },
    market::{self, Assume},
    relays::Fleet,
};
use tenor_simulations::{Verified, World};
use tenor_solver::intent::Intent;
use tokio::runtime::Runtime;

use loopback::told;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SENTENCES: [&str; 3] = [
    "swap 50 WETH to wstETH",
    "swap 20 WETH to USDC",
    "maximize ETH yield on 100 WETH for 365 days",
];

const RELAYS: usize = 3;

/// Relays on this machine, and when each has read.
struct Wire {
    runtime: Runtime,
    fleet: Fleet,
    read: flume::Receiver<Instant>,
}

impl Wire {
    fn new() -> Self {
        let (fleet, read) = loopback::fleet(RELAYS, None, &Clock::System);
        Self { runtime: Runtime::new().unwrap(), fleet, read }
    }

    /// When the last relay has the last byte.
    fn send(&self, bundle: &Bundle, told: impl Fn(&str) -> bool) -> Instant {
        let sent = self.fleet.send(bundle, |relay| told(relay.name()));
        let sent = self.runtime.block_on(sent);
        assert!(!sent.is_empty() && sent.iter().all(|told| told.outcome.is_ok()), "{sent:?}");
        self.read.drain().max().expect("somebody read it")
    }
}

/// A signed intent, and what it is settled with.
struct Case {
    body: String,
    solver: PrivateKeySigner,
    world: World,
    here: Deployment,
}

impl Case {
    fn new(engine: &Engine, sentence: &str) -> Self {
        let (market, world) = (engine.market(), engine.world().unwrap());
        let here = Deployment::of(market.chain_id, SETTLER);
        let [owner, solver] =
            [7, 8].map(|n| PrivateKeySigner::from_bytes(&B256::repeat_byte(n)).unwrap());
        let intent = engine.read(sentence).unwrap();
        let plan = engine.plan(&intent, owner.address()).unwrap().unwrap();
        let quote =
            Quote::new(here, owner.address(), U256::ZERO, solver.address(), market.timestamp);
        let offered = offer(market, world, &intent, &plan, &quote).unwrap();
        let signature = owner.sign_hash_sync(&offered.id).unwrap().as_bytes();
        let body = offered.signed(&here, signature.to_vec().into()).text().unwrap();
        let mut case = Self { body, solver, world: world.clone(), here };
        let checked = case.checked(engine);
        let plan = case.plan(engine, &checked);
        let terms = case.terms(engine, &checked);
        let written = settlement(market, world, &here, &checked, &plan, &terms).unwrap();
        // The owner holds what it signed.
        case.world = furnished(world, &written).unwrap();
        case
    }

    fn checked(&self, engine: &Engine) -> Checked {
        let dto = wire::read(self.body.as_bytes()).unwrap();
        let market = engine.market();
        let rules = Rules {
            deployment: &self.here,
            market,
            state: Some(&self.world),
            now: market.timestamp,
        };
        check(&dto, &rules).unwrap()
    }

    fn plan(&self, engine: &Engine, checked: &Checked) -> Verified {
        let permit = checked.permit();
        let amount = permit.permitted.amount - permit.witness.maxFeeIn;
        let intent = Intent { amount, ..checked.intent().clone() };
        engine.plan(&intent, NOBODY).unwrap().unwrap()
    }

    fn terms(&self, engine: &Engine, checked: &Checked) -> Terms {
        Terms {
            solver: self.solver.address(),
            fee: checked.permit().witness.maxFeeIn,
            slippage_bps: checked.intent().limits.slippage_bps,
            deadline: engine.market().timestamp + 24,
            authorizations: Vec::new(),
        }
    }

    /// Bid, signed and sent.
    fn land(&self, engine: &Engine, wire: &Wire, found: (&Verified, &Proven, &Exposed)) -> Instant {
        let (plan, proven, exposed) = found;
        let (habits, relays, head) = (Habits::default(), known(&wire.fleet), self.world.block());
        let decision = decide(&Asked {
            market: engine.market(),
            plan: plan.solution(),
            proven,
            exposed,
            head,
            ahead: (1, 1),
            blocks_left: 25,
            limits: Limits::of(1_000_000_000_000),
            habits: &habits,
            tried: &[],
            relays: &relays,
            own: None,
        });
        let decision = decision.unwrap();
        let order = Order {
            blocks: decision.first_block..=decision.last_block,
            nonce: 0,
            fees: decision.fees(),
            backrun: None,
            refund: None,
            attempt: 0,
        };
        let bundles = wire.runtime.block_on(build(proven, &order, &self.solver)).unwrap();
        wire.send(&bundles[0], |relay| decision.tells(relay))
    }
}

fn main() {
    let given = env::args().skip(1).find_map(|argument| argument.parse().ok());
    let times: u32 = given.unwrap_or(500);
    let engine = market::engine(None, &Assume::Default).unwrap();
    let wire = Wire::new();
    for sentence in SENTENCES {
        let case = Case::new(&engine, sentence);
        let (checked, market) = (case.checked(&engine), engine.market());
        let plan = case.plan(&engine, &checked);
        let terms = case.terms(&engine, &checked);
        let guard = || {
            protected(market, &case.world, &case.here, &checked, &plan, &terms).expect("it settles")
        };
        let exposed = guard().exposed;
        println!("{sentence}: {} runs of the attacker", exposed.runs);
        let from_plan = || {
            let begun = Instant::now();
            let written = settlement(market, &case.world, &case.here, &checked, &plan, &terms);
            let proven = prove(&case.world, written.unwrap()).unwrap();
            case.land(&engine, &wire, (&plan, &proven, &exposed)) - begun
        };
        let from_intent = || {
            let begun = Instant::now();
            let checked = case.checked(&engine);
            let plan = case.plan(&engine, &checked);
            let terms = case.terms(&engine, &checked);
            let found = protected(market, &case.world, &case.here, &checked, &plan, &terms);
            let found = found.unwrap();
            case.land(&engine, &wire, (&plan, &found.proven, &found.exposed)) - begun
        };
        // Connections are opened and caches filled before.
        for _ in 0..5 {
            from_plan();
            from_intent();
        }
        told("  verified plan to bundle on the wire", (0..times).map(|_| from_plan()).collect());
        let attack = || {
            let begun = Instant::now();
            guard();
            begun.elapsed()
        };
        told(
            "  limits drawn in, attacker run",
            (0..(times / 5).max(1)).map(|_| attack()).collect(),
        );
        told(
            "  intent received to bundle on the wire",
            (0..times).map(|_| from_intent()).collect(),
        );
    }
}
