//! Where the state of one block comes from: an embedded market, a recording, a node.
//!
//! A source answers for one block and no other, so that nothing which reads it can mix blocks. It is
//! synchronous: simulations run on threads of their own, and what has to wait for a network waits
//! behind this trait. What it does not know is an error, never zero.

use std::{fmt, sync::Arc};

use alloy_primitives::{Address, B256, U256};
use revm::{
    DatabaseRef, bytecode::Bytecode, database_interface::DBErrorMarker, state::AccountInfo,
};

/// State of one block.
pub trait StateSource: Send + Sync + fmt::Debug {
    /// An account's balance, nonce and code hash; `None` where there is no such account.
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError>;

    /// The code with a hash that [`StateSource::account`] told.
    fn code(&self, hash: B256) -> Result<Bytecode, SourceError>;

    /// One slot of an account's storage.
    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError>;

    /// The hash of an earlier block.
    fn block_hash(&self, number: u64) -> Result<B256, SourceError>;

    /// Loads accounts and slots, and the accounts of the slots, before they are asked for: where asking
    /// for many at once is cheaper.
    fn prefetch(&self, accounts: &[Address], slots: &[(Address, U256)]) -> Result<(), SourceError> {
        let _ = (accounts, slots);
        Ok(())
    }
}

/// What was asked of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// An account.
    Account(Address),
    /// The code with a hash.
    Code(B256),
    /// A slot of an account's storage.
    Slot(Address, U256),
    /// The hash of a block.
    BlockHash(u64),
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(address) => write!(f, "account {address}"),
            Self::Code(hash) => write!(f, "the code with hash {hash}"),
            Self::Slot(address, slot) => write!(f, "slot {slot:#x} of {address}"),
            Self::BlockHash(number) => write!(f, "the hash of block {number}"),
        }
    }
}

/// Why a source does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{asked}: {cause}")]
pub struct SourceError {
    /// What was asked.
    pub asked: Asked,
    /// Why there is no answer.
    pub cause: SourceCause,
}

impl DBErrorMarker for SourceError {}

/// Why there is no answer: one variant for each thing that can be done about it. The words say how
/// it came about and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceCause {
    /// A recording does not hold it.
    #[error("not recorded")]
    NotRecorded,
    /// Whoever keeps the state cannot be reached, or has no time now: the same may work later.
    #[error("{0}")]
    Busy(String),
    /// More was asked than the asker allowed itself.
    #[error("{0}")]
    Exhausted(String),
    /// The block is not known, not yet or not any more: another block may work.
    #[error("{0}")]
    Gone(String),
    /// The block is known and its state is not kept: whoever keeps more may work.
    #[error("{0}")]
    Pruned(String),
    /// The answer cannot be true, or is none: whoever gave it is not to be believed.
    #[error("{0}")]
    Wrong(String),
    /// Whoever keeps the state failed to tell, for any other reason.
    #[error("{0}")]
    Failed(String),
}

impl SourceCause {
    /// Whether the same question may have an answer later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Busy(_) => true,
            Self::NotRecorded
            | Self::Exhausted(_)
            | Self::Gone(_)
            | Self::Pruned(_)
            | Self::Wrong(_)
            | Self::Failed(_) => false,
        }
    }
}

/// A source as revm reads it.
#[derive(Debug, Clone)]
pub(crate) struct Shared(pub(crate) Arc<dyn StateSource>);

impl DatabaseRef for Shared {
    type Error = SourceError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        self.0.account(address)
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, SourceError> {
        self.0.code(hash)
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        self.0.storage(address, slot)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, SourceError> {
        self.0.block_hash(number)
    }
}
