//! 18-decimal arithmetic as Balancer's `FixedPoint` does it: each function says which way it rounds,
//! products of more than 256 bits revert. `None` is where the contract reverts.

use alloy_primitives::{U256, uint};

use super::log_exp;
use crate::amount::WAD;

/// What a power may be off, in 1e-18 of it: 1e-14.
const POWER_ERROR: U256 = uint!(10_000_U256);
const TWO: U256 = uint!(2_000_000_000_000_000_000_U256);
const FOUR: U256 = uint!(4_000_000_000_000_000_000_U256);

/// How a generation of contracts raises to the powers of 1, 2 and 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Powers {
    /// As to any other: by logarithms, and then rounded up by 1e-14. The pools of 2021.
    Logarithms,
    /// By multiplication: the pools since, and all of v3.
    Shortcuts,
}

pub(super) fn mul_down(a: U256, b: U256) -> Option<U256> {
    Some(a.checked_mul(b)? / WAD)
}

pub(super) fn mul_up(a: U256, b: U256) -> Option<U256> {
    Some(a.checked_mul(b)?.div_ceil(WAD))
}

pub(super) fn div_down(a: U256, b: U256) -> Option<U256> {
    a.checked_mul(WAD)?.checked_div(b)
}

pub(super) fn div_up(a: U256, b: U256) -> Option<U256> {
    let inflated = a.checked_mul(WAD)?;
    (!b.is_zero()).then(|| inflated.div_ceil(b))
}

/// `1 - x`, and zero where `x` is more than one.
pub(super) fn complement(x: U256) -> U256 {
    WAD.saturating_sub(x)
}

/// `x^y`, never below the real power.
pub(super) fn pow_up(x: U256, y: U256, powers: Powers) -> Option<U256> {
    match powers {
        Powers::Shortcuts if y == WAD => Some(x),
        Powers::Shortcuts if y == TWO => mul_up(x, x),
        Powers::Shortcuts if y == FOUR => mul_up(x, x).and_then(|square| mul_up(square, square)),
        _ => {
            let raw = log_exp::pow(x, y)?;
            raw.checked_add(mul_up(raw, POWER_ERROR)?)?.checked_add(U256::ONE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_quotients_round_as_they_say() {
        let (one, two) = (U256::ONE, U256::from(2));
        assert_eq!((mul_down(one, one), mul_up(one, one)), (Some(U256::ZERO), Some(one)));
        assert_eq!(mul_up(U256::ZERO, WAD), Some(U256::ZERO));
        let third = U256::from(333_333_333_333_333_333_u64);
        let three = one + two;
        assert_eq!((div_down(one, three), div_up(one, three)), (Some(third), Some(third + one)));
        assert_eq!((div_down(one, U256::ZERO), div_up(one, U256::ZERO)), (None, None));
        assert_eq!((mul_down(U256::MAX, two), div_up(U256::MAX, one)), (None, None));
        assert_eq!((complement(WAD + one), complement(one)), (U256::ZERO, WAD - one));
    }

    #[test]
    fn only_the_later_pools_multiply_out() {
        let x = U256::from(987_654_321_012_345_678_u64);
        for y in [WAD, TWO, FOUR] {
            let (early, later) =
                (pow_up(x, y, Powers::Logarithms), pow_up(x, y, Powers::Shortcuts));
            assert!(early > later, "{early:?} {later:?}");
        }
        assert_eq!(pow_up(x, WAD, Powers::Shortcuts), Some(x));
    }
}
