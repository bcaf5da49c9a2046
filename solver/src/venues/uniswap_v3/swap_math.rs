//! One step of a swap at constant liquidity, bit for bit as `SqrtPriceMath` and `SwapMath`
//! (v3-core) compute it.
//!
//! Prices are square roots in units of 2^-96. What the trader pays is rounded up, what the trader
//! gets is rounded down, and prices are rounded against the trader. `None` is where the contract
//! reverts.

use alloy_primitives::{U256, uint};

use crate::amount::{mul_div, mul_div_up};

const MILLION: U256 = uint!(1_000_000_U256);

/// What is left of the amount the trader named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remaining {
    /// Still to be paid, fee included.
    In(U256),
    /// Still to be received.
    Out(U256),
}

impl Remaining {
    pub(super) fn is_zero(self) -> bool {
        let (Self::In(left) | Self::Out(left)) = self;
        left.is_zero()
    }

    /// What is left after `step`. `None` when the step took more than there was: never.
    pub(super) fn after(self, step: &Step) -> Option<Self> {
        match self {
            Self::In(left) => {
                Some(Self::In(left.checked_sub(step.amount_in.checked_add(step.fee)?)?))
            }
            Self::Out(left) => Some(Self::Out(left.checked_sub(step.amount_out)?)),
        }
    }
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// The price after it.
    pub(super) sqrt_price: U256,
    /// Paid, without the fee.
    pub(super) amount_in: U256,
    /// Received.
    pub(super) amount_out: U256,
    /// The fee, in the token paid.
    pub(super) fee: U256,
}

/// Moves the price from `current` towards `target`, until there or until nothing remains
/// (`computeSwapStep`); `down` when token0 is paid.
pub(super) fn step(
    current: U256,
    target: U256,
    liquidity: u128,
    remaining: Remaining,
    fee_ppm: u32,
    down: bool,
) -> Option<Step> {
    let keep = MILLION - U256::from(fee_ppm);
    let sqrt_price = match remaining {
        Remaining::In(left) => {
            let net = mul_div(left, keep, MILLION)?;
            let needed = paid(current, target, liquidity, down)?;
            if net >= needed {
                return full_step(current, target, liquidity, down, needed, fee_ppm);
            }
            price_after_input(current, liquidity, net, down)?
        }
        Remaining::Out(left) => {
            let available = received(current, target, liquidity, down)?;
            if left >= available {
                target
            } else {
                price_after_output(current, liquidity, left, down)?
            }
        }
    };
    let amount_in = paid(current, sqrt_price, liquidity, down)?;
    let amount_out = received(current, sqrt_price, liquidity, down)?;
    let (amount_out, fee) = match remaining {
        // The input ended inside the step: whatever the rounded price did not use is the fee.
        // (Less than `needed` never reaches the target: the price is rounded away from it.)
        Remaining::In(left) => (amount_out, left.checked_sub(amount_in)?),
        Remaining::Out(left) => (amount_out.min(left), fee_on(amount_in, fee_ppm)?),
    };
    Some(Step { sqrt_price, amount_in, amount_out, fee })
}

/// A step of an exact input that reaches its target, for which `amount_in` is `needed`.
fn full_step(
    current: U256,
    target: U256,
    liquidity: u128,
    down: bool,
    amount_in: U256,
    fee_ppm: u32,
) -> Option<Step> {
    let amount_out = received(current, target, liquidity, down)?;
    Some(Step { sqrt_price: target, amount_in, amount_out, fee: fee_on(amount_in, fee_ppm)? })
}

/// The fee on top of a net input, rounded up.
fn fee_on(amount_in: U256, fee_ppm: u32) -> Option<U256> {
    let fee = U256::from(fee_ppm);
    mul_div_up(amount_in, fee, MILLION - fee)
}

/// The net input between two prices, rounded up.
fn paid(from: U256, to: U256, liquidity: u128, down: bool) -> Option<U256> {
    if down { amount0_up(to, from, liquidity) } else { amount1_up(from, to, liquidity) }
}

/// The output between two prices, rounded down.
fn received(from: U256, to: U256, liquidity: u128, down: bool) -> Option<U256> {
    if down { amount1(to, from, liquidity) } else { amount0(from, to, liquidity) }
}

