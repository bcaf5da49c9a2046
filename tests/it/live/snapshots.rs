//! A market in a file is the market that was read.

use std::fs;

use serde_json::Value;
use tenor::{
    answer::AnswerDto,
    engine::{Engine, NOBODY},
    market::snapshot,
};
use tenor_solver::venues::KINDS;

use super::{open, world};
use crate::cli::{file, tenor};

const SENTENCES: [&str; 5] = [
    "swap 50 WETH to wstETH",
    "swap 100000 USDC to weETH",
    "maximize ETH yield on 100 stETH",
    "maximize ETH yield on 100 WETH for 365 days",
    "exit 400 wstETH to ETH within 7 days",
];

/// What an answer says apart from how long it took and what an EVM measured.
fn said(answer: &AnswerDto) -> Value {
    let mut json = serde_json::to_value(answer).unwrap();
    for field in ["timings_us", "simulation"] {
        json.as_object_mut().unwrap().remove(field);
    }
    let disclosures = json["disclosures"].as_array_mut().unwrap();
    disclosures.retain(|line| !line.as_str().unwrap().starts_with("Not run in an EVM"));
    json
}

#[test]
fn the_market_in_a_file_is_the_one_that_was_read() {
    let live = open(&world());
    let text = snapshot::export(&live).unwrap();
    assert!(snapshot::is_snapshot(text.as_bytes()));
    let again = snapshot::open("m.json", text.as_bytes()).unwrap();
    assert_eq!(format!("{:?}", again.market()), format!("{:?}", live.market()));
    assert_eq!(snapshot::export(&again).unwrap(), text);
}

#[test]
fn answers_on_the_file_are_those_on_the_chain() {
    let world = world();
    let live = open(&world);
    let text = snapshot::export(&live).unwrap();
    let again = snapshot::open("m.json", text.as_bytes()).unwrap();
    let on_chain = Engine::of(live.market().clone(), Some(world));
    let on_file = Engine::of(again.market().clone(), None);
    let mut moved = 0;
    for sentence in SENTENCES {
        let here = on_chain.ask(sentence, NOBODY).unwrap();
        let there = on_file.ask(sentence, NOBODY).unwrap();
        moved += usize::from(here.simulation.is_some());
        assert!(there.simulation.is_none());
        let disclosed = there.disclosures.iter().any(|line| line.starts_with("Not run in an EVM"));
        assert_eq!(disclosed, here.simulation.is_some(), "{sentence}");
        assert_eq!(said(&here), said(&there), "{sentence}");
    }
    assert!(moved >= 2, "{moved} plans move anything");
}

#[test]
fn a_file_that_was_changed_is_refused() {
    let text = snapshot::export(&open(&world())).unwrap();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut json: Value = serde_json::from_str(&text).unwrap();
        change(&mut json);
        let text = serde_json::to_vec(&json).unwrap();
        snapshot::open("m.json", &text).unwrap_err().to_string()
    };
    let says = |error: String, words: &str| {
        assert!(error.starts_with("m.json: ") && error.contains(words), "{words}: {error}");
    };
    says(refused(&|v| v["head"]["base_fee_wei"] = "1".into()), "as it says");
    says(
        refused(&|v| v["head"]["base_fee_wei"] = "x".into()),
        "head.base_fee_wei: no whole number",
    );
    says(
        refused(&|v| v["places"][0]["kind"] = "x".into()),
        "places[0].kind: there is no venue kind",
    );
    says(refused(&|v| v["answers"][0]["of"] = "x".into()), "answers[0].of: no address");
    says(
        refused(&|v| {
            let answers = v["answers"].as_array_mut().unwrap();
            let call = answers.iter_mut().find(|answer| answer["call"].is_string());
            call.unwrap()["slot"] = "0x00".into();
        }),
        ": one of `call`",
    );
    says(
        refused(&|v| v["answers"][1] = v["answers"][0].clone()),
        "answers[1]: the same as an answer before it",
    );
    says(
        refused(&|v| {
            v["answers"].as_array_mut().unwrap().pop();
        }),
        "not among the answers",
    );
    assert!(snapshot::open("m.json", b"{").unwrap_err().to_string().starts_with("m.json: "));
}

#[test]
fn the_program_writes_a_market_and_solves_on_it() {
    let path = file("exported.json", b"");
    let out = path.to_str().unwrap();
    let exported = tenor(&["market", "export", "--out", out]);
    assert_eq!((exported.code, exported.out.as_str()), (Some(0), ""), "{exported:?}");
    assert!(exported.err.lines().all(|line| line.starts_with("tenor: left out: ")));
    // Nor are those there that kinds know of themselves.
    let sites: usize = KINDS.iter().map(|kind| kind.sites.len()).sum();
    assert_eq!(exported.err.lines().count(), super::absent().len() + sites);
    let text = fs::read(&path).unwrap();
    assert!(!snapshot::open(out, &text).unwrap().market().yields.is_empty());
    let engine = Engine::of(snapshot::open(out, &text).unwrap().market().clone(), None);
    let expected = said(&engine.ask(SENTENCES[0], NOBODY).unwrap());
    let solved = tenor(&["solve", SENTENCES[0], "--market", out, "--json"]);
    assert_eq!(solved.code, Some(0), "{solved:?}");
    let mut json: Value = serde_json::from_str(&solved.out).unwrap();
    assert!(json["simulation"].is_null());
    assert_eq!(json["market"]["hash"], expected["market"]["hash"]);
    assert_eq!(json["plan"], expected["plan"]);
    // Its certificate holds on the same file.
    let answer = file("exported_answer.json", solved.out.as_bytes());
    let certified = tenor(&["certify", answer.to_str().unwrap(), "--market", out]);
    assert_eq!(certified.code, Some(0), "{certified:?}");
    json["market"] = Value::Null;
    tenor(&["solve", SENTENCES[0], "--market", out, "--assume", out])
        .refused(&["leave --assume out"]);
    tenor(&["market", "export", "--places", out]).refused(&["unknown field"]);
}
