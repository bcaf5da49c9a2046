//! Any relay, over HTTP.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy_primitives::{Address, B256};
use serde_json::Value;
use url::Url;

pub use super::transport::Transport;
use super::{
    Asked, At, Relay,
    answers::{Accepted, Bundled, RefundTotals, Simulated},
    dialect::{Capabilities, Dialect, Header, Private},
    fault::Fault,
    identity::Identity,
    lint::misread,
    mev_share::Shared,
    reply::Reply,
    transport::{Heard, is_loopback},
    wire,
};
use crate::bundle::{Bundle, Raw, Replacement};

/// A relay that is asked over HTTP.
pub struct Http {
    name: String,
    dialect: Dialect,
    url: Url,
    patience: Duration,
    identity: Arc<Identity>,
    transport: Transport,
    /// Requests are numbered from one, each relay's for itself: the number is part of what is signed.
    next: AtomicU64,
}

/// Why a relay cannot be spoken to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not a URL with a host. It is not repeated: a key may stand in it.
    #[error("the endpoint of {relay} is not a URL: {why}")]
    Url {
        /// The relay.
        relay: String,
        /// What is wrong with it.
        why: String,
    },
    /// Everybody on the way could read.
    #[error("the endpoint of {0} is not https: http is for this machine alone")]
    Clear(String),
}

impl Http {
    /// A relay at a URL, which is waited for at most `patience` a request.
    pub fn new(
        dialect: Dialect,
        url: &str,
        patience: Duration,
        identity: Arc<Identity>,
        transport: Transport,
    ) -> Result<Self, EndpointError> {
        let name = dialect.capabilities().name.to_owned();
        let url = endpoint(&name, url)?;
        Ok(Self { name, dialect, url, patience, identity, transport, next: AtomicU64::new(1) })
    }

    /// Under another name than the dialect's: of several who speak one.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    const fn known(&self) -> Capabilities {
        self.dialect.capabilities()
    }

    fn id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn unspoken<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault::Unspoken { relay: self.known().name, what })
    }

    /// Signs a body and sends it: these bytes, once.
    async fn post(&self, body: serde_json::Result<Vec<u8>>) -> Result<Heard, Fault> {
        let body = body.map_err(|_| Fault::Unsigned)?;
        let header = match self.known().header {
            Header::Required => Some(self.identity.header(&body).ok_or(Fault::Unsigned)?),
            Header::Unread => None,
        };
        self.transport.post(&self.url, body, header, self.patience).await
    }

    /// Sends what is taken or not.
    async fn hand_in(&self, body: serde_json::Result<Vec<u8>>) -> Result<Accepted, Fault> {
        let Heard { status, retry_after, body } = self.post(body).await?;
        accepted(Reply::read(status.as_u16(), &body), retry_after)
    }

    /// Asks what has a result.
    async fn ask<T>(
        &self,
        body: serde_json::Result<Vec<u8>>,
        read: fn(&Value) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Heard { status, retry_after, body } = self.post(body).await?;
        accepted(Reply::read(status.as_u16(), &body), retry_after)?;
        let value: Value = serde_json::from_slice(&body)
            .map_err(|error| Fault::Garbled(format!("not JSON: {error}")))?;
        read(value.get("result").unwrap_or(&value))
    }
}

/// A URL that a bundle may be sent to.
pub(super) fn endpoint(name: &str, url: &str) -> Result<Url, EndpointError> {
    let wrong = |why: String| EndpointError::Url { relay: name.to_owned(), why };
    let url = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("no host".to_owned()));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(EndpointError::Clear(name.to_owned())),
    }
}

pub(super) fn accepted(reply: Reply, retry_after: Option<Duration>) -> Result<Accepted, Fault> {
    match reply {
        Reply::Taken(hash) => Ok(Accepted { hash }),
        Reply::Refused(why) => Err(Fault::Refused(why)),
        Reply::Limited => Err(Fault::Limited { retry_after }),
        Reply::Failed(why) => Err(Fault::Failed(why)),
    }
}

impl Relay for Http {
    fn name(&self) -> &str {
        &self.name
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn send<'a>(&'a self, bundle: &'a Bundle) -> Asked<'a, Accepted> {
        Box::pin(async move {
            let misread = misread(bundle, self.dialect);
            if !misread.is_empty() {
                return Err(Fault::Misread(misread));
            }
            self.hand_in(wire::send_bundle(bundle, self.id())).await
        })
    }

    fn cancel(&self, replacement: Replacement, block: u64) -> Asked<'_, Accepted> {
        Box::pin(async move {
            if self.known().cancels.is_none() {
                return self.unspoken("cancellations");
            }
            match wire::cancel_bundle(replacement, block, self.dialect, self.id()) {
                Some(body) => self.hand_in(body).await,
                None => self.unspoken("cancellations"),
            }
        })
    }

    fn simulate<'a>(&'a self, transactions: &'a [Raw], at: At) -> Asked<'a, Simulated> {
        Box::pin(async move {
            if !self.known().simulates {
                return self.unspoken("eth_callBundle");
            }
            let At { block, state, timestamp } = at;
            let body = wire::call_bundle(transactions, block, state, timestamp, self.id());
            self.ask(body, Simulated::read).await
        })
    }

    fn send_private<'a>(&'a self, transaction: &'a Raw, last: u64) -> Asked<'a, Accepted> {
        Box::pin(async move {
            match self.known().private {
                Some(Private::Method) => {
                    self.hand_in(wire::send_private(transaction, last, self.id())).await
                }
                Some(Private::Raw) => self.hand_in(wire::send_raw(transaction, self.id())).await,
                None => self.unspoken("private transactions"),
            }
        })
    }

    fn cancel_private(&self, hash: B256) -> Asked<'_, Accepted> {
        Box::pin(async move {
            match self.known().private {
                Some(Private::Method) => self.hand_in(wire::cancel_private(hash, self.id())).await,
                Some(Private::Raw) | None => self.unspoken("eth_cancelPrivateTransaction"),
            }
        })
    }

    fn share<'a>(&'a self, shared: &'a Shared) -> Asked<'a, Accepted> {
        Box::pin(async move {
            if !self.known().shares {
                return self.unspoken("mev_sendBundle");
            }
            shared.check()?;
            self.hand_in(shared.request(self.id())).await
        })
    }

    fn stats(&self, bundle_hash: B256, block: u64) -> Asked<'_, Bundled> {
        Box::pin(async move {
            if !self.known().tells {
                return self.unspoken("flashbots_getBundleStatsV2");
            }
            self.ask(wire::bundle_stats(bundle_hash, block, self.id()), Bundled::read).await
        })
    }

    fn refunds(&self, recipient: Address) -> Asked<'_, RefundTotals> {
        Box::pin(async move {
            if !self.known().tells {
                return self.unspoken("buildernet_getDelayedRefundTotalsByRecipient");
            }
            self.ask(wire::refund_totals(recipient, self.id()), RefundTotals::read).await
        })
    }
}

/// The path and all behind it may be a key.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Http");
        shown.field("name", &self.name).field("dialect", &self.dialect);
        shown.field("host", &self.url.host_str()).field("identity", &self.identity);
        shown.finish_non_exhaustive()
    }
}
