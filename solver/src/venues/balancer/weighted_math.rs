//! `WeightedMath`: what a trade between two tokens of a weighted pool returns or costs.
//!
//! Balances and amounts are in common units of 18 decimals, fees taken off already.

use alloy_primitives::{U256, uint};

use super::fixed_point::{Powers, complement, div_down, div_up, mul_down, mul_up, pow_up};
use crate::amount::WAD;

/// A trade may be at most this part of the balance, in 18 decimals: 30 %.
pub(super) const MOST_RATIO: U256 = uint!(300_000_000_000_000_000_U256);

/// One token's side of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) balance: U256,
    pub(super) weight: U256,
}

/// `balance_out * (1 - (balance_in / (balance_in + amount))^(weight_in / weight_out))`, rounded down
/// (`_calcOutGivenIn`). `None` where the contract reverts; the limit of 30 % is the caller's.
pub(super) fn out_given_in(
    given: Side,
    wanted: Side,
    amount: U256,
    powers: Powers,
) -> Option<U256> {
    let base = div_up(given.balance, given.balance.checked_add(amount)?)?;
    let exponent = div_down(given.weight, wanted.weight)?;
    mul_down(wanted.balance, complement(pow_up(base, exponent, powers)?))
}

/// `balance_in * ((balance_out / (balance_out - amount))^(weight_out / weight_in) - 1)`, rounded up
/// (`_calcInGivenOut`).
pub(super) fn in_given_out(
    given: Side,
    wanted: Side,
    amount: U256,
    powers: Powers,
) -> Option<U256> {
    let base = div_up(wanted.balance, wanted.balance.checked_sub(amount)?)?;
    let exponent = div_up(wanted.weight, given.weight)?;
    let ratio = pow_up(base, exponent, powers)?.checked_sub(WAD)?;
    mul_up(given.balance, ratio)
}
