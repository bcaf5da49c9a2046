//! Histories that are wrong, and what is said of them.

use std::fs;

use super::{changed, rows};
use crate::cli::{Ran, file, tenor};

const WINDOW: [&str; 4] = ["--from", "2022-01-01", "--to", "2022-12-31"];

fn run(name: &str, rows: &str, more: &[&str]) -> Ran {
    let path = file(name, rows.as_bytes());
    let ran = tenor(&[&["backtest", "--rates", path.to_str().unwrap()], more].concat());
    fs::remove_file(path).unwrap();
    ran
}

/// The history with one cell of a row changed.
fn cell(row: usize, column: usize, value: &str) -> String {
    changed(|number, cells| {
        if number == row {
            cells[column] = value.to_owned();
        }
    })
}

#[test]
fn points_that_are_wrong_are_named() {
    let refused = |rows: &str, says: &[&str]| run("wrong-points.csv", rows, &WINDOW).refused(says);
    refused(&cell(40, 3, "0"), &["no shares", "above zero"]);
    refused(&cell(40, 2, "0"), &["no ETH behind"]);
    refused(&cell(40, 2, "-5"), &["line 42", "negative"]);
    refused(&cell(40, 3, "many"), &["line 42", "\"many\" is not a whole number"]);
    refused(&cell(40, 1, "-1"), &["line 42", "not a whole number"]);
    let text = rows();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(50, 51);
    refused(&lines.join("\n"), &["follows one at", "sort"]);
    lines.swap(50, 51);
    lines.insert(51, lines[50]);
    let twice = lines.join("\n");
    refused(&twice, &["two points at", "keep one"]);
    let sorted = run("twice.csv", &twice, &[&WINDOW[..], &["--sort"]].concat());
    assert_eq!(sorted.code, Some(0), "{sorted:?}");
}

#[test]
fn histories_without_what_is_asked_are_refused() {
    let header = "block,timestamp,total_eth_wei,reth_supply_wei\n";
    run("empty.csv", "", &[]).refused(&["no points"]);
    run("head.csv", header, &[]).refused(&["no points"]);
    run("none.json", "[]", &[]).refused(&["no points"]);
    run("bad.json", "[{]", &[]).refused(&["not a history"]);
    run("form.csv", "a,b\n1,2\n", &[]).refused(&["line 1", "timestamp"]);
    let other = rows().replace("reth_supply", "rethh_supply");
    run("other.csv", &other, &[]).refused(&["unknown token \"rethh\"", "\"rETH\""]);
    // All of it has a gap of months, which the built-in window keeps out of.
    run("all.csv", &rows(), &[]).refused(&["rETH: nothing is recorded from 2023-", "to 2024-"]);
    let gap = changed(|number, cells| {
        if (400..420).contains(&number) {
            cells.clear();
        }
    });
    run("gap.csv", &gap, &WINDOW).refused(&["nothing is recorded from 2022-", "more than 7 days"]);
    let early = ["--from", "2020-01-01", "--to", "2020-02-01"];
    run("early.csv", &rows(), &early).refused(&["nothing is recorded"]);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let refused = |more: &[&str], says: &[&str]| {
        tenor(&[&["backtest"], more].concat()).refused(says);
    };
    refused(&["--from", "2023-02-30"], &["such as 2022-09-15"]);
    refused(&["--from", "2023-09-07"], &["there is no step of 7 days"]);
    refused(&["--every", "0"], &["whole number"]);
    refused(&["--asset", "reht"], &["nearest is \"rETH\""]);
    refused(&["--asset", "USDC"], &["does not redeem for ETH"]);
    refused(&["--rates", "/nowhere/at.csv"], &["cannot read"]);
    let pool = |name: &str, eth: &str, fee: &str| {
        let text = format!(
            "schema = \"tenor.pools/1\"\n[[pool]]\nasset = \"rETH\"\neth = {eth}\nfee = {fee}\nwhy = \"x\"\n"
        );
        file(name, text.as_bytes())
    };
    let negative = pool("negative.toml", "-1", "0.001");
    refused(&["--pools", negative.to_str().unwrap()], &["line 4", "pool[0].eth", "negative"]);
    let fee = pool("fee.toml", "9", "0.0005");
    refused(&["--pools", fee.to_str().unwrap()], &["line 5", "pool[0].fee", "tenths of a percent"]);
    for path in [negative, fee] {
        fs::remove_file(path).unwrap();
    }
}
