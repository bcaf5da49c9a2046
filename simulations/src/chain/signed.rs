//! A signed transaction, read from its bytes.

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::precompile::secp256k1::ecrecover;

/// A signed transaction and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What was signed.
    pub envelope: TxEnvelope,
    /// Its hash.
    pub hash: B256,
    /// Who signed it.
    pub sender: Address,
}

/// Why bytes are no transaction that this chain takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// Not an envelope.
    #[error("not a transaction's EIP-2718 envelope: {0}")]
    Envelope(String),
    /// No key makes such a signature, or it is the one of two that EIP-2 forbids.
    #[error("transaction {0} has no valid signature")]
    Signature(B256),
    /// It carries blobs.
    #[error("transaction {0} carries blobs, which this chain does not take")]
    Blobs(B256),
}

impl Signed {
    /// Reads a transaction of any kind but those with blobs, and recovers who signed it.
    pub fn decode(bytes: &[u8]) -> Result<Self, SignedError> {
        let envelope = TxEnvelope::decode_2718_exact(bytes)
            .map_err(|error| SignedError::Envelope(error.to_string()))?;
        let hash = *envelope.tx_hash();
        if envelope.is_eip4844() {
            return Err(SignedError::Blobs(hash));
        }
        let signature = envelope.signature();
        let low = signature.normalize_s().is_none();
        let signed = signature.as_bytes();
        let rs = signed.first_chunk::<64>().filter(|_| low).ok_or(SignedError::Signature(hash))?;
        let found = ecrecover(rs.into(), u8::from(signature.v()), &envelope.signature_hash());
        let sender = found.map(Address::from_word).map_err(|_| SignedError::Signature(hash))?;
        Ok(Self { envelope, hash, sender })
    }

    /// Its bytes.
    pub fn bytes(&self) -> Bytes {
        self.envelope.encoded_2718().into()
    }

    /// Its place among its sender's.
    pub fn nonce(&self) -> u64 {
        self.envelope.nonce()
    }

    /// The most wei that it can take from its sender.
    pub(super) fn most_cost(&self) -> U256 {
        let gas = U256::from(self.envelope.gas_limit());
        let fees = gas.saturating_mul(U256::from(self.envelope.max_fee_per_gas()));
        fees.saturating_add(self.envelope.value())
    }

    /// Wei for a unit of gas that whoever builds the block gets; `None` below the base fee.
    pub fn tip(&self, base_fee: u64) -> Option<u128> {
        self.envelope.effective_tip_per_gas(base_fee)
    }
}
