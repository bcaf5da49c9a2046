//! Which rules hold at a block: one table for replays, simulations and worlds.
//!
//! [`Forks::mainnet`] is Ethereum's table; [`Forks::extended`] lays a configuration file over it, so
//! that a fork whose date or blob parameters are decided later needs no new build. Gas costs are
//! revm's, chosen by [`Fork::rules`]; none is written here.

mod mainnet;
mod wire;

use std::borrow::Cow;

pub use revm::primitives::hardfork::SpecId;

pub use self::wire::{ForksError, ForksErrorKind};

/// From where on a fork holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activation {
    /// This block and all later ones: forks up to the merge.
    Block(u64),
    /// Blocks of this time, in unix seconds, and later: forks since Shanghai.
    Timestamp(u64),
}

/// How many blobs a block takes, and how their price moves (EIP-7840).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobParameters {
    /// Blobs of a block at which the price stays.
    pub target: u64,
    /// The most blobs of a block.
    pub max: u64,
    /// The most blobs of a transaction.
    pub max_per_transaction: u64,
    /// Excess blob gas that multiplies the price by e.
    pub update_fraction: u64,
}

/// A change of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// Its name.
    pub name: Cow<'static, str>,
    /// From where on it holds.
    pub activation: Activation,
    /// The EVM's rules, gas costs among them.
    pub rules: SpecId,
    /// Blobs; `None` before Cancun.
    pub blobs: Option<BlobParameters>,
    /// Wei paid to the miner of a block; nothing since the merge.
    pub reward: u64,
}

/// A chain's forks, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forks {
    chain_id: u64,
    /// Never empty; the first holds from block 0 on.
    forks: Cow<'static, [Fork]>,
}

impl Forks {
    /// Ethereum's.
    pub const fn mainnet() -> Self {
        Self { chain_id: 1, forks: Cow::Borrowed(&mainnet::FORKS) }
    }

    /// The chain.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The forks, in order.
    pub fn all(&self) -> &[Fork] {
        &self.forks
    }

    /// The fork that holds at a block. A fork by timestamp asks for the timestamp alone.
    pub fn at(&self, number: u64, timestamp: u64) -> &Fork {
        let holds = |fork: &&Fork| match fork.activation {
            Activation::Block(first) => number >= first,
            Activation::Timestamp(first) => timestamp >= first,
        };
        self.forks.iter().rev().find(holds).unwrap_or(&mainnet::FORKS[0])
    }

    /// This table with a file of schema `tenor.forks/1` laid over it; `file` names it in errors.
    ///
    /// An entry with the name of a fork changes that fork, any other adds one. What it leaves out
    /// stays as it was: for a new fork, as in the one before it.
    pub fn extended(&self, file: &str, text: &[u8]) -> Result<Self, ForksError> {
        let forks = wire::extend(self.forks.to_vec(), file, text)?;
        Ok(Self { chain_id: self.chain_id, forks: Cow::Owned(forks) })
    }
}
