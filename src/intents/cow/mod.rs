//! CoW Protocol: Tenor as an engine that CoW's driver asks to solve auctions.
//!
//! ```text
//! bytes -> read -> wire::Auction -> market -> orders (path, split) ----> solve -> check -> wire::Solution
//!                                     \-> batches (solver::batch) --/
//! ```
//!
//! - [`wire`] is what goes over it, as the driver's own types write it; [`read()`] its strict reading.
//! - [`market`] is an auction as nodes and edges; [`pools`] trade in integers, with the driver's own
//!   rounding; [`chain`] knows the native tokens.
//! - [`orders`] finds the best for one order: single paths, then several at once over the [`scope`] that
//!   matters; [`plan`] is what was found, [`single`] makes a solution of it, with the [`fees`] that it must charge.
//! - [`batches`] lets orders meet at uniform prices, where nobody is worse off than alone.
//! - [`encode`] writes interactions: the driver's liquidity by name, our own venues as calls.
//! - [`digest`] is what an order's owner signed.
//! - [`mod@check`] recomputes, from request and answer alone, whatever the driver would refuse.
//!
//! A quote is an auction without an id. Every solution holds one order, or orders that meet; the driver
//! merges what it likes. Nothing is answered that has not passed the checker.

pub mod batches;
pub mod chain;
pub mod check;
pub mod digest;
pub mod encode;
pub mod fees;
pub mod market;
pub mod orders;
pub mod path;
pub mod plan;
pub mod pools;
mod read;
pub mod scope;
pub mod single;
mod solve;
pub mod split;
pub mod wire;

pub use self::{
    check::{Checker, Reason, Rejected},
    read::{AuctionError, MOST_BYTES, MOST_NOTIFIED, auction as read, notification},
    solve::{Settings, Solved, solve, stop_at},
};
