//! Why a signed intent is not accepted: one variant for each reason, each a row of [`Problem`].

use alloy_primitives::{Address, B256, U256};
use tenor_simulations::SourceError;

use super::{canonical::NotCanonical, malformed::WireError, preferences::BadPreference};
use crate::problems::Problem;

/// Why a signed intent, or a cancellation, is not accepted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum Refusal {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("signed for chain {found}; this is chain {expected}")]
    WrongChain { found: u64, expected: u64 },
    #[error("signed for {found}; Permit2 is at {expected}")]
    WrongVerifyingContract { found: Address, expected: Address },
    #[error("the spender is {found}; the Settler is {expected}")]
    WrongSpender { found: Address, expected: Address },
    #[error("permitted.amount is zero")]
    ZeroAmount,
    #[error("{0} is not in this market: ask /v1/markets for the tokens")]
    UnknownAsset(Address),
    #[error("output {0} is not in this market: ask /v1/markets for the tokens")]
    UnknownOutput(Address),
    #[error("outputs is empty")]
    NoOutputs,
    #[error("{0} stands twice among the outputs")]
    RepeatedOutput(Address),
    #[error("{0} cannot be the recipient: name an account of the owner's")]
    InvalidRecipient(Address),
    #[error("nobody can fill it: {0}")]
    Contradiction(String),
    #[error("the deadline {deadline} has passed; it is {now}")]
    Expired { deadline: U256, now: u64 },
    #[error("not valid before {valid_after}; it is {now}")]
    NotYetValid { valid_after: U256, now: u64 },
    #[error("nonce {nonce} of {owner} is spent on Permit2: ask for a new quote")]
    NonceUsed { owner: Address, nonce: U256 },
    #[error("the statement hashes to {found}; {signed} was signed")]
    StatementHash { found: B256, signed: B256 },
    #[error("the preferences read as {rendered:?}, which is not the statement")]
    StatementText { rendered: String },
    #[error("the preferences hash to {found}; {signed} was signed")]
    PreferencesHash { found: B256, signed: B256 },
    #[error("the preferences are about {found} of {token}; {permitted} may be taken of {asset}")]
    PreferencesAsset { token: Address, found: U256, asset: Address, permitted: U256 },
    #[error(transparent)]
    Preference(#[from] BadPreference),
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    #[error("the signature has {0} bytes: 64 or 65 for a key")]
    SignatureLength(usize),
    #[error("v is {0}: 27 or 28, as Permit2 reads it")]
    SignatureRecovery(u8),
    #[error("s is above half of the curve's order: take the order less s, and the other v")]
    SignatureHighS,
    #[error("no key makes this signature")]
    SignatureInvalid,
    #[error("signed by {found}; the owner is {owner}")]
    WrongSigner { found: Address, owner: Address },
    #[error("{owner} is a contract and does not accept the signature")]
    ContractRefused { owner: Address },
    #[error(
        "{owner} has no code and the signature's factory {factory} does not change that: {why}"
    )]
    Undeployable { owner: Address, factory: Address, why: String },
    #[error("whether {0} accepts the signature only the chain can tell, and no state is at hand")]
    SignerUnknown(Address),
    #[error("the chain's state is not to be had: {0}")]
    State(#[from] SourceError),
    #[error("{0} does not answer as Permit2 does")]
    NoPermit2(Address),
}

impl Refusal {
    /// Its row in the table.
    pub const fn problem(&self) -> Problem {
        match self {
            Self::Wire(error) => error.problem(),
            Self::WrongChain { .. } => Problem::WrongChain,
            Self::WrongVerifyingContract { .. } => Problem::WrongVerifyingContract,
            Self::WrongSpender { .. } => Problem::WrongSpender,
            Self::ZeroAmount => Problem::ZeroAmount,
            Self::UnknownAsset(_) => Problem::UnknownAsset,
            Self::UnknownOutput(_) => Problem::UnknownOutput,
            Self::NoOutputs => Problem::NoOutputs,
            Self::RepeatedOutput(_) => Problem::RepeatedOutput,
            Self::InvalidRecipient(_) => Problem::InvalidRecipient,
            Self::Contradiction(_) => Problem::Contradiction,
            Self::Expired { .. } => Problem::Expired,
            Self::NotYetValid { .. } => Problem::NotYetValid,
            Self::NonceUsed { .. } => Problem::NonceUsed,
            Self::StatementHash { .. } | Self::StatementText { .. } => Problem::StatementMismatch,
            Self::PreferencesHash { .. } | Self::PreferencesAsset { .. } => {
                Problem::PreferencesMismatch
            }
            Self::Preference(_) | Self::NotCanonical(_) => Problem::InvalidField,
            Self::SignatureLength(_) => Problem::SignatureLength,
            Self::SignatureRecovery(_) => Problem::SignatureRecovery,
            Self::SignatureHighS => Problem::SignatureHighS,
            Self::SignatureInvalid => Problem::SignatureInvalid,
            Self::WrongSigner { .. } => Problem::WrongSigner,
            Self::ContractRefused { .. } => Problem::ContractRefused,
            Self::Undeployable { .. } => Problem::Undeployable,
            Self::SignerUnknown(_) => Problem::SignerUnknown,
            Self::State(_) => Problem::StateUnavailable,
            Self::NoPermit2(_) => Problem::NoPermit2,
        }
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.problem().code()
    }

    /// JSON pointer to the member at fault, where it is one.
    pub fn pointer(&self) -> Option<&str> {
        Some(match self {
            Self::Wire(error) => return error.pointer(),
            Self::WrongChain { .. } => "/chainId",
            Self::WrongVerifyingContract { .. } => "/verifyingContract",
            Self::WrongSpender { .. } => "/message/spender",
            Self::ZeroAmount => "/message/permitted/amount",
            Self::UnknownAsset(_) => "/message/permitted/token",
            Self::UnknownOutput(_) | Self::NoOutputs | Self::RepeatedOutput(_) => {
                "/message/witness/outputs"
            }
            Self::InvalidRecipient(_) => "/message/witness/recipient",
            Self::Contradiction(_) => "/message/witness",
            Self::Expired { .. } => "/message/deadline",
            Self::NotYetValid { .. } => "/message/witness/validAfter",
            Self::NonceUsed { .. } => "/message/nonce",
            Self::StatementHash { .. } | Self::StatementText { .. } => "/statement",
            Self::PreferencesHash { .. }
            | Self::PreferencesAsset { .. }
            | Self::Preference(_)
            | Self::NotCanonical(_) => "/preferences",
            Self::SignatureLength(_)
            | Self::SignatureRecovery(_)
            | Self::SignatureHighS
            | Self::SignatureInvalid
            | Self::WrongSigner { .. }
            | Self::ContractRefused { .. }
            | Self::Undeployable { .. } => "/signature",
            Self::SignerUnknown(_) | Self::State(_) | Self::NoPermit2(_) => return None,
        })
    }
}
