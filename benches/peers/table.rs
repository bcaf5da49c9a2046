//! The comparison as Markdown.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

/// What one method did on one instance.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// The market has pools that the method does not know.
    NotModelled,
    /// It gave no answer, or one that breaks a rule.
    Failed(String),
    /// An answer.
    Answered {
        /// How far below the proven upper bound, in basis points of it.
        short_bp: f64,
        /// Median time.
        took: Duration,
    },
}

/// Rows of a table, in the order of their sizes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) pools: usize,
    /// Nothing where markets of any number of tokens share a row.
    pub(crate) tokens: Option<usize>,
    pub(crate) mix: String,
    pub(crate) order: String,
}

/// Answers by row, for each method in turn.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: BTreeMap<Row, Vec<Vec<Cell>>>,
}

impl Table {
    /// Adds what each method did on one instance of a row.
    pub(crate) fn add(&mut self, row: Row, cells: Vec<Cell>) {
        let columns = self.rows.entry(row).or_insert_with(|| vec![Vec::new(); cells.len()]);
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell);
        }
    }

    /// The table under `names`, one for each method.
    pub(crate) fn markdown(&self, names: &[&str]) -> String {
        let mut text = format!("| pools | mix | order | n | {} |\n", names.join(" | "));
        text += &format!("|{}\n", "---|".repeat(names.len() + 4));
        for (row, columns) in &self.rows {
            let size = row.tokens.map_or(String::new(), |tokens| format!(" x {tokens}"));
            let number = columns.first().map_or(0, Vec::len);
            let _ =
                write!(text, "| {}{size} | {} | {} | {number} |", row.pools, row.mix, row.order);
            for column in columns {
                let _ = write!(text, " {} |", summary(column));
            }
            text.push('\n');
        }
        text
    }
}

fn summary(cells: &[Cell]) -> String {
    let (mut short, mut took, mut failed) = (Vec::new(), Vec::new(), 0);
    for cell in cells {
        match cell {
            Cell::NotModelled => {}
            Cell::Failed(_) => failed += 1,
            Cell::Answered { short_bp, took: time } => {
                short.push(*short_bp);
                took.push(time.as_secs_f64() * 1e3);
            }
        }
    }
    let failures = match (failed, cells.len()) {
        (0, _) => String::new(),
        (failed, all) => format!("{failed} of {all} failed"),
    };
    if short.is_empty() {
        return if failed == 0 { "-".into() } else { failures };
    }
    let worst = short.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (bp, ms) = (basis_points(median(short)), millis(median(took)));
    let gap = if failed == 0 { "" } else { "; " };
    format!("{bp} / {}; {ms}{gap}{failures}", basis_points(worst))
}

/// The middle figure, or the mean of the middle two.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let half = figures.len() / 2;
    if figures.len() % 2 == 1 { figures[half] } else { (figures[half - 1] + figures[half]) / 2.0 }
}

fn basis_points(bp: f64) -> String {
    match bp.abs() {
        size if size < 5e-4 => "0".into(),
        size if size < 0.1 => format!("{bp:.3}"),
        size if size < 10.0 => format!("{bp:.2}"),
        _ => format!("{bp:.0}"),
    }
}

fn millis(ms: f64) -> String {
    match ms {
        ms if ms < 0.1 => format!("{:.0} us", ms * 1e3),
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 1e3 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}
