//! Into a pool's own token and out of it: deposits of any coins, withdrawals of one.
//!
//! Source: `StableSwap3Pool.vy`, `SwapTemplateBase.vy`: `add_liquidity`, `calc_token_amount`,
//! `_calc_withdraw_one_coin`, `get_virtual_price`. Pools whose fee depends on the balances compute
//! otherwise.

use alloy_primitives::U256;

use super::{
    StableSwap, StableSwapError,
    formula::{FEE_DENOMINATOR, MAX_COINS, Reserves, checked, scaled},
};
use crate::amount::WAD;

/// A pool's balances and how much of its own token there is.
#[derive(Debug, Clone)]
pub struct Liquidity<'a> {
    /// The formula, with the fee of an exchange.
    pub formula: StableSwap,
    /// Balances without the admin's, in each coin's smallest unit.
    pub balances: &'a [U256],
    /// From smallest units to 1e-18 of the common unit, in 1e-18.
    pub rates: &'a [U256],
    /// The supply of the pool's token.
    pub supply: U256,
}

/// What a withdrawal in one coin hands over and keeps, in units of that coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdrawal {
    /// What the holder gets.
    pub out: U256,
    /// What leaves the balances for the admin.
    pub admin_fee: U256,
}

/// What a deposit makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deposit {
    /// Units of the pool's token.
    pub minted: U256,
    /// The balances afterwards; zero beyond the last coin.
    pub balances: Reserves,
}

