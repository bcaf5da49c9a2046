//! Why a settlement is not in a block that it was for: what the block itself tells.

use std::fmt;

use super::journal::Promise;
use crate::{market::rpc::Head, store::Attempt};

/// Why, as far as can be told from outside a builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missed {
    /// No relay said that it took it.
    Untaken,
    /// Gas was dearer than the transaction allows.
    Dear { base_fee: u64, allowed: u128 },
    /// The account's nonce was used by another transaction.
    NonceUsed { nonce: u64 },
    /// The block has no room for it.
    Full { left: u64, gas: u64 },
    /// Whoever built the block did not have it, or took what paid more.
    LeftOut { tip: u128 },
}

impl Missed {
    /// `taken` is how many relays said that they took it; `next` the account's next nonce after the block.
    pub(super) fn of(
        attempt: &Attempt,
        promise: &Promise,
        block: &Head,
        (taken, next): (Option<usize>, u64),
    ) -> Self {
        let left = block.gas_limit.saturating_sub(block.gas_used);
        if next > attempt.nonce {
            return Self::NonceUsed { nonce: attempt.nonce };
        }
        if taken == Some(0) {
            return Self::Untaken;
        }
        if u128::from(block.base_fee) > promise.max_fee {
            return Self::Dear { base_fee: block.base_fee, allowed: promise.max_fee };
        }
        if left < promise.gas {
            return Self::Full { left, gas: promise.gas };
        }
        Self::LeftOut { tip: promise.tip }
    }

    /// The code of the event.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Untaken => "missed_untaken",
            Self::Dear { .. } => "missed_dear",
            Self::NonceUsed { .. } => "missed_nonce_used",
            Self::Full { .. } => "missed_full",
            Self::LeftOut { .. } => "missed_left_out",
        }
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untaken => f.write_str("no relay said that it took it"),
            Self::Dear { base_fee, allowed } => {
                write!(f, "a unit of gas cost {base_fee} wei, and {allowed} were allowed")
            }
            Self::NonceUsed { nonce } => {
                write!(f, "the account's nonce {nonce} was used by another transaction")
            }
            Self::Full { left, gas } => {
                write!(f, "the block had {left} gas left, and {gas} were needed")
            }
            Self::LeftOut { tip } => write!(
                f,
                "whoever built the block did not have it, or took what paid more than a tip of {tip} wei"
            ),
        }
    }
}
