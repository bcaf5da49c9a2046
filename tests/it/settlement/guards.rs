//! `live` refuses to start: for each reason by itself, and for all of them at once.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, OnceLock},
    time::Duration,
};

use alloy_primitives::{Address, B256, U256, address};
use tenor::{
    clock::Clock,
    config::{Config, Wei},
    intents::signed::{Deployment, SETTLER},
    keys::KeyError,
    market::{
        current::Current,
        feed::{Depth, Feed, Pace},
        rpc::{Fault, Head, Node, Options},
    },
    relays::{Fleet, setup::SetupError},
    settlement::{
        halt::Halt,
        preflight::{AHEAD_S, OLDEST_S, Obstacle, Refused, Start, Whose, preflight},
    },
};

use crate::{
    api,
    node::feed::follower,
    sandbox::kit::{self, Local},
};

/// Nobody's account.
const NOBODY: Address = address!("00000000000000000000000000000000000b0d1e");

/// No test takes this long, however busy the machine is.
const LONG: Duration = Duration::from_secs(3_600);

/// A sandbox's node, and the market that follows it: for all tests, for opening one takes a while.
struct Chain {
    local: Local,
    node: Arc<Node>,
    market: Current,
    head: Head,
}

fn chain() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let local = Local::start();
        let node = connect(&local.url());
        let head = node.head().unwrap();
        let market = market(&local, LONG);
        Chain { local, node, market, head }
    })
}

fn connect(url: &str) -> Arc<Node> {
    let options = Options { retries: 0, timeout: LONG, ..Options::default() };
    Arc::new(Node::connect(url, None, options).unwrap())
}

fn market(local: &Local, most_age: Duration) -> Current {
    let follower = follower(&local.url(), Depth::default());
    let pace = Pace { poll: LONG, longest_pause: LONG, most_age };
    Current::following(Feed::start(follower, pace).unwrap(), most_age, None).unwrap()
}

