//! A local chain that builds blocks on a world: what a sandbox serves.
//!
//! ```text
//! World -> Chain::of -> genesis -> build(time, bundles, pool) -> Mined, and the state after it
//!                                     ^ reorg drops the newest ones
//! ```
//!
//! Everything a block commits to is real: transactions are signed and their senders recovered, the base
//! fee moves by EIP-1559, and the hash is that of a header with the roots of transactions, receipts and
//! state. What has no counterpart here is made up of the parent's hash: the beacon chain's root and its
//! randomness. There is no clock and no network: whoever builds a block tells its time, and the same
//! calls make the same blocks.
//!
//! [`Bundle`]s come first, the one that pays the most before others, each whole or not at all; the
//! [`Pool`]'s transactions fill what is left. [`Chain::call`] asks the state after any block that is
//! still kept.

mod block;
mod build;
mod bundle;
mod call;
mod draft;
mod genesis;
mod layer;
mod pool;
mod signed;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use alloy_consensus::Header;
use alloy_eips::{eip1559::BaseFeeParams, eip7840::BlobParams};
use alloy_primitives::{Address, B256, Bytes, address, keccak256};
use revm::primitives::hardfork::SpecId;

pub use self::{
    block::{Landed, Mined, Outcome, Status},
    build::Built,
    bundle::{Bundle, BundleRun, Fate, Unfit},
    call::{At, CallError, Message, Override},
    genesis::{FILLER, Funded, SETTLER},
    pool::{Pool, PoolError},
    signed::{Signed, SignedError},
};
use self::{draft::Draft, layer::Layer};
use crate::source::{SourceError, StateSource};

/// Who is paid for blocks: an address without a key.
pub const BUILDER: Address = address!("b11de4b11de4b11de4b11de4b11de4b11de4b11d");

/// What every header says of where it is from.
const EXTRA: &[u8] = b"tenor sandbox";

/// What holds at every block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The chain.
    pub chain_id: u64,
    /// The EVM's rules.
    pub spec: SpecId,
    /// The most gas of a block's transactions.
    pub gas_limit: u64,
    /// Who is paid for blocks.
    pub builder: Address,
    /// Of how many blocks the state is kept, the newest among them.
    pub kept: usize,
}

