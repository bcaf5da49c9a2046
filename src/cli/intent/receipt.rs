//! What became of an intent, for people: the stage, the block, and whatever the server tells of it.

use std::fmt::Write as _;

use alloy_primitives::{U256, utils::format_ether};
use serde_json::{Map, Value};

use super::status::text;

/// Members that come first, in this order.
const FIRST: [&str; 13] = [
    "token",
    "transaction",
    "solver",
    "outputs",
    "promised",
    "simulated",
    "realised",
    "fee",
    "gas",
    "difference",
    "accrual",
    "price",
    "why",
];

/// How much wider a line is set for each level.
const STEP: usize = 2;

/// The receipt of an intent whose life these events are; empty where nothing was settled.
pub(super) fn receipt(events: &[Value]) -> String {
    let settled = events.iter().rev().find(|event| event["detail"].get("realised").is_some());
    let (Some(settled), Some(last)) = (settled, events.last()) else { return String::new() };
    let mut page = format!("\nReceipt\n  stage  {}\n", text(last, "stage"));
    if let Some(block) = settled["block"].as_u64() {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "  block  {block}");
    }
    if let Some(detail) = settled["detail"].as_object() {
        members(&mut page, STEP, detail);
    }
    page
}

/// Members of an object, one a line; what has members itself comes below, set further in.
fn members(page: &mut String, indent: usize, object: &Map<String, Value>) {
    for (name, value) in ordered(object) {
        member(page, indent, name, value);
    }
}

fn ordered(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let place = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    let mut named: Vec<(&String, &Value)> = object.iter().collect();
    named.sort_by_key(|(name, _)| (place(name), *name));
    named
}

fn member(page: &mut String, indent: usize, name: &str, value: &Value) {
    let within = indent + STEP;
    match value {
        Value::Object(object) => {
            let _ = writeln!(page, "{:indent$}{name}", "");
            members(page, within, object);
        }
        Value::Array(items) => {
            let _ = writeln!(page, "{:indent$}{name}", "");
            for item in items {
                let _ = writeln!(page, "{:within$}{}", "", flat(item));
            }
        }
        plain => {
            let _ = writeln!(page, "{:indent$}{name}  {}", "", flat(plain));
        }
    }
}

/// A value on one line.
fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) => {
            let members =
                ordered(object).into_iter().map(|(name, value)| format!("{name} {}", flat(value)));
            members.collect::<Vec<_>>().join("  ")
        }
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join("  "),
        Value::Null => "-".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// That it is held, and why.
pub(super) fn held(quote: &Value) -> String {
    let mut page =
        format!("Held: {}\n  {}\n", text(&quote["plan"], "label"), text(quote, "statement"));
    let _ = writeln!(page, "  why    {}", why(quote));
    page + "  nothing is signed, and nothing is sent\n"
}

/// Why holding wins: by the plan that comes next.
fn why(quote: &Value) -> String {
    if let Some(reason) = quote["plan"]["reason"].as_str() {
        return reason.to_owned();
    }
    let others = quote["answer"]["alternatives"].as_array().into_iter().flatten();
    let Some(next) = others.into_iter().find(|other| other["kind"] != "hold") else {
        return "this market has no other plan for it".to_owned();
    };
    let label = text(next, "label");
    let broken: Vec<&str> =
        next["violates"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !broken.is_empty() {
        return format!("the next plan, {label}, breaks a limit: {}", broken.join(", "));
    }
    let adds = text(next, "adds_wei");
    match adds.strip_prefix('-').map(ether) {
        Some(Some(less)) => format!("the next best plan, {label}, leaves {less} ETH less"),
        _ => format!("the next plan, {label}, adds less than the improvement that is asked for"),
    }
}

fn ether(wei: &str) -> Option<String> {
    let wei: U256 = wei.parse().ok()?;
    Some(format_ether(wei))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_receipt_tells_whatever_there_is() {
        let events = [
            json!({ "stage": "quoted", "block": 7, "detail": { "plan": "a" } }),
            json!({ "stage": "included", "block": 9, "detail": {
                "realised": [{ "token": "0xAA", "amount": "12" }],
                "promised": [{ "token": "0xAA", "amount": "10" }],
                "difference": { "price": "3", "accrual": "-1" },
                "transaction": "0xBEEF", "gas": 21_000, "zebra": null, "ok": true,
            } }),
            json!({ "stage": "final", "block": 73, "detail": {} }),
        ];
        let expected = "\nReceipt\n  stage  final\n  block  9\n  transaction  0xBEEF\n  promised\n    \
            token 0xAA  amount 10\n  realised\n    token 0xAA  amount 12\n  gas  21000\n  difference\n    \
            accrual  -1\n    price  3\n  ok  true\n  zebra  -\n";
        assert_eq!(receipt(&events), expected);
        // Nothing was settled.
        assert_eq!(receipt(&events[..1]), "");
        assert_eq!(receipt(&[]), "");
    }

    #[test]
    fn holding_says_why() {
        let quote = |plan: Value, others: Value| {
            let answer = json!({ "alternatives": others });
            held(&json!({ "plan": plan, "statement": "As said.", "answer": answer }))
        };
        let plan = json!({ "kind": "hold", "label": "hold stETH" });
        let less = json!([{ "kind": "swap", "label": "B", "adds_wei": "-500000000000000000",
            "violates": [] }]);
        let page = quote(plan.clone(), less);
        assert!(page.starts_with("Held: hold stETH\n  As said.\n"), "{page}");
        assert!(page.contains("the next best plan, B, leaves 0.5"), "{page}");
        assert!(page.ends_with("nothing is signed, and nothing is sent\n"), "{page}");
        let broken = json!([{ "kind": "swap", "label": "B", "adds_wei": "5",
            "violates": ["tier"] }]);
        assert!(quote(plan.clone(), broken).contains("breaks a limit: tier"));
        let little = json!([{ "kind": "hold", "label": "A" },
            { "kind": "swap", "label": "B", "adds_wei": "5", "violates": [] }]);
        assert!(quote(plan.clone(), little).contains("B, adds less than the improvement"));
        assert!(quote(plan, json!([])).contains("no other plan"));
        let reasoned = json!({ "kind": "hold", "label": "A", "reason": "because" });
        assert!(quote(reasoned, json!([])).contains("why    because"));
    }
}
