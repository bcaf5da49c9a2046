//! Keys that another process has: Web3Signer's HTTP API for accounts (`eth1`).
//!
//! - `GET /api/v1/eth1/publicKeys`: public keys in hexadecimal digits, 64 bytes each.
//! - `POST /api/v1/eth1/sign/{public key}` with `{"data": "0x..."}`: the signature of the data's Keccak-256, as
//!   text of 65 bytes.
//!
//! What it signs is checked here: it is trusted with the key, and with nothing else.

use std::{fmt, time::Duration};

use alloy_primitives::{Address, Bytes, Signature, hex, keccak256};
use reqwest::{Client, RequestBuilder, redirect::Policy};
use url::Url;

use super::{KeyError, checked};
use crate::config::Place;

/// How long an answer is waited for: a fraction of a slot.
const PATIENCE: Duration = Duration::from_secs(3);

/// The longest answer that is read.
const LONGEST: usize = 1 << 20;

/// A key that another process has.
pub struct Remote {
    client: Client,
    sign: Url,
    host: String,
    address: Address,
}

impl Remote {
    /// Finds the key of an account at a signer.
    pub async fn open(place: &Place, address: Address) -> Result<Self, KeyError> {
        let host = place.shown();
        let failed = |why: String| KeyError::Signer { host: host.clone(), why };
        let base = place.url().map_err(|why| failed(format!("has no URL: {why}")))?;
        if base.scheme() != "https" && !is_local(&base) {
            return Err(failed(
                "is not reached by https: http is for this machine alone".to_owned(),
            ));
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder().redirect(Policy::none()).timeout(PATIENCE);
        if is_local(&base) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|_| failed("cannot be asked".to_owned()))?;
        let at = |path: &str| base.join(path).map_err(|error| failed(error.to_string()));
        let told = text(&host, client.get(at("api/v1/eth1/publicKeys")?)).await?;
        let keys: Vec<Bytes> = serde_json::from_str(&told)
            .map_err(|error| failed(format!("does not list its keys: {error}")))?;
        let key = keys
            .iter()
            .find(|key| owner(key) == Some(address))
            .ok_or_else(|| failed(format!("has {} keys, and none of {address}", keys.len())))?;
        let sign = at(&format!("api/v1/eth1/sign/{key}"))?;
        Ok(Self { client, sign, host, address })
    }

    /// Whose it is.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Has a message's hash signed.
    pub async fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        let body = serde_json::json!({ "data": hex::encode_prefixed(message) }).to_string();
        let request = self.client.post(self.sign.clone());
        let request = request.header("content-type", "application/json").body(body);
        let told = text(&self.host, request).await?;
        let signature: Bytes = told.trim().trim_matches('"').parse().map_err(|_| {
            let why = "answers something else than a signature".to_owned();
            KeyError::Signer { host: self.host.clone(), why }
        })?;
        checked(self.address, keccak256(message), &signature)
    }
}

/// Whose public key this is.
fn owner(key: &[u8]) -> Option<Address> {
    let point = match key {
        // Some write the byte that says that both coordinates follow.
        [4, point @ ..] if point.len() == 64 => point,
        point if point.len() == 64 => point,
        _ => return None,
    };
    Some(Address::from_raw_public_key(point))
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// An answer's text. What a signer says beside it is not repeated: it may repeat what it was to sign.
async fn text(host: &str, request: RequestBuilder) -> Result<String, KeyError> {
    let failed = |why: String| KeyError::Signer { host: host.to_owned(), why };
    let lost = |error: reqwest::Error| {
        failed(match error {
            error if error.is_timeout() => format!("did not answer in {PATIENCE:?}"),
            error if error.is_connect() => "cannot be reached".to_owned(),
            _ => "did not answer to the end".to_owned(),
        })
    };
    let mut answer = request.send().await.map_err(lost)?;
    if !answer.status().is_success() {
        return Err(failed(format!("answers HTTP {}", answer.status().as_u16())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(failed("answers without end".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| failed("answers something else than text".to_owned()))
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("host", &self.host)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
