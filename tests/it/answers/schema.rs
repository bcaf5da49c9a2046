//! The answer as JSON, schema `tenor.answer/1`: programs rely on every field of it.

use serde_json::Value;

use super::ask;

/// Fields that every answer has.
const TOP: &[&str] = &[
    "schema",
    "market",
    "tokens",
    "intent",
    "plan",
    "yield",
    "risk",
    "exit_ladder",
    "ways_out",
    "binding",
    "alternatives",
    "unranked",
    "infeasible",
    "simulation",
    "exposure",
    "certificate",
    "leverage",
    "disclosures",
    "timings_us",
];

/// Fields of what stands at each path, wherever it is not null; `*` is every item.
const FIELDS: &[(&str, &[&str])] = &[
    ("market", &["chain_id", "block", "timestamp", "source", "hash"]),
    ("intent", &["sentence", "canonical", "goal", "asset", "amount", "filled"]),
    ("plan", &["kind", "way", "legs", "outputs", "approvals", "gas"]),
    ("plan/legs/*", &["venue", "kind", "token_in", "token_out", "amount_in", "amount_out"]),
    ("plan/outputs/*", &["token", "amount", "unallocated"]),
    ("plan/approvals/*", &["token", "spender", "amount"]),
    (
        "yield",
        &[
            "net_bps",
            "organic_bps",
            "incentive_bps",
            "cost_bps",
            "net_wei",
            "organic_wei",
            "incentive_wei",
            "cost_wei",
            "horizon_s",
            "break_even_s",
            "components",
            "rewards",
        ],
    ),
    ("yield/components/*", &["component", "class", "payer", "wei", "bps"]),
    (
        "risk",
        &[
            "tier",
            "expected_loss_bps",
            "unexpected_loss_bps",
            "charge_bps",
            "caution",
            "survival_bps",
            "priors",
            "drivers",
            "hazards",
            "benchmark",
            "positions",
            "forced_sale",
            "waits",
            "unknown",
        ],
    ),
    ("risk/hazards/*", &["node", "kind", "hazard", "rate_bps", "severity_bps", "loss_bps"]),
    ("risk/benchmark", &["rate_bps", "basis"]),
    (
        "risk/positions/*",
        &[
            "token",
            "share_bps",
            "tier",
            "expected_loss_bps",
            "unexpected_loss_bps",
            "net_bps",
            "spread_bps",
            "liquidity_premium_bps",
            "fair_spread_bps",
            "paid_for_risk",
        ],
    ),
    ("risk/forced_sale", &["alpha_bps", "share_bps", "discount_bps", "loss_bps"]),
    ("risk/waits/*", &["token", "name", "venue", "q50_s", "q95_s", "basis", "transferable"]),
    (
        "exit_ladder/*",
        &[
            "within_s",
            "eth_wei",
            "share_bps",
            "cost_bps",
            "half_depth_eth_wei",
            "half_depth_share_bps",
            "half_depth_cost_bps",
        ],
    ),
    ("ways_out/*", &["token", "amount", "held", "ways", "unknown"]),
    (
        "ways_out/*/ways/*",
        &[
            "kind",
            "name",
            "venue",
            "to",
            "takes",
            "pays",
            "rate_rule",
            "fee_bps",
            "least",
            "most",
            "limit",
            "limit_by",
            "least_wait_s",
            "expected_wait_s",
            "assumed",
            "transferable",
            "unknown",
        ],
    ),
    ("binding/*", &["limit", "detail", "cost_bps"]),
    ("alternatives/*", &["kind", "label", "outputs", "net_bps", "net_wei", "adds_wei", "violates"]),
    ("unranked/*", &["token", "yields", "missing"]),
    ("infeasible", &["reason", "relaxations"]),
    ("infeasible/relaxations/*", &["limit", "to", "net_bps"]),
    ("simulation", &["gas", "difference_wei"]),
    ("exposure", &["slippage_bps", "sandwich_wei", "loss_wei", "backrun_wei", "legs"]),
    ("exposure/legs/*", &["leg", "front", "taken", "loss", "sandwich_wei", "safe_slippage_bps"]),
    (
        "leverage",
        &[
            "venue",
            "collateral_token",
            "loan_token",
            "position_tokens",
            "threshold_bps",
            "oracle",
            "leverage",
            "collateral_amount",
            "debt_amount",
            "debt_at_horizon",
            "health",
            "health_wad",
            "target_health",
            "health_at_horizon",
            "liquidation_drop_bps",
            "liquidation_bonus_bps",
            "liquidation_loss_bps",
            "carry_to_liquidation_s",
            "collateral_bps",
            "borrow_before_bps",
            "borrow_bps",
            "break_even_borrow_bps",
            "equity_bps",
            "used_before_bps",
            "used_bps",
            "loan_available",
            "collateral_available",
            "unwinding",
            "stress",
        ],
    ),
    ("leverage/unwinding", &["rounds", "needs_amount", "most_at_once", "left_amount", "gas"]),
    (
        "leverage/stress/*",
        &[
            "what",
            "used_bps",
            "borrow_bps",
            "equity_bps",
            "carry_to_liquidation_s",
            "equity_loss_bps",
            "can_leave",
        ],
    ),
    ("timings_us", &["parse", "solve", "simulate"]),
];

