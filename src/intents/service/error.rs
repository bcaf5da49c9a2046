//! Why the service does not do what it is asked.

use alloy_primitives::B256;

use crate::{
    engine::EngineError,
    intents::signed::{Refusal, WireError},
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
    /// Too much at once.
    #[error("{0} intents are being looked at already: try again")]
    Busy(usize),
    /// Too many open.
    #[error("{0} intents are open already: try again when some have ended")]
    Crowded(usize),
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

impl IntakeError {
    /// Its row in the table.
    pub const fn problem(&self) -> Problem {
        match self {
            Self::Refused(refusal) => refusal.problem(),
            Self::Store(error) => error.problem(),
            Self::Unknown(_) => Problem::UnknownIntent,
            Self::Busy(_) => Problem::Overloaded,
            Self::Crowded(_) => Problem::TooManyOpen,
            Self::Draining => Problem::Stopping,
            Self::Unreadable { .. } => Problem::StoreCorrupt,
            Self::Stopped(_) => Problem::Internal,
        }
    }

    /// JSON pointer to what is at fault, where it is a part.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.pointer(),
            Self::Store(_)
            | Self::Unknown(_)
            | Self::Busy(_)
            | Self::Crowded(_)
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
        EngineError::Limit { .. } => Problem::LimitBroken,
        EngineError::Source(_) => Problem::StateUnavailable,
        EngineError::Market(_)
        | EngineError::Solve(_)
        | EngineError::Figures(_)
        | EngineError::World(_) => Problem::Unsolvable,
        EngineError::NotAnAccount(_) => Problem::NotAnAccount,
    }
}
