//! The program in mode `live`, killed at every named moment of a settlement and at random ones: started
//! again it goes on, and the intent is settled once.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use alloy_primitives::{B256, hex};
use alloy_sol_types::SolEvent as _;
use serde_json::{Value, json};
use tenor::{
    intents::signed::{
        Deployment, SETTLER,
        frozen::Settled,
        wire::{MessageDto, SignedDto},
    },
    sandbox::accounts,
};

use super::rig::LONG;
use crate::{
    api::{Client, folder},
    sandbox::kit::{self, Local},
    signed::sign,
    world::rng::Rng,
};

/// Two hundred of them are less than what the owner has.
const SWAP: &str = "swap 4 WETH to wstETH";

/// How many random kills, unless `TENOR_KILLS` says.
const KILLS: u64 = 30;

/// The moments at which the program can be stopped, in the order of a settlement, and whether one needs a
/// block to give way.
const MOMENTS: [(&str, bool); 16] = [
    ("offered", false),
    ("made", false),
    ("before_journal", false),
    ("after_journal", false),
    ("after_bundled", false),
    ("before_send", false),
    ("after_send", false),
    ("heard", false),
    ("after_submitted", false),
    ("seen_in_a_block", false),
    ("after_included", false),
    ("before_final", false),
    ("after_final", false),
    ("before_rollback", true),
    ("after_rollback", true),
    ("before_missed", false),
];

/// How long a block waits for what may be sent for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// A sandbox whose blocks are of now, and a folder for the program that lands plans on it.
struct Chain {
    local: Local,
    folder: PathBuf,
}

/// The program, killed when it is dropped.
struct Live {
    child: Child,
    at: SocketAddr,
    lines: Receiver<String>,
    reader: Option<JoinHandle<()>>,
}

impl Chain {
    fn new() -> Self {
        let chain = Self { local: Local::start(), folder: folder() };
        let url = chain.local.url();
        let config = format!(
            "mode = \"live\"\n\
             [api]\nrate_per_s = 0\n\
             [settlement]\nspend_cap_wei = \"100000000000000000000000\"\nblocks = 1\ndepth = 3\n\
             [relays]\nto = [\"flashbots\"]\n\
             [relays.at.flashbots]\nendpoints = [\"{url}/relay\"]\n\
             [keys.auth]\nsecret = \"env:TENOR_TEST_AUTH\"\n\
             [keys.funded]\nsecret = \"env:TENOR_TEST_FUNDED\"\n"
        );
        fs::create_dir_all(&chain.folder).unwrap();
        fs::write(chain.file(), config).unwrap();
        chain.mine();
        chain
    }

    fn file(&self) -> PathBuf {
        self.folder.join("live.toml")
    }

