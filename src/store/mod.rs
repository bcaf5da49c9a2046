//! What must not be lost: intents, what became of them, quotes, other protocols' orders and rates.
//!
//! To add a store: a file beside this one that implements [`Store`] and passes the conformance suite
//! (`tests/it/store/conformance.rs`).
//!
//! What every store promises:
//!
//! - a write is answered once it survives the process and the machine losing power;
//! - an intent is there once, however often it is handed in; another body under its id is an error;
//! - a nonce of an owner is one intent's for as long as that one may land: whoever signs two with one
//!   nonce has one of them refused;
//! - [`Event`]s are numbered from 1 without a gap, over all intents, in the order in which they became
//!   true, and never change: they are what a reader who knows the last number can go on from;
//! - an intent moves along [`Stage::may_become`] alone.

mod error;
mod pending;
pub mod sqlite;
mod stage;

use std::fmt;

use alloy_primitives::{Address, B256, U256};

pub use self::{error::StoreError, pending::Pending, stage::Stage};

/// Where intents are kept. Reads see every write that was answered before them.
pub trait Store: Send + Sync + fmt::Debug {
    /// Keeps an intent, with [`Stage::Received`] as its first event.
    fn submit(&self, intent: NewIntent) -> Pending<Submitted>;

    /// Moves an intent on. The answer is the event.
    fn advance(&self, step: Step) -> Pending<Event>;

    /// Keeps a quote. The same again is no error; another body under its id is.
    fn keep_quote(&self, quote: Quote) -> Pending<()>;

    /// Keeps rates. A point that is there already stays as it is.
    fn keep_rates(&self, rates: Vec<Rate>) -> Pending<()>;

    /// Keeps an order of another protocol. The same again takes the place of the one before, and those
    /// that had expired by then go.
    fn keep_order(&self, order: Order) -> Pending<()>;

    /// Forgets an order, if it is there.
    fn forget_order(&self, id: B256) -> Pending<()>;

    /// Keeps a transaction that is about to be sent, or what became of one: the same number of an intent
    /// takes the place of what was kept under it.
    fn keep_attempt(&self, attempt: Attempt) -> Pending<()>;

    /// An intent.
    fn intent(&self, id: B256) -> Result<Option<Kept>, StoreError>;

    /// Intents that may still change, in the order received, at most so many, after an event.
    fn open_intents(&self, after: u64, most: usize) -> Result<Vec<Kept>, StoreError>;

    /// An owner's intents, in the order received, at most so many, after an event.
    fn intents_of(&self, owner: Address, after: u64, most: usize) -> Result<Vec<Kept>, StoreError>;

    /// Events after a number, in order, at most so many.
    fn events(&self, after: u64, most: usize) -> Result<Vec<Event>, StoreError>;

    /// One intent's events after a number, in order, at most so many.
    fn events_of(&self, id: B256, after: u64, most: usize) -> Result<Vec<Event>, StoreError>;

    /// A quote, expired or not.
    fn quote(&self, id: B256) -> Result<Option<Quote>, StoreError>;

    /// Orders that have not expired by a time, in unix milliseconds, by id, at most so many.
    fn orders(&self, at_ms: u64, most: usize) -> Result<Vec<Order>, StoreError>;

    /// What was sent for an intent, in order.
    fn attempts_of(&self, id: B256) -> Result<Vec<Attempt>, StoreError>;

    /// What was sent for intents that may still change, the order received first.
    fn open_attempts(&self) -> Result<Vec<Attempt>, StoreError>;

    /// What was sent from a time on, in unix milliseconds.
    fn attempts_since(&self, at_ms: u64) -> Result<Vec<Attempt>, StoreError>;

    /// A token's rates from a time on, in order, at most so many.
    fn rates(&self, token: Address, from: u64, most: usize) -> Result<Vec<Rate>, StoreError>;
}

/// An intent to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// The digest that its owner signed.
    pub id: B256,
    /// Who signed.
    pub owner: Address,
    /// The nonce that it spends.
    pub nonce: U256,
    /// What was handed in.
    pub body: String,
    /// When, in unix milliseconds.
    pub at_ms: u64,
}

/// What became of handing in an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// It, as it is kept now.
    pub kept: Kept,
    /// Whether it was there already.
    pub known: bool,
}

/// An intent as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: B256,
    /// Who signed.
    pub owner: Address,
    /// What was handed in.
    pub body: String,
    /// When, in unix milliseconds.
    pub received_ms: u64,
    /// The number of its first event.
    pub first_event: u64,
    /// How far it has come.
    pub stage: Stage,
}

/// A move of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which intent.
    pub id: B256,
    /// Where to.
    pub stage: Stage,
    /// Why, as a code.
    pub code: String,
    /// Facts, as JSON.
    pub detail: String,
    /// When, in unix milliseconds.
    pub at_ms: u64,
    /// By the state of which block, where there is one.
    pub block: Option<u64>,
}

/// What happened to an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number: from 1, without a gap.
    pub seq: u64,
    /// What happened.
    pub step: Step,
}

/// A quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its id.
    pub id: B256,
    /// The whole answer.
    pub body: String,
    /// Until when it holds, in unix milliseconds.
    pub expires_ms: u64,
}

/// An open order of another protocol, which told of it and need not tell again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its protocol's name for it.
    pub id: B256,
    /// What was told.
    pub body: String,
    /// When, in unix milliseconds.
    pub told_ms: u64,
    /// Until when it can be filled, in unix milliseconds.
    pub expires_ms: u64,
}

/// A transaction that settles an intent, written down before anybody is sent it. Its calldata is not: until
/// it is in a block it is nobody's to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which intent.
    pub id: B256,
    /// The how manieth for it, from 1.
    pub number: u64,
    /// Who sends it ...
    pub account: Address,
    /// ... with which nonce.
    pub nonce: u64,
    /// The transaction's hash.
    pub hash: B256,
    /// The first block that it is for.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// The most wei that it can cost its sender.
    pub most: U256,
    /// What was promised of it, as JSON.
    pub body: String,
    /// When, in unix milliseconds.
    pub at_ms: u64,
    /// What it came to; `None` while it is in no block.
    pub landed: Option<Landed>,
}

/// What a transaction came to in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landed {
    /// The block's number.
    pub block: u64,
    /// Wei that it cost its sender.
    pub paid: U256,
    /// Wei that its fee is worth.
    pub earned: U256,
}

/// What stood behind shares of a token at a block: a fraction, so that nothing is rounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The token.
    pub token: Address,
    /// The block whose state says so.
    pub block: u64,
    /// That block's unix seconds.
    pub timestamp: u64,
    /// Wei of ETH ...
    pub eth: U256,
    /// ... behind this many units of shares.
    pub shares: U256,
}
