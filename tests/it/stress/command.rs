//! `tenor stress` as its users meet it.

use std::fs;

use serde_json::Value;

use crate::cli::{file, tenor};

const SENTENCE: &str = "maximize ETH yield on 100 WETH for 90 days";
const LEVERED: &str = "maximize ETH yield on 100 stETH for 365 days risk high leverage <= 3";
const LOOP: &[u8] = b"schema = \"tenor.position/1\"\n[[loan]]\nvenue = \"aave_v3:WETH\"\n\
    collateral = \"wstETH\"\ncollateral_amount = 857\ndebt = \"WETH\"\ndebt_amount = 900\n\
    threshold = 0.95\nbonus = 0.01\nrate = 0.0258\noracle = \"redemption\"\n";

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// All ten events on the plan of a sentence, and every loss follows from the amounts beside it.
#[test]
fn ten_events_are_applied_to_the_plan_of_a_sentence() {
    let ran = tenor(&["stress", SENTENCE, "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["schema"], "tenor.stress/1");
    assert_eq!(report["plan"]["holdings"][0]["symbol"], "wstETH");
    let events = report["scenarios"].as_array().unwrap();
    assert_eq!(events.len(), 10);
    for event in events {
        for name in ["name", "date", "source"] {
            assert!(!event[name].as_str().unwrap().is_empty(), "{event}");
        }
        let told = event["happens"].as_array().unwrap().len();
        assert!(told + event["left_out"].as_array().unwrap().len() > 0, "{event}");
        let loss = |before: &Value, after: &Value| 1e4 * (1.0 - number(after) / number(before));
        let of = [("redeem_wei", "redeem_bps"), ("horizon_wei", "horizon_bps")];
        for (wei, bps) in of {
            let expected = loss(&report["before"][wei], &event["after"][wei]);
            assert!((number(&event["loss"][bps]) - expected).abs() < 1e-3, "{event}");
        }
        for at in 0..4 {
            let of = |state: &Value| state["reach"][at]["eth_wei"].clone();
            let expected = loss(&of(&report["before"]), &of(&event["after"]));
            assert!((number(&event["loss"]["reach_bps"][at]) - expected).abs() < 1e-3);
        }
    }
    let page = tenor(&["stress", SENTENCE]);
    assert!(
        page.out.contains("2026-04-rseth") && page.out.contains("unverified: "),
        "{}",
        page.out
    );
}

#[test]
fn a_position_with_debt_shows_its_health() {
    let path = file("loop.toml", LOOP);
    let name = path.to_str().unwrap();
    let ran = tenor(&["stress", "--position", name, "--scenario", "2025-07-eth-borrow", "--json"]);
    fs::remove_file(path).unwrap();
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let after = &report["scenarios"][0]["after"]["health"][0];
    assert!((number(&after["factor"]) - 1.056).abs() < 1e-3, "{after}");
    assert!(number(&after["factor_at_horizon"]) < number(&after["factor"]));
    assert_eq!((&after["borrow_bps"], &after["liquidated"]), (&"1800.0000".into(), &false.into()));
}

/// An answer that was written down is stressed as the sentence that made it is.
#[test]
fn an_answer_is_stressed_as_its_sentence() {
    let answer = tenor(&["solve", SENTENCE, "--json"]);
    let path = file("answer.json", answer.out.as_bytes());
    let from = tenor(&["stress", "--answer", path.to_str().unwrap(), "--json"]);
    fs::remove_file(path).unwrap();
    let own = tenor(&["stress", SENTENCE, "--json"]);
    let [from, own]: [Value; 2] = [from, own].map(|ran| serde_json::from_str(&ran.out).unwrap());
    assert_eq!(from["before"], own["before"]);
    for (a, b) in
        from["scenarios"].as_array().unwrap().iter().zip(own["scenarios"].as_array().unwrap())
    {
        assert_eq!(a, b);
    }
}

/// A plan that owes something is stressed with what it owes: it starts as the answer says, loses its
/// leverage times what its equity alone would, and is liquidated where the answer says that it would be.
#[test]
fn a_loop_is_stressed_with_what_it_owes() {
    let solved = tenor(&["solve", LEVERED, "--json"]);
    let answer: Value = serde_json::from_str(&solved.out).unwrap();
    let path = file("levered.json", solved.out.as_bytes());
    let stress = |more: &[&str]| -> Value {
        let ran =
            tenor(&[&["stress", "--answer", path.to_str().unwrap(), "--json"], more].concat());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
        serde_json::from_str(&ran.out).unwrap()
    };
    let (told, report) = (&answer["leverage"], stress(&[]));
    let loan = &report["plan"]["loans"][0];
    assert_eq!(loan["collateral"]["amount"], told["collateral_amount"]);
    assert_eq!(loan["debt"]["amount"], told["debt_amount"]);
    let symbols =
        report["plan"]["holdings"].as_array().unwrap().iter().map(|h| h["symbol"].as_str());
    assert!(symbols.flatten().all(|s| !s.contains("Debt") && !s.starts_with('a')), "{report}");
    let factor = |state: &Value| number(&state["health"][0]["factor"]);
    assert!((factor(&report["before"]) - number(&told["health"])).abs() < 1e-3, "{report}");
    assert!(report["disclosures"].to_string().contains("liquidators"), "{report}");

    let alone = tenor(&["stress", "maximize ETH yield on 100 stETH for 365 days", "--json"]);
    let alone: Value = serde_json::from_str(&alone.out).unwrap();
    let times = number(&told["leverage"]);
    let mut lost = 0;
    let events = report["scenarios"].as_array().unwrap().iter();
    for (event, plain) in events.zip(alone["scenarios"].as_array().unwrap()) {
        let health = &event["after"]["health"][0];
        assert!(number(&health["factor"]) > 0.0, "{event}");
        if health["liquidated"] == false {
            let [of, own] = [event, plain].map(|e| number(&e["loss"]["redeem_bps"]));
            assert!((of - times * own).abs() <= 0.02 * of.abs() + 0.01, "{event}: {of}, {own}");
            lost += u32::from(of > 0.0);
        }
    }
    assert!(lost > 0, "no event takes anything: {report}");

    let drop = number(&told["liquidation_drop_bps"]) / 1e4;
    for (by, liquidated) in [(-0.01, false), (0.01, true)] {
        let text = format!(
            "schema = \"tenor.scenario/1\"\nname = \"n\"\ndate = \"2024-01-01\"\nsource = \"made up\"\n\
             [[shock]]\nkind = \"backing\"\nasset = \"stETH\"\nloss = {:.4}\n",
            drop + by
        );
        let scenario = file("fall.toml", text.as_bytes());
        let event = stress(&["--scenario", scenario.to_str().unwrap()])["scenarios"][0].clone();
        fs::remove_file(scenario).unwrap();
        let after = &event["after"];
        assert_eq!(after["health"][0]["liquidated"], liquidated, "{after}");
        assert_eq!(factor(after) < 1.0, liquidated, "{after}");
        // What is owed stays: the equity loses its leverage times what the collateral loses, and what
        // liquidators are paid for what they repay.
        let bonus = number(&told["liquidation_bonus_bps"]) * (times - 1.0);
        let expected = 1e4 * times * (drop + by) + if liquidated { bonus } else { 0.0 };
        let of = number(&event["loss"]["redeem_bps"]);
        assert!((of - expected).abs() < 1e-3 * expected, "{of}, {expected}");
    }
    fs::remove_file(path).unwrap();
}

/// Collateral without its debt would be no position at all.
#[test]
fn an_answer_that_owes_something_is_refused() {
    let answer = tenor(&["solve", SENTENCE, "--json"]);
    let mut answer: Value = serde_json::from_str(&answer.out).unwrap();
    answer["leverage"] = serde_json::json!({ "debt_amount": "1" });
    let path = file("owing.json", answer.to_string().as_bytes());
    tenor(&["stress", "--answer", path.to_str().unwrap()]).refused(&["owes", "--position"]);
    answer["leverage"] = Value::Null;
    fs::write(&path, answer.to_string()).unwrap();
    assert_eq!(tenor(&["stress", "--answer", path.to_str().unwrap()]).code, Some(0));
    fs::remove_file(path).unwrap();
}

#[test]
fn what_is_wrong_is_told_in_one_line() {
    tenor(&["stress"]).refused(&["SENTENCE"]);
    let near = ["--scenario", "2022-06-celsus"];
    tenor(&[&["stress", SENTENCE][..], &near].concat()).refused(&["\"2022-06-celsius\""]);
    let path = file("bad.toml", b"schema = \"tenor.scenario/1\"\nname = \"n\"\ndate = \"d\"\nsource = \"s\"\n[[shock]]\nkind = \"paused\"\nvenue = \"curve:ETH/stEHT\"\n");
    let name = path.to_str().unwrap();
    let ran = tenor(&["stress", SENTENCE, "--scenario", name]);
    ran.refused(&["line 7", "shock[0].venue", "unknown venue", "nearest is \"curve:ETH/stETH\""]);
    tenor(&["stress", "--answer", name]).refused(&["tenor solve --json"]);
    tenor(&["stress", "--position", name]).refused(&["unknown schema", "tenor.position/1"]);
    fs::remove_file(path).unwrap();
}
