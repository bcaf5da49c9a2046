//! The borrowing side of a Comet: pure functions of an account, its collateral and the totals.
//!
//! Integer steps of `Comet` (compound-finance/comet d5a30b0). An account has supplied, or owes: its
//! principal says which by its sign. Prices have 8 decimals, factors are in WAD; scales are ten to a
//! token's decimals. Every function is `None` where the contract's arithmetic reverts.

use alloy_primitives::{I256, U256};

use super::totals::CometTotals;
use crate::amount::{WAD, mul_div_checked};

/// One collateral of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collateral {
    /// Units that the account has put in.
    pub balance: U256,
    /// The price of a whole token.
    pub price: U256,
    /// Units of a whole token.
    pub scale: U256,
    /// Share of the value that may be borrowed.
    pub borrow_factor: U256,
    /// Share of the value that may be owed before the account can be absorbed.
    pub liquidate_factor: U256,
    /// Share of the value that is credited when it is.
    pub liquidation_factor: U256,
}

/// Which of a collateral's factors counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// For borrowing more, and taking collateral out.
    Borrow,
    /// For staying.
    Liquidate,
}

/// The base token's price and the units of a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasePrice {
    /// The price.
    pub price: U256,
    /// The units.
    pub scale: U256,
}

impl CometTotals {
    /// What an account of `principal` has, or owes where it is negative.
    pub fn present(&self, principal: I256) -> Option<I256> {
        let amount = principal.unsigned_abs();
        if principal.is_negative() {
            return I256::try_from(self.owed(amount)?).ok()?.checked_neg();
        }
        I256::try_from(self.supplied(amount)?).ok()
    }

    /// What is stored of an account that has `value`, or owes it.
    pub fn principal(&self, value: I256) -> Option<I256> {
        let amount = value.unsigned_abs();
        if value.is_negative() {
            return I256::try_from(self.borrow_principal_of(amount)?).ok()?.checked_neg();
        }
        I256::try_from(self.supply_principal_of(amount)?).ok()
    }

    /// The principal after an account has supplied `amount`, or repaid with it.
    pub fn after_supply(&self, principal: I256, amount: U256) -> Option<I256> {
        let amount = I256::try_from(amount).ok()?;
        self.principal(self.present(principal)?.checked_add(amount)?)
    }

    /// The principal after an account has withdrawn `amount`, what it does not have as a loan, and
    /// what it then owes: a loan must be of at least the market's least, and collateralized.
    pub fn after_withdrawal(&self, principal: I256, amount: U256) -> Option<(I256, U256)> {
        let amount = I256::try_from(amount).ok()?;
        let value = self.present(principal)?.checked_sub(amount)?;
        let owed = if value.is_negative() { value.unsigned_abs() } else { U256::ZERO };
        Some((self.principal(value)?, owed))
    }

    /// By how much the collateral's counted value exceeds the debt, in the unit of prices; negative
    /// where it does not: no loan then, by [`Limit::Borrow`], or absorption, by [`Limit::Liquidate`].
    pub fn liquidity(
        &self,
        principal: I256,
        base: BasePrice,
        collateral: &[Collateral],
        limit: Limit,
    ) -> Option<I256> {
        if !principal.is_negative() {
            return Some(I256::ZERO);
        }
        let debt = self.present(principal)?.checked_mul(I256::try_from(base.price).ok()?)?;
        let debt = debt.checked_div(I256::try_from(base.scale).ok()?)?;
        let worth = counted(collateral, limit)?;
        debt.checked_add(I256::try_from(worth).ok()?)
    }

    /// The collateral's counted value over the debt, in WAD and rounded down: below one it does not
    /// suffice. `None` also without debt.
    pub fn health(
        &self,
        principal: I256,
        base: BasePrice,
        collateral: &[Collateral],
        limit: Limit,
    ) -> Option<U256> {
        let owed = self.present(principal)?.checked_neg()?;
        let debt = mul_div_checked(U256::try_from(owed).ok()?, base.price, base.scale)?;
        mul_div_checked(counted(collateral, limit)?, WAD, debt)
    }
}

/// The value of the collateral times its factors.
fn counted(collateral: &[Collateral], limit: Limit) -> Option<U256> {
    collateral.iter().try_fold(U256::ZERO, |sum, asset| {
        let factor = match limit {
            Limit::Borrow => asset.borrow_factor,
            Limit::Liquidate => asset.liquidate_factor,
        };
        let value = mul_div_checked(asset.balance, asset.price, asset.scale)?;
        sum.checked_add(mul_div_checked(value, factor, WAD)?)
    })
}

/// Units of seized collateral that `amount` of the base token buys from the market, which passes on
/// `front`, in WAD, of the liquidation's penalty as a discount.
pub fn bought(amount: U256, base: BasePrice, asset: &Collateral, front: U256) -> Option<U256> {
    let penalty = WAD.checked_sub(asset.liquidation_factor)?;
    let discount = mul_div_checked(front, penalty, WAD)?;
    let price = mul_div_checked(asset.price, WAD.checked_sub(discount)?, WAD)?;
    let value = base.price.checked_mul(amount)?.checked_mul(asset.scale)?;
    value.checked_div(price)?.checked_div(base.scale)
}
