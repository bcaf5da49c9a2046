//! What a command prints to standard output: JSON, a line of JSON, or a page for people.
//!
//! A reader that has gone away wants no more: the command is done, and has not failed.

use std::{
    fmt,
    io::{self, Write as _},
    path::Path,
};

use serde::Serialize;

use super::Outcome;

/// Prints a report as indented JSON. `what` names it where it cannot be written.
pub(super) fn json(what: &str, report: &impl Serialize) -> Result<(), Outcome> {
    let text = serde_json::to_string_pretty(report).map_err(|error| unwritten(what, &error))?;
    page(what, &format_args!("{text}\n"))
}

/// Prints a report as one line of JSON.
pub(super) fn json_line(what: &str, report: &impl Serialize) -> Result<(), Outcome> {
    let text = serde_json::to_string(report).map_err(|error| unwritten(what, &error))?;
    page(what, &format_args!("{text}\n"))
}

/// Prints a page as it is.
pub(super) fn page(what: &str, page: &impl fmt::Display) -> Result<(), Outcome> {
    let mut out = io::stdout().lock();
    let written = write!(out, "{page}").and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Outcome::Done,
        _ => unwritten(what, &error),
    })
}

/// Writes a file that was asked for.
pub(super) fn file(path: &Path, text: &str) -> Result<(), Outcome> {
    std::fs::write(path, text).map_err(|error| {
        let path = path.display();
        Outcome::BadInput(format!("cannot write {path}: {error}; give the path of a file"))
    })
}

fn unwritten(what: &str, error: &dyn fmt::Display) -> Outcome {
    Outcome::Failed(format!("cannot write {what}: {error}"))
}
