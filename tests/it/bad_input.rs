//! What users may get wrong about yields, terms, loans and scenarios: one table, through the program
//! as they meet it. Each row says what it is, does it, and is refused in one line that names where and
//! what; the exit code is that of bad input.

use std::fs;

use serde_json::{Value, json};
use tenor_simulations::figures::{embedded, embedded_reth_history, embedded_synthetic};

use crate::cli::{Ran, file, tenor};

const SENTENCE: &str = "maximize ETH yield on 100 WETH for 90 days";
const WINDOW: [&str; 4] = ["--from", "2022-01-01", "--to", "2022-12-31"];
const SCENARIO: &str = "schema = \"tenor.scenario/1\"\nname = \"n\"\ndate = \"none\"\nsource = \"made up\"\n[[shock]]\n";

/// A row of the list.
struct Row {
    what: &'static str,
    run: fn() -> Ran,
    says: &'static [&'static str],
}

/// The command on a file of these bytes.
fn on(arguments: &[&str], option: &str, name: &str, bytes: &[u8]) -> Ran {
    let path = file(name, bytes);
    let ran = tenor(&[arguments, &[option, path.to_str().unwrap()]].concat());
    fs::remove_file(path).unwrap();
    ran
}

/// A backtest on the recorded rates, changed line by line.
fn rates(name: &str, change: impl Fn(&mut Vec<String>)) -> Ran {
    let text = String::from_utf8(embedded_reth_history().to_vec()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    on(&[&["backtest"][..], &WINDOW].concat(), "--rates", name, lines.join("\n").as_bytes())
}

/// The same with a cell of a line changed.
fn cell(name: &str, column: usize, value: &str) -> Ran {
    rates(name, |lines| {
        let mut cells: Vec<&str> = lines[41].split(',').collect();
        cells[column] = value;
        lines[41] = cells.join(",");
    })
}

fn changed(bytes: &[u8], change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut file: Value = serde_json::from_slice(bytes).unwrap();
    change(&mut file);
    serde_json::to_vec(&file).unwrap()
}

/// The curve of the made-up fixed rates, changed.
fn terms(name: &str, change: impl Fn(&mut Value)) -> Ran {
    on(&["curve"], "--observations", name, &changed(embedded_synthetic(), change))
}

fn scenario(name: &str, shock: &str) -> Ran {
    on(&["stress", SENTENCE], "--scenario", name, format!("{SCENARIO}{shock}\n").as_bytes())
}

/// A position that owes so many WETH on 100 wstETH, which are worth 117.
fn loan(name: &str, owed: &str) -> Ran {
    let text = format!(
        "schema = \"tenor.position/1\"\n[[loan]]\nvenue = \"aave_v3:WETH\"\ncollateral = \"wstETH\"\n\
         collateral_amount = 100\ndebt = \"WETH\"\ndebt_amount = {owed}\nthreshold = 0.95\n\
         bonus = 0.01\nrate = 0.02\noracle = \"redemption\"\n"
    );
    on(&["stress"], "--position", name, text.as_bytes())
}

/// The market file with the totals of Lido's shares changed.
fn supply(name: &str) -> Ran {
    let bytes = changed(embedded(), |file| {
        let venues = file["venues"].as_array_mut().unwrap();
        for venue in venues {
            if venue.get("total_shares").is_some() {
                venue["total_shares"] = json!("0");
            }
        }
    });
    on(&["solve", SENTENCE], "--market", name, &bytes)
}

const TABLE: &[Row] = &[
    Row {
        what: "a negative share rate",
        run: || cell("negative.csv", 2, "-5"),
        says: &["line 42", "negative"],
    },
    Row {
        what: "a negative fixed rate",
        run: || terms("negative.json", |f| f["markets"][0]["rate"] = json!("-0.03")),
        says: &["markets[0].rate", "-0.03", "zero or more"],
    },
    Row {
        what: "a negative borrow rate",
        run: || {
            let shock = "kind = \"borrow_rate\"\nvenue = \"aave_v3:WETH\"\nrate = -0.02";
            scenario("borrow.toml", shock)
        },
        says: &["line 8, shock[0].rate", "negative"],
    },
    Row {
        what: "a gap in the rates",
        run: || rates("gap.csv", |lines| drop(lines.drain(400..420))),
        says: &["nothing is recorded from 2022-", "more than 7 days"],
    },
    Row {
        what: "a timestamp twice",
        run: || rates("twice.csv", |lines| lines.insert(51, lines[50].clone())),
        says: &["two points at", "keep one"],
    },
    Row {
        what: "timestamps out of order",
        run: || rates("order.csv", |lines| lines.swap(50, 51)),
        says: &["follows one at", "sort"],
    },
    Row {
        what: "a timestamp of no time",
        run: || cell("time.csv", 1, "-1"),
        says: &["line 42", "not a whole number"],
    },
    Row {
        what: "a supply of zero in a history",
        run: || cell("supply.csv", 3, "0"),
        says: &["no shares", "above zero"],
    },
    Row {
        what: "a supply of zero in a market",
        run: || supply("supply.json"),
        says: &["supply.json: venues[", "total_shares", "0 is out of range"],
    },
    Row {
        what: "nothing behind the shares",
        run: || cell("nothing.csv", 2, "0"),
        says: &["no ETH behind"],
    },
    Row {
        what: "a utilisation above one",
        run: || {
            let shock = "kind = \"utilisation\"\nvenue = \"aave_v3:WETH\"\nused = 1.01";
            scenario("used.toml", shock)
        },
        says: &["line 8, shock[0].used", "1.01"],
    },
    Row {
        what: "a fixed term past its expiry",
        run: || {
            terms("expired.json", |f| {
                for market in f["markets"].as_array_mut().unwrap() {
                    market["expiry"] = json!(1);
                }
            })
        },
        says: &["expired.json", "expired"],
    },
    Row {
        what: "a health factor below one",
        run: || loan("health.toml", "120"),
        says: &["aave_v3:WETH", "health factor is 0."],
    },
    Row {
        what: "a scenario on a venue that is not there",
        run: || scenario("venue.toml", "kind = \"paused\"\nvenue = \"curve:ETH/stEHT\""),
        says: &["line 7, shock[0].venue", "unknown venue", "\"curve:ETH/stETH\""],
    },
    Row {
        what: "a scenario that is not there",
        run: || tenor(&["stress", SENTENCE, "--scenario", "2022-06-celsus"]),
        says: &["\"2022-06-celsius\""],
    },
];

#[test]
fn bad_input_is_refused_in_one_line_that_says_where_and_what() {
    for Row { what, run, says } in TABLE {
        let ran = run();
        println!("{what}: {}", ran.err.trim_end());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{what}: {ran:?}");
        assert_eq!(ran.err.trim_end().lines().count(), 1, "{what}: {ran:?}");
        for words in *says {
            assert!(ran.err.contains(words), "{what}: {words:?} is not in {}", ran.err);
        }
    }
}

/// The health factor of a loan that just holds is no error: the row above is about the factor.
#[test]
fn a_loan_that_holds_is_taken() {
    assert_eq!(loan("holds.toml", "100").code, Some(0));
}
