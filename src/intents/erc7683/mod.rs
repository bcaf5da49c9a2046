//! ERC-7683: orders of other settlers' making, in the one form that the standard gives them, as far as they
//! begin and end on this chain.
//!
//! ```text
//! bytes -> wire::read -> Posted -> Registry::resolve -> Resolved -> check -> Terms -> Intent
//!                                                          \-> fill: our Filler's call
//! ```
//!
//! - [`order`] has the standard's structs and functions; [`wire`] how orders are handed in.
//! - [`registry`] finds the decoder of an order's `orderDataType`. A type that nobody decodes is named, with
//!   those that are decoded.
//! - [`yield_order`] decodes our own: the signed intent of [`signed`](super::signed) as `orderData`.
//! - [`resolved`] is what `resolve` answers, checked: a leg on another chain is refused, whatever the
//!   decoder, because what it takes to be paid there is not this engine's to know.
//! - [`mod@fill`] is the call of [`Filler`](fill::FILLER) that fills it, with the plan of the settlement stage as
//!   `fillerData`.
//!
//! # How to add a decoder
//!
//! 1. A file here with a type that implements [`registry::OrderData`]: the EIP-712 type whose hash orders carry as
//!    `orderDataType`, and from `orderData` what the order's own settler would answer to `resolve`. It
//!    reads every field, compares those that the envelope repeats, and never indexes into bytes by hand:
//!    `sol!` decodes.
//! 2. A line in [`registry::Registry::new`].
//! 3. In `tests/it/erc7683`: its type hash from its type string, an order there and back, and the fuzz
//!    of its bytes. A decoder whose settler is not ours needs the destination's `fill` run in an EVM.

pub mod fill;
pub mod order;
mod refusal;
pub mod registry;
pub mod resolved;
pub mod wire;
pub mod yield_order;

pub use self::{
    fill::{FILLER, fill},
    refusal::Refusal,
    registry::{Decoded, OrderData, Proof, Registry},
    resolved::{Checked, Resolved, Rules, Terms, check},
    wire::Posted,
};
