//! An Aave reserve's interest rates over its use.

use alloy_primitives::{U256, uint};

use crate::amount::{RAY, mul_div};

const HALF_RAY: U256 = uint!(500_000_000_000_000_000_000_000_000_U256);
const BPS: U256 = uint!(10_000_U256);
const HALF_BPS: U256 = uint!(5_000_U256);

/// A reserve's interest rates over its utilisation; all but the reserve factor in RAY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateCurve {
    /// Borrow rate at no utilisation.
    pub base: U256,
    /// What the borrow rate gains up to the optimal utilisation.
    pub slope1: U256,
    /// What it gains from there to full utilisation.
    pub slope2: U256,
    /// The optimal utilisation, below 1.
    pub optimal: U256,
    /// Basis points of the interest that suppliers do not get; at most 10000.
    pub reserve_factor_bps: U256,
}

impl RateCurve {
    /// The borrow rate at `utilisation`, annual and simple, in RAY. `None` on overflow.
    pub fn borrow_rate(&self, utilisation: U256) -> Option<U256> {
        let Self { base, slope1, slope2, optimal, .. } = *self;
        if utilisation > optimal {
            let excess = ray_div(utilisation - optimal, RAY.checked_sub(optimal)?)?;
            return base.checked_add(slope1)?.checked_add(ray_mul(slope2, excess)?);
        }
        base.checked_add(ray_div(ray_mul(slope1, utilisation)?, optimal)?)
    }

    /// The supply rate at `utilisation`, annual and simple, in RAY. `None` on overflow.
    pub fn supply_rate(&self, utilisation: U256) -> Option<U256> {
        self.supply_rate_of(utilisation, utilisation)
    }

    /// The same where borrowers use `utilisation`, and of what suppliers have been credited with
    /// only `lent` is lent out: part of it nobody owes.
    pub fn supply_rate_of(&self, utilisation: U256, lent: U256) -> Option<U256> {
        let interest = ray_mul(self.borrow_rate(utilisation)?, lent)?;
        let kept = BPS.checked_sub(self.reserve_factor_bps)?;
        Some(interest.checked_mul(kept)?.checked_add(HALF_BPS)? / BPS)
    }

    /// The utilisation at which the borrow rate is `rate`, in RAY and rounded down: what a source
    /// with the full digits of the rate implies. `None` for a rate that the curve never has.
    pub fn utilisation_at(&self, rate: U256) -> Option<U256> {
        let over_base = rate.checked_sub(self.base)?;
        if over_base <= self.slope1 {
            return mul_div(over_base, self.optimal, self.slope1);
        }
        let beyond = mul_div(over_base - self.slope1, RAY.checked_sub(self.optimal)?, self.slope2)?;
        let utilisation = self.optimal.checked_add(beyond)?;
        (utilisation <= RAY).then_some(utilisation)
    }
}

/// Debt inferred from what a source does say: with `available` units left in the pool, the debt at
/// which the pool is used to `utilisation` (in RAY), rounded down. `None` at or above full use.
pub fn inferred_debt(utilisation: U256, available: U256) -> Option<U256> {
    mul_div(utilisation, available, RAY.checked_sub(utilisation)?)
}

/// `a * b / RAY`, half up.
pub(super) fn ray_mul(a: U256, b: U256) -> Option<U256> {
    Some(a.checked_mul(b)?.checked_add(HALF_RAY)? / RAY)
}

/// `a * RAY / b`, half up.
pub(super) fn ray_div(a: U256, b: U256) -> Option<U256> {
    a.checked_mul(RAY)?.checked_add(b / uint!(2_U256))?.checked_div(b)
}
