//! `tenor intent`, as an owner types it.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
};

use alloy_primitives::B256;
use serde_json::{Value, json};
use tenor::intents::signed::{Deployment, SETTLER, wire};

use crate::{
    api::Program,
    cli::{Ran, file},
    relays::server::{Request, Server, ok},
    signed::{engine, key, owner},
};

/// The key of the Web3 Secret Storage Definition's test vector, encrypted with "testpassword".
const KEYSTORE: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;
/// Whose key that is.
const KEEPER: &str = "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b";

/// Runs `tenor intent` against a server, with a variable set.
pub(super) fn intent(server: &str, variable: (&str, &str), arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
    command.env_remove("TENOR_RPC").env("TENOR_SERVER", server).env(variable.0, variable.1);
    let run = command.arg("intent").args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: run.status.code(), out: text(run.stdout), err: text(run.stderr) }
}

pub(super) fn server(program: &Program) -> String {
    format!("http://{}", program.at)
}

pub(super) fn secret() -> String {
    B256::from_slice(&key().to_bytes()).to_string()
}

#[test]
fn an_owner_signs_submits_follows_and_cancels() {
    let program = Program::start(&[]);
    let (url, secret) = (server(&program), secret());
    let run = |arguments: &[&str]| intent(&url, ("OWNER_KEY", &secret), arguments);
    let ran = run(&["sign", "swap 5 WETH to wstETH", "--key", "env:OWNER_KEY"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("You sign: ") && ran.err.contains("receives at least"), "{}", ran.err);
    let dto = wire::read(ran.out.trim_end().as_bytes()).unwrap();
    assert_eq!(dto.message.witness.owner, owner());
    let here = Deployment::of(engine().market().chain_id, SETTLER);
    let id = here.id(&(&dto.message).into()).to_string();
    let signed = file("signed.json", ran.out.as_bytes());
    for _ in 0..2 {
        let ran = run(&["submit", signed.to_str().unwrap()]);
        assert_eq!((ran.code, ran.out.trim_end()), (Some(0), &*id), "{ran:?}");
    }
    fs::remove_file(signed).unwrap();
    let ran = run(&["status", &id, "--json"]);
    let status: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&status["schema"], &status["id"]), (&"tenor.status/1".into(), &(*id).into()));
    let ran = run(&["cancel", &id, "--key", "env:OWNER_KEY"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("cancelled") && ran.out.contains("for good: send 0x"), "{ran:?}");
    // It has ended, so that watching it does.
    let ran = run(&["status", &id, "--watch"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("received") && ran.out.contains("cancelled_by_owner"), "{ran:?}");
    assert!(run(&["status", &id]).out.starts_with("cancelled: "));
    let nothing = B256::ZERO.to_string();
    run(&["status", &nothing]).refused(&["unknown_intent"]);
}

#[test]
fn a_keystore_opens_with_its_password_alone() {
    let program = Program::start(&[]);
    let url = server(&program);
    let keystore = file("keystore.json", KEYSTORE.as_bytes());
    let path = keystore.to_str().unwrap();
    let sign = |password: &str| {
        let arguments =
            ["sign", "swap 5 WETH to wstETH", "--keystore", path, "--password", "env:PW"];
        intent(&url, ("PW", password), &arguments)
    };
    let ran = sign("testpassword");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let dto = wire::read(ran.out.trim_end().as_bytes()).unwrap();
    assert_eq!(format!("{:#x}", dto.message.witness.owner), KEEPER);
    sign("testpasswort").refused(&["no keystore that this password opens"]);
    fs::remove_file(keystore).unwrap();
}

#[test]
fn what_is_wrong_is_said_and_no_key_is_shown() {
    let (nowhere, secret) = ("http://127.0.0.1:1", secret());
    let run = |arguments: &[&str]| intent(nowhere, ("OWNER_KEY", "not-a-key-hunter2"), arguments);
    let sign = ["sign", "swap 5 WETH to wstETH", "--key"];
    for (given, says) in [
        (&*secret, "a secret is never written here"),
        ("env:OWNER_KEY", "env:OWNER_KEY does not hold a key"),
        ("env:NO_SUCH_KEY", "it is not set"),
        ("file:/no/such/key", "cannot read file:/no/such/key"),
    ] {
        let ran = run(&[&sign[..], &[given]].concat());
        ran.refused(&[says]);
        assert!(!ran.err.contains("hunter2") && !ran.err.contains(&secret[2..]), "{ran:?}");
    }
    run(&sign[..2]).refused(&["--key"]);
    run(&["status", "0x12"]).refused(&["64 hexadecimal digits"]);
    run(&["submit", "/no/such/file"]).refused(&["/no/such/file", "signed intent"]);
    let bad = file("unsigned.json", b"{}");
    run(&["submit", bad.to_str().unwrap()]).refused(&["missing field"]);
    fs::remove_file(bad).unwrap();
    let ran = run(&["status", &B256::ZERO.to_string()]);
    assert_eq!((ran.code, &*ran.out), (Some(1), ""), "{ran:?}");
    assert!(ran.err.contains("cannot be reached") && ran.err.contains("tenor serve"), "{ran:?}");
}

/// What a server offers that is something else than what was asked for is not signed.
#[test]
fn another_settler_or_chain_is_not_signed_for() {
    let program = Program::start(&[]);
    let (url, secret) = (server(&program), secret());
    let other = "0x00000000000000000000000000000000000000aa";
    for wrong in [["--chain", "5"], ["--settler", other]] {
        let arguments = ["sign", "swap 5 WETH to wstETH", "--key", "env:OWNER_KEY"];
        let ran = intent(&url, ("OWNER_KEY", &secret), &[&arguments[..], &wrong].concat());
        assert_eq!((ran.code, &*ran.out), (Some(1), ""), "{ran:?}");
        assert!(ran.err.contains("nothing is signed"), "{ran:?}");
    }
    let held = ["sign", "maximize ETH yield on 100 stETH", "--key", "env:OWNER_KEY"];
    let ran = intent(&url, ("OWNER_KEY", &secret), &held);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let native = ["sign", "swap 5 ETH to wstETH", "--key", "env:OWNER_KEY"];
    let ran = intent(&url, ("OWNER_KEY", &secret), &native);
    assert!(ran.code == Some(3) && ran.err.contains("native ETH"), "{ran:?}");
}

/// A server lets go of a connection on which nothing comes, as while an allowance is waited for.
#[test]
fn each_request_has_a_connection_of_its_own() {
    let server = Server::start(|request: &Request| {
        let health = json!({ "mode": "live", "sandbox": { "node": "http://127.0.0.1:1" } });
        ok(if request.line.contains("/v1/health") { health } else { json!({}) }.to_string())
    });
    let ran = intent(&server.url(), ("TENOR_LOG", "off"), &["submit", "swap 1 WETH to wstETH"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let asked = server.requests();
    let connections: BTreeSet<usize> = asked.iter().map(|request| request.connection).collect();
    assert_eq!((asked.len(), connections.len()), (2, 2), "{asked:?}");
}
