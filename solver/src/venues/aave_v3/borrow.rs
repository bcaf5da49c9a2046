//! The borrowing side of Aave: pure functions of an account's collateral and debt.
//!
//! Integer steps of `GenericLogic`, `TokenMath` and `PercentageMath` (aave-dao/aave-v3-origin). Values are
//! in the unit of the market's oracle, shares of them in basis points. An e-mode is no more than other
//! basis points for the collateral in it. How the pool rounds is how its aTokens do: half up to version
//! 3.4, and from 3.5 on against the borrower. Every function is `None` where the contract reverts.

use alloy_primitives::{U256, uint};

use super::{super::Rounding, curve::ray_mul};
use crate::amount::{RAY, WAD, mul_div_checked, mul_div_up};

const BPS: U256 = uint!(10_000_U256);
const TWO: U256 = uint!(2_U256);

/// What turns a reserve's scaled debt into what is owed, and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebtIndex {
    /// `getReserveNormalizedVariableDebt`, in RAY; while nobody owes anything, the reserve's stored
    /// `variableBorrowIndex`, which then stands still whatever that view says.
    pub index: U256,
    /// How the pool rounds.
    pub rounding: Rounding,
}

impl DebtIndex {
    /// What is owed for a scaled debt.
    pub fn owed(&self, scaled: U256) -> Option<U256> {
        match self.rounding {
            Rounding::HalfUp => ray_mul(scaled, self.index),
            _ => mul_div_up(scaled, self.index, RAY),
        }
    }

    /// The scaled debt that borrowing `amount` adds.
    pub fn borrowed(&self, amount: U256) -> Option<U256> {
        match self.rounding {
            Rounding::HalfUp => super::ray_div(amount, self.index),
            _ => mul_div_up(amount, RAY, self.index),
        }
    }

    /// The scaled debt that repaying `amount`, less than all, takes away.
    pub fn repaid(&self, amount: U256) -> Option<U256> {
        match self.rounding {
            Rounding::HalfUp => super::ray_div(amount, self.index),
            _ => mul_div_checked(amount, RAY, self.index),
        }
    }
}

/// Units of a token at the oracle's price for a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced {
    /// Units: of collateral the aToken's balance, of debt what is owed.
    pub amount: U256,
    /// The price of a whole token.
    pub price: U256,
    /// Units of a whole token.
    pub unit: U256,
}

/// Collateral, and what counts of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pledge {
    /// What it is.
    pub held: Priced,
    /// Basis points of its value that may be borrowed; the e-mode's where it is in one.
    pub ltv_bps: U256,
    /// Basis points of its value that may be owed before it can be liquidated; likewise.
    pub threshold_bps: U256,
}

/// An account's sums: `getUserAccountData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AaveAccount {
    /// What its collateral is worth.
    pub collateral: U256,
    /// What it owes.
    pub debt: U256,
    /// The mean of the shares that may be borrowed, by value.
    pub ltv_bps: U256,
    /// The mean of the shares that may be owed, by value.
    pub threshold_bps: U256,
    /// What may be owed over what is owed, in WAD: below one it can be liquidated. `None` without
    /// debt.
    pub health: Option<U256>,
    /// The value that can still be borrowed.
    pub available: U256,
}

impl AaveAccount {
    /// The sums of an account with this collateral and these debts in a pool that rounds so.
    pub fn of(pledges: &[Pledge], debts: &[Priced], rounding: Rounding) -> Option<Self> {
        let [mut collateral, mut borrowable, mut allowed, mut debt] = [U256::ZERO; 4];
        for Pledge { held, ltv_bps, threshold_bps } in pledges {
            let value = mul_div_checked(held.amount, held.price, held.unit)?;
            collateral = collateral.checked_add(value)?;
            borrowable = borrowable.checked_add(value.checked_mul(*ltv_bps)?)?;
            allowed = allowed.checked_add(value.checked_mul(*threshold_bps)?)?;
        }
        for Priced { amount, price, unit } in debts {
            let value = match rounding {
                Rounding::HalfUp => mul_div_checked(*amount, *price, *unit)?,
                _ => mul_div_up(*amount, *price, *unit)?,
            };
            debt = debt.checked_add(value)?;
        }
        let mean = |sum: U256| sum.checked_div(collateral).unwrap_or_default();
        let (ltv_bps, threshold_bps) = (mean(borrowable), mean(allowed));
        let health = match rounding {
            _ if debt.is_zero() => None,
            Rounding::HalfUp => Some(wad_div(percent(collateral, threshold_bps)?, debt)?),
            _ => Some(wad_div(allowed, debt)? / BPS),
        };
        let most = match rounding {
            Rounding::HalfUp => percent(collateral, ltv_bps)?,
            _ => mul_div_checked(collateral, ltv_bps, BPS)?,
        };
        let available = most.saturating_sub(debt);
        Some(Self { collateral, debt, ltv_bps, threshold_bps, health, available })
    }
}

/// `value * bps / 10000`, half up.
fn percent(value: U256, bps: U256) -> Option<U256> {
    Some(value.checked_mul(bps)?.checked_add(BPS / TWO)? / BPS)
}

/// `a * WAD / b`, half up.
fn wad_div(a: U256, b: U256) -> Option<U256> {
    a.checked_mul(WAD)?.checked_add(b / TWO)?.checked_div(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn u(value: u64) -> U256 {
        U256::from(value)
    }

    fn priced(amount: u64) -> Priced {
        Priced { amount: u(amount), price: u(3), unit: u(2) }
    }

    fn pledge(amount: u64) -> Pledge {
        Pledge { held: priced(amount), ltv_bps: u(9_300), threshold_bps: u(9_500) }
    }

    /// By hand: 101 units at 3 for 2 are worth 151, 67 owed 100 or 101.
    #[test]
    fn the_versions_round_differently() {
        let account = |rounding| AaveAccount::of(&[pledge(101)], &[priced(67)], rounding).unwrap();
        let (old, new) = (account(Rounding::HalfUp), account(Rounding::AgainstHolder));
        assert_eq!((old.collateral, old.debt, old.available), (u(151), u(100), u(40)));
        assert_eq!((new.collateral, new.debt, new.available), (u(151), u(101), u(39)));
        // 143 over 100; 143.45 over 101.
        assert_eq!(old.health, Some(u(1_430_000_000_000_000_000)));
        assert_eq!(new.health, Some(u(1_420_297_029_702_970_297)));
        let index = |rounding| DebtIndex { index: RAY + RAY / u(2), rounding };
        let (old, new) = (index(Rounding::HalfUp), index(Rounding::AgainstHolder));
        assert_eq!((old.borrowed(u(2)), new.borrowed(u(2))), (Some(u(1)), Some(u(2))));
        assert_eq!((old.repaid(u(2)), new.repaid(u(2))), (Some(u(1)), Some(u(1))));
        assert_eq!((old.owed(u(1)), new.owed(u(1))), (Some(u(2)), Some(u(2))));
        assert_eq!(new.owed(u(3)), Some(u(5)));
    }

    #[test]
    fn nothing_owed_is_no_health_and_nothing_held_no_credit() {
        let free = AaveAccount::of(&[pledge(10)], &[], Rounding::AgainstHolder).unwrap();
        assert_eq!(free.health, None);
        let bare = AaveAccount::of(&[], &[priced(1)], Rounding::AgainstHolder).unwrap();
        assert_eq!((bare.health, bare.available), (Some(U256::ZERO), U256::ZERO));
        let huge = Priced { amount: U256::MAX, ..priced(1) };
        assert_eq!(AaveAccount::of(&[], &[huge], Rounding::HalfUp), None);
    }
}
