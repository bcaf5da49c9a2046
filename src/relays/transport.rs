//! Signed requests over HTTP: connections are kept, and nothing is ever sent twice.

use std::time::Duration;

use reqwest::{
    Client, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect::Policy,
    retry,
};
use tokio::time;
use url::{Host, Url};

use super::{fault::Fault, identity::HEADER};

/// The longest answer that is read: a simulation of a hundred transactions is a tenth of it.
const LONGEST: usize = 1 << 20;

/// Connections are let go after this much silence: five slots.
const IDLE: Duration = Duration::from_secs(60);

/// A pool of connections, for any number of relays.
#[derive(Debug, Clone)]
pub struct Transport {
    public: Client,
    local: Client,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Transport {
    /// A pool without connections. An error says why there is no client at all.
    pub fn new() -> Result<Self, String> {
        // Fails where there is a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = || {
            Client::builder()
                .redirect(Policy::none())
                .retry(retry::never())
                .pool_idle_timeout(IDLE)
                .tcp_nodelay(true)
        };
        let built = |client: reqwest::Result<Client>| client.map_err(|error| reason(&error));
        Ok(Self { public: built(client().build())?, local: built(client().no_proxy().build())? })
    }

    /// Sends a body as it is, once, and waits for the whole answer until `patience` is over.
    pub(super) async fn post(
        &self,
        url: &Url,
        body: Vec<u8>,
        header: Option<String>,
        patience: Duration,
    ) -> Result<Heard, Fault> {
        let mut request = self.client(url).post(url.clone());
        request = request.header(CONTENT_TYPE, "application/json").body(body);
        if let Some(header) = header {
            request = request.header(HEADER, header);
        }
        let heard =
            async { read(request.send().await.map_err(|error| lost(&error))?, LONGEST).await };
        time::timeout(patience, heard).await.unwrap_or(Err(Fault::Late(patience)))
    }

    /// Asks for a page, or a stream, without waiting for its end.
    pub(super) async fn get(&self, url: &Url, accept: &str) -> Result<Response, Fault> {
        let request = self.client(url).get(url.clone()).header("accept", accept);
        request.send().await.map_err(|error| lost(&error))
    }

    /// This machine is reached without a proxy.
    fn client(&self, url: &Url) -> &Client {
        if is_loopback(url) { &self.local } else { &self.public }
    }
}

/// Whether a URL is of this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Reads an answer to its end, up to so many bytes.
pub(super) async fn read(mut answer: Response, longest: usize) -> Result<Heard, Fault> {
    let status = answer.status();
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| {
        // A date is another form of it, which would need the relay's clock.
        value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
    });
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > longest {
            return Err(Fault::Endless(longest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Heard { status, retry_after, body })
}

/// What did not even connect did not arrive.
pub(super) fn lost(error: &reqwest::Error) -> Fault {
    let why = reason(error);
    if error.is_connect() || error.is_builder() {
        Fault::Unreachable(why)
    } else {
        Fault::Dropped(why)
    }
}

/// The innermost cause: the outer ones repeat the URL, in which a key may stand.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) { "no reason given".to_owned() } else { cause.to_string() }
}
