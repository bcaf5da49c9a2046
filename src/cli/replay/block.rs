//! `tenor replay block`: blocks through the EVM again, compared with their headers.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::{Args, value_parser};
use tenor_simulations::{forks::Forks, recorded::AbsentIsEmpty, replay};

use super::{
    Outcome,
    blocks::{self, Blocks, Given},
    page::Page,
    report::ReportDto,
};
use crate::{
    cli::{options::NodeArgs, print},
    recordings::{self, Folder},
};

/// Replay blocks and compare gas, receipts and logs with their headers.
///
/// DIR holds bytecodes.json, block_hashes.json and, in a folder for each block, block.json and
/// pre_state.json. Without DIR the blocks are those of the node of --rpc, which must still know the
/// state before each, and is asked for every account and slot that the transactions read.
///
/// A forks file, schema tenor.forks/1, changes or adds forks by name:
///   {"schema": "tenor.forks/1", "forks": [{"name": "Amsterdam", "timestamp": 1790000000,
///    "rules": "Amsterdam", "blobs": {"target": 14, "max": 21, "update_fraction": 11684671}}]}
///
/// Exits 1 where a block differs from its header.
///
/// Examples:
///   tenor replay block blocks 19933597
///   tenor replay block blocks 19933122 19933597 --json --verify-senders
///   tenor replay block blocks 19933597 --repeat 100
///   tenor replay block 19933597 --rpc http://127.0.0.1:8545
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Block {
    /// The folder of recorded blocks, and the blocks by number; of a node the blocks alone.
    #[arg(required = true, value_name = "[DIR] N")]
    what: Vec<String>,
    #[command(flatten)]
    node: NodeArgs,
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
        self.replay_all().unwrap_or_else(|end| end)
    }

    fn replay_all(&self) -> Result<Outcome, Outcome> {
        let (folder, numbers) = blocks::named(&self.what)?;
        let forks = recordings::forks(self.forks.as_deref()).map_err(|e| blocks::bad(&e))?;
        let folder = folder.map(Folder::open).transpose().map_err(|e| blocks::bad(&e))?;
        let blocks = match &folder {
            Some(folder) => Blocks::recorded(folder).map_err(|e| blocks::bad(&e))?,
            None => Blocks::mined(&self.node, forks.chain_id())?,
        };
        let mut differing = Vec::new();
        for &number in &numbers {
            let report = self.replay(number, &blocks, &forks)?;
            if let Some(end) = self.print(&report) {
                return Ok(end);
            }
            if !report.differences.is_empty() {
                differing.push(format!("block {number} in {}", report.differences.join(", ")));
            }
        }
        if differing.is_empty() {
            return Ok(Outcome::Done);
        }
        Err(Outcome::Failed(format!("the EVM and the header differ: {}", differing.join("; "))))
    }

    fn replay(
        &self,
        number: u64,
        blocks: &Blocks<'_>,
        forks: &Forks,
    ) -> Result<ReportDto, Outcome> {
        let start = Instant::now();
        let Given { name, block, before } = blocks.load(number)?;
        if self.verify_senders {
            block.verify_senders(&name).map_err(|error| blocks::bad(&error.into()))?;
        }
        let mut times = Times { load: start.elapsed(), ..Times::default() };

        let mut runs = Vec::new();
        loop {
            let start = Instant::now();
            let before = Arc::new(AbsentIsEmpty::new(Arc::clone(&before)));
            let executed = replay::execute(&block, before.clone(), forks)
                .map_err(|error| blocks.blame(format!("{name}: {error}")))?;
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
        let printed = if self.json {
            print::json_line("the report", report)
        } else {
            print::page("the report", &Page(report))
        };
        printed.err()
    }
}
