//! An account of Aave v3, or of a fork such as Spark, that supplies one token and borrows another.
//!
//! Integer steps of `SupplyLogic`, `BorrowLogic` and `ValidationLogic` for such an account, in both
//! roundings: up to version 3.4 a loan is checked before it is made, and from 3.5 on after.

use alloy_primitives::{Address, U256, uint};

use super::LeverageError;
use crate::{
    amount::{RAY, WAD, mul_div, mul_div_up},
    venues::{AaveAccount, Capacity, DebtIndex, Pledge, Priced, RateCurve, Rebase, Rounding},
};

const BPS: U256 = uint!(10_000_U256);

/// What a pool says about lending one token against another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AaveTerms {
    /// The pool contract.
    pub pool: Address,
    /// What stands for the collateral supplied.
    pub a_token: Address,
    /// What stands for the debt: it cannot be transferred.
    pub debt_token: Address,
    /// The collateral's liquidity index, in RAY.
    pub liquidity_index: U256,
    /// The debt's index, and how the pool rounds.
    pub debt: DebtIndex,
    /// The oracle's price of a whole token of collateral ...
    pub collateral_price: U256,
    /// ... which is so many units.
    pub collateral_unit: U256,
    /// The oracle's price of a whole token of the loan ...
    pub loan_price: U256,
    /// ... which is so many units.
    pub loan_unit: U256,
    /// Basis points of the collateral's value that may be borrowed, in the e-mode if there is one.
    pub ltv_bps: U256,
    /// Basis points of it that may be owed; likewise.
    pub threshold_bps: U256,
    /// Basis points of what is repaid that liquidators take beyond it; `None` where nothing tells.
    pub bonus_bps: Option<U256>,
    /// The e-mode that the account is put into first; zero is none.
    pub category: u8,
    /// The e-mode that the loan is of.
    pub loan_category: u8,
    /// How much collateral may still be supplied.
    pub supply_room: Capacity,
    /// How much may still be borrowed under the loan's cap.
    pub borrow_room: Capacity,
    /// Units of the collateral that lie in the pool.
    pub collateral_available: U256,
    /// Units of the loan that lie in the pool.
    pub available: U256,
    /// Units of it that are lent out.
    pub total_debt: U256,
    /// How its rate follows from its use.
    pub curve: RateCurve,
}

/// An account at these terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AaveLoan {
    /// The terms, with what the account did to the pool.
    pub terms: AaveTerms,
    /// Its scaled balance of the aToken.
    pub scaled: U256,
    /// Its scaled debt.
    pub scaled_debt: U256,
}

impl AaveLoan {
    /// An account that has nothing there.
    pub const fn new(terms: AaveTerms) -> Self {
        Self { terms, scaled: U256::ZERO, scaled_debt: U256::ZERO }
    }

    const fn index(&self) -> Rebase {
        Rebase::ray(self.terms.liquidity_index, self.terms.debt.rounding)
    }

    const fn half_up(&self) -> bool {
        matches!(self.terms.debt.rounding, Rounding::HalfUp)
    }

    /// Units of the collateral that can be taken out, were nothing owed.
    pub fn collateral(&self) -> Option<U256> {
        self.index().balance(self.scaled)
    }

    /// Units of the loan that are owed.
    pub fn owed(&self) -> Option<U256> {
        self.terms.debt.owed(self.scaled_debt)
    }

    /// What `getUserAccountData` says.
    pub fn sums(&self) -> Option<AaveAccount> {
        let AaveTerms { collateral_price, collateral_unit, loan_price, loan_unit, .. } = self.terms;
        let held =
            Priced { amount: self.collateral()?, price: collateral_price, unit: collateral_unit };
        let AaveTerms { ltv_bps, threshold_bps, .. } = self.terms;
        let owed = Priced { amount: self.owed()?, price: loan_price, unit: loan_unit };
        AaveAccount::of(
            &[Pledge { held, ltv_bps, threshold_bps }],
            &[owed],
            self.terms.debt.rounding,
        )
    }

    /// Supplies collateral.
    pub fn supply(&mut self, amount: U256) -> Result<(), LeverageError> {
        room(&self.terms.supply_room, "the supply cap", amount)?;
        let scaled = if self.half_up() {
            self.index().shares_of(amount)
        } else {
            mul_div(amount, RAY, self.terms.liquidity_index)
        };
        let scaled = some(scaled.ok_or(LeverageError::Overflow)?)?;
        self.scaled = self.scaled.checked_add(scaled).ok_or(LeverageError::Overflow)?;
        // The pool rounds all that was supplied once, together: that may be a unit more.
        self.terms.supply_room.spend(amount.saturating_add(U256::ONE));
        self.terms.collateral_available = self.terms.collateral_available.saturating_add(amount);
        Ok(())
    }

