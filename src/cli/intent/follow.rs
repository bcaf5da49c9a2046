//! Following an intent until it has ended.

use serde_json::Value;

use super::{client::Server, status::text};
use crate::{cli::Outcome, store::Stage};

/// Hands every event of an intent to `each` until it has come to one of `until`, or has ended. Returns the
/// stage that it has come to.
pub(super) fn follow(
    server: &Server,
    id: &str,
    until: &[Stage],
    mut each: impl FnMut(&Value) -> Result<(), Outcome>,
) -> Result<Stage, Outcome> {
    let mut reached = None;
    let kept = |why: &str| format!("{why}; it is kept: tenor intent status {id} --watch");
    let read = server.lines(&format!("/v1/intents/{id}/events"), |line| {
        let Some(data) = line.strip_prefix("data: ") else { return Ok(false) };
        let wrong = |error| Outcome::Failed(format!("the server sends no event: {error}"));
        let event: Value = serde_json::from_str(data).map_err(wrong)?;
        each(&event)?;
        let stage = Stage::named(text(&event, "stage"));
        reached = stage.filter(|stage| stage.is_last() || until.contains(stage));
        Ok(reached.is_some())
    });
    match (reached, read) {
        (Some(stage), Ok(())) => Ok(stage),
        (None, Ok(())) => Err(Outcome::Failed(kept("the server stopped before the intent ended"))),
        (_, Err(Outcome::Failed(why))) => Err(Outcome::Failed(kept(&why))),
        (_, Err(other)) => Err(other),
    }
}