impl Liquidity<'_> {
    /// The invariant for a whole of the pool's token, in 1e-18.
    pub fn virtual_price(&self) -> Result<U256, StableSwapError> {
        let d = self.invariant(self.balances)?;
        checked(d.checked_mul(WAD).and_then(|d| d.checked_div(self.supply)))
    }

    /// `calc_token_amount`: units of the pool's token for `amounts` in or out, before fees.
    pub fn token_amount(&self, amounts: &[U256], deposit: bool) -> Result<U256, StableSwapError> {
        let before = self.invariant(self.balances)?;
        let moved = |(balance, amount): (&U256, &U256)| {
            if deposit { balance.checked_add(*amount) } else { balance.checked_sub(*amount) }
        };
        let after =
            self.invariant(self.each(amounts, moved)?.get(..self.len()).unwrap_or_default())?;
        let change = if deposit { after.checked_sub(before) } else { before.checked_sub(after) };
        checked(change.and_then(|c| c.checked_mul(self.supply)?.checked_div(before)))
    }

    /// `add_liquidity` of `amounts` to a pool that has some.
    pub fn deposit(&self, amounts: &[U256]) -> Result<Deposit, StableSwapError> {
        let before = self.invariant(self.balances)?;
        let new = self.each(amounts, |(balance, amount)| balance.checked_add(*amount))?;
        let grown = self.invariant(new.get(..self.len()).unwrap_or_default())?;
        if grown <= before {
            return Err(StableSwapError::NothingOut);
        }
        let (mut kept, mut counted) = (new, new);
        for (at, old) in self.balances.iter().enumerate() {
            let (Some(kept), Some(counted)) = (kept.get_mut(at), counted.get_mut(at)) else {
                return Err(StableSwapError::Coins);
            };
            let fee = checked(self.imbalance_fee(*old, *counted, grown, before))?;
            let admin = checked(fee.checked_mul(self.formula.admin_fee_1e10))? / FEE_DENOMINATOR;
            *kept = checked(kept.checked_sub(admin))?;
            *counted = checked(counted.checked_sub(fee))?;
        }
        let after = self.invariant(counted.get(..self.len()).unwrap_or_default())?;
        let minted = after.checked_sub(before).and_then(|c| self.supply.checked_mul(c));
        let minted = checked(minted.and_then(|minted| minted.checked_div(before)))?;
        Ok(Deposit { minted, balances: kept })
    }

    /// The fee on what a deposit leaves a balance away from its share.
    fn imbalance_fee(&self, old: U256, new: U256, grown: U256, before: U256) -> Option<U256> {
        let ideal = grown.checked_mul(old)?.checked_div(before)?;
        Some(self.part_fee()?.checked_mul(ideal.abs_diff(new))? / FEE_DENOMINATOR)
    }

    /// `remove_liquidity_one_coin` of `amount` of the pool's token for coin `j`.
    pub fn withdraw_one(&self, amount: U256, j: usize) -> Result<Withdrawal, StableSwapError> {
        let xp = scaled(self.balances, self.rates)?;
        let xp = xp.get(..self.len()).unwrap_or_default();
        let (Some(now), Some(rate)) = (xp.get(j), self.rates.get(j)) else {
            return Err(StableSwapError::Coins);
        };
        let before = self.formula.invariant(xp)?;
        let burnt = amount.checked_mul(before).and_then(|a| a.checked_div(self.supply));
        let after = checked(burnt.and_then(|burnt| before.checked_sub(burnt)))?;
        let without_fee = self.formula.balance_at(xp, j, after)?;
        let mut reduced = Reserves::default();
        for (at, (slot, x)) in reduced.iter_mut().zip(xp).enumerate() {
            let y = (at == j).then_some(without_fee);
            *slot = checked(self.reduced(*x, y, before, after))?;
        }
        let left =
            self.formula.balance_at(reduced.get(..xp.len()).unwrap_or_default(), j, after)?;
        let paid =
            reduced.get(j).and_then(|reduced| reduced.checked_sub(left)?.checked_sub(U256::ONE));
        let paid = paid.ok_or(StableSwapError::NothingOut)?;
        let units = |xp: U256| checked(xp.checked_mul(WAD).and_then(|xp| xp.checked_div(*rate)));
        let (out, whole) = (units(paid)?, units(checked(now.checked_sub(without_fee))?)?);
        let fee = checked(whole.checked_sub(out))?;
        let admin = checked(fee.checked_mul(self.formula.admin_fee_1e10))?;
        Ok(Withdrawal { out, admin_fee: admin / FEE_DENOMINATOR })
    }

    /// A scaled balance less the fee on what a withdrawal takes from it; `y` is where the coin
    /// withdrawn would stand without fees.
    fn reduced(&self, x: U256, y: Option<U256>, before: U256, after: U256) -> Option<U256> {
        let share = x.checked_mul(after)?.checked_div(before)?;
        let expected = match y {
            Some(y) => share.checked_sub(y)?,
            None => x.checked_sub(share)?,
        };
        x.checked_sub(self.part_fee()?.checked_mul(expected)? / FEE_DENOMINATOR)
    }

    /// The fee on imbalance: of an exchange, `n / (4 (n - 1))`.
    fn part_fee(&self) -> Option<U256> {
        let n = U256::from(self.len());
        let parts = U256::from(4).checked_mul(n.checked_sub(U256::ONE)?)?;
        self.formula.fee_1e10.checked_mul(n)?.checked_div(parts)
    }

    fn len(&self) -> usize {
        self.balances.len().min(MAX_COINS)
    }

    fn each(
        &self,
        amounts: &[U256],
        moved: impl Fn((&U256, &U256)) -> Option<U256>,
    ) -> Result<Reserves, StableSwapError> {
        if amounts.len() != self.balances.len() {
            return Err(StableSwapError::Coins);
        }
        let mut new = Reserves::default();
        for (slot, pair) in new.iter_mut().zip(self.balances.iter().zip(amounts)) {
            *slot = checked(moved(pair))?;
        }
        Ok(new)
    }

    fn invariant(&self, balances: &[U256]) -> Result<U256, StableSwapError> {
        let xp = scaled(balances, self.rates)?;
        self.formula.invariant(xp.get(..self.len()).unwrap_or_default())
    }
}
