//! Why a settlement reverts, in the contracts' own words.

use std::fmt;

use alloy_primitives::Bytes;
use alloy_sol_types::SolInterface as _;
use tenor_simulations::Reason;

use super::steps::At;
use crate::intents::signed::frozen::Refusals::{RefusalsErrors, StepFailed};

/// Why a settlement reverts. Calldata is in none of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revert {
    /// The Settler, its Executor or Permit2 refuses.
    Refused(RefusalsErrors),
    /// A step failed.
    Step {
        /// The leg that it is of; `None` where there is no such step.
        at: Option<At>,
        /// What the venue says.
        reason: Reason,
    },
    /// Anything else, such as a token's own words.
    Other(Reason),
}

impl Revert {
    /// Reads what a settlement reverted with. `legs` says of which leg each step is.
    pub fn of(output: &Bytes, legs: &[At]) -> Self {
        match RefusalsErrors::abi_decode(output) {
            Ok(RefusalsErrors::StepFailed(StepFailed { step, reason })) => {
                let at = usize::try_from(step).ok().and_then(|step| legs.get(step)).cloned();
                Self::Step { at, reason: Reason::of(&reason) }
            }
            Ok(refused) => Self::Refused(refused),
            Err(_) => Self::Other(Reason::of(output)),
        }
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The generated names are the contracts'.
            Self::Refused(refused) => write!(f, "{refused:?}"),
            Self::Step { at: Some(at), reason } => write!(f, "{at}: {reason}"),
            Self::Step { at: None, reason } => write!(f, "a step: {reason}"),
            Self::Other(reason) => reason.fmt(f),
        }
    }
}
