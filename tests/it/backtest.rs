//! A history stepped through the engine, and its numbers again from what it says alone.

mod command;
mod derived;
mod refusals;

use serde_json::Value;
use tenor_simulations::figures::embedded_reth_history;

use crate::cli::{file, tenor};

/// The report of a run.
fn report(arguments: &[&str]) -> Value {
    let ran = tenor(&[&["backtest", "--json"], arguments].concat());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

/// The report on a history of these rows.
fn report_of(name: &str, rows: &str, more: &[&str]) -> Value {
    let path = file(name, rows.as_bytes());
    let report = report(&[&["--rates", path.to_str().unwrap()], more].concat());
    std::fs::remove_file(path).unwrap();
    report
}

fn rows() -> String {
    String::from_utf8(embedded_reth_history().to_vec()).unwrap()
}

/// The rows changed, one by one: the number of the row, and its cells.
fn changed(change: impl Fn(usize, &mut Vec<String>)) -> String {
    let all = rows();
    let mut lines = all.lines();
    let mut out = format!("{}\n", lines.next().unwrap());
    for (number, line) in lines.enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        change(number, &mut cells);
        if !cells.is_empty() {
            out.push_str(&cells.join(","));
            out.push('\n');
        }
    }
    out
}
