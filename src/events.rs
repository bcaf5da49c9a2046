//! What is worth telling: one function for each thing that happens. Each logs, and counts.

use std::{net::SocketAddr, time::Duration};

use axum::http::{Method, StatusCode};

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
