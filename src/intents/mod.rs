//! Where intents come from: the sentence that a user types or a program fills in ([`form`]), the policy
//! that yields sentences, the YieldIntent that a user signs, and the auctions of CoW Protocol.
//!
//! Whatever its source, an intent leaves here complete: every value that its author left open has
//! been decided by a profile, is echoed in [`Intent::filled`], and stands in [`Intent::canonical`].
//!
//! [`Intent::filled`]: tenor_solver::intent::Intent::filled
//! [`Intent::canonical`]: tenor_solver::intent::Intent::canonical

pub mod cow;
pub mod erc7683;
pub mod form;
pub mod oneinch;
pub mod poll;
pub mod sentence;
pub mod service;
pub mod signed;
pub mod standing;
