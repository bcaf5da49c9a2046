//! The signed YieldIntent, version 1: one Permit2 signature with the intent as its witness.
//!
//! # The life of a signed intent
//!
//! ```text
//! Verified plan -> offer::offer -> Offer { permit, statement, preferences } -> typed_data -> a wallet
//! its signature -> wire::read -> SignedDto -> check::check -> Checked
//! ```
//!
//! The id is the EIP-712 digest that the owner signs ([`Deployment::id`]), so that handing an intent in
//! twice is handing in one. [`frozen`] has the structs; nothing in them may change. [`cancel`] takes
//! an intent back. Plans that one signature cannot settle say why ([`OwnerOnly`]) and are
//! carried out by the owner's own account instead ([`wallet`]).
//!
//! A promise of yield is not a constraint of an intent: signed and enforced are least amounts, a least
//! value, a highest fee and a time. The preferences (objective, horizon, tiers, caps) are signed by
//! their hash and not enforced by any contract.

pub mod cancel;
pub mod canonical;
pub mod check;
mod deployment;
pub mod frozen;
mod malformed;
pub mod offer;
mod owner_only;
mod preferences;
mod refusal;
pub mod signature;
pub mod typed_data;
pub mod wallet;
pub mod wire;

pub use self::{
    check::{Checked, Rules},
    deployment::{
        CANCEL_TYPE_HASH, Deployment, INTENT_TYPE_HASH, OUTPUT_TYPE_HASH, PERMISSIONS_TYPE_HASH,
        PERMIT_TYPE, PERMIT_TYPE_HASH, PERMIT2, SETTLER, WITNESS_TYPE,
    },
    malformed::WireError,
    offer::{Offer, OfferError, Terms},
    owner_only::OwnerOnly,
    preferences::{BadPreference, GoalDto, Preferences},
    refusal::Refusal,
    signature::Signer,
};
