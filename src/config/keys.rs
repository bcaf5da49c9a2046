//! Where the keys are that sign.

use std::{fmt, path::PathBuf};

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Secret;

/// The keys that sign. They must be two.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The key that relays know us by, which holds nothing.
    pub auth: Option<Key>,
    /// The key that pays.
    pub funded: Option<Key>,
}

/// Where a key is: in one of `secret`, `keystore`, `remote` and `kms`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Key {
    /// The key itself, 64 hexadecimal digits: where they are.
    pub secret: Option<Secret>,
    /// An encrypted keystore.
    pub keystore: Option<PathBuf>,
    /// Its password: where it is.
    pub password: Option<Secret>,
    /// A signer with Web3Signer's HTTP API.
    pub remote: Option<Place>,
    /// The account whose key the signer has.
    pub address: Option<Address>,
    /// A key of AWS KMS: its id, ARN or alias.
    pub kms: Option<String>,
}

/// A URL in which a key may stand: it is not shown beyond its host and port.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Place(String);

impl Place {
    /// A URL, or what should be one.
    pub const fn new(url: String) -> Self {
        Self(url)
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL; an error says what is wrong with it, and does not repeat it.
    pub fn url(&self) -> Result<Url, url::ParseError> {
        Url::parse(&self.0)
    }

    /// Its host and port.
    pub fn shown(&self) -> String {
        let Ok(url) = self.url() else { return "(not a URL)".to_owned() };
        let host = url.host_str().unwrap_or("(no host)");
        match url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}
