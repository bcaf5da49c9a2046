//! What the chain itself did, read from the data folder.

mod balancer;
mod executed;
mod executed_vaults;
mod golden_swaps;
mod lst_calls;
mod onchain_quotes;
mod three_pool;
mod tick_lists;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use alloy_primitives::{Address, U256};
use serde_json::Value;

/// The data folder: `TENOR_DATA`, or `../shared/data` beside the project. `None` only when the
/// caller has asked for it with `TENOR_DATA=none`, and then it says so.
///
/// # Panics
///
/// When the folder is missing or empty: a test without its data has not passed.
pub(crate) fn data() -> Option<PathBuf> {
    let folder = match env::var("TENOR_DATA") {
        Ok(none) if none == "none" => {
            eprintln!("SKIPPED: TENOR_DATA=none, nothing recorded is compared");
            return None;
        }
        Ok(folder) => PathBuf::from(folder),
        Err(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
    };
    let entries = fs::read_dir(&folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    assert!(entries.count() > 0, "{} is empty", folder.display());
    Some(folder)
}

/// Every file below `folder` whose name ends in `.extension`, in order of names.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder);
    for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|ending| ending == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// JSON in which integers too long for 64 bits are read as text, digit for digit.
pub(crate) fn parse(text: &str) -> Value {
    let mut quoted = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c));
        let number = &rest[..number.unwrap_or(rest.len())];
        let long = number.len() > 15 && !number.contains(['.', 'e', 'E']);
        if !in_string && !number.is_empty() {
            let mark = if long { "\"" } else { "" };
            quoted.extend([mark, number, mark]);
            rest = &rest[number.len()..];
            continue;
        }
        if in_string {
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else {
            in_string = c == '"';
        }
        quoted.push(c);
        rest = &rest[c.len_utf8()..];
    }
    serde_json::from_str(&quoted).unwrap_or_else(|error| panic!("{error}: {text:.200}"))
}

/// An unsigned integer, as a number or as decimal text; `None` when it is absent.
pub(crate) fn uint(value: &Value) -> Option<U256> {
    match value {
        Value::Number(number) => Some(U256::from(number.as_u64()?)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A small signed integer, as a number or as decimal text.
pub(crate) fn int<T: std::str::FromStr>(value: &Value) -> Option<T> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// An address.
pub(crate) fn address(value: &Value) -> Option<Address> {
    value.as_str()?.parse().ok()
}

/// How many rows came to what end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: BTreeMap<String, usize>,
    failures: Vec<String>,
}

impl Tally {
    /// A row that ended as `what` says.
    pub(crate) fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    /// A row that should have matched.
    pub(crate) fn fail(&mut self, what: String) {
        self.failures.push(what);
    }

    /// Rows counted under names that begin with `start`.
    pub(crate) fn total(&self, start: &str) -> usize {
        self.counts.iter().filter(|(name, _)| name.starts_with(start)).map(|(_, n)| n).sum()
    }

    /// Prints the counts.
    ///
    /// # Panics
    ///
    /// When a row failed.
    pub(crate) fn report(&self, title: &str) {
        for (name, count) in &self.counts {
            println!("{title}: {name}: {count}");
        }
        assert!(self.failures.is_empty(), "{title}:\n{}", self.failures.join("\n"));
    }
}
