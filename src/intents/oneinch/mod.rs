//! 1inch: orders of its limit order protocol (version 4), and of Fusion, whose price falls over time.
//!
//! ```text
//! bytes -> wire::read -> wire::Signed -> check -> Checked -> fill -> Fill -> profit -> Profit
//! ```
//!
//! - [`order`] is the struct that a maker signs, its hash and the router's functions; [`traits`] what its
//!   two words of flags mean; [`extension`] the fields that the salt commits to.
//! - [`price`] is what a part of an order costs: in proportion, or as Fusion's settlement contract
//!   computes it ([`fusion`]: [`auction`] times [`fees`]), in the contracts' own rounding.
//! - [`mod@check`] refuses what would revert and what is not understood: a getter, predicate, interaction
//!   or proxy that nobody here knows is named and refused, never guessed.
//! - [`mod@fill`] is the call that fills it, [`run()`] its run in an EVM, [`mod@profit`] whether it pays.
//!
//! # Who takes
//!
//! The taker is the solver's own account, with what the maker wants on it. Our Filler cannot be: the
//! router takes the taker's asset from whoever calls it, and Fusion lets only whom its whitelist names, which
//! is a resolver's account, registered with 1inch; a contract that anyone may use is neither. So a
//! fill spends inventory, and selling what it brings is a second plan, by the one [`Intent`] model.
//!
//! What the contracts do is read from 1inch's sources: limit-order-protocol 4.3 and fusion-protocol 3.1
//! (`SimpleSettlement`, `FeeTaker`, `AmountGetterWithFee`).
//!
//! [`Intent`]: tenor_solver::intent::Intent

pub mod auction;
pub mod check;
pub mod extension;
pub mod fees;
pub mod fill;
pub mod fusion;
pub mod order;
pub mod price;
pub mod profit;
mod reader;
mod refusal;
mod run;
mod state;
pub mod traits;
pub mod wire;

pub use self::{
    check::{Checked, Rules, check},
    fill::{Fill, fill},
    order::ROUTER,
    profit::{Profit, profit},
    refusal::Refusal,
    run::{Run, has_router, run},
};
