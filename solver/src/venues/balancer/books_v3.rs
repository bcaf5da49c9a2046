//! What Balancer's third vault does around any pool: decimals and rates, its fee, its smallest trade and
//! the limits of its books.
//!
//! Source: `Vault.swap`, `ScalingHelpers`, `PoolDataLib` (balancer-v3-monorepo). The vault brings amounts
//! to 18 decimals and applies the rates of their tokens, rounded down; takes the fee off the input,
//! rounded up; and undoes the rate of what goes out with a rate that is rounded up. A share of the fee
//! leaves the pool at once.

use alloy_primitives::{Address, U256};

use super::{
    super::VenueId,
    fixed_point::{complement, div_down, mul_down, mul_up},
};
use crate::amount::WAD;

/// Bits of a balance in the vault.
pub(super) const BALANCE_BITS: usize = 128;

/// What the vault says of a pool at one block.
#[derive(Debug, Clone)]
pub struct BalancerV3Figures {
    /// The name in the market.
    pub id: VenueId,
    /// The pool.
    pub pool: Address,
    /// The router that trades single tokens.
    pub router: Address,
    /// Permit2, through which the router takes tokens.
    pub permit2: Address,
    /// Its tokens, two to eight, in the vault's order.
    pub tokens: Vec<BalancerV3Token>,
    /// The fee on the input, in 18 decimals.
    pub swap_fee: U256,
    /// The share of the fee that leaves the pool, in 18 decimals; zero in recovery mode.
    pub aggregate_fee: U256,
    /// The vault's smallest trade, in 18 decimals.
    pub least_trade: U256,
    /// Whether the pool or the vault is paused.
    pub paused: bool,
}

/// One token of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalancerV3Token {
    /// The token.
    pub token: Address,
    /// Units that the pool has, yield fees taken off.
    pub balance: U256,
    /// From its units to those of 18 decimals: a power of ten.
    pub scaling: U256,
    /// Its rate, in 18 decimals.
    pub rate: U256,
}

/// Why what the vault says is no pool, or what its formula says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BalancerV3Error {
    /// Two to eight tokens, of a stable pool five.
    #[error("a pool has two to eight tokens, or five where it is stable, not {0}")]
    Tokens(usize),
    /// A fee that leaves nothing.
    #[error("a fee of {0} in 18 decimals leaves nothing")]
    Fee(U256),
    /// A balance that the vault's books have no room for.
    #[error("a balance of {0} is more than the vault counts")]
    Balance(U256),
    /// No power of ten up to 18 decimals.
    #[error("no token is scaled by {0}")]
    Scaling(U256),
    /// A rate of zero, or above the vault's.
    #[error("{0} is no rate of a token")]
    Rate(U256),
    /// The weights, or the amplification, of no pool.
    #[error("{0} is no sum of weights above zero, or no amplification, of a pool")]
    Formula(U256),
}

impl BalancerV3Token {
    /// `toScaled18ApplyRateRoundDown`.
    pub(super) fn scaled(&self, amount: U256) -> Option<U256> {
        mul_down(amount.checked_mul(self.scaling)?, self.rate)
    }

    /// What it has, as the pool's formula sees it.
    pub(super) fn live(&self) -> Option<U256> {
        self.scaled(self.balance)
    }

    /// `toRawUndoRateRoundDown`.
    pub(super) fn raw(&self, scaled: U256, rate: U256) -> Option<U256> {
        div_down(scaled, self.scaling.checked_mul(rate)?)
    }

    /// `computeRateRoundUp`.
    pub(super) fn rate_up(&self) -> Option<U256> {
        let whole = (self.rate % WAD).is_zero();
        if whole { Some(self.rate) } else { self.rate.checked_add(U256::ONE) }
    }

    fn check(&self) -> Result<(), BalancerV3Error> {
        if self.balance.bit_len() > BALANCE_BITS {
            return Err(BalancerV3Error::Balance(self.balance));
        }
        if self.scaling.is_zero() || self.scaling > WAD {
            return Err(BalancerV3Error::Scaling(self.scaling));
        }
        if self.rate.is_zero() || self.rate.bit_len() > BALANCE_BITS {
            return Err(BalancerV3Error::Rate(self.rate));
        }
        Ok(())
    }
}

impl BalancerV3Figures {
    pub(super) fn check(&self) -> Result<(), BalancerV3Error> {
        if !(2..=8).contains(&self.tokens.len()) {
            return Err(BalancerV3Error::Tokens(self.tokens.len()));
        }
        if self.swap_fee >= WAD {
            return Err(BalancerV3Error::Fee(self.swap_fee));
        }
        if self.aggregate_fee > WAD {
            return Err(BalancerV3Error::Fee(self.aggregate_fee));
        }
        self.tokens.iter().try_for_each(BalancerV3Token::check)
    }

    /// Input in 18 decimals, and the fee of it.
    pub(super) fn net(&self, given: &BalancerV3Token, amount: U256) -> Option<(U256, U256)> {
        let scaled = given.scaled(amount)?;
        let fee = mul_up(scaled, self.swap_fee)?;
        Some((scaled.checked_sub(fee)?, fee))
    }

    /// Units of a fee in 18 decimals that leave the pool.
    pub(super) fn charged(&self, given: &BalancerV3Token, fee: U256) -> Option<U256> {
        mul_down(given.raw(fee, given.rate)?, self.aggregate_fee)
    }

    /// Whether the books have room for an amount, and what of it the formula sees.
    pub(super) fn room(&self, given: &BalancerV3Token, amount: U256) -> Option<(bool, U256)> {
        let (net, fee) = self.net(given, amount)?;
        let stays = amount.checked_sub(self.charged(given, fee)?)?;
        let after = given.balance.checked_add(stays)?;
        let fits = after.bit_len() <= BALANCE_BITS;
        Some((fits && given.scaled(after)?.bit_len() <= BALANCE_BITS, net))
    }

    /// Whether some balance, with its rate, has outgrown the vault's books: it refuses every swap.
    pub(super) fn outgrown(&self) -> bool {
        let fits =
            |t: &BalancerV3Token| t.live().is_some_and(|live| live.bit_len() <= BALANCE_BITS);
        !self.tokens.iter().all(fits)
    }

    /// The least input of which the vault's smallest trade remains after the fee.
    pub(super) fn least_in(&self, given: &BalancerV3Token) -> U256 {
        let least = || {
            let keep = complement(self.swap_fee);
            let scaled = self.least_trade.checked_mul(WAD)?.div_ceil(keep);
            Some(scaled.checked_mul(WAD)?.div_ceil(given.scaling.checked_mul(given.rate)?))
        };
        least().unwrap_or(U256::MAX)
    }
}
