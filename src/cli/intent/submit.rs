//! `tenor intent submit`: hands in a signed intent.

use std::{fs, io::Read as _, path::PathBuf};

use clap::Args;

use super::{ANSWER, ServerArgs, print};
use crate::{cli::Outcome, intents::signed::wire};

/// Hand in a signed intent. Once this ends with 0 the server has it on disk.
#[derive(Debug, Args)]
pub(super) struct Submit {
    /// The signed intent, schema tenor.intent/1; "-" reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
    /// Print the server's answer as JSON, schema tenor.accepted/1.
    #[arg(long)]
    json: bool,
}

impl Submit {
    pub(super) fn run(&self) -> Result<Outcome, Outcome> {
        let file = self.file.display();
        let body = self.read().map_err(|error| {
            Outcome::BadInput(format!(
                "cannot read {file}: {error}; give the file of a signed intent"
            ))
        })?;
        // What no server would read is said here, with the file's name.
        wire::read(&body).map_err(|error| Outcome::BadInput(format!("{file}: {error}")))?;
        let told = self.server.server()?.post("/v1/intents", body)?;
        if self.json {
            print::json(ANSWER, &told)?;
        } else {
            print::page(ANSWER, &format_args!("{}\n", told["id"].as_str().unwrap_or_default()))?;
        }
        Ok(Outcome::Done)
    }

    fn read(&self) -> Result<Vec<u8>, std::io::Error> {
        if self.file.as_os_str() != "-" {
            return fs::read(&self.file);
        }
        let mut body = Vec::new();
        let most = u64::try_from(wire::MOST_BYTES).unwrap_or(u64::MAX);
        std::io::stdin().take(most.saturating_add(1)).read_to_end(&mut body)?;
        Ok(body)
    }
}
