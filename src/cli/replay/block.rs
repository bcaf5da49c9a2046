//! `tenor replay block`: recorded blocks through the EVM, compared with their headers.

use std::{
    io::Write as _,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::{Args, value_parser};
use tenor_simulations::{
    forks::Forks,
    recorded::{AbsentIsEmpty, Codes},
    replay,
};

use super::{Outcome, page::Page, report::ReportDto};
use crate::recordings::{self, Folder, LoadError};

/// Replay recorded blocks and compare gas, receipts and logs with their headers.
///
/// DIR holds bytecodes.json, block_hashes.json and, in a folder for each block, block.json and
/// pre_state.json. A forks file, schema tenor.forks/1, changes or adds forks by name:
///   {"schema": "tenor.forks/1", "forks": [{"name": "Amsterdam", "timestamp": 1790000000,
///    "rules": "Amsterdam", "blobs": {"target": 14, "max": 21, "update_fraction": 11684671}}]}
///
/// Exits 1 where a block differs from its header.
///
/// Examples:
///   tenor replay block blocks 19933597
///   tenor replay block blocks 19933122 19933597 --json --verify-senders
///   tenor replay block blocks 19933597 --repeat 100
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Block {
    /// The folder of recorded blocks.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The blocks, by number.
    #[arg(required = true, value_name = "N")]
    numbers: Vec<u64>,
    /// A file of forks that are laid over Ethereum's.
    #[arg(long, value_name = "FILE")]
    forks: Option<PathBuf>,
    /// Recover each sender from its signature; without it senders are as recorded.
    #[arg(long)]
    verify_senders: bool,
    /// Execute each block this often, for the time; the median is shown.
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    repeat: u32,
    /// Print a line of JSON for each block, schema tenor.replay/1.
    #[arg(long)]
    json: bool,
}

/// How long each step of a replay took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) load: Duration,
    pub(super) execute: Duration,
    pub(super) compare: Duration,
}

impl Block {
    pub(super) fn run(&self) -> Outcome {
        let loaded = recordings::forks(self.forks.as_deref())
            .and_then(|forks| Ok((forks, Folder::open(&self.folder)?)));
        let (forks, folder) = match loaded {
            Ok(loaded) => loaded,
            Err(error) => return Outcome::BadInput(error.to_string()),
        };
        let codes = match folder.codes() {
            Ok(codes) => codes,
            Err(error) => return Outcome::BadInput(error.to_string()),
        };
        let mut differing = Vec::new();
        for &number in &self.numbers {
            let report = match self.replay(number, &folder, &codes, &forks) {
                Ok(report) => report,
                Err(message) => return Outcome::BadInput(message),
            };
            if let Some(end) = self.print(&report) {
                return end;
            }
            if !report.differences.is_empty() {
                differing.push(format!("block {number} in {}", report.differences.join(", ")));
            }
        }
        if differing.is_empty() {
            return Outcome::Done;
        }
        Outcome::Failed(format!("the EVM and the header differ: {}", differing.join("; ")))
    }

    fn replay(
        &self,
        number: u64,
        folder: &Folder,
        codes: &Codes<'_>,
        forks: &Forks,
    ) -> Result<ReportDto, String> {
        let start = Instant::now();
        let (block, state) = folder.load(number, codes).map_err(|error| error.to_string())?;
        if self.verify_senders {
            let verified = block.verify_senders(&folder.block_name(number));
            verified.map_err(|error| LoadError::from(error).to_string())?;
        }
        let mut times = Times { load: start.elapsed(), ..Times::default() };

        let state = Arc::new(state);
        let mut runs = Vec::new();
        loop {
            let start = Instant::now();
            let before = Arc::new(AbsentIsEmpty::new(state.clone()));
            let executed = replay::execute(&block, before.clone(), forks)
                .map_err(|error| format!("{}: {error}", folder.block_name(number)))?;
            runs.push(start.elapsed());
            if runs.len() < self.repeat as usize {
                continue;
            }
            runs.sort_unstable();
            times.execute = runs[runs.len() / 2];
            let start = Instant::now();
            let report = executed.report(&block);
            times.compare = start.elapsed();
            return Ok(ReportDto::new(
                &report,
                executed.payments(),
                before.absences(),
                self.verify_senders,
                times,
            ));
        }
    }

    /// Prints one report; an outcome where that is the end.
    fn print(&self, report: &ReportDto) -> Option<Outcome> {
        let mut out = std::io::stdout().lock();
        let written = if self.json {
            serde_json::to_string(report)
                .map_err(std::io::Error::from)
                .and_then(|json| writeln!(out, "{json}"))
        } else {
            write!(out, "{}", Page(report))
        };
        match written.and_then(|()| out.flush()) {
            Ok(()) => None,
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Some(Outcome::Done),
            Err(error) => Some(Outcome::Failed(format!("cannot write the report: {error}"))),
        }
    }
}
