//! Constant product, with any fee: `UniswapV2Library` with the fee as a fraction in lowest terms, which
//! rounds as any other terms of it do.

use alloy_primitives::{Address, U256};
use tenor_solver::{amount::to_f64, venues::Gain};

use super::{super::wire::ConstantProductPool, Maths};

/// The largest balance that a pair records.
const BALANCE_BITS: usize = 112;

/// A pair.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    reserves: [U256; 2],
    /// Parts of the input that the fee leaves, of so many.
    keep: U256,
    parts: U256,
}

pub(super) fn read(pool: &ConstantProductPool) -> Option<(Vec<Address>, Maths)> {
    let tokens: Vec<Address> = pool.tokens.keys().copied().collect();
    let reserves: Vec<U256> = pool.tokens.values().map(|reserve| reserve.balance.0).collect();
    let reserves: [U256; 2] = reserves.try_into().ok()?;
    let (fee, parts) = pool.fee.ratio()?;
    let keep = U256::from(parts.checked_sub(fee)?);
    let sound = |reserve: &U256| !reserve.is_zero() && reserve.bit_len() <= BALANCE_BITS;
    let product = Product { reserves, keep, parts: U256::from(parts) };
    (reserves.iter().all(sound) && !keep.is_zero()).then_some((tokens, Maths::Product(product)))
}

impl Product {
    fn sides(&self, from: usize, to: usize) -> Option<(U256, U256)> {
        let sides = (*self.reserves.get(from)?, *self.reserves.get(to)?);
        (from != to).then_some(sides)
    }

    /// `amount`, where the pair can record it.
    fn recorded(reserve: U256, amount: U256) -> Option<U256> {
        let full = reserve.checked_add(amount)?;
        (full.bit_len() <= BALANCE_BITS).then_some(amount)
    }

    pub(super) fn out(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let (x, y) = self.sides(from, to)?;
        let kept = Self::recorded(x, amount)?.checked_mul(self.keep)?;
        kept.checked_mul(y)?.checked_div(x.checked_mul(self.parts)?.checked_add(kept)?)
    }

    pub(super) fn input(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let (x, y) = self.sides(from, to)?;
        let left = y.checked_sub(amount)?;
        let asked = x.checked_mul(amount)?.checked_mul(self.parts)?;
        let asked = asked.checked_div(left.checked_mul(self.keep)?)?.checked_add(U256::ONE)?;
        Self::recorded(x, asked)
    }

    pub(super) fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (x, y) = self.sides(from, to)?;
        let keep = to_f64(self.keep) / to_f64(self.parts);
        Some(Gain::ConstantProduct { x: to_f64(x), y: to_f64(y), keep })
    }
}
