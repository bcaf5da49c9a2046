//! The node through viem.

use std::process::Command;

use serde_json::Value;
use tenor::sandbox::Options;

use super::kit::{Local, token};
use crate::node::anvil::installed;

/// Runs a script of these tests with the npm packages; what it writes is JSON.
pub(super) fn script(name: &str, arguments: &[&str]) -> Value {
    let script = format!("{}/tests/it/sandbox/{name}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node").arg(script).arg(installed()).args(arguments).output();
    let output = output.expect("node runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {said}"))
}

#[test]
fn viem_sends_reads_and_calls() {
    let local = Local::with(Options { at_once: true, ..Options::default() });
    let told = script("viem.mjs", &[&local.url(), &token("WETH").to_string()]);
    assert_eq!(told["chainId"], 1);
    assert_eq!(told["status"], "success");
    assert_eq!(told["deposited"], "2000000000000000000");
    assert_eq!(told["logs"], 1);
    assert_eq!(told["blockHash"], told["recomputed"]);
    assert_eq!(told["reverts"], true, "{told}");
    assert_eq!(told["delegated"], true, "{told}");
}
