//! Keys in this process.

use std::{
    fs::{self, File},
    path::Path,
};

use alloy_primitives::{Address, B256, Signature, hex};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{KeyError, Source, secret};
use crate::{config::Secret, events, relays::identity::Identity};

/// A key. It is wiped from memory when it is dropped, and `Debug` shows its address alone.
#[derive(Debug)]
pub struct Local(PrivateKeySigner);

impl Local {
    /// A key that everybody knows: of a chain on which nothing is worth anything.
    pub fn published(key: &B256) -> Option<Self> {
        PrivateKeySigner::from_bytes(key).ok().map(Self)
    }

    /// Reads a key.
    pub fn open(source: &Source) -> Result<Self, KeyError> {
        match source {
            Source::Plain(secret) => plain(secret).map(Self),
            Source::Keystore { file, password } => keystore(file, password).map(Self),
            Source::Remote { .. } | Source::Kms(_) => Err(KeyError::NotHere),
        }
    }

    /// Whose it is.
    pub const fn address(&self) -> Address {
        self.0.address()
    }

    /// Signs a hash.
    pub fn sign(&self, hash: B256) -> Result<Signature, KeyError> {
        let another = |_| KeyError::Another { address: self.address() };
        self.0.sign_hash_sync(&hash).map_err(another)
    }

    /// Who it is at relays.
    pub fn identity(self) -> Identity {
        Identity::new(self.0.into_credential())
    }
}

fn plain(secret: &Secret) -> Result<PrivateKeySigner, KeyError> {
    let text = secret::read(secret)?;
    let mut bytes = Zeroizing::new([0; 32]);
    let digits = text.strip_prefix("0x").unwrap_or(&text);
    let read = hex::decode_to_slice(digits, bytes.as_mut_slice()).ok();
    let key = read.and_then(|()| PrivateKeySigner::from_slice(bytes.as_slice()).ok());
    key.ok_or_else(|| KeyError::NoKey(secret.clone()))
}

fn keystore(file: &Path, password: &Secret) -> Result<PrivateKeySigner, KeyError> {
    let password = secret::read(password)?;
    let closed = || KeyError::Keystore(file.to_owned());
    let opened = File::open(file).map_err(|_| closed())?;
    if let Some(mode) = secret::others(&opened) {
        events::keystore_exposed(file, mode);
    }
    let sound = fs::read_to_string(file).is_ok_and(|text| is_sound(&text));
    if !sound {
        return Err(closed());
    }
    PrivateKeySigner::decrypt_keystore(file, password.as_str()).map_err(|_| closed())
}

/// The parts of a keystore that the library takes by their length without looking, and what would make it
/// work for hours.
#[derive(Debug, Deserialize)]
struct Keystore {
    crypto: Crypto,
}

#[derive(Debug, Deserialize)]
struct Crypto {
    ciphertext: String,
    cipherparams: Iv,
    kdfparams: Kdf,
}

#[derive(Debug, Deserialize)]
struct Iv {
    iv: String,
}

#[derive(Debug, Deserialize)]
struct Kdf {
    dklen: u8,
    /// Rounds of scrypt.
    n: Option<u64>,
    r: Option<u64>,
    p: Option<u64>,
    /// Rounds of PBKDF2.
    c: Option<u64>,
}

fn is_sound(text: &str) -> bool {
    let Ok(Keystore { crypto }) = serde_json::from_str(text) else { return false };
    let digits = |text: &str| text.strip_prefix("0x").unwrap_or(text).len();
    let Kdf { dklen, n, r, p, c } = crypto.kdfparams;
    // Scrypt takes 128 n r bytes; geth's hardest setting takes a quarter of a gigabyte.
    let memory = n.unwrap_or(0).saturating_mul(r.unwrap_or(0)).saturating_mul(128);
    dklen >= 32
        && digits(&crypto.cipherparams.iv) == 32
        && digits(&crypto.ciphertext) == 64
        && n.is_none_or(u64::is_power_of_two)
        && memory <= 1 << 30
        && p.unwrap_or(1) <= 64
        && c.unwrap_or(1) <= 10_000_000
}
