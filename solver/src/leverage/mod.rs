//! Loops: collateral that earns, pledged for a loan that buys more of it.
//!
//! ```text
//! Credit + market -> Account (integers, as the contract) -> entry -> Leverage facts -> unwinding
//! ```
//!
//! - [`formulas`] are what a loop earns, stands and loses, in floats;
//! - a [`Credit`] is what one venue lends against one collateral, and an [`Account`] there does what
//!   the contract does, to the wei;
//! - a [`Leverage`] is what an answer tells of a plan that owes something.
//!
//! A loop needs the owner's own account: debt and e-mode are of whoever calls. It is entered and left
//! in rounds (supply, borrow, buy, again; withdraw, sell, repay, again), each a transaction that a
//! plain account can send and an EVM can check. One flash loan would do the same in one transaction,
//! but it calls its borrower back, so it needs a contract that holds the position or acts for it.

mod aave;
mod account;
mod candidates;
mod encode;
mod entry;
mod facts;
pub mod formulas;
mod morpho;
mod steps;
mod stress;
mod unwinding;

pub use self::{
    aave::{AaveLoan, AaveTerms},
    account::{Account, Credit, Terms},
    facts::Leverage,
    morpho::{MorphoLoan, MorphoTerms},
    stress::Stressed,
    unwinding::{Round, Unwinding},
};
pub(crate) use self::{candidates::Loops, steps::Steps};

use alloy_primitives::U256;

use crate::{intent::Risk, route::PushError};

/// The health factor that a loop keeps at every step, in basis points: a choice by profile, not a
/// measurement.
pub const fn target_health_bps(risk: Risk) -> u64 {
    match risk {
        Risk::Low => 12_000,
        Risk::Medium => 11_000,
        Risk::High => 10_500,
    }
}

/// The utilisation of the lender above which no loop is entered: beyond it, lenders could not be paid
/// and a loop not be left.
pub const MOST_USED: f64 = 0.95;

/// Why a loop cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LeverageError {
    /// Less collateral than equity.
    #[error("a leverage of {0} is below 1, which is no loan at all")]
    BelowOne(f64),
    /// A loan that can be liquidated at once.
    #[error("a health factor of {0} is below 1: the loan could be liquidated at once")]
    Unhealthy(f64),
    /// A share that is not one.
    #[error("{what} of {given} is not between 0 and 1")]
    Share {
        /// Which.
        what: &'static str,
        /// What was given.
        given: f64,
    },
    /// What may be borrowed is not below what can be liquidated.
    #[error("a loan-to-value of {ltv} is above {limit}, the most that may be")]
    AboveLimit {
        /// The loan's share of the collateral.
        ltv: f64,
        /// The most.
        limit: f64,
    },
    /// A rate that no market has.
    #[error("{what} of {given} a year is not between 0 and 10 (1000 %)")]
    Rate {
        /// Which.
        what: &'static str,
        /// What was given.
        given: f64,
    },
    /// More lent out than there is.
    #[error("a utilisation of {0} is above 1: more is lent out than was supplied")]
    OverUsed(f64),
    /// The collateral does not secure the loan.
    #[error("the collateral does not secure a loan of {0} units more")]
    Unsecured(U256),
    /// Taking that much collateral out would leave the loan unsecured.
    #[error("taking {0} units out would leave the loan unsecured")]
    Pledged(U256),
    /// More than the venue has.
    #[error("{asked} units are asked for and {available} are there")]
    Liquidity {
        /// Units there.
        available: U256,
        /// Units asked for.
        asked: U256,
    },
    /// More than the venue's cap leaves.
    #[error("{what} leaves room for {room} units, {asked} are asked for")]
    Cap {
        /// Which cap.
        what: &'static str,
        /// Units left.
        room: U256,
        /// Units asked for.
        asked: U256,
    },
    /// The loan is not of the collateral's e-mode.
    #[error("the account is to be in e-mode {account}, and the loan is of e-mode {loan}")]
    Category {
        /// The account's.
        account: u8,
        /// The loan's.
        loan: u8,
    },
    /// What the market's venues refuse.
    #[error(transparent)]
    Push(#[from] PushError),
    /// Something that the market does not list.
    #[error("the market does not list what a loop needs: {0}")]
    Unlisted(&'static str),
    /// More rounds than a plan should have.
    #[error("{0} rounds do not get there")]
    Rounds(usize),
    /// Nothing, or so little that the venue refuses it.
    #[error("the amount is zero, or rounds to nothing")]
    Nothing,
    /// Arithmetic that the contract reverts on.
    #[error("amounts overflow")]
    Overflow,
}
