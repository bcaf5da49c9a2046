//! Why an order cannot be filled, now or ever: one variant for each refusal of the contracts, and for
//! each of ours.

use alloy_primitives::{Address, B256, U256};

use crate::{intents::signed::Refusal, problems::Problem};

/// Why an order cannot be filled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum Fault {
    #[error("the order has {found} bytes; at most {most} are read")]
    TooLong { found: usize, most: usize },
    #[error("not an order of its kind: {0}")]
    Malformed(String),
    #[error("encoded as no encoder writes it: its bytes would not come back")]
    NotCanonical,
    #[error("{0} is no reactor of this chain that is known here")]
    UnknownReactor(Address),
    #[error("the order hashes to {found}; it was told to be {told}")]
    OtherHash { found: B256, told: B256 },
    #[error("for chain {found}; this is chain {expected}")]
    WrongChain { found: u64, expected: u64 },
    #[error("ether cannot be sold: reactors take tokens, such as WETH")]
    NativeInput,
    #[error("nothing may be taken")]
    ZeroInput,
    #[error("it asks for nothing in return")]
    NoOutputs,
    #[error("the deadline {deadline} has passed; it is {now}")]
    Expired { deadline: U256, now: u64 },
    #[error("not before block {start}; it is {block}")]
    NotYetValid { start: U256, block: u64 },
    #[error("the deadline {deadline} is before the end of the decay, {end}")]
    DeadlineBeforeEnd { deadline: U256, end: U256 },
    #[error("the decay ends at {end} and starts at {start}")]
    EndBeforeStart { start: U256, end: U256 },
    #[error("the input falls from {start} to {end}: it may only rise")]
    InputFalls { start: U256, end: U256 },
    #[error("output {at} rises from {start} to {end}: it may only fall")]
    OutputRises { at: usize, start: U256, end: U256 },
    #[error("both the input and an output decay")]
    BothDecay,
    #[error("both the input and an output scale with the priority fee")]
    BothScale,
    #[error("a curve has {0} points; reactors read sixteen")]
    CurveTooLong(usize),
    #[error("the cosignature has {0} bytes; 65 are read")]
    CosignatureLength(usize),
    #[error("the cosignature belongs to no key")]
    CosignatureInvalid,
    #[error("cosigned by {found}; the cosigner is {expected}")]
    WrongCosigner { found: Address, expected: Address },
    #[error("the cosigner raises the input to {found} from {most}")]
    CosignedInput { found: U256, most: U256 },
    #[error("the cosigner tells {found} outputs; there are {expected}")]
    CosignedCount { found: usize, expected: usize },
    #[error("the cosigner lowers output {at} to {found} from {least}")]
    CosignedOutput { at: usize, found: U256, least: U256 },
    #[error("{filler} alone may fill up to {until}")]
    Exclusive { filler: Address, until: U256 },
    #[error("contract {0} must agree to each fill, and is not asked here")]
    UnknownValidation(Address),
    #[error("{0} has no code yet, and Permit2 asks no contract that is to come")]
    Undeployed(Address),
    #[error("nonce {nonce} of {swapper} is spent on Permit2")]
    NonceUsed { swapper: Address, nonce: U256 },
    #[error(transparent)]
    Signature(#[from] Refusal),
    #[error("its numbers leave 256 bits, as the reactor counts")]
    Overflow,
}

impl Fault {
    /// Its row in the table.
    pub const fn problem(&self) -> Problem {
        match self {
            Self::TooLong { .. } => Problem::BodyTooLarge,
            Self::Malformed(_) | Self::NotCanonical | Self::OtherHash { .. } => {
                Problem::InvalidField
            }
            Self::UnknownReactor(_) => Problem::WrongVerifyingContract,
            Self::WrongChain { .. } => Problem::WrongChain,
            Self::NativeInput => Problem::UnknownAsset,
            Self::ZeroInput => Problem::ZeroAmount,
            Self::NoOutputs => Problem::NoOutputs,
            Self::Expired { .. } => Problem::Expired,
            Self::NotYetValid { .. } | Self::Exclusive { .. } => Problem::NotYetValid,
            Self::DeadlineBeforeEnd { .. }
            | Self::EndBeforeStart { .. }
            | Self::InputFalls { .. }
            | Self::OutputRises { .. }
            | Self::BothDecay
            | Self::BothScale
            | Self::CurveTooLong(_)
            | Self::CosignedInput { .. }
            | Self::CosignedCount { .. }
            | Self::CosignedOutput { .. }
            | Self::UnknownValidation(_)
            | Self::Overflow => Problem::Contradiction,
            Self::CosignatureLength(_) => Problem::SignatureLength,
            Self::CosignatureInvalid => Problem::SignatureInvalid,
            Self::WrongCosigner { .. } => Problem::WrongSigner,
            Self::Undeployed(_) => Problem::Undeployable,
            Self::NonceUsed { .. } => Problem::NonceUsed,
            Self::Signature(refusal) => refusal.problem(),
        }
    }

    /// Whether the same order may be filled at a later moment.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::NotYetValid { .. } | Self::Exclusive { .. })
            || self.problem().retryable()
    }
}
