//! The sandbox over HTTP: the node at `/`, the builder at `/relay`, its switches at `/sandbox`. At
//! `/relay/unsigned` it takes requests that nobody signed, as some builders do.

use std::{io, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::cors::CorsLayer;

use super::{Fault, Sandbox, admin, eth, jsonrpc, relay};
use crate::relays::identity;

/// The most bytes of a request.
const MOST_BYTES: usize = 4 << 20;

#[derive(Debug, Clone)]
struct Served {
    sandbox: Arc<Sandbox>,
    stopping: CancellationToken,
}

/// Answers until told to stop; then finishes what was taken.
pub async fn serve(
    listener: TcpListener,
    sandbox: Arc<Sandbox>,
    stopping: CancellationToken,
) -> io::Result<()> {
    let served = Served { sandbox, stopping: stopping.clone() };
    let router = Router::new()
        .route("/", post(node))
        .route(
            "/relay",
            post(async |state, headers, body| builder(state, headers, body, false).await),
        )
        .route(
            "/relay/unsigned",
            post(async |state, headers, body| builder(state, headers, body, true).await),
        )
        .route("/sandbox", post(switches))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        // Pages of any origin: there is nothing here to steal.
        .layer(CorsLayer::permissive())
        .with_state(served);
    axum::serve(listener, router).with_graceful_shutdown(stopping.cancelled_owned()).await
}

async fn node(State(served): State<Served>, body: Bytes) -> Response {
    let sandbox = served.sandbox;
    run(move || jsonrpc::answer(&body, |method, params| eth::call(&sandbox, method, params))).await
}

async fn switches(State(served): State<Served>, body: Bytes) -> Response {
    let sandbox = served.sandbox;
    run(move || jsonrpc::answer(&body, |method, params| admin::call(&sandbox, method, params)))
        .await
}

async fn builder(
    State(served): State<Served>,
    headers: HeaderMap,
    body: Bytes,
    anybody: bool,
) -> Response {
    let Served { sandbox, stopping } = served;
    let faults = sandbox.faults();
    if faults.contains(&Fault::Down) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut heads = sandbox.watch();
    let before = heads.borrow_and_update().number;
    let header = headers.get(identity::HEADER).and_then(|value| value.to_str().ok());
    let header = header.map(str::to_owned);
    let answer = run(move || relay::answer(&sandbox, header.as_deref(), anybody, &body)).await;
    if faults.contains(&Fault::Late) {
        tokio::select! {
            () = stopping.cancelled() => {}
            _ = heads.wait_for(|newest| newest.number > before) => {}
        }
    }
    answer
}

/// Runs on a thread that may take its time: an EVM does.
async fn run(work: impl FnOnce() -> Value + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => {
            ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
