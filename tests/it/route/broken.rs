//! Instances that are none: one line each, with the place and the cause.

use serde_json::{Value, json};
use tenor::market::instance::{Instance, InstanceErrorKind};

use super::{tiny, tokens};

/// The line by which an instance is refused.
#[track_caller]
fn refused(text: &[u8]) -> String {
    let error = Instance::parse("dir/broken.json", text).expect_err("a broken instance");
    let line = error.to_string();
    assert!(line.starts_with("dir/broken.json: ") && line.len() < 500, "{line}");
    assert!(!line.contains(char::is_control), "{line:?}");
    line
}

#[track_caller]
fn says(line: &str, parts: &[&str]) {
    for part in parts {
        assert!(line.contains(part), "{part:?} is not in: {line}");
    }
}

/// Where a value is put, the value, and what the line must say.
fn values() -> Vec<(&'static str, Value, &'static [&'static str])> {
    vec![
        ("/schema", json!("routing-ref/2"), &["schema", "routing-ref/2", "routing-ref/1"]),
        ("/schema", json!(1), &["schema", "expected a string"]),
        ("/id", json!(7), &["id: ", "expected a string"]),
        ("/tokens", json!({}), &["tokens", "expected a sequence"]),
        ("/tokens/1/id", json!(0), &["tokens[1].id", "the same as tokens[0].id"]),
        ("/tokens/1/id", json!(2), &["tokens[1].id", "2 is out of range", "1, its place"]),
        ("/tokens/1/decimals", json!(6), &["tokens[1].decimals", "6", "18"]),
        ("/tokens/1/ref_price_eth", json!(0.0), &["tokens[1].ref_price_eth", "above zero"]),
        ("/tokens/1/ref_price_eth", json!(-2.0), &["tokens[1].ref_price_eth", "-2", "above zero"]),
        ("/tokens/1/ref_price_eth", json!("2"), &["tokens[1].ref_price_eth", "expected f64"]),
        ("/tokens/1/ref_price_eth", json!(1e-320), &["order", "gas price"]),
        ("/pools/1/id", json!(0), &["pools[1].id", "the same as pools[0].id"]),
        ("/pools/1/id", json!(9), &["pools[1].id", "9 is out of range"]),
        ("/pools/1/id", json!(-1), &["pools[1].id", "-1"]),
        ("/pools/0/kind", json!("curve"), &["pools[0].kind", "`curve`", "`cpmm`", "`linear`"]),
        ("/pools/0/kind", json!("weighted"), &["pools[0].weights", "missing"]),
        ("/pools/1/kind", json!("cpmm"), &["pools[1].weights", "cpmm", "no such field"]),
        ("/pools/0/tokens", json!([0, 3]), &["pools[0].tokens[1]", "3", "3 tokens"]),
        ("/pools/0/tokens", json!([-1, 1]), &["pools[0].tokens[0]", "-1"]),
        ("/pools/0/tokens", json!([1, 1]), &["pools[0].tokens", "two different tokens"]),
        ("/pools/0/tokens", json!([0, 1, 2]), &["pools[0].tokens", "length 3", "two"]),
        ("/pools/0/tokens", json!([0]), &["pools[0].tokens", "length 1", "two"]),
        ("/pools/0", json!([0, "cpmm"]), &["pools[0]", "sequence", "expected an object"]),
        ("/pools/3/segs/0", json!([0.64, 0.81, 720]), &["pools[3].segs[0]", "an object"]),
        ("/tokens/0", json!([0, 18, 1.0]), &["tokens[0]", "expected an object"]),
        ("/order", json!([0, 1, "5"]), &["order", "expected an object"]),
        ("/pools/0/fee_ppm", json!(1_000_000), &["pools[0].fee_ppm", "1000000"]),
        ("/pools/0/fee_ppm", json!(-1), &["pools[0].fee_ppm", "-1"]),
        ("/pools/0/gas", json!(-1.0), &["pools[0].gas", "-1"]),
        ("/pools/0/reserves/0", json!("-5"), &["pools[0].reserves[0]", "\"-5\"", "negative"]),
        ("/pools/0/reserves/0", json!("0"), &["pools[0].reserves[0]", "0", "above zero"]),
        ("/pools/0/reserves/1", json!("5e18"), &["pools[0].reserves[1]", "5e18", "digits"]),
        ("/pools/0/reserves/1", json!("0x12"), &["pools[0].reserves[1]", "0x12", "digits"]),
        ("/pools/0/reserves/1", json!(""), &["pools[0].reserves[1]", "digits"]),
        ("/pools/0/reserves/1", json!("NaN"), &["pools[0].reserves[1]", "NaN", "digits"]),
        ("/pools/0/reserves/1", json!("٣"), &["pools[0].reserves[1]", "digits"]),
        ("/pools/0/reserves/1", json!("9".repeat(400)), &["pools[0].reserves[1]", "too large"]),
        ("/pools/0/reserves/1", json!(5), &["pools[0].reserves[1]", "expected a decimal string"]),
        ("/pools/1/weights/0", json!(0), &["pools[1].weights[0]", "above zero"]),
        ("/pools/1/weights", json!([1e-300, 1e300]), &["pools[1]", "ratio of weights"]),
        ("/pools/2/A", json!(0), &["pools[2].A", "above zero"]),
        ("/pools/2/A", json!(1e308), &["pools[2]", "invariant"]),
        ("/pools/2/rates/1", json!(-1), &["pools[2].rates[1]", "-1"]),
        ("/pools/2/rates", json!([1e200, 1e200]), &["pools[2]", "invariant"]),
        ("/pools/3/price", json!(0), &["pools[3].price", "above zero"]),
        ("/pools/3/segs/0/pl", json!(0), &["pools[3].segs[0].pl", "above zero"]),
        ("/pools/3/segs/0/ph", json!(0.5), &["pools[3].segs[0].ph", "0.5", "0.64"]),
        ("/pools/3/segs/1/pl", json!(0.8), &["pools[3].segs[1].pl", "0.8", "0.81"]),
        ("/pools/3/segs/1/L", json!(-1), &["pools[3].segs[1].L", "-1"]),
        ("/pools/3/segs/1/L", json!("1"), &["pools[3].segs[1].L", "expected f64"]),
        ("/pools/3/segs/1/x", json!(1), &["pools[3].segs[1]", "unknown field `x`"]),
        ("/pools/4/rate", json!(-0.5), &["pools[4].rate", "-0.5"]),
        ("/pools/4/cap", json!("-1"), &["pools[4].cap", "negative"]),
        ("/pools/4/fee", json!(1), &["pools[4]", "unknown field `fee`"]),
        ("/order/token_in", json!(3), &["order.token_in", "3", "3 tokens"]),
        ("/order/token_out", json!(17), &["order.token_out", "17"]),
        ("/order/token_out", json!(0), &["order.token_out", "same token"]),
        ("/order/amount_in", json!("0"), &["order.amount_in", "above zero"]),
        ("/order/amount_in", json!("ten"), &["order.amount_in", "\"ten\"", "digits"]),
        ("/order/partial", json!(true), &["order", "unknown field `partial`"]),
        ("/gas_price_eth", json!(-1e-9), &["gas_price_eth", "-1e-9"]),
        ("/gas_price_eth", json!(null), &["gas_price_eth", "null"]),
    ]
}

#[test]
fn a_value_that_cannot_be_is_named_with_its_place() {
    for (pointer, value, parts) in values() {
        let mut file = tiny();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match file.pointer_mut(parent).unwrap() {
            Value::Object(fields) => {
                fields.insert(key.to_owned(), value);
            }
            list => list[key.parse::<usize>().unwrap()] = value,
        }
        says(&refused(file.to_string().as_bytes()), parts);
    }
}

/// Texts that are no JSON, or not of this schema at all.
#[test]
fn a_text_that_is_no_instance_is_named() {
    let text = tiny().to_string();
    let with = |from: &str, to: &str| text.replacen(from, to, 1).into_bytes();
    let cases: [(Vec<u8>, &[&str]); 11] = [
        (b"".to_vec(), &["not JSON at line 1"]),
        (b"not JSON".to_vec(), &["not JSON at line 1, column 2"]),
        (b"[]".to_vec(), &["invalid type: sequence, expected an object"]),
        (b"{}".to_vec(), &["schema: missing"]),
        (b"{\"schema\": \"\xff\"}".to_vec(), &["byte 12 is not UTF-8"]),
        (with("0.999", "NaN"), &["not JSON at line 1"]),
        (with("0.999", "1e999"), &["not JSON at line 1", "out of range"]),
        (with("\"id\":\"tiny\"", "\"id\":\"a\",\"id\":\"b\""), &["id: given twice"]),
        (with("\"rate\":", "\"rate\":1,\"rate\":"), &["pools[4].rate: given twice"]),
        ([text.as_bytes(), b" {}"].concat(), &["not JSON", "trailing"]),
        (with("\"id\":\"tiny\"", &format!("\"x\":{}", "[".repeat(9_999))), &["not JSON"]),
    ];
    for (bytes, parts) in cases {
        says(&refused(&bytes), parts);
    }
}

/// Every place in a value, as pointers.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| places(value, &format!("{here}/{key}"), found));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, v)| places(v, &format!("{here}/{at}"), found));
        }
        _ => {}
    }
}

