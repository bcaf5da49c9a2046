//! Why there is no fill.

use alloy_primitives::{Address, U256};
use tenor_simulations::{AfterError, SourceError};
use tenor_solver::SolveError;

use crate::{
    engine::EngineError,
    intents::{
        form::FormError,
        uniswapx::{fault::Fault, steps::Barred},
    },
};

/// Why a fill does not pay, in units of the token that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the trades return {received} of {token}, {owed} are owed and gas costs {gas_cost}: short of {short}"
)]
pub struct Shortfall {
    /// Of what.
    pub token: Address,
    /// What the trades return.
    pub received: U256,
    /// What is owed.
    pub owed: U256,
    /// What gas costs.
    pub gas_cost: U256,
    /// What is missing; zero where nothing would be left.
    pub short: U256,
}

/// Why there is no fill.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum FillError {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("it wants several tokens: one is bought here")]
    SeveralTokens,
    #[error("the Filler at {filler} does not obey reactor {reactor}")]
    NotServed { filler: Address, reactor: Address },
    #[error(transparent)]
    Ask(#[from] FormError),
    #[error(transparent)]
    Solve(#[from] SolveError),
    #[error("this market does not pay for it: {0}")]
    NoRoute(String),
    #[error("{0}")]
    Engine(Box<EngineError>),
    #[error("no EVM state is at hand to confirm a plan on")]
    NoState,
    #[error(transparent)]
    Barred(#[from] Barred),
    #[error("what gas costs in {0} is not known in this market")]
    GasUnpriced(Address),
    #[error("it does not pay: {0}")]
    Unprofitable(Box<Shortfall>),
    #[error("a run pays the base fee alone: what a priority fee changes cannot be confirmed")]
    PriorityFee,
    #[error("the fill does not run: {0}")]
    Unconfirmed(Box<AfterError>),
    #[error("the state is not to be had: {0}")]
    State(#[from] SourceError),
    #[error("its numbers leave 256 bits")]
    Overflow,
}

impl From<EngineError> for FillError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Box::new(error))
    }
}
