//! A signed transaction as it goes over the wire.

use std::fmt;

use alloy_consensus::TxEnvelope;
use alloy_eips::eip2718::{Decodable2718 as _, Eip2718Error};
use alloy_primitives::{Address, B256, Bytes};
use revm::precompile::secp256k1::ecrecover;

/// A signed transaction: its bytes, with what follows from them. What is not sent yet is nobody's to
/// know, so neither `Debug` nor an error shows the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw {
    /// The EIP-2718 envelope; of a blob transaction the network's form, with its sidecar.
    pub bytes: Bytes,
    /// The transaction's hash: of the envelope without a sidecar.
    pub hash: B256,
    /// Who signed it.
    pub sender: Address,
}

/// Why bytes are no signed transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RawError {
    /// Not an envelope.
    #[error("not a transaction's EIP-2718 envelope: {0}")]
    Envelope(String),
    /// No key makes such a signature.
    #[error("transaction {0} has a signature that no key makes")]
    Signature(B256),
}

impl Raw {
    /// Reads a signed transaction, and recovers who signed it.
    pub fn decode(bytes: Bytes) -> Result<Self, RawError> {
        let envelope = TxEnvelope::decode_2718_exact(&bytes)
            .map_err(|error: Eip2718Error| RawError::Envelope(error.to_string()))?;
        let hash = *envelope.tx_hash();
        let signature = envelope.signature();
        let signed = signature.as_bytes();
        let signer = signed.first_chunk::<64>().and_then(|rs| {
            let prehash = envelope.signature_hash();
            ecrecover(rs.into(), u8::from(signature.v()), &prehash).ok()
        });
        let sender = signer.map(Address::from_word).ok_or(RawError::Signature(hash))?;
        Ok(Self { bytes, hash, sender })
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, hash, sender } = self;
        let length = bytes.len();
        write!(f, "Raw {{ {length} bytes, hash: {hash}, sender: {sender} }}")
    }
}