#[test]
fn every_field_must_be_there() {
    let mut all = Vec::new();
    places(&tiny(), "", &mut all);
    for place in all {
        let keys = tiny().pointer(&place).unwrap().as_object().cloned().unwrap_or_default();
        for (key, _) in keys {
            let mut file = tiny();
            file.pointer_mut(&place).unwrap().as_object_mut().unwrap().remove(&key);
            says(&refused(file.to_string().as_bytes()), &[&format!("{key}: missing: add this")]);
        }
    }
}

/// Any value anywhere is read or refused, never more.
#[test]
fn no_value_anywhere_breaks_the_reader() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(u64::MAX),
        json!(1e300),
        json!(1e-300),
        json!("\u{1b}[31m\n"),
        json!("9".repeat(300)),
        json!(["0"]),
        json!({"": {}}),
    ];
    let mut all = Vec::new();
    places(&tiny(), "", &mut all);
    for place in all {
        for value in &odd {
            let mut file = tiny();
            *file.pointer_mut(&place).unwrap() = value.clone();
            if Instance::parse("dir/broken.json", file.to_string().as_bytes()).is_err() {
                refused(file.to_string().as_bytes());
            }
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_no_json() {
    let text = tiny().to_string();
    for end in 0..text.len() {
        let error = Instance::parse("cut.json", &text.as_bytes()[..end]).expect_err("half a file");
        assert!(matches!(error.kind, InstanceErrorKind::Syntax { .. }), "{end}: {error}");
    }
}

#[test]
fn what_only_describes_is_skipped() {
    let mut file = tiny();
    file["seed"] = json!("one");
    file["note"] = json!({"any": ["thing"]});
    file["tokens"][0]["symbol"] = json!("ETH");
    assert_eq!(super::sound(&file).id(), "tiny");
}

/// The benchmark's largest market is a hundredth of this.
#[test]
fn a_hundred_thousand_pools_are_read_at_once() {
    let mut file = tiny();
    let five: Vec<Value> = file["pools"].as_array().unwrap().clone();
    let pools = (0..100_000).map(|at| {
        let mut pool = five[at % five.len()].clone();
        pool["id"] = json!(at);
        pool
    });
    file["pools"] = pools.collect();
    file["order"]["amount_in"] = json!(tokens(1));
    let text = file.to_string();
    let start = std::time::Instant::now();
    let instance = Instance::parse("large.json", text.as_bytes()).unwrap();
    let took = start.elapsed();
    assert_eq!(instance.network().edges().len(), 180_000);
    println!("{} bytes in {took:?}", text.len());
    assert!(took.as_secs() < 10, "{took:?}");
}
