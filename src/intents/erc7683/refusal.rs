//! Why an order is not filled: one variant for each reason, each a row of [`Problem`].

use alloy_primitives::{Address, B256, U256};
use tenor_solver::SolveError;

use crate::{
    intents::{
        form::FormError,
        signed::{self, WireError},
    },
    problems::Problem,
};

/// Why an order is not filled.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum Refusal {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("{what} is not its ABI encoding: {why}")]
    Malformed { what: &'static str, why: String },
    #[error("order type {found} has no decoder; known are {known}")]
    UnknownType { found: B256, known: String },
    #[error("{leg} is on chain {chain}; orders are filled on chain {here} alone")]
    CrossChain { leg: String, chain: U256, here: u64 },
    #[error("for the settler {found}; orders of this type are settled by {expected}")]
    WrongSettler { found: Address, expected: Address },
    #[error("{what} is {envelope} in the order and {data} in its data")]
    Disagreement { what: &'static str, envelope: String, data: String },
    #[error("{what} is {found}, which is no address of this chain")]
    NotAnAddress { what: &'static str, found: B256 },
    #[error("{what} was until {deadline}; it is {now}")]
    Expired { what: &'static str, deadline: u32, now: u64 },
    #[error("not valid before {valid_after}; it is {now}")]
    NotYetValid { valid_after: U256, now: u64 },
    #[error("only {solver} may fill it up to block {until}; this is {block}")]
    Exclusive { solver: Address, until: U256, block: u64 },
    #[error("{count} of {what}: one can be planned for")]
    Several { what: &'static str, count: usize },
    #[error("it asks for nothing in return")]
    NothingWanted,
    #[error("it can never be filled: {0}")]
    Contradiction(String),
    #[error(transparent)]
    Signature(#[from] signed::Refusal),
    #[error("the market cannot be asked: {0}")]
    Form(#[from] FormError),
    #[error("the market cannot be asked: {0}")]
    Solve(#[from] SolveError),
    #[error("the market has no plan for it")]
    NoPlan,
    #[error("the market gives {out}; {least} is wanted")]
    Below { out: U256, least: U256 },
}

impl Refusal {
    /// Its row in the table.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Wire(error) => error.problem(),
            Self::Malformed { .. } | Self::NotAnAddress { .. } => Problem::OrderDataMalformed,
            Self::UnknownType { .. } => Problem::UnknownOrderType,
            Self::CrossChain { .. } => Problem::CrossChain,
            Self::WrongSettler { .. } => Problem::WrongSettler,
            Self::Disagreement { .. } | Self::Contradiction(_) => Problem::Contradiction,
            Self::Expired { .. } => Problem::Expired,
            Self::NotYetValid { .. } => Problem::NotYetValid,
            Self::Exclusive { .. } => Problem::PrivateOrder,
            Self::Several { .. } => Problem::SeveralLegs,
            Self::NothingWanted => Problem::NoOutputs,
            Self::Signature(error) => error.problem(),
            Self::Form(FormError::UnknownToken { .. }) => Problem::UnknownAsset,
            Self::Form(FormError::ZeroAmount(_)) => Problem::ZeroAmount,
            Self::Form(_) => Problem::InvalidField,
            Self::Solve(_) | Self::NoPlan => Problem::Unsolvable,
            Self::Below { .. } => Problem::BelowSigned,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.problem().code()
    }
}
