//! `tenor market`: markets that are read from contracts.

use std::{io::Write as _, path::PathBuf};

use clap::{Args, Subcommand};

use super::{Outcome, options::NodeArgs, print};
use crate::market::{self, live::Live, snapshot};

/// Read markets from contracts.
#[derive(Debug, Args)]
pub(super) struct Market {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Export(Export),
}

/// Write what the contracts say at one block to a file, schema tenor.market/1, which every
/// --market takes: the same market, with nobody to ask.
///
/// The contracts are those on the node of --rpc, at its newest block; without one, those of the
/// built-in market's world.
///
/// Examples:
///   tenor market export > market.json
///   tenor market export --rpc http://127.0.0.1:8545 --out market.json
///   tenor market export --places places.json --out market.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct Export {
    #[command(flatten)]
    node: NodeArgs,
    /// A registry of places, schema tenor.places/1, to use instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    places: Option<PathBuf>,
    /// Where to write; standard output if left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Market {
    pub(super) fn run(&self) -> Outcome {
        match &self.command {
            Command::Export(export) => export.run(),
        }
    }
}

impl Export {
    fn run(&self) -> Outcome {
        match self.live() {
            Ok(live) => self.write(&live),
            Err(outcome) => outcome,
        }
    }

    fn live(&self) -> Result<Live, Outcome> {
        let places = self.places.as_deref();
        if self.node.given() {
            return self.node.market(places, None).map(|over| over.live);
        }
        market::read_embedded(places).map_err(|error| Outcome::BadInput(error.to_string()))
    }

    fn write(&self, live: &Live) -> Outcome {
        for refused in live.refused() {
            // Nothing can be done about a closed standard error.
            let _ = writeln!(std::io::stderr(), "tenor: left out: {refused}");
        }
        if self.node.given() {
            let _ = writeln!(std::io::stderr(), "tenor: {}", live.places().code_checks());
        }
        let text = match snapshot::export(live) {
            Ok(text) => text + "\n",
            Err(error) => return Outcome::Failed(format!("cannot write the market: {error}")),
        };
        Outcome::of(match &self.out {
            Some(path) => print::file(path, &text),
            None => print::page("the market", &text),
        })
    }
}
