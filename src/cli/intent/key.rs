//! The owner's key: from the environment, a file, or a keystore. It is never shown, not even by an error.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

use alloy_primitives::{Address, B256, Bytes, Signature};
use clap::Args;

use crate::{
    cli::Outcome,
    config::Secret,
    keys::{Local, Source},
    sandbox::accounts,
};

/// Where the owner's key is.
#[derive(Debug, Args)]
pub(super) struct KeyArgs {
    /// The private key, 64 hexadecimal digits: env:NAME or file:PATH.
    #[arg(long, value_name = "WHERE")]
    key: Option<Where>,
    /// An encrypted keystore (version 3, as geth and foundry write it).
    #[arg(long, value_name = "FILE", requires = "password", conflicts_with = "key")]
    keystore: Option<PathBuf>,
    /// The keystore's password: env:NAME or file:PATH.
    #[arg(long, value_name = "WHERE", requires = "keystore")]
    password: Option<Where>,
}

/// An owner who can sign.
pub(super) struct Owner(Local);

/// Where a secret is; or the secret itself, by mistake, which no error may repeat.
#[derive(Clone)]
struct Where(String);

impl fmt::Debug for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Where(***)")
    }
}

impl FromStr for Where {
    type Err = Infallible;

    /// Takes anything: an error here would repeat it.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Where {
    fn secret(&self, option: &str) -> Result<Secret, Outcome> {
        let named = Secret::try_from(self.0.clone());
        named.map_err(|why| Outcome::BadInput(format!("{option}: {why}")))
    }
}

impl KeyArgs {
    /// Whether one is named.
    pub(super) const fn given(&self) -> bool {
        self.key.is_some() || self.keystore.is_some()
    }

    /// Reads the key.
    pub(super) fn owner(&self) -> Result<Owner, Outcome> {
        let source = match (&self.key, &self.keystore) {
            (Some(key), _) => Source::Plain(key.secret("--key")?),
            (None, Some(file)) => {
                let password = self.password.as_ref();
                let password = password.ok_or_else(|| lacking("--password"))?;
                let password = password.secret("--password")?;
                Source::Keystore { file: file.clone(), password }
            }
            (None, None) => return Err(lacking("--key env:NAME or file:PATH, or --keystore FILE")),
        };
        Ok(Owner(Local::open(&source).map_err(|error| Outcome::BadInput(error.to_string()))?))
    }
}

fn lacking(option: &str) -> Outcome {
    Outcome::BadInput(format!("no key is named: give {option}"))
}

impl Owner {
    /// Everybody: the first account of every sandbox.
    pub(super) fn everybody() -> Result<Self, Outcome> {
        let [first, ..] = accounts::KEYS;
        Local::published(&first).map(Self).ok_or_else(|| Outcome::Failed("no such key".to_owned()))
    }

    pub(super) const fn address(&self) -> Address {
        self.0.address()
    }

    /// The signature of a digest: r, s, and v of 27 or 28.
    pub(super) fn sign(&self, digest: B256) -> Result<Bytes, Outcome> {
        Ok(Bytes::copy_from_slice(&self.signature(digest)?.as_bytes()))
    }

    /// The same in its parts.
    pub(super) fn signature(&self, digest: B256) -> Result<Signature, Outcome> {
        let signed = self.0.sign(digest);
        signed.map_err(|_| Outcome::Failed("the key does not sign".to_owned()))
    }
}
