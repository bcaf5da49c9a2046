//! `tenor openapi`: the description of the API.

use std::io::Write as _;

use clap::Args;

use super::Outcome;
use crate::api;

/// Print the description of the API that tenor serve answers: OpenAPI 3.1, as JSON.
///
/// Examples:
///   tenor openapi > openapi.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Openapi {}

impl Openapi {
    #[allow(clippy::unused_self, reason = "every command runs by its own arguments")]
    pub(super) fn run(&self) -> Outcome {
        let text = match api::description() {
            Ok(text) => text,
            Err(error) => return Outcome::Failed(format!("cannot write the description: {error}")),
        };
        match std::io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Outcome::Failed(format!("cannot write the description: {error}"))
            }
            _ => Outcome::Done,
        }
    }
}
