//! `tenor replay`: what happened, again.

mod block;
mod blocks;
mod page;
mod report;

use clap::{Args, Subcommand};

use super::Outcome;

/// Run again what has happened.
#[derive(Debug, Args)]
pub(super) struct Replay {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Block(block::Block),
}

impl Replay {
    pub(super) fn run(&self) -> Outcome {
        match &self.what {
            What::Block(block) => block.run(),
        }
    }
}
