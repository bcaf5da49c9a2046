//! Metrics, at an address of their own: what an operator watches is nobody else's.

use std::{io, time::Duration};

use axum::{Router, http::header, response::IntoResponse as _, routing::get};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use super::Api;
use crate::events;

/// Seconds by which answers are sorted.
const BUCKETS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];

/// How often figures that came in are sorted.
const UPKEEP: Duration = Duration::from_secs(5);

/// The text form of Prometheus.
const MEDIA: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Begins to count, once for the process.
pub fn count() -> Result<PrometheusHandle, BuildError> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let handle =
        PrometheusBuilder::new().set_buckets_for_metric(seconds, &BUCKETS)?.install_recorder()?;
    events::describe();
    Ok(handle)
}

/// Tells what was counted at `/metrics`, until the server stops.
pub async fn serve(listener: TcpListener, api: Api, counted: PrometheusHandle) -> io::Result<()> {
    let (sorted, stopping) = (counted.clone(), api.stopping.clone());
    tokio::spawn(async move {
        while !stopping.is_cancelled() {
            tokio::time::sleep(UPKEEP).await;
            sorted.run_upkeep();
        }
    });
    let stopping = api.stopping.clone();
    let metrics = async move || {
        events::stands(&api);
        ([(header::CONTENT_TYPE, MEDIA)], counted.render()).into_response()
    };
    let router = Router::new().route("/metrics", get(metrics));
    axum::serve(listener, router)
        .with_graceful_shutdown(async move { stopping.cancelled().await })
        .await
}