/// `L * (high - low) / (high * low)`, rounded up at both divisions.
fn amount0_up(low: U256, high: U256, liquidity: u128) -> Option<U256> {
    let numerator: U256 = U256::from(liquidity) << 96;
    Some(mul_div_up(numerator, high.checked_sub(low)?, high)?.div_ceil(low))
}

/// As [`amount0_up`], rounded down at both divisions.
fn amount0(low: U256, high: U256, liquidity: u128) -> Option<U256> {
    let numerator: U256 = U256::from(liquidity) << 96;
    Some(mul_div(numerator, high.checked_sub(low)?, high)? / low)
}

/// `L * (high - low)`, rounded up. Below 2^192: prices have 160 bits.
fn amount1_up(low: U256, high: U256, liquidity: u128) -> Option<U256> {
    let (quotient, rest) = amount1_parts(low, high, liquidity)?;
    Some(quotient + U256::from(u8::from(rest)))
}

/// As [`amount1_up`], rounded down.
fn amount1(low: U256, high: U256, liquidity: u128) -> Option<U256> {
    amount1_parts(low, high, liquidity).map(|(quotient, _)| quotient)
}

/// `L * (high - low) / 2^96` rounded down, and whether anything was cut off. The difference is
/// split at bit 96, so that no product needs more than 256 bits.
fn amount1_parts(low: U256, high: U256, liquidity: u128) -> Option<(U256, bool)> {
    let difference = high.checked_sub(low)?;
    let mask: U256 = (U256::ONE << 96) - U256::ONE;
    let liquidity = U256::from(liquidity);
    let fraction: U256 = (difference & mask) * liquidity;
    let whole: U256 = (difference >> 96) * liquidity;
    let rest: U256 = fraction & mask;
    Some((whole + (fraction >> 96), !rest.is_zero()))
}

/// The price after `net` came in (`getNextSqrtPriceFromInput`).
fn price_after_input(price: U256, liquidity: u128, net: U256, down: bool) -> Option<U256> {
    if liquidity == 0 {
        return None;
    }
    if !down {
        return narrow(price.checked_add(scaled_by(net, liquidity)?.0)?);
    }
    if net.is_zero() {
        return Some(price);
    }
    let numerator: U256 = U256::from(liquidity) << 96;
    let exact = net.checked_mul(price).and_then(|product| numerator.checked_add(product));
    match exact {
        Some(denominator) => mul_div_up(numerator, price, denominator),
        None => Some(numerator.div_ceil((numerator / price).checked_add(net)?)),
    }
}

/// The price after `out` went out (`getNextSqrtPriceFromOutput`).
fn price_after_output(price: U256, liquidity: u128, out: U256, down: bool) -> Option<U256> {
    if liquidity == 0 {
        return None;
    }
    if down {
        let (quotient, rest) = scaled_by(out, liquidity)?;
        let fall = quotient.checked_add(U256::from(u8::from(rest)))?;
        return price.checked_sub(fall).filter(|price| !price.is_zero());
    }
    if out.is_zero() {
        return Some(price);
    }
    let numerator: U256 = U256::from(liquidity) << 96;
    let product = out.checked_mul(price)?;
    let denominator = numerator.checked_sub(product).filter(|rest| !rest.is_zero())?;
    narrow(mul_div_up(numerator, price, denominator)?)
}

/// `amount * 2^96 / L` rounded down, and whether anything was cut off.
fn scaled_by(amount: U256, liquidity: u128) -> Option<(U256, bool)> {
    let (unit, liquidity) = (U256::ONE << 96, U256::from(liquidity));
    if amount.bit_len() <= 160 {
        let scaled: U256 = amount << 96;
        let (quotient, rest) = scaled.div_rem(liquidity);
        return Some((quotient, !rest.is_zero()));
    }
    let quotient = mul_div(amount, unit, liquidity)?;
    Some((quotient, mul_div_up(amount, unit, liquidity)? != quotient))
}

/// A price has 160 bits, or the contract reverts.
fn narrow(price: U256) -> Option<U256> {
    (price.bit_len() <= 160).then_some(price)
}
