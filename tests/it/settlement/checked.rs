//! `tenor check`: a line for each thing that landing plans needs, and what to do where it is not so.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use alloy_primitives::B256;
use serde_json::{Value, json};
use tenor::{sandbox::accounts, settlement::halt::Halt};

use crate::{
    api,
    cli::Ran,
    sandbox::kit::{self, Local},
};

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies among temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs `tenor check` for an account that pays.
fn check(folder: &Folder, config: &str, node: &str, funded: B256, more: &[&str]) -> Ran {
    let keys = "[keys.auth]\nsecret = \"env:AUTH\"\n[keys.funded]\nsecret = \"env:FUNDED\"\n";
    let file = folder.0.join("tenor.toml");
    fs::write(&file, format!("{config}\n{keys}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
    let auth = B256::repeat_byte(1).to_string();
    command.env("AUTH", auth).env("FUNDED", funded.to_string());
    command.args(["check", "--rpc", node, "--config"]).arg(file);
    let run = command.arg("--data-dir").arg(&folder.0).args(more);
    let run = run.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: run.status.code(), out: text(run.stdout), err: text(run.stderr) }
}

#[test]
fn where_all_is_well_it_says_so_line_by_line() {
    let folder = Folder(api::folder());
    let local = Local::start();
    // The sandbox's blocks are of the market's time until they are told another.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    local.switch("sandbox_mine", &json!([format!("{now:#x}")]));
    let config = format!(
        "[settlement]\nspend_cap_wei = 7\n[relays]\nto = [\"flashbots\"]\n\
         [relays.at.flashbots]\nendpoints = [\"{}/relay\"]",
        local.url()
    );
    let funded = accounts::KEYS[0];
    let ran = check(&folder, &config, &local.url(), funded, &[]);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
    let what =
        ["cap", "keys", "node", "chain", "block", "settler", "funds", "relay", "halt", "disk"];
    assert_eq!(ran.out.lines().count(), what.len(), "{}", ran.out);
    for (line, what) in ran.out.lines().zip(what) {
        assert!(line.starts_with(&format!("ok  {what}")), "{line}");
    }
    assert!(ran.out.contains(&kit::address(0).to_string()), "{}", ran.out);
    let ran = check(&folder, &config, &local.url(), funded, &["--json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&told["schema"], &told["well"]), (&json!("tenor.check/1"), &json!(true)));
    // Nothing is left of what was written, and the builder was sent nothing.
    let left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(left, [folder.0.join("tenor.toml")]);
    assert!(local.standings().is_empty());
    // One thing that is not: its line says so, and the others stay.
    Halt::of(&folder.0).set("a drill", 0).unwrap();
    let ran = check(&folder, &config, &local.url(), funded, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("NO  halt     halted since 1970"), "{}", ran.out);
    assert!(ran.out.contains("tenor halt --lift") && ran.err.contains("1 of 10"), "{ran:?}");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let folder = Folder(api::folder());
    let local = Local::start();
    let config = "[settlement]\nchain_id = 5\n[relays]\nto = [\"flashbots\"]\n\
        [contracts]\nsettler = \"0x00000000000000000000000000000000000b0d1e\"\n\
        [relays.at.flashbots]\nendpoints = [\"http://127.0.0.1:1\"]";
    let ran = check(&folder, config, &local.url(), B256::repeat_byte(2), &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    // The sandbox's block is of 2024.
    for (what, fix) in [
        ("cap", "settlement.spend_cap_wei"),
        ("chain", "settlement.chain_id"),
        ("block", "caught up"),
        ("settler", "contracts.settler"),
        ("funds", "send it ether"),
        ("relay", "flashbots cannot be reached"),
    ] {
        let line = ran.out.lines().find(|line| line.starts_with(&format!("NO  {what} ")));
        assert!(line.is_some_and(|line| line.contains(fix)), "{what}: {}", ran.out);
    }
    assert!(ran.err.contains("6 of 10"), "{}", ran.err);
    // One key for both, and a node that is not there.
    let ran = check(&folder, config, "http://127.0.0.1:1", B256::repeat_byte(1), &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("NO  keys     the auth key and the funded key are one"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("NO  node     "), "{}", ran.out);
}
