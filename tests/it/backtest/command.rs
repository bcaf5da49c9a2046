//! `tenor backtest` as its users meet it.

use std::fs;

use serde_json::Value;

use super::{changed, report, report_of, rows};
use crate::cli::{file, tenor};

const WINDOW: [&str; 4] = ["--from", "2022-01-01", "--to", "2022-12-31"];

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// Rows later than a decision change nothing of it: there is no looking ahead.
#[test]
fn decisions_see_nothing_of_later_rows() {
    let cut: u64 = 1_657_000_000;
    let shaken = changed(|number, cells| {
        if cells[1].parse::<u64>().unwrap() > cut {
            // Some thousandths more, and every ninth row missing.
            let eth: u128 = cells[2].parse().unwrap();
            cells[2] = (eth + eth / 1_000 * (number as u128 % 97)).to_string();
            if number % 9 == 0 {
                cells.clear();
            }
        }
    });
    let [calm, shaken] = [("calm.csv", rows()), ("shaken.csv", shaken)]
        .map(|(name, rows)| report_of(name, &rows, &WINDOW));
    let mut same = 0;
    for (a, b) in list(&calm["strategies"]).iter().zip(list(&shaken["strategies"])) {
        for (a, b) in list(&a["records"]).iter().zip(list(&b["records"])) {
            if a["timestamp"].as_u64().unwrap() <= cut {
                assert_eq!(a, b);
                same += 1;
            }
        }
    }
    assert!(same > 60, "{same}");
    for (a, b) in list(&calm["days"]).iter().zip(list(&shaken["days"])) {
        assert_eq!(a == b, a["timestamp"].as_u64().unwrap() <= cut, "{}", a["utc"]);
    }
}

/// Nothing that nobody offers is traded: without the made-up pool there is no way into rETH.
#[test]
fn without_a_made_up_pool_nothing_is_bought() {
    let report = report(&["--pools", "none"]);
    assert_eq!(report["strategies"][0]["result"]["trades"], 0);
    let left = list(&report["left_out"]);
    assert!(left.iter().any(|line| line.as_str().unwrap().starts_with("rETH: ")), "{left:?}");
    let names: Vec<&str> =
        list(&report["strategies"]).iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["tenor", "hold ETH", "stETH alone", "equal weight"]);
}

/// The tested strategy is the solver's: it holds where a move cannot pay, and moves where it does.
#[test]
fn short_horizons_hold_and_long_ones_move() {
    let trades = |horizon: &str| {
        let all = [&WINDOW[..], &["--horizon", horizon]].concat();
        let report = report_of("horizon.csv", &rows(), &all);
        report["strategies"][0]["result"]["trades"].as_u64().unwrap()
    };
    assert_eq!(trades("3"), 0);
    assert!(trades("180") > 0);
}

#[test]
fn the_page_says_what_is_held_constant_and_made_up() {
    let page = tenor(&["backtest"]);
    assert_eq!((page.code, page.err.as_str()), (Some(0), ""), "{page:?}");
    for part in ["Held constant", "Nothing is interpolated", "Made up", "known afterwards", "EVM"] {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
}

/// One file, no script, nothing from outside, both colour schemes, fit for a telephone.
#[test]
fn the_html_stands_alone() {
    let path = file("backtest.html", b"");
    let report = report(&["--html", path.to_str().unwrap()]);
    let html = fs::read_to_string(&path).unwrap();
    fs::remove_file(path).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    for outside in
        ["http:", "https:", "href", "src=", "url(", "<script", "<img", "@import", "<link"]
    {
        assert!(!html.contains(outside), "{outside}");
    }
    for part in ["prefers-color-scheme: dark", "name=\"viewport\"", "viewBox=\"0 0 400 230\""] {
        assert!(html.contains(part), "{part}");
    }
    assert_eq!(html.matches("role=\"img\"").count(), 2);
    for s in list(&report["strategies"]) {
        assert!(html.contains(s["name"].as_str().unwrap()));
    }
    for line in list(&report["disclosures"]) {
        let line = line.as_str().unwrap().replace('"', "&quot;");
        assert!(html.contains(&line), "{line}");
    }
}
