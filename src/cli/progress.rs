//! How far a first reading is, on a terminal.

use std::{cell::Cell, io::IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};

use crate::market::earned::Told;

/// A bar on standard error, gone when it is dropped; nothing where that is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    rounds: Cell<usize>,
    asked: Cell<u64>,
}

impl Progress {
    /// A reading of one block of a node.
    pub(super) fn new(node: &str, block: u64) -> Self {
        let shown = std::io::stderr().is_terminal();
        let bar = if shown { ProgressBar::new(0) } else { ProgressBar::hidden() };
        // A template that is wrong leaves the bar as it comes.
        let template = "{prefix} [{bar:30}] {pos}/{len} {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(format!("{node}, block {block}"));
        Self { bar, rounds: Cell::new(0), asked: Cell::new(0) }
    }

    /// Another round of questions goes out; those before are answered.
    pub(super) fn asks(&self, questions: usize) {
        let (round, before) = (self.rounds.get() + 1, self.asked.get());
        let all = before + questions as u64;
        self.rounds.set(round);
        self.asked.set(all);
        self.bar.set_length(all);
        self.bar.set_position(before);
        self.bar.set_message(format!("answers, round {round}"));
    }

    /// All are answered, and rates of the past are read.
    pub(super) fn remembers(&self, told: Told) {
        self.bar.set_length(told.wanted as u64);
        self.bar.set_position(told.read as u64);
        self.bar.set_message("blocks of the past: what tokens have earned");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
