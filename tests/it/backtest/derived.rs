//! Every number of the JSON from the JSON alone, with the test's own arithmetic.

use std::{collections::BTreeMap, sync::LazyLock};

use alloy_primitives::{U256, U512};
use serde_json::Value;

const YEAR_S: f64 = 31_557_600.0;

static REPORT: LazyLock<Value> = LazyLock::new(|| super::report(&[]));

fn int(value: &Value) -> U256 {
    value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().unwrap()
}

fn float(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

fn near(value: &Value, expected: f64) {
    assert!((float(value) - expected).abs() < 2e-4, "{value} is not {expected}");
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// Every day of every strategy, with what was known.
fn days() -> impl Iterator<Item = (&'static Value, &'static Value)> {
    let report = &*REPORT;
    let strategies = rows(&report["strategies"]).iter();
    strategies.flat_map(|s| rows(&s["records"]).iter().zip(rows(&report["days"])))
}

/// `a * b / d`, rounded down.
fn part(a: U256, b: U256, d: U256) -> U256 {
    let product: U512 = a.widening_mul(b);
    (product / U512::from(d)).to()
}

#[test]
fn redemption_values_follow_from_holdings_and_rates() {
    for (record, day) in days() {
        assert_eq!(record["timestamp"], day["timestamp"]);
        let worth = |held: &Value| {
            let rate = &day["redemptions"][held["token"].as_str().unwrap()];
            part(int(&held["amount"]), int(&rate["eth"]), int(&rate["units"]))
        };
        let sum: U256 = rows(&record["holdings"]).iter().map(worth).sum();
        assert_eq!(int(&record["redeem_wei"]), sum, "{record}");
        let value = int(&record["sale_wei"]) - int(&record["gas_wei"]);
        assert_eq!(int(&record["value_wei"]), value);
    }
}

/// What is held is what was held, less what was given, plus what was got. Shares of a rebasing token
/// are rounded as it is transferred: a wei or two.
#[test]
fn holdings_follow_from_trades() {
    let report = &*REPORT;
    let price = int(&report["market"]["gas_price_wei"]);
    for strategy in rows(&report["strategies"]) {
        let mut held: BTreeMap<String, U256> = BTreeMap::new();
        held.insert(report["start"]["token"].to_string(), int(&report["start"]["amount"]));
        let mut gas = U256::ZERO;
        for record in rows(&strategy["records"]) {
            let mut legs = 0;
            for trade in rows(&record["trades"]) {
                let given = held.get_mut(&trade["token_in"].to_string()).expect("it was held");
                *given = given.checked_sub(int(&trade["amount_in"])).expect("so much was held");
                let got = held.entry(trade["token_out"].to_string()).or_default();
                *got += int(&trade["amount_out"]);
                legs += trade["gas"].as_u64().unwrap();
            }
            held.retain(|_, amount| *amount > U256::from(4));
            let told = rows(&record["holdings"]);
            assert_eq!(told.len(), held.len(), "{record}");
            for holding in told {
                let amount = held[&holding["token"].to_string()];
                assert!(amount.abs_diff(int(&holding["amount"])) <= U256::from(4), "{record}");
            }
            // Gas of the trades, and of the transactions that carry the plans.
            let total = int(&record["gas_wei"]);
            let carried = total - gas - price * U256::from(legs);
            assert!((carried % (price * U256::from(21_000))).is_zero(), "{record}");
            assert_eq!(carried.is_zero(), rows(&record["trades"]).is_empty());
            gas = total;
        }
    }
}

/// The made-up pool's sales and purchases to the wei, by its contract's formula on what it counts.
#[test]
fn trades_through_the_assumed_pool_follow_its_formula() {
    let pool = &REPORT["pools"][0];
    let asset = pool["asset"].as_str().unwrap();
    let [of_asset, of_eth] = [0, 1].map(|at| int(&pool["reserves"][at]));
    let keep = U256::from(1_000 - pool["fee_ppm"].as_u64().unwrap() / 1_000);
    let out = |amount: U256, given: U256, wanted: U256| {
        let kept = amount * keep;
        kept * wanted / (given * U256::from(1_000) + kept)
    };
    let wad = U256::from(10u64.pow(18));
    let mut seen = 0;
    for (record, day) in days() {
        let known = rows(&day["known"]).iter().find(|k| k["token"] == asset).unwrap();
        let counted = int(&known["counted_wad"]);
        for trade in rows(&record["trades"]).iter().filter(|t| t["venue"] == pool["venue"]) {
            let given = int(&trade["amount_in"]);
            let expected = if trade["token_out"] == asset {
                part(out(given, of_eth, of_asset), wad, counted)
            } else {
                out(part(given, counted, wad), of_asset, of_eth)
            };
            assert_eq!(int(&trade["amount_out"]), expected, "{trade}");
            seen += 1;
        }
        let [held] = rows(&record["holdings"]) else { continue };
        if held["token"] == asset {
            let sale = out(part(int(&held["amount"]), counted, wad), of_asset, of_eth);
            assert_eq!(int(&record["sale_wei"]), sale, "{record}");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn yields_are_the_growth_between_the_points_that_were_known() {
    let mut seen = 0;
    for day in rows(&REPORT["days"]) {
        let now = day["timestamp"].as_u64().unwrap();
        for known in rows(&day["known"]) {
            assert!(known["point"]["timestamp"].as_u64().unwrap() <= now, "{known}");
            let of = &known["yield"];
            if of.is_null() {
                assert!(known["missing"].is_string(), "{known}");
                continue;
            }
            let at = |end: &str| of[end]["timestamp"].as_u64().unwrap();
            assert!(at("from") < at("to") && at("to") <= now && at("from") >= now - 40 * 86_400);
            let rate =
                |end: &str| f64::from(int(&of[end]["eth"])) / f64::from(int(&of[end]["shares"]));
            #[expect(clippy::cast_precision_loss, reason = "seconds are exact in a float")]
            let years = (at("to") - at("from")) as f64 / YEAR_S;
            let expected = (rate("to") / rate("from")).ln() / years * 1e4;
            assert!((float(&of["bps"]) - expected).abs() < 1e-3, "{known}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn results_follow_from_the_records() {
    let report = &*REPORT;
    let began = f64::from(int(&report["summary"]["began_wei"]));
    let [from, to] = ["from", "to"].map(|end| report["window"][end].as_u64().unwrap());
    #[expect(clippy::cast_precision_loss, reason = "seconds are exact in a float")]
    let years = (to - from) as f64 / YEAR_S;
    let strategies = rows(&report["strategies"]);
    assert_eq!(strategies[0]["name"], "tenor");
    let rate = |s: &Value| (f64::from(int(&s["result"]["value_wei"])) / began).ln() / years * 1e4;
    for s in strategies {
        let records = rows(&s["records"]);
        for wei in ["value_wei", "gas_wei"] {
            assert_eq!(records.last().unwrap()[wei], s["result"][wei]);
        }
        near(&s["result"]["annual_bps"], rate(s));
        let values: Vec<f64> = records.iter().map(|r| f64::from(int(&r["value_wei"]))).collect();
        let fall = |at: usize| 1.0 - values[at] / values[..=at].iter().copied().fold(0.0, f64::max);
        let deepest = (0..values.len()).map(fall).fold(0.0, f64::max);
        near(&s["result"]["drawdown_bps"], deepest * 1e4);
        let trades: usize = records.iter().map(|r| rows(&r["trades"]).len()).sum();
        assert_eq!(s["result"]["trades"], trades);
    }
    let single = |s: &&Value| {
        let name = s["name"].as_str().unwrap();
        name.starts_with("hold ") || name.ends_with(" alone")
    };
    let best = strategies.iter().filter(single).max_by(|a, b| rate(a).total_cmp(&rate(b)));
    assert_eq!(report["summary"]["best_single"], best.unwrap()["name"]);
    for (over, other) in rows(&report["summary"]["over"]).iter().zip(&strategies[1..]) {
        assert_eq!(over["than"], other["name"]);
        near(&over["annual_bps"], rate(&strategies[0]) - rate(other));
    }
}
