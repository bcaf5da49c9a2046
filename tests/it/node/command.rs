//! `--rpc` on the command line.

use std::process::{Command, Stdio};

use serde_json::Value;
use tenor_simulations::figures::embedded;

use super::{anvil::Anvil, furnished, judge};
use crate::cli::{Ran, file, tenor};

const SWAP: &str = "swap 50 WETH to wstETH";

/// The built-in market's figures as a file, which makes the plan where a node is given as well.
fn figures_file() -> String {
    file("figures.json", embedded()).to_str().unwrap().to_owned()
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn a_plan_is_verified_on_a_node() {
    let anvil = judge::embedded();
    let market = figures_file();
    let here = json(&tenor(&["solve", SWAP, "--json", "--market", &market]));
    for url in [anvil.http(), anvil.ws(), anvil.ipc()] {
        let there = json(&tenor(&["solve", SWAP, "--json", "--market", &market, "--rpc", &url]));
        for part in ["plan", "yield", "simulation", "certificate"] {
            assert_eq!(there[part], here[part], "{part}");
        }
        let disclosures = there["disclosures"].as_array().unwrap();
        let said = |line: &Value| line.as_str().unwrap().starts_with("Verified on the state of ");
        assert_eq!(disclosures.iter().filter(|line| said(line)).count(), 1);
    }
}

#[test]
fn a_plan_is_verified_on_a_state_that_is_proven() {
    let anvil = judge::embedded();
    let (market, url) = (figures_file(), anvil.http());
    let judged = &["solve", SWAP, "--json", "--market", &market, "--rpc", &url, "--proofs"];
    let there = json(&tenor(judged));
    assert!(there["disclosures"].to_string().contains("every value proven"), "{there}");
    let made = json(&tenor(&["solve", SWAP, "--json", "--rpc", &url, "--proofs"]));
    let source = &made["market"]["source"];
    assert!(source.as_str().unwrap().ends_with("every value proven"), "{source}");
    let plain = json(&tenor(&["solve", SWAP, "--json", "--rpc", &url]));
    for part in ["plan", "yield", "simulation", "certificate"] {
        assert_eq!(made[part], plain[part], "{part}");
    }
    tenor(&["solve", SWAP, "--proofs"]).refused(&["--rpc <URL>"]);
}

#[test]
fn the_environment_names_the_node_for_all_commands() {
    let anvil = furnished(&["--chain-id", "5"]);
    let output = Command::new(env!("CARGO_BIN_EXE_tenor"))
        .args(["solve", SWAP])
        .env("TENOR_RPC", anvil.http())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("is on chain 5, not on chain 1"), "{said}");
}

/// A plan made of the figures of one block is not confirmed on a chain without its contracts.
#[test]
fn a_plan_that_the_node_disagrees_with_is_not_shown() {
    let anvil = furnished(&["--chain-id", "1", "--timestamp", "1780000000"]);
    let ran = tenor(&["solve", SWAP, "--market", &figures_file(), "--rpc", &anvil.http()]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.err.contains("no plan was confirmed on http://127.0.0.1:"), "{ran:?}");
    assert!(ran.err.contains("figures are of block"), "{ran:?}");
}

/// Whatever is wrong with a URL, what may be a key in it is not repeated.
#[test]
fn no_key_of_a_url_is_ever_printed() {
    let keys = ["hunter22", "abcdef0123456789", "s3cr3tt0ken"];
    let hides = |url: &str, code: i32| {
        for arguments in
            [&["solve", SWAP, "--rpc", url][..], &["solve", SWAP, "--rpc", url, "--jsn"]]
        {
            let ran = tenor(arguments);
            assert!(ran.code == Some(code) || arguments.len() > 4, "{ran:?}");
            for key in keys {
                assert!(!ran.err.contains(key) && !ran.out.contains(key), "{ran:?}");
            }
        }
    };
    for scheme in ["http", "ws"] {
        hides(
            &format!("{scheme}://user:hunter22@127.0.0.1:1/v2/abcdef0123456789?k=s3cr3tt0ken"),
            1,
        );
    }
    hides("htps://node.example/abcdef0123456789?k=s3cr3tt0ken", 2);
    hides("node.example/abcdef0123456789", 2);
    let anvil = Anvil::start(&[]);
    let path = format!("{}/v2/abcdef0123456789?k=s3cr3tt0ken", anvil.http());
    hides(&path, 1);
}

/// The answer's market is read at the answer's block, though the node has gone on.
#[test]
fn an_answer_is_certified_on_the_block_that_it_is_of() {
    let anvil = judge::place(&judge::figures().1);
    let url = anvil.http();
    let answer = json(&tenor(&["solve", SWAP, "--json", "--rpc", &url]));
    let certify = |name: &str, answer: &Value| {
        let path = file(name, answer.to_string().as_bytes());
        tenor(&["certify", path.to_str().unwrap(), "--rpc", &url])
    };
    anvil.mine();
    let ran = certify("of-a-node.json", &answer);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("holds: "), "{ran:?}");

    let mut later = answer;
    later["market"]["block"] = 1_000_000_000.into();
    let ran = certify("of-no-block.json", &later);
    assert!(ran.code == Some(1) && ran.err.contains("1000000000"), "{ran:?}");
}
