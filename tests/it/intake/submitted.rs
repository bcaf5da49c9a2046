//! `tenor intent submit` with a sentence: quoted, signed, handed in and followed in one go.

use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::{SolCall as _, sol};
use serde_json::{Value, json};
use tenor::{
    config::{Config, Mode},
    intents::signed::PERMIT2,
    sandbox::{Options, accounts},
};

use super::command::{intent, secret, server};
use crate::{
    api::{Program, Server},
    cli::Ran,
    sandbox::kit::{self, Local},
    signed::owner,
};

sol! {
    function allowance(address owner, address spender) external view returns (uint256);
}

const SWAP: &str = "swap 5 WETH to wstETH";
const HOLD: &str = "maximize ETH yield on 100 stETH";

/// Runs `tenor intent submit` without a key.
fn keyless(server: &str, arguments: &[&str]) -> Ran {
    intent(server, ("OWNER_KEY", ""), &[&["submit"], arguments].concat())
}

/// The intents of an owner.
fn kept(program: &crate::api::Client, owner: Address) -> Vec<Value> {
    let listed = program.get(&format!("/v1/intents?owner={owner}")).ok();
    listed["intents"].as_array().unwrap().clone()
}

#[test]
fn a_sentence_is_signed_handed_in_and_followed() {
    let program = Program::start(&[]);
    let (url, secret) = (server(&program), secret());
    let run = |arguments: &[&str]| intent(&url, ("OWNER_KEY", &secret), arguments);
    let key = ["--key", "env:OWNER_KEY"];
    let ran = run(&[&["submit", SWAP], &key[..]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("mode is simulate: nothing will be sent"), "{}", ran.err);
    assert!(ran.err.contains("You sign: ") && ran.err.contains("Permit2 may not"), "{}", ran.err);
    let listed = kept(&program.client(), owner());
    assert_eq!(listed.len(), 1, "{listed:?}");
    let mut lines = ran.out.lines();
    assert_eq!(lines.next(), listed[0]["id"].as_str());
    for stage in ["received", "verified", "quoted"] {
        assert!(lines.next().unwrap().contains(stage), "{ran:?}");
    }
    assert_eq!(lines.next(), None, "{ran:?}");
    // Handed in, and left at that.
    let ran = run(&[&["submit", SWAP, "--no-wait"], &key[..]].concat());
    assert_eq!((ran.code, ran.out.lines().count()), (Some(0), 1), "{ran:?}");
    assert_eq!(kept(&program.client(), owner()).len(), 2);
    let ran = run(&[&["submit", SWAP, "--json"], &key[..]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told[0]["schema"], "tenor.accepted/1");
    assert!(told[1..].iter().all(|event| event["schema"] == "tenor.event/1"));
    assert_eq!(told.last().unwrap()["stage"], "quoted");
}

#[test]
fn what_is_held_is_neither_signed_nor_sent() {
    let program = Program::start(&[]);
    let (url, secret) = (server(&program), secret());
    let run = |more: &[&str]| {
        let arguments = [&["submit", HOLD, "--key", "env:OWNER_KEY"], more].concat();
        intent(&url, ("OWNER_KEY", &secret), &arguments)
    };
    let ran = run(&[]);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
    assert!(ran.out.starts_with("Held: hold stETH\n"), "{}", ran.out);
    // The plan that comes next is worse by what it says, and not by nothing.
    assert!(ran.out.contains("why    the next best plan, ETH, leaves 0.7"), "{}", ran.out);
    assert!(ran.out.ends_with("nothing is signed, and nothing is sent\n"), "{}", ran.out);
    let quote: Value = serde_json::from_str(&run(&["--json"]).out).unwrap();
    assert_eq!(
        (&quote["schema"], &quote["plan"]["kind"]),
        (&json!("tenor.quote/1"), &json!("hold"))
    );
    assert!(kept(&program.client(), owner()).is_empty());
    // What cannot be had is no hold.
    let exit = ["submit", "exit 40 weETH to ETH within 7 days", "--key", "env:OWNER_KEY"];
    let ran = intent(&url, ("OWNER_KEY", &secret), &exit);
    assert_eq!((ran.code, &*ran.out), (Some(3), ""), "{ran:?}");
}

#[test]
fn without_a_key_only_a_sandbox_of_this_machine_signs() {
    let program = Program::start(&[]);
    keyless(&server(&program), &[SWAP]).refused(&["--key", "--keystore"]);
    keyless(&server(&program), &["signed.json", "--key", "env:OWNER_KEY"]).refused(&["leave out"]);
    let sandbox = Server::sandbox(Config::default(), "http://127.0.0.1:1".to_owned());
    assert_eq!(sandbox.client().get("/v1/health").ok()["sandbox"]["node"], "http://127.0.0.1:1");
    // The same server by an address that is not this machine's alone.
    let elsewhere = format!("http://0.0.0.0:{}", sandbox.at.port());
    keyless(&elsewhere, &[SWAP]).refused(&["--key", "--keystore"]);
    let everybody = accounts::addresses()[0];
    assert!(kept(&sandbox.client(), everybody).is_empty());
    let ran = keyless(&format!("http://{}", sandbox.at), &[SWAP]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains(&everybody.to_string()) && ran.err.contains("everybody's"), "{ran:?}");
    assert_eq!(kept(&sandbox.client(), everybody).len(), 1);
    // Who names a key signs with it.
    let named = ["submit", SWAP, "--key", "env:OWNER_KEY"];
    let ran = intent(&format!("http://{}", sandbox.at), ("OWNER_KEY", &secret()), &named);
    assert!(ran.code == Some(0) && !ran.err.contains("everybody's"), "{ran:?}");
    assert_eq!(kept(&sandbox.client(), owner()).len(), 1);
}

/// Where something would be sent, the allowance is: of what is signed, and no more.
#[test]
fn permit2_is_allowed_what_is_signed() {
    let node = Local::with(Options { at_once: true, ..Options::default() });
    let config = Config { mode: Mode::Live, ..Config::default() };
    let sandbox = Server::sandbox(config, node.url());
    let ran = keyless(&format!("http://{}", sandbox.at), &[SWAP, "--no-wait"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let amount = U256::from(5) * U256::from(kit::ETHER);
    assert!(ran.err.contains(&format!("Permit2 may take {amount} of ")), "{}", ran.err);
    let asked = allowanceCall { owner: kit::address(0), spender: PERMIT2 }.abi_encode();
    let call = json!([{ "to": kit::token("WETH"), "data": hex::encode_prefixed(asked) }, "latest"]);
    let allowed: U256 = serde_json::from_value(node.call("eth_call", &call)).unwrap();
    assert_eq!(allowed, amount);
    // A key that is somebody's signs for no node that a server names.
    let named = ["submit", SWAP, "--no-wait", "--key", "env:OWNER_KEY"];
    let before = node.next();
    let ran = intent(&format!("http://{}", sandbox.at), ("OWNER_KEY", &secret()), &named);
    assert!(ran.code == Some(0) && ran.err.contains("Permit2 may not take it yet"), "{ran:?}");
    assert_eq!(node.next(), before, "no block was built");
}
