//! Why the service does not do what it is asked.

use alloy_primitives::{B256, U256};
use tenor_simulations::SimulationError;

use crate::{
    engine::EngineError,
    intents::{
        sentence::SentenceError,
        signed::{OfferError, Refusal, WireError},
    },
    market::feed::StaleError,
    problems::Problem,
    store::StoreError,
};

/// Why the service does not do what it is asked. Each has a row of [`Problem`].
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// What was signed is not accepted.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such intent.
    #[error("no intent {0} is kept: its id is the digest that was signed")]
    Unknown(B256),
    /// The sentence is not one.
    #[error(transparent)]
    Sentence(#[from] SentenceError),
    /// No plan can be had.
    #[error(transparent)]
    Engine(EngineError),
    /// No plan can be offered.
    #[error(transparent)]
    Offer(OfferError),
    /// An allowance cannot be given.
    #[error("an allowance that the plan needs does not run: {0}")]
    Approval(#[from] SimulationError),
    /// The nonce asked for is spent.
    #[error("nonce {0} is spent on Permit2: leave it out, and one that is not is chosen")]
    NonceSpent(U256),
    /// Too much at once.
    #[error("{0} intents are being looked at already: try again")]
    Busy(usize),
    /// Too many open.
    #[error("{0} intents are open already: try again when some have ended")]
    Crowded(usize),
    /// The market is too old.
    #[error(transparent)]
    Stale(#[from] StaleError),
    /// It is going away.
    #[error("the service is stopping: try again")]
    Draining,
    /// What is kept cannot be read back.
    #[error("what is kept of intent {id} does not read: {why}")]
    Unreadable {
        /// Which.
        id: B256,
        /// Why.
        why: String,
    },
    /// The check stopped before its end.
    #[error("the check stopped before its end: {0}")]
    Stopped(String),
}

impl From<WireError> for IntakeError {
    fn from(error: WireError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<EngineError> for IntakeError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Sentence(error) => Self::Sentence(error),
            other => Self::Engine(other),
        }
    }
}

impl IntakeError {
    /// Its row in the table.
    pub const fn problem(&self) -> Problem {
        match self {
            Self::Refused(refusal) => refusal.problem(),
            Self::Store(error) => error.problem(),
            Self::Unknown(_) => Problem::UnknownIntent,
            Self::Sentence(_) => Problem::BadSentence,
            Self::Engine(error) => plan_problem(error),
            Self::Offer(OfferError::State(_)) => Problem::StateUnavailable,
            Self::Offer(_) | Self::Approval(_) => Problem::Unsolvable,
            Self::NonceSpent(_) => Problem::NonceUsed,
            Self::Busy(_) => Problem::Overloaded,
            Self::Crowded(_) => Problem::TooManyOpen,
            Self::Stale(_) => Problem::MarketStale,
            Self::Draining => Problem::Stopping,
            Self::Unreadable { .. } => Problem::StoreCorrupt,
            Self::Stopped(_) => Problem::Internal,
        }
    }

    /// JSON pointer to what is at fault, where it is a part.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.pointer(),
            Self::Sentence(_) => Some("/sentence"),
            Self::NonceSpent(_) => Some("/nonce"),
            Self::Store(_)
            | Self::Unknown(_)
            | Self::Engine(_)
            | Self::Offer(_)
            | Self::Approval(_)
            | Self::Busy(_)
            | Self::Crowded(_)
            | Self::Stale(_)
            | Self::Draining
            | Self::Unreadable { .. }
            | Self::Stopped(_) => None,
        }
    }
}

/// The row of a plan that cannot be had.
pub(super) const fn plan_problem(error: &EngineError) -> Problem {
    match error {
        EngineError::Sentence(_) => Problem::BadSentence,
        EngineError::Unconfirmed(_) | EngineError::Elsewhere { .. } => Problem::Unconfirmed,
        EngineError::Source(_) => Problem::StateUnavailable,
        EngineError::Market(_)
        | EngineError::Solve(_)
        | EngineError::Figures(_)
        | EngineError::World(_) => Problem::Unsolvable,
        EngineError::NotAnAccount(_) => Problem::NotAnAccount,
    }
}
