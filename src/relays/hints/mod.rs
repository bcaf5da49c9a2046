//! What MEV-Share tells of transactions and bundles that wait to be landed, as they come.
//!
//! The stream has neither numbers nor a memory, and it ends now and then. What was told meanwhile is asked
//! for from the history: the stream is opened first, so that what the history does not have yet comes that
//! way; and once more at the first sign of life after, for the history may lag behind the stream. What was
//! told before is known by its hash. So each hint is handed on once, and none is left out.

mod history;
mod sse;

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use alloy_primitives::{Address, B256, Bytes};
use futures_util::FutureExt as _;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::sse::{Line, Lines};
use super::{
    fault::Fault,
    http::{EndpointError, endpoint},
    transport::{Transport, lost},
};
use crate::{clock::Clock, events};

/// Where the service is.
pub const MAINNET: &str = "https://mev-share.flashbots.net";

/// Hints whose hashes are remembered: hours of them.
const REMEMBERED: usize = 1 << 16;

/// A hint: something waits to be landed, of which this much is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The hash of the hash of what is waiting.
    pub hash: B256,
    /// Logs that it leaves, as far as they are told.
    #[serde(default)]
    pub logs: Option<Vec<LogHint>>,
    /// Its transactions, as far as they are told.
    #[serde(default)]
    pub txs: Option<Vec<TransactionHint>>,
}

/// A log, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LogHint {
    /// Who leaves it.
    pub address: Address,
    /// Its topics; those that are not told are zero.
    #[serde(default)]
    pub topics: Vec<B256>,
    /// Its data.
    #[serde(default)]
    pub data: Bytes,
}

/// A transaction, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionHint {
    /// Its hash.
    #[serde(default)]
    pub hash: Option<B256>,
    /// Whom it calls.
    #[serde(default)]
    pub to: Option<Address>,
    /// What it calls.
    #[serde(default)]
    pub function_selector: Option<Bytes>,
    /// With what.
    #[serde(default)]
    pub call_data: Option<Bytes>,
}

/// How the stream is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The longest silence; there is a sign of life every 15 seconds.
    pub silence: Duration,
    /// The first pause before it is opened again; each is twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How far before the last hint the history is asked.
    pub overlap: Duration,
    /// Hints that are asked for at once: the service gives no more than 500.
    pub page: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(40),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(30),
            overlap: Duration::from_secs(60),
            page: 500,
        }
    }
}

/// A reader of hints.
#[derive(Debug)]
pub struct Hints {
    url: Url,
    transport: Transport,
    options: Options,
    clock: Clock,
    seen: Seen,
    /// Unix seconds until which nothing is missing; `None` before the first connection: what was before it
    /// is not asked for.
    whole_until: Option<u64>,
}

/// Why reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Nobody wants more.
    Unwanted,
    /// The service closed the stream.
    Closed,
}

impl Hints {
    /// A reader of a service, such as [`MAINNET`]. `since`, unix seconds, is where a
    /// reader before this one ended; hints of its last minute may come again.
    pub fn new(
        url: &str,
        transport: Transport,
        options: Options,
        clock: Clock,
        since: Option<u64>,
    ) -> Result<Self, EndpointError> {
        let url = endpoint("mev-share's stream", url)?;
        Ok(Self { url, transport, options, clock, seen: Seen::default(), whole_until: since })
    }

    /// Reads until told to stop, or until nobody takes hints any more; returns until when, in unix seconds,
    /// nothing is missing. A slow taker holds the stream up.
    pub async fn run(mut self, to: flume::Sender<Event>, stop: CancellationToken) -> Option<u64> {
        let mut pause = self.options.first_pause;
        loop {
            let before = self.seen.noted;
            let ended = tokio::select! {
                biased;
                () = stop.cancelled() => Ok(Ended::Unwanted),
                ended = self.follow(&to) => ended,
            };
            match ended {
                Ok(Ended::Unwanted) => return self.whole_until,
                Ok(Ended::Closed) => events::hints_lost("the service ended it"),
                Err(fault) => events::hints_lost(&fault.to_string()),
            }
            if self.seen.noted != before {
                pause = self.options.first_pause;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return self.whole_until,
                () = tokio::time::sleep(pause) => {}
            }
            pause = pause.saturating_mul(2).min(self.options.longest_pause);
        }
    }

