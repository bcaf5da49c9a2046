//! What is worth telling: one function for each thing that happens. Each logs, and counts.

use std::{net::SocketAddr, time::Duration};

use alloy_primitives::B256;
use axum::http::{Method, StatusCode};
use tenor_simulations::chain::ChainError;

use crate::{
    api::Api,
    intents::{
        cow::{
            Solved,
            wire::{Auction, Notification},
        },
        uniswapx::{
            Fault, Fill, FillError,
            orders_api::{OrdersError, Seen},
            rfq::{Declined, Quote},
        },
    },
    relays::{budget::Kind, fleet::Told},
    store::StoreError,
};

/// Says what each figure counts.
pub fn describe() {
    metrics::describe_counter!("tenor_requests_total", "Requests answered, by route and code.");
    metrics::describe_histogram!("tenor_request_seconds", "How long answers took.");
    metrics::describe_gauge!("tenor_jobs_waiting", "Requests that wait for a solver thread.");
    metrics::describe_gauge!("tenor_block_number", "The market's block.");
    metrics::describe_gauge!("tenor_block_age_seconds", "How old that block is.");
    metrics::describe_counter!("tenor_auctions_total", "Auctions of CoW solved.");
    metrics::describe_histogram!("tenor_auction_seconds", "How long solving them took.");
    metrics::describe_counter!(
        "tenor_uniswapx_orders_total",
        "Orders of UniswapX, by what became of them."
    );
    metrics::describe_counter!(
        "tenor_uniswapx_quotes_total",
        "Requests of UniswapX for a quote, by answer."
    );
    metrics::describe_counter!("tenor_relay_requests_total", "Requests to relays, by outcome.");
    metrics::describe_histogram!("tenor_relay_seconds", "How long relays took to answer.");
    metrics::describe_gauge!("tenor_market_stale", "1 where the market is too old to quote from.");
}

/// How things stand, when somebody looks.
pub fn stands(api: &Api) {
    let snapshot = api.market.newest();
    let market = snapshot.engine.market();
    let age = api.clock.seconds().saturating_sub(market.timestamp);
    metrics::gauge!("tenor_jobs_waiting").set(count(api.workers.waiting() as u64));
    metrics::gauge!("tenor_block_number").set(count(market.block));
    metrics::gauge!("tenor_block_age_seconds").set(count(age));
    metrics::gauge!("tenor_market_stale").set(f64::from(u8::from(api.market.fresh().is_err())));
}

/// A gauge is a float; no count here comes near where floats skip numbers.
#[allow(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
const fn count(number: u64) -> f64 {
    number as f64
}

/// A request was answered. `path` is the route's own, not what was asked for.
pub fn answered(
    method: &Method,
    path: &str,
    status: StatusCode,
    code: Option<&'static str>,
    took: Duration,
) {
    let (status, ms) = (status.as_u16(), took.as_secs_f64() * 1e3);
    let code = code.unwrap_or("ok");
    tracing::info!(%method, path, status, code, ms, "answered");
    let labels =
        [("path", path.to_owned()), ("method", method.to_string()), ("code", code.to_owned())];
    metrics::counter!("tenor_requests_total", &labels).increment(1);
    metrics::histogram!("tenor_request_seconds", "path" => path.to_owned())
        .record(took.as_secs_f64());
}

/// The server takes requests.
pub fn listening(at: SocketAddr) {
    tracing::info!(%at, "listening");
}

/// The server stops: it takes no more connections and finishes what it has.
pub fn stopping() {
    tracing::info!("stopping: finishing what was taken");
}

/// Connections were cut because they did not end in time.
pub fn cut_short(open: usize) {
    tracing::warn!(open, "stopped with connections open");
}

/// An auction of CoW was solved, as far as there was time.
pub fn auction_solved(auction: &Auction, solved: &Solved, took: Duration) {
    let id = auction.id.map(|id| id.0);
    let (orders, filled, batches) = (auction.orders.len(), solved.filled, solved.batches);
    let (unknown, malformed) = (auction.liquidity.unknown, auction.liquidity.malformed);
    let (unusable, ms) = (solved.unusable, took.as_secs_f64() * 1e3);
    tracing::info!(id, orders, filled, batches, unknown, malformed, unusable, ms, "auction solved");
    metrics::counter!("tenor_auctions_total").increment(1);
    metrics::histogram!("tenor_auction_seconds").record(took.as_secs_f64());
    for rejected in &solved.rejected {
        tracing::warn!(id, %rejected, "the checker refused a solution");
    }
}

