//! Kinds that are recorded whole: what was recorded is reproduced, the laws hold, and nothing but the
//! kind's own file, its line and what was recorded of it names it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use alloy_primitives::U256;
use proptest::prelude::*;
use tenor_solver::{
    amount::{from_f64, to_f64},
    venues::{Capacity, QuoteError, Swap},
};

use super::{
    CASES,
    laws::{Direction, check},
    samples::recorded::{Recorded, Run, files},
};
use crate::law::law;

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// The list of venues: one line of it for each.
const LIST: &str = "solver/src/venues/mod.rs";

/// Folders of sources that a venue could need a line in.
const SOURCES: [&str; 7] = ["benches", "simulations", "solver", "src", "tests", "test", "web/src"];

#[test]
fn what_was_recorded_is_reproduced_to_the_last_unit() {
    for file in files() {
        let (mut trades, mut refused) = (0, 0);
        for (at, run) in file.runs.iter().enumerate() {
            let mut venue = file.open(&run.changes).unwrap().boxed();
            for (nth, (from, amount, out)) in run.trades.iter().enumerate() {
                let swap = Swap { from: *from, to: 1 - from, amount: *amount };
                let what = format!("{}, run {at}, trade {nth}: {swap:?}", file.kind);
                let quote = venue.quote(swap);
                assert_eq!(venue.trade(swap), quote, "{what}");
                assert!(!matches!(quote, Err(QuoteError::NotTraded { .. })), "{what}");
                assert_eq!(quote.as_ref().ok().map(|quote| quote.out), *out, "{what}: {quote:?}");
                if quote.is_ok() { trades += 1 } else { refused += 1 }
            }
        }
        println!("{}: {trades} trades, {refused} refused by both, 0 units apart", file.kind);
        assert!(trades >= 1_000 && refused > 0, "{}: {trades}, {refused}", file.kind);
    }
}

#[test]
fn recorded_kinds_obey_the_laws() {
    for file in files() {
        assert!(!file.laws.why.is_empty(), "{}", file.kind);
        let states: Vec<_> = file.runs.iter().filter(|run| run.lawless.is_none()).collect();
        assert!(states.len() * 2 > file.runs.len(), "{}: most states are lawful", file.kind);
        let inputs = (0..states.len(), 0usize..2, 0.0..1.0f64, 0.0..1.0f64);
        law(CASES, &inputs, |(state, from, a, b)| {
            let Run { changes, fee_kept_ppm, .. } = states[state];
            let venue = file.open(changes).unwrap();
            let Capacity::Limited { amount: most, .. } = venue.capacity(from, 1 - from) else {
                return Err(TestCaseError::fail("it has a capacity"));
            };
            let swap = Swap { from, to: 1 - from, amount: U256::ONE };
            let least = match venue.quote(swap) {
                Err(QuoteError::BelowMinimum { least, .. }) => to_f64(least),
                _ => 1.0,
            };
            let spread = |part: f64| from_f64(least * (to_f64(most) / least).powf(part));
            let direction = Direction {
                venue: &*venue,
                from,
                to: 1 - from,
                rounding: file.laws.rounding,
                fee_kept_ppm: *fee_kept_ppm,
                float_floor: file.laws.float_floor,
            };
            check(direction, spread(a), spread(b))
        });
    }
}

/// Files below `folder` that have text, and are no output.
fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.is_file() {
        found.push(folder.to_owned());
        return;
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "node_modules", "dist"].contains(&name.as_str()) {
                below(&path, found);
            }
        } else if ["rs", "json", "toml", "ts", "svelte", "py", "mjs", "csv"]
            .iter()
            .any(|ending| name.ends_with(ending))
        {
            found.push(path);
        }
    }
}

/// Whether a line has a word, alone.
fn says(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.split(|c| !part(c)).any(|found| found == word)
}

/// The module in the list of venues that a kind's own file is.
fn module(kind: &str) -> String {
    let venues = Path::new(REPOSITORY).join("solver/src/venues");
    let mut sources = Vec::new();
    below(&venues, &mut sources);
    let registers = format!("Kind::new(\"{kind}\"");
    // However its lines are broken.
    let joined =
        |path: &Path| -> String { fs::read_to_string(path).unwrap().split_whitespace().collect() };
    let own = sources.iter().filter(|path| joined(path).contains(&registers));
    let own: Vec<_> = own.collect();
    let [own] = own[..] else { panic!("{kind} is registered in {own:?}") };
    let first = own.strip_prefix(&venues).unwrap().components().next().unwrap();
    let first = first.as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Lines that name a kind or its module, outside of its own file or folder and of what was recorded.
fn named_elsewhere(file: &Recorded) -> Vec<(PathBuf, String)> {
    let root = Path::new(REPOSITORY);
    let module = module(&file.kind);
    let own = [
        root.join(format!("solver/src/venues/{module}")),
        root.join(format!("solver/src/venues/{module}.rs")),
        root.join("tests/vectors/venues"),
    ];
    let mut sources = Vec::new();
    for folder in SOURCES.map(|folder| root.join(folder)).iter().filter(|path| path.exists()) {
        below(folder, &mut sources);
    }
    let elsewhere = sources.into_iter().filter(|path| !own.iter().any(|own| path.starts_with(own)));
    let mut found = Vec::new();
    for path in elsewhere {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let lines = text.lines().filter(|line| says(line, &file.kind) || says(line, &module));
        found.extend(lines.map(|line| (path.clone(), line.trim().to_owned())));
    }
    found
}

/// Adding a venue takes one file and one line, and what was recorded of it.
#[test]
fn a_venue_is_one_file_and_one_line() {
    let files = files();
    assert!(!files.is_empty());
    for file in &files {
        let lines = named_elsewhere(file);
        println!("{}: {lines:?}", file.kind);
        let [(path, line)] = &lines[..] else { panic!("{}: {lines:?}", file.kind) };
        assert_eq!(*path, Path::new(REPOSITORY).join(LIST));
        assert_eq!(*line, module(&file.kind));
    }
    // What finds no line for a venue that has many would find none for any.
    let old =
        fs::read_to_string(Path::new(REPOSITORY).join("tests/it/venues/evidence.rs")).unwrap();
    assert!(old.lines().any(|line| says(line, "uniswap_v2")));
    let kinds: BTreeSet<_> = files.iter().map(|file| file.kind.as_str()).collect();
    assert_eq!(kinds.len(), files.len(), "one file for each kind");
}
