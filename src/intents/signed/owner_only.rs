//! Plans that one signature cannot settle.

use std::fmt;

use alloy_primitives::Address;

/// Why a plan cannot be settled by one signature, and must be carried out by the owner's own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerOnly {
    /// Permit2 moves ERC-20 tokens.
    NativeIn,
    /// The Settler counts ERC-20 tokens.
    NativeOut,
    /// What comes out is no ERC-20 token: a position, shares in a strategy, a place in a queue.
    NotErc20(Address),
    /// What is given, or comes out beside others, has no known value in ETH.
    Unpriced(Address),
    /// One signature gives one asset.
    Several,
    /// What the plan owes is owed by the account that acts.
    Debt,
    /// The fee that gas may need is worth more than the amount.
    FeeAboveAmount,
}

impl OwnerOnly {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NativeIn => "native_in",
            Self::NativeOut => "native_out",
            Self::NotErc20(_) => "not_erc20",
            Self::Unpriced(_) => "unpriced",
            Self::Several => "several_assets",
            Self::Debt => "debt",
            Self::FeeAboveAmount => "fee_above_amount",
        }
    }
}

impl fmt::Display for OwnerOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NativeIn => f.write_str(
                "native ETH cannot be taken by a signature: wrap it, or execute the plan yourself",
            ),
            Self::NativeOut => f.write_str(
                "native ETH is no ERC-20 token that a settlement can be held to: ask for WETH, or \
                 execute the plan yourself",
            ),
            Self::NotErc20(token) => {
                write!(f, "{token} is no ERC-20 token: it stays with the account that acts")
            }
            Self::Unpriced(token) => {
                write!(f, "{token} has no known value in ETH: no least value can be signed")
            }
            Self::Several => {
                f.write_str("one signature gives one asset: execute the plan yourself")
            }
            Self::Debt => f.write_str(
                "what a plan owes is owed by the account that acts: execute it yourself",
            ),
            Self::FeeAboveAmount => {
                f.write_str("the gas of a settlement may cost more than the amount")
            }
        }
    }
}
