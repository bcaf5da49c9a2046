//! The orders' API, asked for what is open: `GET {url}/orders` as Uniswap/uniswapx-service at c944432a has
//! it (`swagger.json`, `get-orders/schema`); mainnet's is at `https://api.uniswap.org/v2`.

use std::time::Duration;

use reqwest::{StatusCode, redirect::Policy};
use serde_json::Value;
use url::{Host, Url};

use super::notice::{Notice, Page};

/// The largest page read.
const LARGEST: usize = 8 << 20;

/// Orders of a page.
const PAGE: u32 = 100;

/// The most pages of one look.
const MOST_PAGES: usize = 8;

/// How long a page is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The API at a URL.
#[derive(Debug, Clone)]
pub struct OrdersApi {
    client: reqwest::Client,
    url: Url,
}

/// What a look at the API brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Orders.
    pub notices: Vec<Notice>,
    /// Entries that are none.
    pub unreadable: usize,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrdersError {
    /// The request did not come through.
    #[error("the orders' API is not to be had: {0}")]
    Lost(String),
    /// It was refused.
    #[error("the orders' API answers with status {0}")]
    Refused(u16),
    /// It is no page.
    #[error("the orders' API does not answer with orders: {0}")]
    Garbage(String),
}

impl OrdersApi {
    /// A client of the API at a URL.
    pub fn new(url: &Url) -> Result<Self, OrdersError> {
        // Fails where there is a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE);
        builder = builder.user_agent(concat!("tenor/", env!("CARGO_PKG_VERSION")));
        if is_loopback(url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| OrdersError::Lost(error.to_string()))?;
        Ok(Self { client, url: url.clone() })
    }

    /// The open orders of a chain, the newest first, as far as a few pages tell.
    pub async fn open(&self, chain: u64) -> Result<Seen, OrdersError> {
        let mut seen = Seen::default();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = self.page(chain, cursor.as_deref()).await?;
            for entry in page.orders {
                match serde_json::from_value::<Notice>(entry) {
                    Ok(notice) if notice.is_open() => seen.notices.push(notice),
                    Ok(_) => {}
                    Err(_) => seen.unreadable += 1,
                }
            }
            cursor = page.cursor.filter(|next| !next.is_empty());
            if cursor.is_none() {
                break;
            }
        }
        Ok(seen)
    }

    async fn page(&self, chain: u64, cursor: Option<&str>) -> Result<Page, OrdersError> {
        let mut place = self.url.clone();
        place.set_path(&format!("{}/orders", self.url.path().trim_end_matches('/')));
        place
            .query_pairs_mut()
            .append_pair("orderStatus", "open")
            .append_pair("chainId", &chain.to_string())
            .append_pair("limit", &PAGE.to_string())
            .append_pair("sortKey", "createdAt")
            .append_pair("desc", "true");
        if let Some(cursor) = cursor {
            place.query_pairs_mut().append_pair("cursor", cursor);
        }
        let mut answer = self.client.get(place).send().await.map_err(|error| lost(&error))?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(OrdersError::Refused(status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| lost(&error))? {
            if body.len() + chunk.len() > LARGEST {
                let why = format!("more than {} MiB", LARGEST >> 20);
                return Err(OrdersError::Garbage(why));
            }
            body.extend_from_slice(&chunk);
        }
        let garbage = |error: serde_json::Error| OrdersError::Garbage(error.to_string());
        let value: Value = serde_json::from_slice(&body).map_err(garbage)?;
        serde_json::from_value(value).map_err(garbage)
    }
}

/// Without the URL, which may hold a key.
fn lost(error: &reqwest::Error) -> OrdersError {
    let why = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    OrdersError::Lost(why.to_owned())
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