/// Why the chain does not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The world is over a state that nobody can list.
    #[error("a chain begins with a world of reference contracts; this one is over another state")]
    NotListed,
    /// A token that the world does not have.
    #[error("{holder} is to hold {token}, which is not in this world")]
    NoSuchToken {
        /// The token.
        token: Address,
        /// Who is to hold it.
        holder: Address,
    },
    /// A balance would need more than 256 bits.
    #[error("balances of {0} overflow")]
    Overflow(Address),
    /// Code of this build that is none.
    #[error("the code of {0} is not in this build")]
    NoCode(&'static str),
    /// A time that has passed.
    #[error("a block at {asked} unix seconds; the newest is of {newest}, and later ones follow")]
    Time {
        /// The time.
        asked: u64,
        /// The newest block's.
        newest: u64,
    },
    /// A block that is not there.
    #[error("no block {0}")]
    NoBlock(u64),
    /// A block whose state has been let go.
    #[error("the state after block {number} is no longer kept; the oldest kept is {oldest}")]
    Pruned {
        /// The block.
        number: u64,
        /// The oldest whose state is there.
        oldest: u64,
    },
    /// More blocks than can be dropped.
    #[error("cannot drop {asked} blocks: at most {most}")]
    Depth {
        /// How many.
        asked: u64,
        /// How many could be.
        most: u64,
    },
    /// One of the protocol's own calls failed.
    #[error("the protocol's call of {contract} failed: {why}")]
    System {
        /// Whom it called.
        contract: Address,
        /// What came of it.
        why: String,
    },
    /// The state is not to be had.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// A chain of blocks, and the states of the newest.
#[derive(Debug)]
pub struct Chain {
    rules: Rules,
    /// All since the first.
    blocks: Vec<Arc<Mined>>,
    /// The states after the newest blocks, one for one.
    states: VecDeque<Arc<Layer>>,
    numbers: HashMap<B256, u64>,
    landed: HashMap<B256, (u64, usize)>,
    /// How often blocks were dropped: what is built instead must not be the same.
    branch: u64,
}

impl Chain {
    /// What holds at every block.
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The newest block.
    pub fn head(&self) -> &Arc<Mined> {
        // There is always the first.
        &self.blocks[self.blocks.len() - 1]
    }

    /// The first block.
    pub fn first(&self) -> &Arc<Mined> {
        &self.blocks[0]
    }

    /// A block by its number.
    pub fn block(&self, number: u64) -> Option<&Arc<Mined>> {
        let at = number.checked_sub(self.first().header.number)?;
        self.blocks.get(usize::try_from(at).ok()?)
    }

    /// A block by its hash.
    pub fn by_hash(&self, hash: B256) -> Option<&Arc<Mined>> {
        self.block(*self.numbers.get(&hash)?)
    }

    /// The block that a transaction is in, and its place there.
    pub fn transaction(&self, hash: B256) -> Option<(&Arc<Mined>, usize)> {
        let (number, at) = *self.landed.get(&hash)?;
        Some((self.block(number)?, at))
    }

    /// The state after a block. It stays, whatever becomes of the block.
    pub fn state(&self, number: u64) -> Result<Arc<dyn StateSource>, ChainError> {
        Ok(Arc::clone(self.layer(number)?) as _)
    }

    /// Wei of base fee in the block after the newest (EIP-1559).
    pub fn next_base_fee(&self) -> u64 {
        let head = &self.head().header;
        head.next_block_base_fee(BaseFeeParams::ethereum()).unwrap_or_default()
    }

    /// Drops the newest blocks. Returns them, the oldest first.
    pub fn reorg(&mut self, depth: u64) -> Result<Vec<Arc<Mined>>, ChainError> {
        let most = self.states.len() - 1;
        let count = usize::try_from(depth).ok().filter(|count| *count <= most);
        let count = count.ok_or(ChainError::Depth { asked: depth, most: most as u64 })?;
        let dropped = self.blocks.split_off(self.blocks.len() - count);
        self.states.truncate(self.states.len() - count);
        for block in &dropped {
            self.numbers.remove(&block.hash);
            for landed in &block.transactions {
                self.landed.remove(&landed.signed.hash);
            }
        }
        self.branch += 1;
        Ok(dropped)
    }

    fn layer(&self, number: u64) -> Result<&Arc<Layer>, ChainError> {
        let head = self.head().header.number;
        let back = head.checked_sub(number).ok_or(ChainError::NoBlock(number))?;
        if number < self.first().header.number {
            return Err(ChainError::NoBlock(number));
        }
        let at =
            usize::try_from(back).ok().and_then(|back| self.states.len().checked_sub(back + 1));
        let oldest = head + 1 - self.states.len() as u64;
        at.and_then(|at| self.states.get(at)).ok_or(ChainError::Pruned { number, oldest })
    }

    /// Begins a block on the newest.
    fn draft(&self, timestamp: u64) -> Result<Draft, ChainError> {
        let newest = self.head().header.timestamp;
        if timestamp <= newest {
            return Err(ChainError::Time { asked: timestamp, newest });
        }
        let head = self.head();
        let below = Arc::clone(self.layer(head.header.number)?);
        Draft::open(self.rules, self.next_header(timestamp), below)
    }

    /// The header of a block on the newest, without what its transactions decide.
    fn next_header(&self, timestamp: u64) -> Header {
        let head = self.head();
        let made_up = keccak256([head.hash.as_slice(), &self.branch.to_be_bytes()].concat());
        let blobs = BlobParams::prague();
        Header {
            parent_hash: head.hash,
            beneficiary: self.rules.builder,
            number: head.header.number + 1,
            gas_limit: self.rules.gas_limit,
            timestamp,
            extra_data: Bytes::from_static(EXTRA),
            mix_hash: made_up,
            base_fee_per_gas: Some(self.next_base_fee()),
            blob_gas_used: Some(0),
            excess_blob_gas: head.header.next_block_excess_blob_gas(blobs),
            parent_beacon_block_root: Some(keccak256(made_up)),
            ..Header::default()
        }
    }

    fn push(&mut self, mined: Mined, layer: Arc<Layer>) -> Arc<Mined> {
        let mined = Arc::new(mined);
        let number = mined.header.number;
        self.numbers.insert(mined.hash, number);
        for (at, landed) in mined.transactions.iter().enumerate() {
            self.landed.insert(landed.signed.hash, (number, at));
        }
        self.blocks.push(Arc::clone(&mined));
        self.states.push_back(layer);
        if self.states.len() > self.rules.kept.max(1) {
            self.states.pop_front();
        }
        mined
    }
}