const KINDS: &[&str] = &["hold", "swap", "positions", "exit", "infeasible"];
const WAYS: &[&str] = &["settled", "owner_executed", "none"];
const LEGS: &[&str] =
    &["swap", "wrap", "stake", "deposit", "redeem", "borrow", "repay", "queue", "hold"];

/// One of each kind of answer, and what makes each optional part appear.
const SENTENCES: &[&str] = &[
    "maximize ETH yield on 100 stETH",
    "maximize ETH yield on 100 WETH for 365 days",
    "maximize ETH yield on 100 stETH avoid lido",
    "maximize ETH yield on 250000 ETH risk high",
    "maximize ETH yield on 250000 ETH risk low",
    "maximize ETH yield on 100 stETH for 365 days risk high leverage <= 3",
    "swap 50 WETH to wstETH",
    "swap 1000 USDC to WETH",
    "exit 400 wstETH to ETH within 7 days",
    "exit 40 weETH to ETH within 7 days",
];

/// What stands at a path; several where it has a `*`.
fn standing<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('/').fold(vec![value], |at, name| {
        let below = |v: &'v Value| match (name, v) {
            ("*", Value::Array(items)) => items.iter().collect(),
            (_, Value::Object(fields)) => fields.get(name).into_iter().collect(),
            _ => Vec::new(),
        };
        at.into_iter().flat_map(below).filter(|v| !v.is_null()).collect()
    })
}

/// Every leaf below a value, with its path and its own name.
fn leaves(value: &Value, path: &str, name: &str, see: &mut impl FnMut(&str, &str, &Value)) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, v)| leaves(v, &format!("{path}/{key}"), key, see));
        }
        Value::Array(items) => items.iter().for_each(|v| leaves(v, path, name, see)),
        leaf => see(path, name, leaf),
    }
}

fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && text != "-0"
}

fn has_four_places(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, places)| {
        let signed = whole == "-0" || is_whole(whole);
        signed && places.len() == 4 && places.bytes().all(|b| b.is_ascii_digit())
    }) && text != "-0.0000"
}

#[test]
fn every_answer_has_every_field() {
    for sentence in SENTENCES {
        let json = serde_json::to_value(&ask(sentence).0).unwrap();
        assert_eq!(json["schema"], "tenor.answer/1");
        for field in TOP {
            assert!(json.get(field).is_some(), "{sentence}: {field}");
        }
        for (path, fields) in FIELDS {
            for value in standing(&json, path) {
                for field in *fields {
                    assert!(value.get(field).is_some(), "{sentence}: {path}/{field} in {value}");
                }
            }
        }
        let word = |path: &str, words: &[&str]| {
            for value in standing(&json, path) {
                let known = value.as_str().is_some_and(|text| words.contains(&text));
                assert!(known, "{sentence}: {path} is {value}");
            }
        };
        word("plan/kind", KINDS);
        word("plan/way", WAYS);
        word("plan/legs/*/kind", LEGS);
    }
}

/// Otherwise the laws above would be about nothing.
#[test]
fn the_answers_show_every_part() {
    let all: Vec<Value> =
        SENTENCES.iter().map(|s| serde_json::to_value(&ask(s).0).unwrap()).collect();
    for (path, _) in FIELDS {
        let shown = all.iter().any(|json| !standing(json, path).is_empty());
        assert!(shown, "no answer has {path}");
    }
}

#[test]
fn amounts_are_whole_numbers_and_yields_have_four_places() {
    for sentence in SENTENCES {
        let json = serde_json::to_value(&ask(sentence).0).unwrap();
        leaves(&json, "", "", &mut |path, name, leaf| {
            let text = leaf.as_str();
            if name.ends_with("_wei") || name.starts_with("amount") || name.ends_with("_ray") {
                let good = leaf.is_null() || text.is_some_and(is_whole);
                assert!(good, "{sentence}: {path} is {leaf}");
            }
            if name.ends_with("_bps") {
                let good = leaf.is_null() || text.is_some_and(has_four_places);
                assert!(good, "{sentence}: {path} is {leaf}");
            }
            assert!(!leaf.is_f64(), "{sentence}: {path} is a float");
        });
    }
}

#[test]
fn every_token_that_an_answer_names_is_described() {
    for sentence in SENTENCES {
        let json = serde_json::to_value(&ask(sentence).0).unwrap();
        leaves(&json, "", "", &mut |path, name, leaf| {
            let names = ["token", "token_in", "token_out", "asset"].contains(&name);
            if let Some(token) = leaf.as_str().filter(|_| names) {
                assert!(json["tokens"].get(token).is_some(), "{sentence}: {path} is {token}");
            }
        });
    }
}
