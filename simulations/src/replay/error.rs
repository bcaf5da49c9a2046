//! Why a block cannot be replayed.

use alloy_primitives::{Address, B256};
use revm::context::result::{EVMError, InvalidTransaction};

use crate::source::SourceError;

/// Why a block cannot be replayed. A block that runs and differs from its header is a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The header lacks what the rules at this block need.
    #[error(
        "block {number} is of {fork} and has no {field}: record it again, or correct the forks"
    )]
    NoField {
        /// The block.
        number: u64,
        /// The fork that holds at it.
        fork: String,
        /// What is missing.
        field: &'static str,
    },
    /// Excess blob gas that no chain reaches.
    #[error("block {number}: an excess of {excess} blob gas has no price: record it again")]
    BlobPrice {
        /// The block.
        number: u64,
        /// The header's excess.
        excess: u64,
    },
    /// The block has no room for a transaction.
    #[error(
        "transaction {index} ({hash}) asks for more {what} than the block has left: record the block again, or correct the forks"
    )]
    Full {
        /// Its position in the block.
        index: usize,
        /// Its hash.
        hash: B256,
        /// Of what.
        what: String,
    },
    /// The EVM refuses a transaction.
    #[error(
        "transaction {index} ({hash}) is not valid here: {why}; record the block again, or correct the forks"
    )]
    Invalid {
        /// Its position in the block.
        index: usize,
        /// Its hash.
        hash: B256,
        /// The EVM's word for it.
        why: String,
    },
    /// A transaction reads what the state does not tell.
    #[error("transaction {index} ({hash}) reads {error}: add it to the recording")]
    Source {
        /// Its position in the block.
        index: usize,
        /// Its hash.
        hash: B256,
        /// What it reads.
        error: Box<SourceError>,
    },
    /// The block's own steps read what the state does not tell.
    #[error("the block reads {0}: add it to the recording")]
    Block(#[from] SourceError),
    /// A system contract refuses its call.
    #[error("the system contract {contract} refuses its call: {why}; record its state again")]
    System {
        /// The contract.
        contract: Address,
        /// The EVM's word for it.
        why: String,
    },
    /// A payment that no account can hold.
    #[error("{0} would hold more than 256 bits of wei: record its balance again")]
    Overflow(Address),
}

impl ReplayError {
    pub(super) fn of(
        index: usize,
        hash: B256,
        error: EVMError<SourceError, InvalidTransaction>,
    ) -> Self {
        match error {
            EVMError::Database(error) => Self::Source { index, hash, error: Box::new(error) },
            error => Self::Invalid { index, hash, why: error.to_string() },
        }
    }
}
