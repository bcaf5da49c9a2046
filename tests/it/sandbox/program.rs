//! `tenor sandbox`, the program: what it prints, serves and leaves behind.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use super::kit::{address, plain, sign};
use crate::api::Client;

/// No block takes this long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program, killed with the test.
struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    greeting: String,
    folder: std::path::PathBuf,
}

impl Program {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let name = format!("sandbox-{}-{name}", std::process::id());
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenor"))
            .env_remove("TENOR_RPC")
            .env_remove("TENOR_LOG")
            .args([
                "sandbox",
                "--listen",
                "127.0.0.1:0",
                "--rpc-listen",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(&folder)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("  api ") {
            assert_ne!(out.read_line(&mut greeting).unwrap(), 0, "it ended: {greeting}");
        }
        Self { child, out, greeting, folder }
    }

    fn at(&self, what: &str) -> SocketAddr {
        let line = self.greeting.lines().find(|line| line.trim_start().starts_with(what)).unwrap();
        line.split("http://").nth(1).unwrap().split([' ', '/']).next().unwrap().parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn one_command_serves_a_chain_a_builder_and_the_api() {
    let mut program = Program::start("serves", &["--block-time", "0", "--fault", "null"]);
    let (node, page) = (Client::new(program.at("node")), Client::new(program.at("api")));
    assert!(program.greeting.contains("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
    assert!(program.greeting.contains("faults     null"), "{}", program.greeting);
    let ask = |method: &str, params: serde_json::Value| {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        node.post("/", &request).json()["result"].clone()
    };
    let first = ask("eth_blockNumber", json!([]));
    let hash = ask("eth_sendRawTransaction", json!([sign(0, plain(0, address(1), 1))]));
    let receipt = ask("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["status"], "0x1");
    assert_ne!(ask("eth_blockNumber", json!([])), first);
    // The API's market is the chain's own, at its first block or the one that has come since.
    let health = page.get("/v1/health").ok();
    assert_eq!(health["mode"], "live", "{health}");
    let quote = json!({ "kind": "indicative", "sentence": "swap 2 WETH to wstETH" });
    let quote = page.post("/v1/quotes", &quote).ok();
    let number = u64::from_str_radix(&first.as_str().unwrap()[2..], 16).unwrap();
    let block = quote["block"]["number"].as_u64().unwrap();
    assert!(block == number || block == number + 1, "{quote}");
    assert_eq!(quote["plan"]["kind"], "swap");
    // Asked to stop, it does.
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(program.child.wait().unwrap().success());
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut program.out, &mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn blocks_come_by_themselves() {
    let program = Program::start("ticks", &["--block-time", "1"]);
    let node = Client::new(program.at("node"));
    let number = || node.post("/", &json!({ "id": 1, "method": "eth_blockNumber" })).json();
    let first = number();
    let since = Instant::now();
    while number() == first {
        assert!(since.elapsed() < PATIENCE, "no block came");
        std::thread::yield_now();
    }
}

#[test]
fn what_it_cannot_do_it_says() {
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_tenor")).arg("sandbox").args(arguments).output();
        let output = output.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(&["--fault", "lost"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no fault \"lost\""), "{said}");
}
