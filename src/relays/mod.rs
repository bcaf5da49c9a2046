//! What relays and builders speak.
//!
//! ```text
//! Bundle -> lint (what this relay would misread) -> wire (its dialect) -> identity (signed) -> reply
//! ```
//!
//! All relays take nearly the same JSON-RPC, and each reads some of it in its own way: [`Dialect`] is one line
//! of a table that says how, from each one's published documentation. What is not documented is not
//! used. A reply proves nothing, an acceptance least of all: what became of a bundle is told by the
//! chain alone.

pub mod dialect;
pub mod identity;
pub mod lint;
pub mod mev_share;
pub mod reply;
pub mod wire;

pub use dialect::Dialect;