    /// Opens the stream and reads it to its end.
    async fn follow(&mut self, to: &flume::Sender<Event>) -> Result<Ended, Fault> {
        let silence = self.options.silence;
        let late = |_| Fault::Late(silence);
        let asked = self.transport.get(&self.url, "text/event-stream");
        let mut answer = tokio::time::timeout(silence, asked).await.map_err(late)??;
        if !answer.status().is_success() {
            return Err(Fault::Failed(format!("HTTP {}", answer.status().as_u16())));
        }
        // Where the history is to be asked once more.
        let mut lagging = self.whole_until;
        if let Some(from) = lagging
            && !self.catch_up(from, to).await?
        {
            return Ok(Ended::Unwanted);
        }
        let mut lines = Lines::default();
        loop {
            let waiting = answer.chunk().now_or_never();
            let chunk = match waiting {
                Some(chunk) => chunk,
                // All that was told so far has been read.
                None => {
                    if lagging.is_none() {
                        self.whole_until = Some(self.clock.seconds());
                    }
                    tokio::time::timeout(silence, answer.chunk()).await.map_err(late)?
                }
            };
            let Some(chunk) = chunk.map_err(|error| lost(&error))? else {
                return Ok(Ended::Closed);
            };
            for line in lines.push(&chunk)? {
                let wanted = match (line, lagging) {
                    (Line::Data(data), _) => self.read(&data, to).await,
                    (Line::Alive, Some(from)) => {
                        lagging = None;
                        self.catch_up(from, to).await?
                    }
                    (Line::Alive, None) => true,
                };
                if !wanted {
                    return Ok(Ended::Unwanted);
                }
            }
        }
    }

    /// Hands on what the history has from a time on. Whether there is still somebody who takes hints.
    async fn catch_up(&mut self, from: u64, to: &flume::Sender<Event>) -> Result<bool, Fault> {
        let from = from.saturating_sub(self.options.overlap.as_secs());
        let mut offset = 0;
        loop {
            let page = history::page(&self.transport, &self.url, from, offset, &self.options);
            let page = page.await?;
            for hint in page.hints {
                if !self.hand_on(hint, to).await {
                    return Ok(false);
                }
            }
            // Fewer than were asked for is the last page, and so is none.
            if page.entries < self.options.page {
                return Ok(true);
            }
            offset += page.entries;
        }
    }

    /// A hint that cannot be read is of a form that this program does not know: it is passed over.
    async fn read(&mut self, data: &str, to: &flume::Sender<Event>) -> bool {
        match serde_json::from_str(data) {
            Ok(hint) => self.hand_on(hint, to).await,
            Err(_) => true,
        }
    }

    /// Whether there is still somebody who takes hints.
    async fn hand_on(&mut self, hint: Event, to: &flume::Sender<Event>) -> bool {
        let hash = hint.hash;
        if self.seen.knows(hash) {
            return true;
        }
        let taken = to.send_async(hint).await.is_ok();
        // Only now: if this was told to stop while it waited, nobody has the hint.
        if taken {
            self.seen.note(hash);
        }
        taken
    }
}

/// Hashes of hints that were handed on, the newest of them.
#[derive(Debug, Default)]
struct Seen {
    hashes: HashSet<B256>,
    order: VecDeque<B256>,
    /// How many there ever were.
    noted: u64,
}

impl Seen {
    fn knows(&self, hash: B256) -> bool {
        self.hashes.contains(&hash)
    }

    fn note(&mut self, hash: B256) {
        self.noted += 1;
        self.hashes.insert(hash);
        self.order.push_back(hash);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.hashes.remove(&oldest);
        }
    }
}
