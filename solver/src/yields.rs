//! What a token earns in ETH: which realised figure counts, and how a net yield divides.
//!
//! ```text
//! who pays, in what -> component (payers) -> Earning: a rate for each organic component
//!                                         -> Reward: what is paid beside it (rewards)
//! ```
//!
//! - [`payers`] is the rule by which a payment is organic or an incentive.
//! - [`forecast`](forecast()) says what a position will earn; [`rewards`] what it is paid beside that.
//! - [`split`] divides what a plan returns into its components, to the wei.
//! - [`rates`] and [`realised`] read what was really earned from recorded share rates.

pub mod forecast;
pub mod payers;
pub mod rates;
pub mod realised;
pub mod rewards;
pub mod split;
pub mod term;

use alloy_primitives::{Address, I256, U256};

pub use self::{
    forecast::{Basis, Earning, earning, forecast},
    payers::{Component, Organic, Paid, Payer},
    rewards::{Earned, Reward, RewardError},
    split::YieldSplit,
};
use crate::{
    amount::{RAY, to_f64},
    graph::Graph,
    market::{Market, RealisedYield},
};

/// The figure a token has over some other window, for showing where it may not rank.
pub fn other_window<'m>(
    market: &'m Market,
    graph: &Graph,
    token: Address,
) -> Option<&'m RealisedYield> {
    let tokens = &graph.node(graph.node_of(token)?).tokens;
    market.yields.iter().find(|y| tokens.iter().any(|(t, _)| *t == y.token))
}

/// A signed amount as the nearest float.
pub fn signed(amount: I256) -> f64 {
    let size = to_f64(amount.unsigned_abs());
    if amount.is_negative() { -size } else { size }
}

/// A rate in RAY as an annual fraction.
pub fn fraction(rate: U256) -> f64 {
    to_f64(rate) / to_f64(RAY)
}
