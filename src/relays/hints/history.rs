//! What was told before.

use serde_json::Value;
use url::Url;

use super::{Event, Options};
use crate::relays::{
    fault::Fault,
    transport::{Transport, read},
};

/// The longest page that is read: hints hold logs, and up to 500 of them are a page.
const LONGEST: usize = 32 << 20;

/// A part of the history.
#[derive(Debug)]
pub(super) struct Page {
    /// How many entries there are, those included that cannot be read.
    pub(super) entries: usize,
    pub(super) hints: Vec<Event>,
}

/// A page of the history from a time on.
pub(super) async fn page(
    transport: &Transport,
    url: &Url,
    from: u64,
    offset: usize,
    options: &Options,
) -> Result<Page, Fault> {
    let mut place = url.clone();
    place.set_path("/api/v1/history");
    place
        .query_pairs_mut()
        .append_pair("timestampStart", &from.to_string())
        .append_pair("limit", &options.page.to_string())
        .append_pair("offset", &offset.to_string());
    let asked = async { read(transport.get(&place, "application/json").await?, LONGEST).await };
    let heard = tokio::time::timeout(options.silence, asked).await;
    let heard = heard.map_err(|_| Fault::Late(options.silence))??;
    if !heard.status.is_success() {
        return Err(Fault::Failed(format!("the history answers HTTP {}", heard.status.as_u16())));
    }
    let entries: Vec<Value> = serde_json::from_slice(&heard.body)
        .map_err(|error| Fault::Garbled(format!("the history: {error}")))?;
    let hint = |entry: &Value| serde_json::from_value(entry.get("hint")?.clone()).ok();
    Ok(Page { entries: entries.len(), hints: entries.iter().filter_map(hint).collect() })
}
