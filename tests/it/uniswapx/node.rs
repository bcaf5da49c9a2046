//! The SDK in a process of its own.

use std::{
    collections::HashMap,
    io::Write as _,
    process::{Command, Stdio},
    sync::OnceLock,
};

use alloy_primitives::{Bytes, hex};
use serde_json::{Value, json};

/// The folder of `tests/uniswapx/install`, which installs the SDK where it is not there.
fn home() -> &'static str {
    static HOME: OnceLock<String> = OnceLock::new();
    HOME.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/uniswapx/install");
        let run = Command::new(script).output().expect("tests/uniswapx/install");
        assert!(run.status.success(), "{script}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap().trim_end().to_owned()
    })
}

/// What the SDK answers to each of these, in one process.
pub(super) fn ask(questions: &[Value]) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/uniswapx/sdk.mjs"))
        .arg(home())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    // It reads all before it answers anything.
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    node.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

/// The contracts whose creation code the SDK carries.
const CONTRACTS: [&str; 7] = [
    "ExclusiveDutchOrderReactor",
    "V2DutchOrderReactor",
    "V3DutchOrderReactor",
    "PriorityOrderReactor",
    "OrderQuoter",
    "Permit2",
    "MockERC20",
];

/// A contract's creation code.
pub(super) fn code(contract: &str) -> Bytes {
    static CODES: OnceLock<HashMap<&str, Bytes>> = OnceLock::new();
    let codes = CODES.get_or_init(|| {
        let questions = CONTRACTS.map(|contract| json!({ "contract": contract }));
        let code =
            |answer: Value| hex::decode(answer["bytecode"].as_str().unwrap()).unwrap().into();
        CONTRACTS.into_iter().zip(ask(&questions).into_iter().map(code)).collect()
    });
    codes[contract].clone()
}
