//! An account of one Morpho Blue market, that pledges collateral and borrows.

use alloy_primitives::{Address, U256};

use super::{LeverageError, aave::some};
use crate::venues::{AdaptiveCurve, Loan, MarketParams, MorphoTotals};

/// What a market says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MorphoTerms {
    /// The contract.
    pub morpho: Address,
    /// What makes the market what it is; its limit is what may be owed too.
    pub params: MarketParams,
    /// Its oracle's price: units of the loan for one of the collateral, times 1e36.
    pub price: U256,
    /// Its totals, with interest up to the block.
    pub totals: MorphoTotals,
    /// How its rate follows from its use.
    pub curve: AdaptiveCurve,
}

/// An account of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MorphoLoan {
    /// The terms, with what the account did to the totals.
    pub terms: MorphoTerms,
    /// What it has pledged and owes.
    pub loan: Loan,
}

impl MorphoLoan {
    /// An account that has nothing there.
    pub const fn new(terms: MorphoTerms) -> Self {
        let loan = Loan { collateral: U256::ZERO, borrow_shares: U256::ZERO };
        Self { terms, loan }
    }

    /// Units of the loan that are owed.
    pub fn owed(&self) -> Option<U256> {
        self.loan.debt(&self.terms.totals.borrow)
    }

    /// What may be owed over what is owed, in WAD; `None` without debt.
    pub fn health(&self) -> Option<U256> {
        let MorphoTerms { totals, price, params, .. } = &self.terms;
        self.loan.health(&totals.borrow, *price, params.lltv)
    }

    fn is_healthy(&self) -> Result<bool, LeverageError> {
        let MorphoTerms { totals, price, params, .. } = &self.terms;
        let healthy = self.loan.is_healthy(&totals.borrow, *price, params.lltv);
        healthy.ok_or(LeverageError::Overflow)
    }

    /// Pledges collateral.
    pub fn pledge(&mut self, amount: U256) -> Result<(), LeverageError> {
        let sum = self.loan.collateral.checked_add(some(amount)?);
        self.loan.collateral = sum.ok_or(LeverageError::Overflow)?;
        Ok(())
    }

    /// Borrows.
    pub fn borrow(&mut self, amount: U256) -> Result<(), LeverageError> {
        let available = self.terms.totals.liquidity();
        if some(amount)? > available {
            return Err(LeverageError::Liquidity { available, asked: amount });
        }
        let (shares, totals) = self.terms.totals.borrowed(amount).ok_or(LeverageError::Overflow)?;
        let mut after = *self;
        let owed = after.loan.borrow_shares.checked_add(shares);
        after.loan.borrow_shares = owed.ok_or(LeverageError::Overflow)?;
        after.terms.totals = totals;
        if !after.is_healthy()? {
            return Err(LeverageError::Unsecured(amount));
        }
        *self = after;
        Ok(())
    }

    /// Repays: all shares where `amount` is at least what is owed. Returns the units that are paid.
    pub fn repay(&mut self, amount: U256) -> Result<U256, LeverageError> {
        let owed = self.owed().ok_or(LeverageError::Overflow)?;
        let (shares, paid, totals) = if some(amount)? >= owed {
            let shares = some(self.loan.borrow_shares)?;
            let (paid, totals) =
                self.terms.totals.settled(shares).ok_or(LeverageError::Overflow)?;
            (shares, paid, totals)
        } else {
            let (shares, totals) =
                self.terms.totals.repaid(amount).ok_or(LeverageError::Overflow)?;
            (some(shares)?, amount, totals)
        };
        let left = self.loan.borrow_shares.checked_sub(shares);
        self.loan.borrow_shares = left.ok_or(LeverageError::Overflow)?;
        self.terms.totals = totals;
        Ok(paid)
    }

    /// Takes collateral out.
    pub fn release(&mut self, amount: U256) -> Result<(), LeverageError> {
        let held = self.loan.collateral;
        let left = held.checked_sub(some(amount)?);
        let mut after = *self;
        after.loan.collateral =
            left.ok_or(LeverageError::Liquidity { available: held, asked: amount })?;
        if !after.is_healthy()? {
            return Err(LeverageError::Pledged(amount));
        }
        *self = after;
        Ok(())
    }
}
