//! What relays and builders speak, and how they are spoken to.
//!
//! ```text
//! Bundle -> fleet (who is sent it) -> lint (what this relay would misread) -> wire (its dialect)
//!        -> identity (signed) -> transport -> reply
//! ```
//!
//! All relays take nearly the same JSON-RPC, and each reads some of it in its own way: [`Dialect`] is one line
//! of a table that says how, from each one's published documentation. What is not documented is not
//! used. A reply proves nothing, an acceptance least of all: what became of a bundle is told by the
//! chain alone.
//!
//! To add a relay: a line in [`dialect`], one in [`terms`], and the tests compare its requests. Another
//! transport than HTTP implements [`Relay`].
//!
//! - [`fleet`]: every relay that may be sent to, at once, by the disclosure rule; its [`breaker`], [`budget`]
//!   and [`score`] decide who is asked now. [`choice`]: whom it is worth telling at all.
//! - [`hints`]: what MEV-Share tells of others' transactions.
//! - [`public`]: the public mempool, for what nobody can exploit.

pub mod answers;
pub mod breaker;
pub mod budget;
pub mod choice;
pub mod dialect;
pub mod fault;
pub mod fleet;
pub mod hints;
pub mod http;
pub mod identity;
pub mod lint;
pub mod mev_share;
pub mod public;
pub mod reply;
pub mod score;
pub mod setup;
pub mod terms;
mod transport;
pub mod wire;

use std::{fmt, future::Future, pin::Pin};

use alloy_primitives::{Address, B256};

use self::mev_share::Shared;
pub use self::{
    answers::{Accepted, Bundled, RefundTotals, Simulated},
    dialect::Dialect,
    fault::Fault,
    fleet::Fleet,
};
use crate::bundle::{Bundle, Raw, Replacement};

/// What a relay will have said.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Somebody who builds blocks, or passes on to those who do. Every answer comes in bounded time, and every
/// request is made once: what may have arrived is not sent again.
pub trait Relay: Send + Sync + fmt::Debug {
    /// What it is called here.
    fn name(&self) -> &str;

    /// How it reads.
    fn dialect(&self) -> Dialect;

    /// Sends a bundle, unless the relay would misread it.
    fn send<'a>(&'a self, bundle: &'a Bundle) -> Asked<'a, Accepted>;

    /// Asks that what was sent under a name for a block is not landed.
    fn cancel(&self, replacement: Replacement, block: u64) -> Asked<'_, Accepted>;

    /// Asks what transactions would do in a block, on the state of an earlier one.
    fn simulate<'a>(&'a self, transactions: &'a [Raw], at: At) -> Asked<'a, Simulated>;

    /// Sends one transaction that nobody shall see before it lands, for blocks up to one.
    fn send_private<'a>(&'a self, transaction: &'a Raw, last: u64) -> Asked<'a, Accepted>;

    /// Asks that such a transaction is not landed.
    fn cancel_private(&self, hash: B256) -> Asked<'_, Accepted>;

    /// Sends a bundle of which searchers are told a part.
    fn share<'a>(&'a self, shared: &'a Shared) -> Asked<'a, Accepted>;

    /// Asks what was done with a bundle.
    fn stats(&self, bundle_hash: B256, block: u64) -> Asked<'_, Bundled>;

    /// Asks what came back to somebody of what builders were paid.
    fn refunds(&self, recipient: Address) -> Asked<'_, RefundTotals>;
}

/// When a simulation takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The block that is built.
    pub block: u64,
    /// The block whose state it stands on.
    pub state: u64,
    /// Its unix seconds; the relay's own guess where there are none.
    pub timestamp: Option<u64>,
}
