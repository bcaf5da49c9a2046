//! Transactions that land together, in order, or not at all.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes, U256};

use super::{Outcome, Signed};

/// A bundle, for a window of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    /// In the order in which they are executed.
    pub transactions: Vec<Arc<Signed>>,
    /// The first block that may hold it.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// The first second, unix time, of a block that may hold it.
    pub min_timestamp: Option<u64>,
    /// The last such second.
    pub max_timestamp: Option<u64>,
    /// Transactions that may revert and stay.
    pub reverting: Vec<B256>,
    /// Transactions that may be left out, and do not land reverted.
    pub dropping: Vec<B256>,
}

/// What a bundle did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleRun {
    /// Its transactions that stayed, by position in the bundle.
    pub stayed: Vec<(usize, Outcome)>,
    /// Wei that whoever built the block got, in tips and by transfers.
    pub paid: U256,
    /// The part of it that is tips.
    pub tips: U256,
    /// Gas of all of them.
    pub gas: u64,
}

/// Why a bundle is not in a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is for other blocks.
    #[error("for blocks {first} to {last}, not {block}")]
    Block {
        /// The block that was built.
        block: u64,
        /// The first that may hold it.
        first: u64,
        /// The last.
        last: u64,
    },
    /// It is for another time.
    #[error("not for a block at {0} unix seconds")]
    Time(u64),
    /// One of its transactions cannot be executed.
    #[error("transaction {hash} cannot be executed: {why}")]
    Invalid {
        /// Which.
        hash: B256,
        /// The EVM's word for it.
        why: String,
    },
    /// One of its transactions failed that must not.
    #[error("transaction {hash} {how}")]
    Failed {
        /// Which.
        hash: B256,
        /// Reverted or halted, and why.
        how: String,
        /// What it returned.
        output: Bytes,
    },
    /// Nothing is left of it.
    #[error("nothing of it is left")]
    Empty,
}

/// What became of a bundle that was offered for a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is in the block.
    Landed(BundleRun),
    /// It is not.
    Left(Unfit),
}

impl Bundle {
    /// Transactions for one block, all of which must succeed.
    pub fn new(transactions: Vec<Arc<Signed>>, block: u64) -> Self {
        Self { transactions, first: block, last: block, ..Self::default() }
    }

    /// Whether a block may hold it.
    pub(super) fn fits(&self, block: u64, timestamp: u64) -> Result<(), Unfit> {
        let &Self { first, last, .. } = self;
        if !(first..=last).contains(&block) {
            return Err(Unfit::Block { block, first, last });
        }
        let early = self.min_timestamp.is_some_and(|least| timestamp < least);
        let late = self.max_timestamp.is_some_and(|most| timestamp > most);
        if early || late { Err(Unfit::Time(timestamp)) } else { Ok(()) }
    }
}