    /// The next block, a second after the last one: never so late that the program takes the chain to stand
    /// still, nor so early that it takes its clock to be wrong.
    fn mine(&self) {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let next = (self.local.sandbox.clock().seconds() + 1).max(now() - 60);
        while next > now() + 8 {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.local.sandbox.mine_at(Some(next)).unwrap();
    }

    fn start(&self, stop_at: Option<&str>) -> Live {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
        for name in ["TENOR_RPC", "TENOR_CONFIG", "TENOR_LISTEN", "TENOR_DATA_DIR", "TENOR_STOP_AT"]
        {
            command.env_remove(name);
        }
        if let Some(name) = stop_at {
            command.env("TENOR_STOP_AT", name);
        }
        command
            .env("TENOR_LOG", "tenor=debug")
            .env("XDG_DATA_HOME", &self.folder)
            .env("TENOR_TEST_AUTH", hex::encode(accounts::AUTH))
            .env("TENOR_TEST_FUNDED", hex::encode(accounts::KEYS[9]))
            .args(["serve", "--listen", "127.0.0.1:0", "--any-code", "--config"])
            .arg(self.file())
            .args(["--rpc", &self.local.url(), "--data-dir"])
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let reader = std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // Nobody may be listening any more.
                let _ = tell.send(line);
            }
        });
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("settler") {
            if out.read_line(&mut greeting).unwrap() == 0 {
                reader.join().unwrap();
                panic!("it ended: {greeting}{:?}", lines.iter().collect::<Vec<_>>());
            }
        }
        let at = greeting.split("listening  http://").nth(1).unwrap().split_whitespace().next();
        let at = at.unwrap().parse().unwrap();
        Live { child, at, lines, reader: Some(reader) }
    }

    /// How often the Settler tells of an intent.
    fn settlements(&self, id: B256) -> usize {
        let asked = json!([{
            "address": SETTLER, "fromBlock": "earliest", "toBlock": "latest",
            "topics": [Settled::SIGNATURE_HASH, id],
        }]);
        self.local.call("eth_getLogs", &asked).as_array().unwrap().len()
    }

    /// Builds blocks until an intent has ended, each once what is for it is sent.
    fn until_ended(&self, live: &Live, id: B256) -> String {
        let begun = Instant::now();
        loop {
            let status = live.status(id);
            if status["ended"] == true {
                return status["stage"].as_str().unwrap().to_owned();
            }
            assert!(begun.elapsed() < LONG, "{status:#}");
            self.mine_when_sent(live, id);
        }
    }

    /// Builds a block once something is sent for it, or the intent needs nothing: after a while in any case,
    /// for something else may be sent first, or nothing.
    fn mine_when_sent(&self, live: &Live, id: B256) {
        let begun = Instant::now();
        let next = self.local.next();
        while begun.elapsed() < PATIENCE {
            let status = live.status(id);
            let events = status["events"].as_array().unwrap();
            let stage = status["stage"].as_str().unwrap();
            let out = events.iter().rev().find(|event| event["stage"] == "bundled");
            let out = out.is_some_and(|event| event["detail"]["blocks"][0] == next);
            let followed = || live.client().get("/v1/health").json()["block"]["number"] == next - 1;
            if out && stage == "submitted"
                || stage == "included" && followed()
                || status["ended"] == true
            {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.mine();
    }
}

impl Live {
    fn client(&self) -> Client {
        Client::new(self.at)
    }

    fn status(&self, id: B256) -> Value {
        self.client().get(&format!("/v1/intents/{id}")).json()
    }

    /// Hands in an intent.
    fn submit(&self) -> B256 {
        let ask = json!({ "sentence": SWAP, "owner": kit::address(0) });
        let offered = self.client().post("/v1/quotes", &ask).ok();
        let message: MessageDto =
            serde_json::from_value(offered["sign"]["typed_data"]["message"].clone()).unwrap();
        let id = Deployment::of(1, SETTLER).id(&(&message).into());
        let mut submit = offered["sign"]["submit"].clone();
        submit["signature"] = json!(sign(&kit::key(0), id));
        let dto: SignedDto = serde_json::from_value(submit).unwrap();
        let reply = self.client().post("/v1/intents", &serde_json::to_value(&dto).unwrap());
        assert_eq!(reply.status, 201, "{}", reply.json());
        id
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Brings the program to a moment, blocks and all, and kills it there.
fn killed_at(chain: &Chain, name: &str, reorganises: bool) -> B256 {
    let live = chain.start(Some(name));
    if name == "before_missed" {
        chain.local.sandbox.set_faults([tenor::sandbox::Fault::Ignores].into());
    }
    let id = live.submit();
    let stopped = format!("stopped at {name}");
    let begun = Instant::now();
    let mut dropped = false;
    while !live.lines.try_iter().any(|line| line.contains(&stopped)) {
        assert!(begun.elapsed() < LONG, "{name} is not reached: {:#}", live.status(id));
        if reorganises && !dropped && live.status(id)["stage"] == "included" {
            let status = live.status(id);
            let mut events = status["events"].as_array().unwrap().iter().rev();
            let included = events.find(|event| event["stage"] == "included").unwrap();
            let depth = chain.local.next() - included["block"].as_u64().unwrap();
            chain.local.sandbox.reorg(depth, 0, true).unwrap();
            dropped = true;
        }
        chain.mine_when_sent(&live, id);
    }
    live.kill();
    chain.local.sandbox.set_faults(Default::default());
    id
}

#[test]
fn killed_at_every_moment_it_goes_on() {
    for (name, reorganises) in MOMENTS {
        let chain = Chain::new();
        let id = killed_at(&chain, name, reorganises);
        let live = chain.start(None);
        assert_eq!(chain.until_ended(&live, id), "final", "{name}: {:#}", live.status(id));
        assert_eq!(chain.settlements(id), 1, "{name}");
        println!("killed at {name}: settled once");
    }
}

#[test]
fn killed_at_random_it_goes_on() {
    let kills = env::var("TENOR_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let seed = Rng::seed();
    println!("settlement::stopped: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let chain = Chain::new();
    let mut ids = Vec::new();
    let mut live = chain.start(None);
    for _ in 0..kills {
        ids.push(live.submit());
        // Somewhere among what it logs, with blocks and sometimes another chain meanwhile.
        for _ in 0..rng.below(60) {
            if live.lines.recv_timeout(Duration::from_millis(100)).is_err() {
                if rng.chance(8) {
                    // None of the first blocks, which hold what accounts begin with.
                    let _ = chain.local.sandbox.reorg(1, 0, rng.chance(2));
                }
                chain.mine();
            }
        }
        live.kill();
        live = chain.start(None);
    }
    for id in ids {
        // A deadline may have passed meanwhile: then it is not settled, and told so.
        let stage = chain.until_ended(&live, id);
        let times = if stage == "final" { 1 } else { 0 };
        assert!(stage == "final" || stage == "expired", "{stage}: {:#}", live.status(id));
        assert_eq!(chain.settlements(id), times, "{:#}", live.status(id));
    }
}
