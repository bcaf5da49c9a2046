//! A local chain: anvil, on a port of its own, killed with the test.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

use super::http;

/// Runs a program until the standard input ends, as it does however the test ends. Its
/// socket, the name of the script, goes with it.
const LEASH: &str =
    r#""$@" </dev/null & cat >/dev/null; kill -9 $!; wait $! 2>/dev/null; rm -f "$0""#;

/// A running chain.
#[derive(Debug)]
pub(crate) struct Anvil {
    child: Child,
    port: u16,
    ipc: PathBuf,
}

impl Anvil {
    /// Starts a chain that mines when it is told to.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tenor-{}-{count}.ipc", std::process::id());
        let ipc = env::temp_dir().join(name);
        let mut child = Command::new("sh")
            .args(["-c", LEASH])
            .arg(&ipc)
            .arg(program())
            .args(["--host", "127.0.0.1", "--port", "0", "--no-mining", "--accounts", "1", "--ipc"])
            .arg(&ipc)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("anvil starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("Listening on 127.0.0.1:").and_then(|port| port.parse().ok())
        });
        // What it logs later has to go somewhere.
        thread::spawn(move || lines.for_each(drop));
        Self { child, port: port.expect("anvil says where it listens"), ipc }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn ws(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    pub(crate) fn ipc(&self) -> String {
        self.ipc.to_str().unwrap().to_owned()
    }

    /// What the chain answers, an error or not.
    pub(crate) fn ask(&self, method: &str, params: &Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        http::ask(self.port, &request)
    }

    /// What the chain answers, which must be no error.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Value {
        let answer = self.ask(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Calls of which none may fail, in whatever order: anvil runs the calls of a batch at once.
    pub(crate) fn calls(&self, calls: &[(&str, Value)]) {
        for calls in calls.chunks(2_000) {
            let request = calls.iter().enumerate().map(|(id, (method, params))| {
                json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
            });
            let answers = http::ask(self.port, &request.collect());
            let answers = answers.as_array().expect("a batch");
            assert_eq!(answers.len(), calls.len());
            for answer in answers {
                assert!(answer.get("error").is_none(), "{answer}");
            }
        }
    }

    pub(crate) fn mine(&self) {
        self.call("evm_mine", &json!([]));
    }

    /// Replaces the newest blocks by as many empty others.
    pub(crate) fn reorg(&self, depth: u64) {
        self.call("anvil_reorg", &json!([depth, []]));
    }

    /// Sends a transaction from any account, and mines it. Returns its receipt.
    pub(crate) fn send(&self, transaction: &Value) -> Value {
        self.call("anvil_impersonateAccount", &json!([transaction["from"]]));
        let hash = self.call("eth_sendTransaction", &json!([transaction]));
        self.mine();
        self.call("eth_getTransactionReceipt", &json!([hash]))
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // A failure to wait leaves a zombie until the tests end, no more.
        let _ = self.child.wait();
    }
}

/// The program: `TENOR_ANVIL`, or the one in the npm packages, which are installed if need be.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match env::var_os("TENOR_ANVIL") {
        Some(path) => path.into(),
        None => installed().join("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"),
    })
}

/// Where the npm packages are, installed if need be.
pub(crate) fn installed() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(install)
}

fn install() -> PathBuf {
    let beside_target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../npm");
    let folder = env::var_os("TENOR_NODE_MODULES").map_or(beside_target, PathBuf::from);
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node/install"))
        .env("TENOR_NODE_MODULES", folder)
        .stderr(Stdio::inherit())
        .output()
        .expect("tests/node/install runs");
    assert!(output.status.success(), "tests/node/install: {output:?}");
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim_end())
}
