//! Why a store does not do what it is asked.

use std::path::PathBuf;

use alloy_primitives::{Address, B256, U256};

use super::Stage;
use crate::problems::Problem;

/// Why a store does not do what it is asked: one variant for each thing that can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum StoreError {
    #[error("intent {0} is kept with another body: hand in what was handed in first")]
    IntentConflict(B256),
    #[error("nonce {nonce} of {owner} is intent {by}'s: cancel that one, or ask for a new quote")]
    NonceTaken { owner: Address, nonce: U256, by: B256 },
    #[error("quote {0} is kept with another body")]
    QuoteConflict(B256),
    #[error("no intent {0} is kept")]
    UnknownIntent(B256),
    #[error("intent {id} is {from}: it cannot become {to}")]
    IllegalTransition { id: B256, from: Stage, to: Stage },
    #[error("{0} writes wait already: try again")]
    Busy(usize),
    #[error("{0} is in use by another process: stop that one, or name another --data-dir")]
    Locked(PathBuf),
    #[error("no room to write to {0}: free some; nothing that was answered is lost")]
    Full(PathBuf),
    #[error("{path} is damaged: {why}; restore it from a copy")]
    Corrupt { path: PathBuf, why: String },
    #[error("{0} is not a store of this program: name another --data-dir")]
    Foreign(PathBuf),
    #[error("{path} has schema {found}; this program knows {known}: use the newer program")]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{path}: {why}")]
    Failed { path: PathBuf, why: String },
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Its row in the table.
    pub const fn problem(&self) -> Problem {
        match self {
            Self::IntentConflict(_) => Problem::IntentConflict,
            Self::NonceTaken { .. } => Problem::NonceTaken,
            Self::QuoteConflict(_) => Problem::QuoteConflict,
            Self::UnknownIntent(_) => Problem::UnknownIntent,
            Self::IllegalTransition { .. } => Problem::IllegalTransition,
            Self::Busy(_) => Problem::StoreBusy,
            Self::Locked(_) => Problem::StoreLocked,
            Self::Full(_) => Problem::StoreFull,
            Self::Corrupt { .. } => Problem::StoreCorrupt,
            Self::Foreign(_) => Problem::StoreForeign,
            Self::Newer { .. } => Problem::StoreNewer,
            Self::Failed { .. } => Problem::StoreFailed,
            Self::Closed => Problem::StoreClosed,
        }
    }
}
