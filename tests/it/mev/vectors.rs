//! `relay/mev_model.json`: figures worked out by another program, each with a brute-force check.

use std::fs;

use serde_json::Value;
use tenor_solver::mev::{
    backrun::Path,
    bid::{Inclusion, Stake},
    sandwich::{Product, threshold},
};

use crate::recorded;

fn model() -> Option<Value> {
    let path = recorded::data()?.join("relay/mev_model.json");
    Some(serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
}

fn rows<'a>(model: &'a Value, part: &str) -> &'a [Value] {
    let rows = model[part].as_array().unwrap();
    assert!(!rows.is_empty());
    rows
}

fn figure(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or_else(|| panic!("{name} in {row}"))
}

fn pool(row: &Value) -> Product {
    let [x, y, fee] = ["x", "y", "fee"].map(|name| figure(row, name));
    Product { x, y, keep: 1.0 - fee }
}

#[track_caller]
fn near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs() + 1e-12, "{found}, {expected}");
}

#[test]
fn sandwiches_are_as_the_model_says() {
    let Some(model) = model() else { return };
    for row in rows(&model, "sandwich") {
        let (pool, given, limit) = (pool(row), figure(row, "victimIn"), figure(row, "minOut"));
        near(pool.out(given), figure(row, "quote"), 1e-14);
        near(pool.most_front(given, limit), figure(row, "aMax"), 1e-11);
        let found = pool.sandwich(given, limit);
        near(found.front, figure(row, "aOpt"), 1e-9);
        near(found.profit, figure(row, "profitX"), 1e-9);
        near(found.victim_out, figure(row, "victimOut"), 1e-12);
        near(found.loss(), figure(row, "victimLossY"), 1e-8);
        assert!(found.profit >= figure(row, "bruteForceProfit") * (1.0 - 1e-12));
    }
}

#[test]
fn thresholds_are_as_the_model_says() {
    let Some(model) = model() else { return };
    for row in rows(&model, "threshold") {
        near(threshold(1.0 - figure(row, "fee")), figure(row, "uStar"), 1e-9);
    }
}

#[test]
fn safe_slippage_is_as_the_model_says() {
    let Some(model) = model() else { return };
    for row in rows(&model, "safeMinOut") {
        let found =
            pool(row).safe_slippage(figure(row, "victimIn"), figure(row, "attackerFixedCostX"));
        match row["maxSafeSlippage"].as_f64() {
            Some(safe) => near(found.unwrap(), safe, 1e-6),
            None => assert_eq!(found, None),
        }
    }
}

#[test]
fn backruns_are_as_the_model_says() {
    let Some(model) = model() else { return };
    for row in rows(&model, "backrun") {
        let side = |name: &str| {
            let [x, y, fee] = [0, 1, 2].map(|at| row[name][at].as_f64().unwrap());
            Product { x, y, keep: 1.0 - fee }
        };
        // A trades X for Y and B trades Y for X, each as listed; the other way round both turn.
        let turned = |p: Product| Product { x: p.y, y: p.x, ..p };
        let ways = [
            ("dirAB", Path::of(&side("A")).then(&side("B"))),
            ("dirBA", Path::of(&turned(side("B"))).then(&turned(side("A")))),
        ];
        for (name, path) in ways {
            let found = path.backrun();
            near(found.given, figure(&row[name], "delta"), 1e-9);
            near(found.profit, figure(&row[name], "profit"), 1e-8);
        }
    }
}

#[test]
fn bids_are_as_the_model_says() {
    let Some(model) = model() else { return };
    for row in rows(&model, "bid") {
        let inclusion = Inclusion { mean: figure(row, "mu"), spread: figure(row, "sigma") };
        let stake = Stake { value: figure(row, "V"), miss: figure(row, "failCost") };
        let found = inclusion.best(stake);
        near(found.amount, figure(row, "bidOpt"), 1e-10);
        near(found.included, figure(row, "pIncl"), 1e-10);
        near(found.gain, figure(row, "U"), 1e-10);
    }
}
