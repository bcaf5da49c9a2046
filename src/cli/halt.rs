//! `tenor halt`: the kill switch.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Outcome, print, serve};
use crate::{
    clock::Clock,
    settlement::halt::{Halt, HaltError},
};

/// Stop sending: from the next block on no server of this data folder sends anything more, nor after a
/// restart, until it is lifted. It need not run, nor be reachable. Quotes are still answered and intents
/// still taken; what relays have already may still land.
///
/// Examples:
///   tenor halt
///   tenor halt --why "the oracle is wrong" --data-dir /var/lib/tenor
///   tenor halt --status --json
///   tenor halt --lift
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct HaltArgs {
    /// The data folder of the server that is to stop; a sandbox's is the one that it was given.
    #[arg(long, value_name = "DIR", env = "TENOR_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The server's configuration, which names its folder where --data-dir does not.
    #[arg(long, value_name = "FILE", env = "TENOR_CONFIG")]
    config: Option<PathBuf>,
    /// Why, for those who find it halted.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["lift", "status"])]
    why: Option<String>,
    /// Let it send again.
    #[arg(long, conflicts_with = "status")]
    lift: bool,
    /// Say whether it is halted, and why.
    #[arg(long)]
    status: bool,
    /// Print JSON, schema tenor.halted/1.
    #[arg(long)]
    json: bool,
}

/// How the switch stands, schema `tenor.halted/1`.
#[derive(Debug, Serialize)]
struct HaltedDto {
    schema: &'static str,
    halted: bool,
    why: Option<String>,
    /// Unix milliseconds.
    at_ms: Option<u64>,
    file: String,
}

/// The reason that is kept where none is given.
const WHY: &str = "by 'tenor halt'";

impl HaltArgs {
    pub(super) fn run(&self) -> Outcome {
        Outcome::of(self.throw())
    }

    fn throw(&self) -> Result<(), Outcome> {
        let halt = Halt::of(&self.folder()?);
        let failed = |error: HaltError| Outcome::Failed(error.to_string());
        if self.lift {
            halt.lift().map_err(failed)?;
        } else if !self.status {
            let why = self.why.as_deref().unwrap_or(WHY);
            halt.set(why, Clock::System.millis()).map_err(failed)?;
        }
        self.tell(&halt)
    }

    /// The folder, which must be there: a name mistyped would stop nothing.
    fn folder(&self) -> Result<PathBuf, Outcome> {
        let folder = match (&self.data_dir, &self.config) {
            (Some(folder), _) => Some(folder.clone()),
            (None, Some(config)) => serve::read(config)?.serve.data_dir,
            (None, None) => None,
        };
        let folder = folder.unwrap_or_else(serve::own_folder);
        if folder.is_dir() {
            return Ok(folder);
        }
        Err(Outcome::BadInput(format!(
            "there is no folder {}, so nothing runs on it: give --data-dir the server's data folder",
            folder.display()
        )))
    }

    fn tell(&self, halt: &Halt) -> Result<(), Outcome> {
        let path = halt.path();
        let standing = halt.standing();
        if !self.json {
            let told = match standing {
                Ok(None) => format!("not halted ({} is not there)", path.display()),
                Ok(Some(why)) => format!("halted {why} ({})", path.display()),
                Err(error) => format!("halted: {error}"),
            };
            return print::page(WHAT, &format_args!("{told}\n"));
        }
        let (halted, why, at_ms) = match standing {
            Ok(None) => (false, None, None),
            Ok(Some(why)) => (true, Some(why.why), Some(why.at_ms)),
            Err(error) => (true, Some(error.to_string()), None),
        };
        let file = path.display().to_string();
        print::json(WHAT, &HaltedDto { schema: "tenor.halted/1", halted, why, at_ms, file })
    }
}

const WHAT: &str = "how the switch stands";
