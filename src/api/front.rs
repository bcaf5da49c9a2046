//! What surrounds every request: its id, one line of log, its figures, and an answer even where the
//! code panics.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::problem::Reply;
use crate::{events, problems::Problem};

/// The header that names a request, both ways.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a request.
const MOST_ID: usize = 64;

/// Gives a request its id, answers it, and tells of it.
pub(super) async fn tell(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given(&request).unwrap_or_else(fresh);
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // Of a path that is none nothing is repeated in figures: there would be no end to them.
    let path = path.unwrap_or_else(|| "none".to_owned());
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let answer = AssertUnwindSafe(next.run(request).instrument(span.clone())).catch_unwind();
    let mut response =
        answer.await.unwrap_or_else(|_| Reply::of(Problem::Internal).into_response());
    response.headers_mut().insert(REQUEST_ID, id);
    let code = response.extensions().get::<Problem>().map(|problem| problem.code());
    span.in_scope(|| {
        events::answered(&method, &path, response.status(), code, started.elapsed());
    });
    response
}

/// The asker's own id, if it can stand in a log.
fn given(request: &Request) -> Option<HeaderValue> {
    let id = request.headers().get(REQUEST_ID)?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let sound = (1..=MOST_ID).contains(&id.len()) && id.as_bytes().iter().all(plain);
    sound.then(|| id.clone())
}

/// An id that no other request of any run has.
fn fresh() -> HeaderValue {
    static RUN: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Without randomness ids are unique within the run alone, which is what logs need.
    let run = RUN.get_or_init(|| getrandom::u64().unwrap_or_default());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let text = format!("{run:016x}-{count:x}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("none"))
}