    /// Borrows.
    pub fn borrow(&mut self, amount: U256) -> Result<(), LeverageError> {
        let AaveTerms { category, loan_category, available, .. } = self.terms;
        if category != 0 && category != loan_category {
            return Err(LeverageError::Category { account: category, loan: loan_category });
        }
        room(&self.terms.borrow_room, "the borrow cap", amount)?;
        if amount > available {
            return Err(LeverageError::Liquidity { available, asked: amount });
        }
        let scaled = some(self.terms.debt.borrowed(some(amount)?).ok_or(LeverageError::Overflow)?)?;
        let debt = self.scaled_debt.checked_add(scaled).ok_or(LeverageError::Overflow)?;
        let after = Self { scaled_debt: debt, ..self.clone() };
        let secured = if self.half_up() { self.covers(amount) } else { after.is_covered() };
        if !secured.ok_or(LeverageError::Overflow)? {
            return Err(LeverageError::Unsecured(amount));
        }
        *self = after;
        self.terms.available -= amount;
        self.terms.total_debt = self.terms.total_debt.saturating_add(amount);
        self.terms.borrow_room.spend(amount);
        Ok(())
    }

    /// `validateBorrow` up to version 3.4: values of what is owed and of `amount` are rounded apart.
    fn covers(&self, amount: U256) -> Option<bool> {
        let sums = self.sums()?;
        let AaveTerms { loan_price, loan_unit, .. } = self.terms;
        let more = loan_price.checked_mul(amount)?.checked_div(loan_unit)?;
        let healthy = sums.health.is_none_or(|health| health > WAD);
        if sums.collateral.is_zero() || sums.ltv_bps.is_zero() || !healthy {
            return Some(false);
        }
        let owed = sums.debt.checked_add(more)?.checked_mul(BPS)?;
        let needed = owed.checked_add(sums.ltv_bps / U256::from(2))? / sums.ltv_bps;
        Some(needed <= sums.collateral)
    }

    /// `validateHFAndLtv` from version 3.5 on.
    fn is_covered(&self) -> Option<bool> {
        let sums = self.sums()?;
        if sums.ltv_bps.is_zero() || sums.health.is_some_and(|health| health < WAD) {
            return Some(false);
        }
        Some(sums.collateral >= mul_div_up(sums.debt, BPS, sums.ltv_bps)?)
    }

    /// Repays: all that is owed where `amount` is as much. Returns the units that are paid.
    pub fn repay(&mut self, amount: U256) -> Result<U256, LeverageError> {
        let owed = self.owed().ok_or(LeverageError::Overflow)?;
        let paid = some(amount.min(owed))?;
        let left = if paid == owed {
            U256::ZERO
        } else {
            let scaled = some(self.terms.debt.repaid(paid).ok_or(LeverageError::Overflow)?)?;
            self.scaled_debt.checked_sub(scaled).ok_or(LeverageError::Overflow)?
        };
        self.scaled_debt = left;
        self.terms.available = self.terms.available.saturating_add(paid);
        self.terms.total_debt = self.terms.total_debt.saturating_sub(paid);
        Ok(paid)
    }

    /// Takes collateral out: all of it where `amount` is what is held.
    pub fn withdraw(&mut self, amount: U256) -> Result<(), LeverageError> {
        let available = self.terms.collateral_available;
        let held = self.collateral().ok_or(LeverageError::Overflow)?;
        if some(amount)? > available.min(held) {
            return Err(LeverageError::Liquidity { available: available.min(held), asked: amount });
        }
        let all = amount == held;
        let left = if all { Some(U256::ZERO) } else { self.index().left(self.scaled, amount) };
        let after = Self { scaled: left.ok_or(LeverageError::Overflow)?, ..self.clone() };
        let sums = after.sums().ok_or(LeverageError::Overflow)?;
        if sums.health.is_some_and(|health| health < WAD) {
            return Err(LeverageError::Pledged(amount));
        }
        *self = after;
        self.terms.collateral_available -= amount;
        Ok(())
    }
}

/// An amount that is one.
pub(super) fn some(amount: U256) -> Result<U256, LeverageError> {
    if amount.is_zero() { Err(LeverageError::Nothing) } else { Ok(amount) }
}

fn room(capacity: &Capacity, what: &'static str, asked: U256) -> Result<(), LeverageError> {
    match capacity {
        Capacity::Limited { amount: room, .. } if asked > *room => {
            Err(LeverageError::Cap { what, room: *room, asked })
        }
        Capacity::Limited { .. } | Capacity::Unlimited => Ok(()),
        // Never to be read as unlimited.
        Capacity::Unknown(_) => Err(LeverageError::Unlisted(what)),
    }
}
