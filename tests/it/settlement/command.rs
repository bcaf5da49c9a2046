//! Two commands: a sandbox, and a sentence that is signed, solved, bundled, landed and final on it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use crate::{api, cli::tenor};

/// `tenor sandbox` with a block every second, killed with the test.
struct Sandbox {
    child: Child,
    server: String,
    folder: std::path::PathBuf,
}

impl Sandbox {
    fn start() -> Self {
        let folder = api::folder();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenor"))
            .env_remove("TENOR_RPC")
            .env_remove("TENOR_LOG")
            .args(["sandbox", "--listen", "127.0.0.1:0", "--rpc-listen", "127.0.0.1:0"])
            .args(["--block-time", "1", "--data-dir"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| line.trim_start().starts_with("api ")).expect("it listens");
        let server = line.split_whitespace().nth(1).unwrap().to_owned();
        Self { child, server, folder }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_sentence_lands_on_a_sandbox() {
    let sandbox = Sandbox::start();
    let sentence = "maximize ETH yield on 100 WETH for 365 days";
    let ran = tenor(&["intent", "submit", sentence, "--server", &sandbox.server]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let says = |what: &str| assert!(ran.out.contains(what), "{what}: {ran:?}");
    for stage in ["verified", "quoted", "bundled", "submitted", "included", "final"] {
        says(stage);
    }
    // Realised is the run of the landing block, to the wei, and the difference is told by its parts.
    for told in ["as_simulated  true", "realised", "accrual", "price", "gas"] {
        says(told);
    }
    let held = tenor(&[
        "intent",
        "submit",
        "maximize ETH yield on 100 stETH",
        "--server",
        &sandbox.server,
    ]);
    assert_eq!(held.code, Some(0), "{held:?}");
    assert!(held.out.contains("Held") && held.out.contains("nothing is sent"), "{held:?}");
}
