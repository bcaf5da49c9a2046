//! `tenor intent status`: what became of an intent.

use alloy_primitives::B256;
use clap::Args;
use serde_json::Value;

use super::{ANSWER, ServerArgs, id, print};
use crate::cli::Outcome;

/// Show how far an intent has come; with --watch, until it ends.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// The intent's id.
    #[arg(value_parser = id)]
    id: B256,
    #[command(flatten)]
    server: ServerArgs,
    /// Print each event as it happens, until the intent ends.
    #[arg(long)]
    watch: bool,
    /// Print JSON: schema tenor.status/1, or with --watch a line of tenor.event/1 for each event.
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) fn run(&self) -> Result<Outcome, Outcome> {
        let server = self.server.server()?;
        if self.watch {
            let path = format!("/v1/intents/{}/events", self.id);
            server.lines(&path, |line| {
                if let Some(data) = line.strip_prefix("data: ") {
                    print::page(ANSWER, &self.event(data)?)?;
                }
                Ok(false)
            })?;
            return Ok(Outcome::Done);
        }
        let told = server.get(&format!("/v1/intents/{}", self.id))?;
        if self.json {
            print::json(ANSWER, &told)?;
        } else {
            print::page(ANSWER, &page(&told))?;
        }
        Ok(Outcome::Done)
    }

    fn event(&self, data: &str) -> Result<String, Outcome> {
        if self.json {
            return Ok(format!("{data}\n"));
        }
        let event: Value = serde_json::from_str(data)
            .map_err(|error| Outcome::Failed(format!("the server sends no event: {error}")))?;
        Ok(line(&event))
    }
}

pub(super) fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_default()
}

/// The status for people.
fn page(told: &Value) -> String {
    let mut page = format!("{}: {}\n", text(told, "stage"), text(told, "statement"));
    for event in told["events"].as_array().into_iter().flatten() {
        page += &line(event);
    }
    page
}

/// An event in one line.
pub(super) fn line(event: &Value) -> String {
    let block =
        event["block"].as_u64().map_or_else(String::new, |block| format!("  block {block}"));
    let detail = &event["detail"];
    let said = detail["why"].as_str().or_else(|| detail["plan"].as_str());
    let said = said.map_or_else(String::new, |said| format!("  {said}"));
    let (stage, code) = (text(event, "stage"), text(event, "code"));
    let code = if code == stage { String::new() } else { format!(" ({code})") };
    format!("  {:>6}  {stage}{code}{block}{said}\n", event["seq"].as_u64().unwrap_or_default())
}
