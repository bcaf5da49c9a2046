//! The TypeScript client, type-checked against the server's own description, on the running program and
//! a chain with the published Permit2.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use alloy_primitives::{Address, B256, hex};
use alloy_sol_types::{SolCall as _, sol};
use serde_json::{Value, json};
use tenor::intents::signed::{PERMIT2, SETTLER, wire::SignedDto};

use crate::{
    api::Program,
    bytecode::twin_permit2::permit2_code,
    node::anvil::{Anvil, installed},
    signed::{
        key, owner,
        permit2::{RECEIVER, spend},
        world,
    },
};

sol! {
    function balanceOf(address account) external view returns (uint256);
}

/// WETH's `deposit()`.
const DEPOSIT: &str = "0xd0e30db0";

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}{wrong}");
    told
}

/// A folder beside the packages, so that the client finds them; gone with the test.
#[derive(Debug)]
struct Work(PathBuf);

impl Work {
    /// The client's sources.
    fn new() -> Self {
        let work = installed().join(format!("client-{}", std::process::id()));
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/client");
        fs::create_dir_all(work.join("src")).unwrap();
        for file in
            ["package.json", "tsconfig.json", "src/index.ts", "src/digest.ts", "src/events.ts"]
        {
            fs::copy(from.join(file), work.join(file)).unwrap();
        }
        Self(work)
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(installed().join("node_modules/.bin").join(name));
        command.current_dir(&self.0);
        command
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What is left lies among what is built.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A chain with the published Permit2 and the market's WETH.
fn chain(weth: Address) -> Anvil {
    let anvil = Anvil::start(&["--chain-id", "1"]);
    let placed = world().placed().unwrap();
    let code = placed.iter().find(|placed| placed.address == weth).unwrap().code.clone();
    let rich = json!("0x56bc75e2d63100000");
    anvil.calls(&[
        ("anvil_setCode", json!([PERMIT2, permit2_code()])),
        ("anvil_setCode", json!([weth, code])),
        ("anvil_setBalance", json!([owner(), rich])),
        ("anvil_setBalance", json!([SETTLER, rich])),
    ]);
    anvil.mine();
    anvil
}

/// Whether a transaction succeeded. Its gas is named, so that one that fails is mined too.
fn send(anvil: &Anvil, from: Address, to: Address, value: &str, data: &str) -> bool {
    let transaction =
        json!({ "from": from, "to": to, "value": value, "data": data, "gas": "0x7a120" });
    anvil.send(&transaction)["status"] == "0x1"
}

#[test]
fn the_client_quotes_signs_submits_watches_and_cancels() {
    let program = Program::start(&[]);
    let work = Work::new();
    let description = program.client().get("/v1/openapi.json").ok();
    fs::write(work.0.join("openapi.json"), description.to_string()).unwrap();
    run(work.tool("openapi-typescript").args(["openapi.json", "--output", "src/schema.d.ts"]));
    run(work.tool("tsc").args(["--project", "."]));

    let weth: Address = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2".parse().unwrap();
    let anvil = chain(weth);
    let told = run(Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/intake/client.mjs"))
        .args([work.0.join("dist"), format!("http://{}", program.at).into(), anvil.http().into()])
        .arg(B256::from_slice(&key().to_bytes()).to_string())
        .arg(installed()));
    let told: Value = serde_json::from_str(told.trim_end()).unwrap();

    // The chain takes what the client signed, from the Settler, once.
    let signed: SignedDto = serde_json::from_value(told["signed"].clone()).unwrap();
    let amount = signed.message.permitted.amount.0;
    let call = &told["approval"]["call"];
    let data = call["data"].as_str().unwrap();
    assert!(send(&anvil, owner(), weth, &format!("{amount:#x}"), DEPOSIT));
    let spending = spend(&signed).data.to_string();
    assert!(!send(&anvil, SETTLER, PERMIT2, "0x0", &spending), "nothing is allowed yet");
    assert!(send(&anvil, owner(), call["to"].as_str().unwrap().parse().unwrap(), "0x0", data));
    assert!(!send(&anvil, owner(), PERMIT2, "0x0", &spending), "the Settler alone spends it");
    assert!(send(&anvil, SETTLER, PERMIT2, "0x0", &spending));
    assert!(!send(&anvil, SETTLER, PERMIT2, "0x0", &spending), "once");
    let asked = hex::encode_prefixed(balanceOfCall { account: RECEIVER }.abi_encode());
    let held = anvil.call("eth_call", &json!([{ "to": weth, "data": asked }, "latest"]));
    assert_eq!(held.as_str().unwrap(), format!("{amount:#066x}"));
}