/// A start at which nothing is wrong.
struct Ready {
    config: Config,
    deployment: Deployment,
    auth: Address,
    funded: Address,
    fleet: Result<Fleet, SetupError>,
    clock: Clock,
    folder: Folder,
}

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies among temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Ready {
    fn new() -> Self {
        let mut config = Config::default();
        config.settlement.spend_cap_wei = Some(Wei(U256::from(1)));
        Self {
            fleet: fleet(&config),
            config,
            deployment: Deployment::of(1, SETTLER),
            auth: kit::identity().address(),
            funded: kit::address(0),
            clock: Clock::standing(chain().head.timestamp),
            folder: Folder(api::folder()),
        }
    }

    fn halt(&self) -> Halt {
        Halt::of(&self.folder.0)
    }

    fn start(&self) -> Result<(), Refused> {
        self.on(Some(&chain().node), &chain().market)
    }

    fn on(&self, node: Option<&Arc<Node>>, market: &Current) -> Result<(), Refused> {
        let start = Start {
            config: &self.config,
            deployment: &self.deployment,
            auth: self.auth,
            funded: self.funded,
            node,
            market,
            fleet: &self.fleet,
            halt: &self.halt(),
            clock: &self.clock,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(preflight(&start))
    }

    /// The one thing that is wrong, and that it says these.
    fn refused(&self, says: &[&str]) -> Obstacle {
        one(self.start(), says)
    }
}

fn fleet(config: &Config) -> Result<Fleet, SetupError> {
    Fleet::configured(&config.relays, &Arc::new(kit::identity()), &Clock::default())
}

#[track_caller]
fn one(refused: Result<(), Refused>, says: &[&str]) -> Obstacle {
    let Refused(mut obstacles) = refused.unwrap_err();
    assert_eq!(obstacles.len(), 1, "{obstacles:?}");
    let obstacle = obstacles.pop().unwrap();
    for part in says {
        assert!(obstacle.to_string().contains(part), "{part:?} is not in: {obstacle}");
    }
    obstacle
}

#[test]
fn where_nothing_is_wrong_it_starts() {
    let ready = Ready::new();
    ready.start().unwrap();
    assert_eq!(chain().local.next(), chain().head.number + 1);
}

#[test]
fn no_spend_cap() {
    let mut ready = Ready::new();
    ready.config.settlement.spend_cap_wei = None;
    let told = ready.refused(&["settlement.spend_cap_wei", "24 hours"]);
    assert!(matches!(told, Obstacle::NoSpendCap));
}

#[test]
fn one_key_for_auth_and_funds() {
    let mut ready = Ready::new();
    ready.auth = ready.funded;
    let told = ready.refused(&["keys.auth", &ready.funded.to_string()]);
    assert!(matches!(told, Obstacle::OneKey(KeyError::Same(account)) if account == ready.funded));
}

/// The least balance is enough, and a wei less is not.
#[test]
fn an_unfunded_signer() {
    let mut ready = Ready::new();
    let has = U256::from(10_000) * U256::from(kit::ETHER);
    ready.config.settlement.least_balance_wei = Wei(has);
    ready.start().unwrap();
    ready.config.settlement.least_balance_wei = Wei(has + U256::from(1));
    let told = ready.refused(&["send it ether", &has.to_string()]);
    assert!(matches!(told, Obstacle::Unfunded { balance, .. } if balance == has));
    ready.funded = NOBODY;
    ready.config.settlement.least_balance_wei = Config::default().settlement.least_balance_wei;
    let told = ready.refused(&[&NOBODY.to_string()]);
    assert!(matches!(told, Obstacle::Unfunded { balance: U256::ZERO, .. }));
}

#[test]
fn another_chain() {
    let mut ready = Ready::new();
    ready.deployment.chain_id = 5;
    let told = ready.refused(&["signed for", "chain 5", "chain 1"]);
    assert!(matches!(told, Obstacle::WrongChain { whose: Whose::Signatures, found: 5, meant: 1 }));
    // All three are of chain 1, and another one is meant.
    let mut ready = Ready::new();
    ready.config.settlement.chain_id = 10;
    let Refused(told) = ready.start().unwrap_err();
    let whose = told.iter().map(|told| match told {
        Obstacle::WrongChain { whose, found: 1, meant: 10 } => *whose,
        other => panic!("{other}"),
    });
    assert_eq!(whose.collect::<Vec<_>>(), [Whose::Node, Whose::Market, Whose::Signatures]);
}

#[test]
fn another_contract_where_the_settler_should_be() {
    let mut ready = Ready::new();
    ready.deployment.settler = kit::token("WETH");
    let told = ready.refused(&["contracts.settler", "another contract"]);
    assert!(matches!(told, Obstacle::Code { at, .. } if at == ready.deployment.settler));
    ready.deployment.settler = NOBODY;
    let told = ready.refused(&["contracts.settler", "no contract"]);
    assert!(matches!(told, Obstacle::NoSettler(NOBODY)));
}

#[test]
fn a_market_that_stands_or_is_stale() {
    let ready = Ready::new();
    let node = Some(&chain().node);
    let standing = ready.on(node, &Current::standing(api::engine()));
    assert!(matches!(one(standing, &["--rpc"]), Obstacle::Standing));
    let stale = market(&chain().local, Duration::ZERO);
    let told = one(ready.on(node, &stale), &["0 s allowed"]);
    assert!(matches!(told, Obstacle::Stale(_)));
}

#[test]
fn a_node_that_is_behind_or_a_clock_that_is() {
    let mut ready = Ready::new();
    let at = chain().head.timestamp;
    for fine in [at - AHEAD_S, at, at + OLDEST_S] {
        ready.clock = Clock::standing(fine);
        ready.start().unwrap();
    }
    ready.clock = Clock::standing(at + OLDEST_S + 1);
    let told = ready.refused(&["121 s old", "caught up"]);
    assert!(matches!(told, Obstacle::Old { age_s: 121, .. }));
    ready.clock = Clock::standing(at - AHEAD_S - 1);
    let told = ready.refused(&["13 s ahead", "set the clock"]);
    assert!(matches!(told, Obstacle::Ahead { ahead_s: 13, .. }));
}

#[test]
fn no_node_or_one_that_is_gone() {
    let ready = Ready::new();
    let told = one(ready.on(None, &chain().market), &["--rpc"]);
    assert!(matches!(told, Obstacle::NoNode));
    let gone = Local::start();
    let node = connect(&gone.url());
    drop(gone);
    match one(ready.on(Some(&node), &chain().market), &[]) {
        Obstacle::Node(error) => {
            assert!(matches!(error.fault, Fault::Unreachable(_) | Fault::Dropped(_)), "{error}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn no_relays() {
    let mut ready = Ready::new();
    let relays = "[relays]\nto = [\"rsync\"]";
    ready.fleet = fleet(&Config::parse("c", relays).unwrap());
    let told = ready.refused(&["rsync", "told_anyway"]);
    assert!(matches!(told, Obstacle::Relays(SetupError::NoPromise(_))));
    let relays = "[relays]\nto = [\"quasar\"]\ntold_anyway = [\"quasar\"]";
    ready.fleet = fleet(&Config::parse("c", relays).unwrap());
    assert!(matches!(ready.refused(&["relays.at.quasar"]), Obstacle::Relays(_)));
}

#[test]
fn halted() {
    let ready = Ready::new();
    ready.halt().set("the oracle is wrong", 1_700_000_000_000).unwrap();
    let told = ready.refused(&["the oracle is wrong", "2023-11-14", "tenor halt --lift"]);
    assert!(matches!(told, Obstacle::Halted(_)));
    write(&ready.halt().path(), "{");
    assert!(matches!(ready.refused(&["counts as halted"]), Obstacle::Halt(_)));
    ready.halt().lift().unwrap();
    ready.start().unwrap();
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut ready = Ready::new();
    ready.config.settlement.spend_cap_wei = None;
    ready.config.settlement.chain_id = 2;
    (ready.auth, ready.funded) = (NOBODY, NOBODY);
    ready.deployment = Deployment::of(3, NOBODY);
    ready.fleet = Err(SetupError::Nobody);
    ready.clock = Clock::standing(0);
    ready.halt().set("so it is", 0).unwrap();
    let standing = Current::standing(api::engine());
    let refused = ready.on(Some(&chain().node), &standing).unwrap_err();
    let told = refused.to_string();
    // In the order in which they are looked for.
    let said = [
        "(1) no spend cap",
        "(2) the auth key",
        "(3) the node's chain",
        "(4) the newest block",
        "(5) no contract",
        "(6) the funded account",
        "(7) the market's chain",
        "(8) the chain that is signed for",
        "(9) the market stands",
        "(10) no relay is told",
        "(11) halted",
    ];
    assert_eq!(refused.0.len(), said.len(), "{told}");
    assert!(!told.contains('\n'), "{told}");
    for part in said {
        assert!(told.contains(part), "{part:?} is not in: {told}");
    }
}

/// `tenor serve` with a configuration, on the chain's node; what it says before it ends.
fn serve(folder: &Path, config: &str, keys: (&str, &str)) -> (Option<i32>, String) {
    let file = folder.join("tenor.toml");
    write(&file, &format!("{config}{KEYS}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
    command.env_remove("TENOR_DATA_DIR").env("AUTH", keys.0).env("FUNDED", keys.1);
    command.args(["serve", "--listen", "127.0.0.1:0", "--any-code", "--rpc"]);
    command.arg(chain().local.url()).arg("--config").arg(file).arg("--data-dir").arg(folder);
    let ran = command.stdin(Stdio::null()).output().unwrap();
    assert!(ran.stdout.is_empty(), "it listens: {ran:?}");
    (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
}

const KEYS: &str = "\n[keys.auth]\nsecret = \"env:AUTH\"\n[keys.funded]\nsecret = \"env:FUNDED\"\n";

/// The program itself: with all that is wrong, and before it listens.
#[test]
fn the_program_refuses_to_serve_live() {
    let ready = Ready::new();
    let folder = &ready.folder.0;
    ready.halt().set("so it is", 0).unwrap();
    let config = format!(
        "mode = \"live\"\n[settlement]\nchain_id = 5\n[contracts]\nsettler = \"{NOBODY}\"\n\
         [relays]\nto = [\"rsync\"]\n"
    );
    let (auth, poor) = (B256::repeat_byte(1).to_string(), B256::repeat_byte(2).to_string());
    let (code, said) = serve(folder, &config, (&auth, &poor));
    assert_eq!(code, Some(2), "{said}");
    let line = said.lines().last().unwrap();
    for part in [
        "tenor: mode live does not start: (1) no spend cap",
        "the node's chain is chain 1",
        "no contract is at",
        "the funded account",
        "relays",
        "halted since 1970",
    ] {
        assert!(line.contains(part), "{part:?} is not in: {said}");
    }
    assert!(!said.contains(&auth[2..]) && !said.contains(&poor[2..]), "{said}");
    let (code, said) = serve(folder, &config, (&poor, &poor));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the auth key and the funded key are one"), "{said}");
}
