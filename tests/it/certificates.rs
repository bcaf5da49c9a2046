//! Certificates of real answers: `tenor certify` accepts what the solver says and refuses anything
//! else.

use std::fs;

use serde_json::{Value, json};

use crate::cli::{Ran, file, tenor};

/// Every kind of answer that carries a certificate.
const SENTENCES: [&str; 7] = [
    "maximize ETH yield on 100 WETH for 365 days",
    "exit 400 wstETH to ETH within 7 days",
    "maximize ETH yield on 250000 ETH risk high",
    "maximize ETH yield on 100 stETH",
    "maximize ETH yield on 3 ETH for 3 days",
    "swap 50 WETH to wstETH",
    "maximize ETH yield on 100 stETH avoid lido",
];

/// The gap above which an answer on the built-in market has lost something, in basis points.
const WIDE: f64 = 5.0;

fn solve(sentence: &str) -> Value {
    serde_json::from_str(&tenor(&["solve", sentence, "--json"]).out).unwrap()
}

/// Runs `tenor certify` on an answer.
fn certify(name: &str, answer: &Value) -> Ran {
    let path = file(name, answer.to_string().as_bytes());
    let ran = tenor(&["certify".as_ref(), path.as_os_str()]);
    fs::remove_file(path).unwrap();
    ran
}

fn amount(value: &Value) -> u128 {
    value.as_str().unwrap().parse().unwrap()
}

/// Whole wei more or less.
fn moved(value: &Value, by: i128) -> Value {
    json!(amount(value).checked_add_signed(by).unwrap().to_string())
}

#[test]
fn answers_are_certified_and_near_their_bound() {
    for (nth, sentence) in SENTENCES.iter().enumerate() {
        let answer = solve(sentence);
        let gap: f64 = answer["certificate"]["gap_bps"].as_str().unwrap().parse().unwrap();
        assert!((0.0..WIDE).contains(&gap), "{sentence}: {gap} bp");
        let ran = certify(&format!("good-{nth}"), &answer);
        assert_eq!(ran.code, Some(0), "{sentence}: {ran:?}");
        assert!(ran.out.starts_with("holds: "), "{sentence}: {ran:?}");
    }
}

#[test]
fn the_page_shows_the_proof_and_what_limits_are_worth() {
    let page = tenor(&["solve", "maximize ETH yield on 250000 ETH risk high"]).out;
    for words in ["Proof at most", "Lido stake limit", "one more would add"] {
        assert!(page.contains(words), "{words:?} is not on the page:\n{page}");
    }
}

#[test]
fn the_shadow_price_of_a_limit_is_what_more_of_it_adds() {
    // One more ETH of room stakes one more ETH that would have been idle: the yield over ninety
    // days, less what leaving by the queue or a sale costs at the margin.
    let answer = solve("maximize ETH yield on 250000 ETH risk high");
    let of = |limit: &str| {
        let binding = answer["binding"].as_array().unwrap();
        let found = binding.iter().find(|b| b["limit"] == limit).unwrap();
        found["shadow_price"].as_str().unwrap().parse::<f64>().unwrap()
    };
    let stake = of("Lido stake limit");
    assert!((0.001..0.01).contains(&stake), "{stake}");
    assert!(of("liquidity known of the pool") > stake, "wstETH below its rate is worth more");
}

/// A way of changing an answer so that it says more than is true.
type Tampering = (&'static str, fn(&mut Value));

const TAMPERINGS: [Tampering; 16] = [
    ("a lower bound", |a| {
        a["certificate"]["bound"] = moved(&a["certificate"]["bound"], -1_000_000_000_000_000);
    }),
    ("a better answer", |a| {
        a["certificate"]["answer"] = moved(&a["certificate"]["answer"], 1);
    }),
    ("a smaller gap", |a| a["certificate"]["gap_bps"] = json!("0.0000")),
    ("another price", |a| a["certificate"]["prices"][0]["price"] = json!("1.5")),
    ("a price of nothing", |a| a["certificate"]["prices"][0]["price"] = json!("0")),
    ("a price that is none", |a| a["certificate"]["prices"][1]["price"] = json!("NaN")),
    ("a price too few", |a| {
        a["certificate"]["prices"].as_array_mut().unwrap().pop();
    }),
    ("a price twice", |a| {
        let prices = a["certificate"]["prices"].as_array_mut().unwrap();
        prices.push(prices[0].clone());
    }),
    ("another market", |a| {
        a["certificate"]["market_hash"] = json!(format!("0x{}", "11".repeat(32)));
    }),
    ("another amount", |a| {
        a["certificate"]["amount_in"] = moved(&a["certificate"]["amount_in"], 1);
    }),
    ("free gas", |a| a["certificate"]["gas_price_wei"] = json!("0")),
    ("another objective", |a| a["certificate"]["objective"] = json!("gross")),
    ("another token", |a| {
        a["certificate"]["token_out"] = a["certificate"]["prices"][1]["token"].clone();
    }),
    ("a richer leg", |a| {
        a["plan"]["legs"][0]["amount_out"] = moved(&a["plan"]["legs"][0]["amount_out"], 1);
    }),
    ("a richer end", |a| {
        a["plan"]["outputs"][0]["amount"] = moved(&a["plan"]["outputs"][0]["amount"], 1);
    }),
    ("another question", |a| {
        a["intent"]["sentence"] = json!("maximize ETH yield on 101 WETH for 365 days");
    }),
];

#[test]
fn tampered_answers_are_refused() {
    let good = solve("maximize ETH yield on 100 WETH for 365 days");
    for (nth, (what, tamper)) in TAMPERINGS.iter().enumerate() {
        let mut answer = good.clone();
        tamper(&mut answer);
        assert_ne!(answer, good, "{what} changes nothing");
        let ran = certify(&format!("bad-{nth}"), &answer);
        assert_eq!(ran.code, Some(2), "{what} passes: {ran:?}");
        ran.refused(&["is refused"]);
    }
}

#[test]
fn what_is_no_answer_is_told() {
    certify("no-answer", &json!({"schema": "tenor.answer/1"})).refused(&["is no answer"]);
    let mut answer = solve(SENTENCES[0]);
    answer["certificate"] = Value::Null;
    certify("no-certificate", &answer).refused(&["is refused", "no certificate"]);
}
