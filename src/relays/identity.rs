//! Who sends: the `X-Flashbots-Signature` header.
//!
//! The header signs the very bytes of a request's body with a key that holds no funds. It is an identity, to
//! which relays tie reputation, replacement, cancellation and refunds: the same key must sign them all.

use std::fmt;

use alloy_primitives::{Address, B256, Bytes, hex, keccak256};
use k256::ecdsa::SigningKey;
use revm::precompile::secp256k1::ecrecover;

/// The header's name.
pub const HEADER: &str = "X-Flashbots-Signature";

/// The key that an account is known by at relays. It is not shown by `Debug`.
#[derive(Clone)]
pub struct Identity {
    key: SigningKey,
    address: Address,
}

/// Why a header says nothing of who sent a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Not an address, a colon and a signature.
    #[error("{HEADER} is not ADDRESS:SIGNATURE in hexadecimal digits")]
    Form,
    /// Its last byte is neither 27 or 28 nor 0 or 1.
    #[error("{HEADER} has recovery byte {0}: expected 27, 28, 0 or 1")]
    Recovery(u8),
    /// Signed by another key, or over other bytes.
    #[error("{HEADER} names {named}, and the body was not signed by it")]
    Signer {
        /// Whom the header names.
        named: Address,
    },
}

impl Identity {
    /// The identity of a key.
    pub fn new(key: SigningKey) -> Self {
        let point = key.verifying_key().to_encoded_point(false);
        let address = Address::from_raw_public_key(point.as_bytes().get(1..).unwrap_or_default());
        Self { key, address }
    }

    /// The address that relays know it by.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The header's value for a body, the very bytes that are sent; `None` for the one digest in 2^127 that
    /// the key cannot sign.
    pub fn header(&self, body: &[u8]) -> Option<String> {
        let (signature, recovery) =
            self.key.sign_prehash_recoverable(message(body).as_slice()).ok()?;
        let mut signed = signature.to_bytes().to_vec();
        // 27 or 28: what every verifier takes.
        signed.push(27 + recovery.to_byte());
        Some(format!("{}:{}", self.address, hex::encode_prefixed(signed)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Who signed a body, by its header: as builders check it, who take both forms of the last byte and either
/// case of the address.
pub fn signer(header: &str, body: &[u8]) -> Result<Address, HeaderError> {
    let (named, signature) = header.split_once(':').ok_or(HeaderError::Form)?;
    let named: Address = named.parse().map_err(|_| HeaderError::Form)?;
    let signature: Bytes = signature.parse().map_err(|_| HeaderError::Form)?;
    let (Some(rs), [v]) = (signature.first_chunk::<64>(), signature.get(64..).unwrap_or_default())
    else {
        return Err(HeaderError::Form);
    };
    let recovery = if *v >= 27 { *v - 27 } else { *v };
    if recovery > 1 {
        return Err(HeaderError::Recovery(*v));
    }
    let found = ecrecover(rs.into(), recovery, &message(body)).map(Address::from_word);
    if found == Ok(named) { Ok(named) } else { Err(HeaderError::Signer { named }) }
}

/// What is signed: the body's hash as text, as a wallet signs text.
fn message(body: &[u8]) -> B256 {
    let digest = keccak256(body).to_string();
    keccak256([b"\x19Ethereum Signed Message:\n66", digest.as_bytes()].concat())
}
