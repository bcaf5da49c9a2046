//! UniswapX: orders that swappers sign and anyone may fill, through one of four reactors.
//!
//! ```text
//! bytes -> order::Order -> check::check -> Checked -> price::resolve(at a moment) -> Resolved
//! Resolved -> ask -> the one order model's Intent -> solve, verify -> fill::Fill -> Filler.fillOrder
//! ```
//!
//! - [`abi`] is what the contracts encode, hash and are called with; [`order`] one order of any kind, whose
//!   bytes come back as they were, with the hash that its swapper signs and what its cosigner does.
//! - [`reactors`] says which contract takes which kind.
//! - [`price`] is what an order gives and asks at a moment, in the rounding of the deployed contracts; there
//!   each of their refusals is a [`Fault`] of its own.
//! - [`check`](mod@check) is all that can be known of an order without a price: whose it is, where, until when.
//! - [`fill`] searches the trades that pay for it, states the profit and encodes them ([`steps`]), and
//!   refuses what does not pay.
//! - [`book`] keeps the open orders that were told of, by [`notice`] of a webhook or of the orders' API.
//! - [`orders_api`] is asked what is open.
//! - [`rfq`] answers quoters' requests.
//!
//! Sources: Uniswap/UniswapX, at the tags that mainnet's reactors were deployed from (v1.1.0 exclusive
//! Dutch, v2.0.0 V2, v2.1.0 Priority; V3 at 52299e91), and `@uniswap/uniswapx-sdk`. Where these differ the
//! deployed contract counts.

pub mod abi;
pub mod book;
pub mod check;
mod fault;
pub mod fill;
pub mod notice;
pub mod order;
pub mod orders_api;
pub mod price;
pub mod reactors;
pub mod rfq;
pub mod steps;

pub use self::{
    check::{Checked, Rules, check},
    fault::Fault,
    fill::{Fill, FillError},
    order::{Kind, Order},
    price::{Input, Moment, Output, Resolved, resolve},
    reactors::Reactors,
};
