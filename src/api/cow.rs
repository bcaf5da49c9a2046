//! `POST /cow/solve` and `POST /cow/notify`: this engine as CoW's driver meets it. Not part of `/v1`: the
//! form of both is the driver's.
//!
//! An auction is answered before its deadline or not at all: what the search has by then is answered, and
//! where not even that is there in time, no solutions are.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alloy_primitives::Bytes;
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use tenor_solver::market::Market;

use super::{Api, body, problem::Reply};
use crate::{
    events,
    intents::cow::{
        self, AuctionError, Settings,
        chain::Native,
        wire::{Auction, Response as Answer},
    },
    problems::Problem,
};

/// In which a body must arrive: the driver sends it as it makes it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Kept back for writing an answer once the search has stopped.
const WRITING: Duration = Duration::from_millis(50);

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/cow/solve", post(solve)).route("/cow/notify", post(notify))
}

impl From<AuctionError> for Reply {
    fn from(error: AuctionError) -> Self {
        let reply = Self::new(error.problem(), error.to_string());
        match error.pointer() {
            Some(pointer) => reply.at(pointer),
            None => reply,
        }
    }
}

/// Solves an auction, or a quote.
async fn solve(State(api): State<Api>, request: Request) -> Result<Response, Reply> {
    let bytes = body::received(request, cow::MOST_BYTES, PATIENCE).await?;
    let read = tokio::task::spawn_blocking(move || cow::read(&bytes)).await;
    let auction = read.map_err(|_| Reply::of(Problem::Internal))??;
    let left = left(&api, &auction)?;
    let (started, until) = (Instant::now(), cow::stop_at(Instant::now(), left));
    let settings = settings(&api, &auction);
    let searching = api.workers.run(move || {
        let solved = cow::solve(&auction, &settings, Some(until));
        events::auction_solved(&auction, &solved, started.elapsed());
        serde_json::to_vec(&Answer::Solutions { solutions: solved.solutions })
    });
    // A thread may be busy for longer than there is time.
    let last = tokio::time::Instant::from_std(until + WRITING.min(left / 10));
    let Ok(found) = tokio::time::timeout_at(last, searching).await else {
        return Ok(json(br#"{"solutions":[]}"#.to_vec()));
    };
    Ok(json(found?.map_err(|_| Reply::of(Problem::Internal))?))
}

/// How long until an auction's deadline.
fn left(api: &Api, auction: &Auction) -> Result<Duration, AuctionError> {
    let deadline = auction.deadline.0;
    let now = i64::try_from(api.clock.millis()).unwrap_or(i64::MAX);
    let left = u64::try_from(deadline.as_millisecond().saturating_sub(now)).unwrap_or(0);
    if left == 0 {
        return Err(AuctionError::Late { deadline: deadline.to_string() });
    }
    // Beyond a day nothing is waited for, and no clock counts as far as a deadline may lie.
    Ok(Duration::from_millis(left).min(Duration::from_secs(86_400)))
}

/// Our own venues are those of a market that follows a node of the auction's chain: a market that stands
/// promises nothing of today.
fn settings(api: &Api, auction: &Auction) -> Settings {
    let Ok(snapshot) = api.market.fresh() else { return Settings::default() };
    let market = snapshot.engine.market();
    let same = Native::of_chain(market.chain_id) == Some(Native::of_auction(auction));
    if !api.market.is_live() || !same {
        return Settings::default();
    }
    Settings { venues: venues(market), ..Settings::default() }
}

fn venues(market: &Market) -> Vec<Arc<dyn tenor_solver::venues::Venue>> {
    let open = market.listings.iter().filter(|listing| listing.disabled.is_none());
    open.map(|listing| Arc::clone(&listing.venue)).collect()
}

/// Takes note of what became of a solution.
async fn notify(request: Request) -> Result<StatusCode, Reply> {
    let bytes: Bytes = body::received(request, cow::MOST_NOTIFIED, PATIENCE).await?.into();
    let notification = cow::notification(&bytes)?;
    events::auction_notified(&notification);
    Ok(StatusCode::OK)
}

fn json(body: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, body).into_response()
}
