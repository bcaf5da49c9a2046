//! `tenor openapi`: the description of the API.

use clap::Args;

use super::{Outcome, print};
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
        let text = api::description()
            .map_err(|error| Outcome::Failed(format!("cannot write the description: {error}")));
        Outcome::of(text.and_then(|text| print::page("the description", &text)))
    }
}
