//! Where a key is.

use std::path::PathBuf;

use alloy_primitives::Address;

use super::KeyError;
use crate::config::{self, Secret};

/// Where a key is. The password, the key and what may stand in a URL are not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// 64 hexadecimal digits.
    Plain(Secret),
    /// An encrypted keystore, version 3, as geth and foundry write it.
    Keystore {
        /// The file.
        file: PathBuf,
        /// Where its password is.
        password: Secret,
    },
    /// A signer that speaks Web3Signer's HTTP API.
    Remote {
        /// Where it is.
        url: config::Place,
        /// Whose key it has.
        address: Address,
    },
    /// AWS KMS, by id, ARN or alias.
    Kms(String),
}

impl Source {
    /// What configuration names; `key` is what it calls the key.
    pub fn of(key: &'static str, named: Option<&config::Key>) -> Result<Self, KeyError> {
        let wrong = |what| KeyError::Source { key, what };
        let config::Key { secret, keystore, password, remote, address, kms } =
            named.cloned().ok_or(KeyError::Missing(key))?;
        if password.is_some() && keystore.is_none() {
            return Err(wrong("a password is a keystore's: name the keystore"));
        }
        if address.is_some() && remote.is_none() {
            return Err(wrong("an address is a remote key's: name where it is"));
        }
        match (secret, keystore, remote, kms) {
            (Some(secret), None, None, None) => Ok(Self::Plain(secret)),
            (None, Some(file), None, None) => match password {
                Some(password) => Ok(Self::Keystore { file, password }),
                None => Err(wrong("a keystore needs its password: password = \"file:PATH\"")),
            },
            (None, None, Some(url), None) => match address {
                Some(address) => Ok(Self::Remote { url, address }),
                None => Err(wrong("a remote key needs its address")),
            },
            (None, None, None, Some(id)) => Ok(Self::Kms(id)),
            _ => Err(wrong("name one of secret, keystore, remote and kms")),
        }
    }
}
