//! Keys: where they are, and what signs with them.
//!
//! A key comes from the environment, a file, an encrypted keystore, or stays with a signer that is asked over
//! HTTP or with AWS KMS. It is never on a command line, in a log, in an error or in `Debug`.
//!
//! There are two: the one that relays know us by ([`Local`], it signs every request and holds nothing), and
//! the one that pays ([`Key`]). They must not be one: who reads relays' logs would know the account, and
//! whoever gets at the first could spend.

#[cfg(feature = "aws-kms")]
mod kms;
mod local;
mod remote;
mod secret;
mod source;

use std::{future::Future, path::PathBuf, pin::Pin};

use alloy_consensus::SignableTransaction;
use alloy_network::TxSigner;
use alloy_primitives::{Address, B256, Signature, keccak256};
use revm::precompile::secp256k1::ecrecover;

pub use self::{local::Local, remote::Remote, source::Source};
use crate::config::{self, Secret};

/// A key that signs what is given to it.
#[derive(Debug)]
pub enum Key {
    /// It is in this process.
    Local(Local),
    /// Another process has it.
    Remote(Remote),
    /// AWS has it.
    #[cfg(feature = "aws-kms")]
    Kms(kms::Kms),
}

/// Both keys.
#[derive(Debug)]
pub struct Keys {
    /// The one that relays know us by.
    pub auth: Local,
    /// The one that pays.
    pub funded: Key,
}

/// Why there is no key, or no signature. None of it shows a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No source is named.
    #[error("no {0} key: set keys.{0}")]
    Missing(&'static str),
    /// A source is named by halves, or two are.
    #[error("keys.{key}: {what}")]
    Source {
        /// Which key.
        key: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// What holds it cannot be read.
    #[error("cannot read {secret}: {why}")]
    Read {
        /// Where it should be.
        secret: Secret,
        /// The system's reason.
        why: String,
    },
    /// Others can read it.
    #[error(
        "others can read {path} (mode {mode:o}): make it yours alone (chmod 600), and take the key as known"
    )]
    Exposed {
        /// The file.
        path: String,
        /// Its permissions.
        mode: u32,
    },
    /// It holds something else.
    #[error("{0} does not hold a key: 64 hexadecimal digits")]
    NoKey(Secret),
    /// It does not open.
    #[error("{} is no keystore that this password opens", .0.display())]
    Keystore(PathBuf),
    /// A signer cannot be asked.
    #[error("the signer at {host} {why}")]
    Signer {
        /// Where it is.
        host: String,
        /// What it did.
        why: String,
    },
    /// It signed with another key, or something else.
    #[error("the signature is not of {address} over what was to be signed")]
    Another {
        /// Whose it should be.
        address: Address,
    },
    /// A key that must be here is with a signer.
    #[error(
        "the auth key must be in this process: it signs every request; name a key or a keystore"
    )]
    NotHere,
    /// This program was built without what it takes.
    #[error("this program was built without AWS KMS: build it with --features aws-kms")]
    NoKms,
    /// One key for both.
    #[error(
        "the auth key and the funded key are one, of {0}: relays and their logs would know the account"
    )]
    Same(Address),
}

impl Keys {
    /// Reads both keys, and checks that they are two.
    pub async fn open(keys: &config::Keys) -> Result<Self, KeyError> {
        let auth = Local::open(&Source::of("auth", keys.auth.as_ref())?)?;
        let funded = Key::open(&Source::of("funded", keys.funded.as_ref())?).await?;
        apart(auth.address(), funded.address())?;
        Ok(Self { auth, funded })
    }
}

/// That the key that relays know us by holds no funds.
pub fn apart(auth: Address, funded: Address) -> Result<(), KeyError> {
    if auth == funded { Err(KeyError::Same(auth)) } else { Ok(()) }
}

impl Key {
    /// Reads a key, or makes sure that who has it answers.
    pub async fn open(source: &Source) -> Result<Self, KeyError> {
        match source {
            Source::Plain(_) | Source::Keystore { .. } => Local::open(source).map(Self::Local),
            Source::Remote { url, address } => Remote::open(url, *address).await.map(Self::Remote),
            #[cfg(feature = "aws-kms")]
            Source::Kms(id) => kms::Kms::open(id).await.map(Self::Kms),
            #[cfg(not(feature = "aws-kms"))]
            Source::Kms(_) => Err(KeyError::NoKms),
        }
    }

    /// Whose it is.
    pub const fn address(&self) -> Address {
        match self {
            Self::Local(local) => local.address(),
            Self::Remote(remote) => remote.address(),
            #[cfg(feature = "aws-kms")]
            Self::Kms(kms) => kms.address(),
        }
    }

    /// Signs the hash of a message: of a transaction's bytes to be signed, of `0x1901` and two hashes, or of
    /// whatever else is signed by its hash. Some signers hash for themselves, so that they know what they
    /// sign: they are given the message. A signature that is not of this key over this is an error.
    pub async fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        match self {
            Self::Local(local) => local.sign(keccak256(message)),
            Self::Remote(remote) => remote.sign(message).await,
            #[cfg(feature = "aws-kms")]
            Self::Kms(kms) => kms.sign(message).await,
        }
    }
}

/// What a transaction's signature will be.
type Signed<'a> = Pin<Box<dyn Future<Output = alloy_signer::Result<Signature>> + Send + 'a>>;

impl TxSigner<Signature> for Key {
    fn address(&self) -> Address {
        self.address()
    }

    fn sign_transaction<'a, 'b, 'c>(
        &'a self,
        transaction: &'b mut dyn SignableTransaction<Signature>,
    ) -> Signed<'c>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        let message = transaction.encoded_for_signing();
        Box::pin(async move { self.sign(&message).await.map_err(alloy_signer::Error::other) })
    }
}

/// Reads 65 bytes as a signature, and that it is this account's over this hash: a signer is not believed.
/// Its `s` is made the lower of both, as the chain wants it.
fn checked(address: Address, hash: B256, bytes: &[u8]) -> Result<Signature, KeyError> {
    let another = KeyError::Another { address };
    let signature = Signature::from_raw(bytes).map_err(|_| another.clone())?;
    let signature = signature.normalized_s();
    let signed = signature.as_bytes();
    let rs = signed.first_chunk::<64>().ok_or_else(|| another.clone())?;
    match ecrecover(rs.into(), u8::from(signature.v()), &hash).map(Address::from_word) {
        Ok(signer) if signer == address => Ok(signature),
        Ok(_) | Err(_) => Err(another),
    }
}
