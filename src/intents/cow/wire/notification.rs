//! What the driver tells of solutions afterwards.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::{Amount, Shown};

/// What became of a solution.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Notification {
    pub auction_id: Option<Shown<i64>>,
    #[serde(default)]
    pub solution_id: Option<SolutionId>,
    #[serde(flatten)]
    pub kind: NotificationKind,
}

/// One solution, or several that the driver merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum SolutionId {
    Single(u64),
    Merged(Vec<u64>),
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum NotificationKind {
    Timeout,
    EmptySolution,
    DuplicatedSolutionId,
    SimulationFailed {
        block: u64,
        /// The transaction, as the driver wrote it.
        tx: serde_json::Map<String, serde_json::Value>,
        succeeded_once: bool,
    },
    InvalidClearingPrices,
    MissingPrice {
        token_address: Address,
    },
    InvalidExecutedAmount,
    NonBufferableTokensUsed {
        tokens: BTreeSet<Address>,
    },
    SolverAccountInsufficientBalance {
        required: Amount,
    },
    SettlementStarted,
    Success {
        transaction: B256,
    },
    Revert {
        transaction: B256,
    },
    DriverError {
        reason: String,
    },
    Cancelled,
    Expired,
    Fail,
    PostprocessingTimedOut,
    DeserializationError {
        reason: String,
    },
    /// A kind of a later driver.
    #[serde(other)]
    Unknown,
}

impl NotificationKind {
    /// Whether it says that this engine answered what the driver cannot use: what the checker should
    /// have refused.
    pub const fn is_our_fault(&self) -> bool {
        match self {
            Self::EmptySolution
            | Self::DuplicatedSolutionId
            | Self::InvalidClearingPrices
            | Self::MissingPrice { .. }
            | Self::InvalidExecutedAmount
            | Self::NonBufferableTokensUsed { .. }
            | Self::DriverError { .. }
            | Self::DeserializationError { .. } => true,
            Self::Timeout
            | Self::SimulationFailed { .. }
            | Self::SolverAccountInsufficientBalance { .. }
            | Self::SettlementStarted
            | Self::Success { .. }
            | Self::Revert { .. }
            | Self::Cancelled
            | Self::Expired
            | Self::Fail
            | Self::PostprocessingTimedOut
            | Self::Unknown => false,
        }
    }
}
