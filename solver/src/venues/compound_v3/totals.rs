//! A Comet's indices and totals, and the rates that move them.
//!
//! Integer steps of `Comet` and `CometCore` (compound-finance/comet d5a30b0). Indices are scaled by
//! 1e15 and fit 64 bits, principals 104; rates are per second and factors are in WAD.

use alloy_primitives::{U256, uint};

use crate::amount::{WAD, mul_div_checked};

/// The scale of indices.
pub(super) const INDEX: U256 = uint!(1_000_000_000_000_000_U256);
const INDEX_BITS: usize = 64;
const TOTAL_BITS: usize = 104;
/// A principal is signed.
const PRINCIPAL_BITS: usize = 103;

/// A rate that rises with utilisation, faster from a kink on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinked {
    /// The utilisation from which on it rises faster.
    pub kink: U256,
    /// At no utilisation.
    pub base: U256,
    /// What it gains by full utilisation at the pace below the kink.
    pub low: U256,
    /// The same at the pace above it.
    pub high: U256,
}

impl Kinked {
    /// The rate at a utilisation, which may be above 1. `None` beyond 64 bits, where the contract
    /// reverts.
    pub fn at(&self, utilisation: U256) -> Option<U256> {
        let Self { kink, base, low, high } = *self;
        let factor = |slope, by| mul_div_checked(slope, by, WAD);
        let rate = if utilisation <= kink {
            base.checked_add(factor(low, utilisation)?)?
        } else {
            let below = base.checked_add(factor(low, kink)?)?;
            below.checked_add(factor(high, utilisation.checked_sub(kink)?)?)?
        };
        fits(rate, INDEX_BITS)
    }
}

fn fits(value: U256, bits: usize) -> Option<U256> {
    (value.bit_len() <= bits).then_some(value)
}

/// What `totalsBasic()` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CometTotals {
    /// Turns what suppliers have stored into what they have.
    pub supply_index: U256,
    /// Turns what borrowers have stored into what they owe.
    pub borrow_index: U256,
    /// All that suppliers have stored.
    pub supply_principal: U256,
    /// All that borrowers have stored.
    pub borrow_principal: U256,
    /// Unix seconds up to which interest is in the indices.
    pub last_accrual: u64,
}

impl CometTotals {
    /// What a supplier of `principal` has, rounded down.
    pub fn supplied(&self, principal: U256) -> Option<U256> {
        mul_div_checked(principal, self.supply_index, INDEX)
    }

    /// What a borrower of `principal` owes, rounded down.
    pub fn owed(&self, principal: U256) -> Option<U256> {
        mul_div_checked(principal, self.borrow_index, INDEX)
    }

    /// What is stored for a supplier who has `value`, rounded down.
    pub fn supply_principal_of(&self, value: U256) -> Option<U256> {
        fits(mul_div_checked(value, INDEX, self.supply_index)?, PRINCIPAL_BITS)
    }

    /// What is stored for a borrower who owes `value`, rounded up.
    pub fn borrow_principal_of(&self, value: U256) -> Option<U256> {
        let product = value.checked_mul(INDEX)?.checked_add(self.borrow_index)?;
        let principal = product.checked_sub(U256::ONE)?.checked_div(self.borrow_index)?;
        fits(principal, PRINCIPAL_BITS)
    }

    /// Debt over supply, in WAD and rounded down; none of nothing. It may be above 1.
    pub fn utilisation(&self) -> Option<U256> {
        let supplied = self.supplied(self.supply_principal)?;
        if supplied.is_zero() {
            return Some(U256::ZERO);
        }
        mul_div_checked(self.owed(self.borrow_principal)?, WAD, supplied)
    }

    /// The totals with interest to `now`. `None` where the contract reverts.
    pub fn accrued(&self, supply: &Kinked, borrow: &Kinked, now: u64) -> Option<Self> {
        let seconds = U256::from(now.checked_sub(self.last_accrual)?);
        if seconds.is_zero() {
            return Some(*self);
        }
        let utilisation = self.utilisation()?;
        let grown = |index: U256, rate: U256| {
            let more = mul_div_checked(index, rate.checked_mul(seconds)?, WAD)?;
            fits(index.checked_add(fits(more, INDEX_BITS)?)?, INDEX_BITS)
        };
        Some(Self {
            supply_index: grown(self.supply_index, supply.at(utilisation)?)?,
            borrow_index: grown(self.borrow_index, borrow.at(utilisation)?)?,
            last_accrual: now,
            ..*self
        })
    }

    /// With so much more of what suppliers have stored. `None` where it no longer fits.
    pub(super) fn plus(&self, principal: U256) -> Option<Self> {
        let all = self.supply_principal.checked_add(principal)?;
        Some(Self { supply_principal: fits(all, TOTAL_BITS)?, ..*self })
    }

    /// With so much less.
    pub(super) fn minus(&self, principal: U256) -> Option<Self> {
        let supply_principal = self.supply_principal.checked_sub(principal)?;
        Some(Self { supply_principal, ..*self })
    }
}
