//! The other reading of a recording: what it does not hold is not there.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use alloy_primitives::{Address, B256, U256};
use revm::{bytecode::Bytecode, state::AccountInfo};

use crate::source::{SourceCause, SourceError, StateSource};

/// A recording as the block's own transactions see it: an account that is not recorded does not
/// exist, a slot that is not recorded is zero. A code or a block hash that is not recorded is an
/// error all the same.
///
/// True only of what the recorded transactions read. For anything else use the recording itself.
#[derive(Debug)]
pub struct AbsentIsEmpty {
    recorded: Arc<dyn StateSource>,
    accounts: AtomicUsize,
    slots: AtomicUsize,
}

/// How often a recording was asked for what it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absences {
    /// Reads of accounts.
    pub accounts: usize,
    /// Reads of slots.
    pub slots: usize,
}

impl AbsentIsEmpty {
    /// The recording, read so.
    pub fn new(recorded: Arc<dyn StateSource>) -> Self {
        Self { recorded, accounts: AtomicUsize::new(0), slots: AtomicUsize::new(0) }
    }

    /// How often it said so until now.
    pub fn absences(&self) -> Absences {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        Absences { accounts: read(&self.accounts), slots: read(&self.slots) }
    }
}

fn or_else<T>(
    answer: Result<T, SourceError>,
    empty: T,
    count: &AtomicUsize,
) -> Result<T, SourceError> {
    match answer {
        Err(SourceError { cause: SourceCause::NotRecorded, .. }) => {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(empty)
        }
        answer => answer,
    }
}

impl StateSource for AbsentIsEmpty {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        or_else(self.recorded.account(address), None, &self.accounts)
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        self.recorded.code(hash)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        or_else(self.recorded.storage(address, slot), U256::ZERO, &self.slots)
    }

    fn block_hash(&self, number: u64) -> Result<B256, SourceError> {
        self.recorded.block_hash(number)
    }
}
