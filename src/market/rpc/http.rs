//! JSON-RPC over HTTP.
//!
//! Of its own rather than a library's, for three rules: nothing of the URL is logged, no redirect is
//! followed (it would carry the key along), and an answer is read only up to a limit.

use std::time::Duration;

use alloy_json_rpc::{RequestPacket, ResponsePacket};
use reqwest::{StatusCode, header, redirect::Policy};
use url::{Host, Url};

use super::{endpoint::Endpoint, error::Fault};

/// The largest answer read.
const LARGEST: usize = 64 << 20;

/// A client for one URL.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
}

impl Http {
    pub(super) fn new(url: &Url) -> Result<Self, Fault> {
        // Fails where there is a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().redirect(Policy::none());
        let mut builder = builder.user_agent(concat!("tenor/", env!("CARGO_PKG_VERSION")));
        if is_loopback(url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Fault::Unreachable(reason(&error)))?;
        Ok(Self { client })
    }

    pub(super) async fn send(
        &self,
        url: Url,
        endpoint: &Endpoint,
        method: &'static str,
        packet: RequestPacket,
    ) -> Result<ResponsePacket, Fault> {
        let request = self.client.post(url).header(header::CONTENT_TYPE, "application/json");
        let body = packet
            .serialize()
            .map_err(|error| Fault::Garbage { method, what: endpoint.clean(&error.to_string()) })?;
        let answer = request.body(body.get().to_owned()).send().await;
        let answer = answer.map_err(|error| lost(endpoint, &error))?;
        let status = answer.status();
        let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(seconds);
        let body = read(endpoint, method, answer).await;
        match status {
            StatusCode::TOO_MANY_REQUESTS => Err(Fault::RateLimited { retry_after }),
            _ if status.is_server_error() && retry_after.is_some() => {
                Err(Fault::RateLimited { retry_after })
            }
            _ if status.is_server_error() => Err(Fault::Server { status: status.as_u16() }),
            _ => parse(endpoint, method, status, &body?),
        }
    }
}

/// Whether a URL is of this machine, which no proxy reaches.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The delay form of `Retry-After`, in seconds.
fn seconds(value: &header::HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

async fn read(
    endpoint: &Endpoint,
    method: &'static str,
    mut answer: reqwest::Response,
) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| lost(endpoint, &error))? {
        if body.len() + chunk.len() > LARGEST {
            let what = format!("more than {} MiB", LARGEST >> 20);
            return Err(Fault::Garbage { method, what });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Some nodes send JSON-RPC errors with a status of refusal; what is no JSON-RPC is the server's.
fn parse(
    endpoint: &Endpoint,
    method: &'static str,
    status: StatusCode,
    body: &[u8],
) -> Result<ResponsePacket, Fault> {
    match serde_json::from_slice(body) {
        Ok(packet) => Ok(packet),
        Err(_) if !status.is_success() => {
            let said = endpoint.clean(&String::from_utf8_lossy(body));
            Err(Fault::Refused { status: status.as_u16(), said })
        }
        Err(error) => {
            let start = endpoint.clean(&String::from_utf8_lossy(&body[..body.len().min(80)]));
            Err(Fault::Garbage { method, what: format!("{error}: {start}") })
        }
    }
}

fn lost(endpoint: &Endpoint, error: &reqwest::Error) -> Fault {
    let why = endpoint.clean(&reason(error));
    if error.is_connect() { Fault::Unreachable(why) } else { Fault::Dropped(why) }
}

/// The innermost cause: the outer ones repeat the URL.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) { "no reason given".to_owned() } else { cause.to_string() }
}
