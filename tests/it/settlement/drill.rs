//! The kill switch on a running sandbox: nothing is sent while it is set, nor after a restart, and what
//! waited is settled once it is lifted.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tenor::{sandbox::SLOT, settlement::halt::Halt};

use crate::{
    api::{self, Client},
    cli::tenor,
    sandbox::kit,
};

/// Nothing takes this long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(300);

/// After so long without anything new another block is built.
const STALL: Duration = Duration::from_secs(20);

/// `tenor sandbox`, whose blocks come when they are told to. Killed with the test.
struct Sandbox {
    child: Child,
    node: Client,
    api: Client,
}

impl Sandbox {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
        command.env_remove("TENOR_RPC").env_remove("TENOR_LOG");
        command.args(["sandbox", "--listen", "127.0.0.1:0", "--rpc-listen", "127.0.0.1:0"]);
        command.args(["--block-time", "86400", "--data-dir"]).arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("  api ") {
            assert_ne!(out.read_line(&mut greeting).unwrap(), 0, "it ended: {greeting}");
        }
        let at = |what: &str| -> SocketAddr {
            let line = greeting.lines().find(|line| line.trim_start().starts_with(what)).unwrap();
            let at = line.split("http://").nth(1).unwrap().split([' ', '/']).next().unwrap();
            at.parse().unwrap()
        };
        let (node, api) = (Client::new(at("node")), Client::new(at("api")));
        Self { child, node, api }
    }

    fn ask(&self, path: &str, method: &str, params: &Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.node.post(path, &request).json()["result"].clone()
    }

    /// Builds a block a slot after the last one, whatever the time between blocks.
    fn mine(&self) {
        let head = self.ask("/", "eth_getBlockByNumber", &json!(["latest", false]));
        let next = kit::number(&head["timestamp"]) + SLOT;
        self.ask("/sandbox", "sandbox_mine", &json!([format!("{next:#x}")]));
    }

    /// How many bundles the builder was sent.
    fn bundles(&self) -> usize {
        self.ask("/sandbox", "sandbox_bundles", &json!([])).as_array().unwrap().len()
    }

    /// Hands in a sentence; the intent's id.
    fn submit(&self) -> String {
        let server = format!("http://{}", self.api.at);
        let sentence = "swap 5 WETH to wstETH";
        let ran = tenor(&["intent", "submit", sentence, "--no-wait", "--server", &server]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out.trim_end().to_owned()
    }

    /// Waits until an intent's events say so; builds a block whenever they do not for a while.
    fn until(&self, id: &str, says: impl Fn(&Value) -> bool) {
        let (since, mut stalled, mut seen) = (Instant::now(), Instant::now(), 0);
        loop {
            let status = self.api.get(&format!("/v1/intents/{id}")).ok();
            if says(&status) {
                return;
            }
            assert!(since.elapsed() < PATIENCE && status["ended"] == false, "{status}");
            let events = status["events"].as_array().unwrap().len();
            if events > seen || stalled.elapsed() > STALL {
                let lands = ["submitted", "included"].iter().any(|stage| status["stage"] == *stage);
                if lands || stalled.elapsed() > STALL {
                    self.mine();
                }
                (seen, stalled) = (events, Instant::now());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies among temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn halted(status: &Value) -> bool {
    status["events"].as_array().unwrap().iter().any(|event| event["code"] == "halted")
}

#[test]
fn nothing_is_sent_until_it_is_lifted() {
    let folder = Folder(api::folder());
    let halt = Halt::of(&folder.0);
    let before = Sandbox::start(&folder.0);
    let data = folder.0.to_str().unwrap();
    // By another process, while it runs.
    assert_eq!(tenor(&["halt", "--data-dir", data, "--why", "a drill"]).code, Some(0));
    let first = before.submit();
    before.until(&first, |status| {
        let events = status["events"].as_array().unwrap().iter();
        let mut told = events.filter(|event| event["code"] == "halted");
        told.any(|event| event["detail"]["why"].as_str().unwrap().contains("a drill"))
    });
    // Every block is another chance, and none is taken.
    for _ in 0..3 {
        before.mine();
    }
    assert_eq!(before.bundles(), 0);
    drop(before);
    let after = Sandbox::start(&folder.0);
    let second = after.submit();
    after.until(&second, halted);
    assert_eq!(after.bundles(), 0);
    assert!(halt.lift().unwrap());
    // The plans of this block are refused already; the next one brings others.
    after.mine();
    after.until(&second, |status| status["stage"] == "final");
    assert!(after.bundles() > 0);
}
