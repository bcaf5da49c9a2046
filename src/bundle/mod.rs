//! A bundle: signed transactions that land together, in order, in one block, or not at all.
//!
//! # From a plan to a bundle
//!
//! ```text
//! Checked intent + Verified plan -> settle::settlement -> Settlement -> prove::prove -> Proven
//!                              fees::fees -> build::build -> Bundle -> alone::check -> relays
//! ```
//!
//! [`settle`] writes the Settler's calldata, [`prove`] runs that very transaction and compares it with
//! the plan to the wei, [`build`] signs it, and [`alone`] refuses a bundle of which a transaction could be
//! exploited by whoever gets hold of it. [`exposed`] is how much that is, [`protect`] draws the legs' limits
//! in until it is nothing, and [`offer`] decides what is bid, what becomes of the backrun and who is told.
//!
//! What is here says nothing of any relay: [`crate::relays`] writes a bundle in each one's dialect, and
//! refuses to where the relay would read something else into it. [`ids`] names a bundle as relays do.

pub mod alone;
mod books;
pub mod build;
pub mod exposed;
pub mod fees;
pub mod ids;
pub mod offer;
pub mod protect;
pub mod prove;
mod revert;
pub mod settle;
mod steps;
mod transaction;

use alloy_primitives::{Address, B256};
use uuid::Uuid;

pub use self::{
    revert::Revert,
    steps::{At, Unsettleable},
    transaction::{Raw, RawError},
};

/// Signed transactions for one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// In the order in which they are executed; none cancels what `replacement` names.
    pub transactions: Vec<Raw>,
    /// The block it is for, and no other.
    pub block: u64,
    /// The first second, unix time, of a block that may hold it.
    pub min_timestamp: Option<u64>,
    /// The last such second.
    pub max_timestamp: Option<u64>,
    /// Transactions that may revert and stay.
    pub reverting: Vec<B256>,
    /// Transactions that may be left out.
    pub dropping: Vec<B256>,
    /// Under which name a later bundle takes the place of this one.
    pub replacement: Option<Replacement>,
    /// What of the builder's payment comes back.
    pub refund: Option<Refund>,
}

/// The name of a bundle and those that take its place, at one relay and for one signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replacement {
    /// The name.
    pub uuid: Uuid,
    /// Which of them counts: the highest. Not every relay knows it.
    pub sequence: Option<u64>,
}

/// A part of what a builder is paid, given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Of the payment, in percent.
    pub percent: u8,
    /// Who gets it; left out, the sender of the first transaction.
    pub recipient: Option<Address>,
    /// Transactions whose payment counts; none is the last one.
    pub of: Vec<B256>,
    /// Whether it may be paid in a later block, for no gas.
    pub delayed: bool,
}

impl Bundle {
    /// Transactions for a block, all of which must succeed.
    pub const fn new(transactions: Vec<Raw>, block: u64) -> Self {
        Self {
            transactions,
            block,
            min_timestamp: None,
            max_timestamp: None,
            reverting: Vec::new(),
            dropping: Vec::new(),
            replacement: None,
            refund: None,
        }
    }

    /// The hashes of its transactions, in order.
    pub fn hashes(&self) -> impl DoubleEndedIterator<Item = B256> {
        self.transactions.iter().map(|transaction| transaction.hash)
    }
}