/// CoW's driver told what became of a solution. What says that this engine answered badly wants a look.
pub fn auction_notified(notification: &Notification) {
    let id = notification.auction_id.map(|id| id.0);
    let (solution, kind) = (&notification.solution_id, &notification.kind);
    if kind.is_our_fault() {
        tracing::warn!(id, ?solution, ?kind, "a solution was refused");
    } else {
        tracing::info!(id, ?solution, ?kind, "auction notified");
    }
}

/// An order of UniswapX was told of, and holds.
pub fn order_taken(hash: B256, kind: &'static str, taken: &'static str) {
    tracing::debug!(%hash, kind, taken, "order taken");
    metrics::counter!("tenor_uniswapx_orders_total", "became" => taken).increment(1);
}

/// An order of UniswapX does not hold.
pub fn order_refused(hash: B256, fault: &Fault) {
    tracing::debug!(%hash, %fault, transient = fault.is_transient(), "order refused");
    metrics::counter!("tenor_uniswapx_orders_total", "became" => "refused").increment(1);
}

/// An order of UniswapX was thought about on a market.
pub fn order_priced(hash: B256, fill: Result<&Fill, &FillError>) {
    let became = match fill {
        Ok(Fill { token, profit, gas, .. }) => {
            tracing::info!(%hash, %token, %profit, gas, "order pays");
            "pays"
        }
        Err(error) => {
            tracing::debug!(%hash, %error, "order does not pay");
            "does_not_pay"
        }
    };
    metrics::counter!("tenor_uniswapx_orders_total", "became" => became).increment(1);
}

/// The orders' API told what is open.
pub fn orders_seen(seen: &Seen) {
    let (open, unreadable) = (seen.notices.len(), seen.unreadable);
    tracing::debug!(open, unreadable, "orders seen");
}

/// The orders' API did not.
pub fn orders_unseen(error: &OrdersError) {
    tracing::warn!(%error, "orders unseen");
}

/// Orders that were kept could not be read.
pub fn orders_lost(error: &StoreError) {
    tracing::warn!(%error, "kept orders could not be read");
}

/// A request for a quote was answered.
pub fn rfq_answered(quoted: Result<&Quote, &Declined>) {
    let answer = match quoted {
        Ok(_) => "quote",
        Err(why) => {
            tracing::debug!(%why, "no quote");
            "none"
        }
    };
    metrics::counter!("tenor_uniswapx_quotes_total", "answer" => answer).increment(1);
}

/// The sandbox built a block.
pub fn block_built(number: u64, transactions: usize) {
    tracing::debug!(number, transactions, "block built");
}

/// The sandbox did not build a block.
pub fn block_not_built(error: &ChainError) {
    tracing::warn!(%error, "no block was built");
}

/// A relay was asked something. Of what it was sent nothing is told: it may not be landed yet.
pub fn relay_told<T>(told: &Told<T>, kind: Kind) {
    let Told { relay, outcome, took } = told;
    let (ms, seconds) = (took.as_secs_f64() * 1e3, took.as_secs_f64());
    let outcome = match outcome {
        Ok(_) => {
            tracing::debug!(relay, ?kind, ms, "a relay says that it took what it was sent");
            "accepted"
        }
        Err(fault) => {
            tracing::warn!(relay, ?kind, ms, %fault, "a relay did not take what it was sent");
            if fault.may_have_arrived() { "failed" } else { "unsent" }
        }
    };
    let labels = [("relay", relay.clone()), ("outcome", outcome.to_owned())];
    metrics::counter!("tenor_relay_requests_total", &labels).increment(1);
    metrics::histogram!("tenor_relay_seconds", "relay" => relay.clone()).record(seconds);
}

/// The stream of hints ended; it is opened again, and what was missed is asked for.
pub fn hints_lost(why: &str) {
    tracing::warn!(why, "the stream of hints ended");
}

/// A keystore can be read by others than its owner. It is encrypted, and as safe as its password.
pub fn keystore_exposed(path: &std::path::Path, mode: u32) {
    tracing::warn!(path = %path.display(), mode = format!("{mode:o}"), "others can read a keystore");
}
