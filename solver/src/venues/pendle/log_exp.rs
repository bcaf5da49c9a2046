//! Exponential and logarithm of numbers with 18 decimals, to the last digit as Pendle's contracts
//! compute them.
//!
//! Source: `LogExpMath.exp` and `ln` (pendle-finance/pendle-core-v2-public), which are Balancer's.
//! Every division truncates towards zero, so that a sign may be put aside and given back. Within
//! the contract's bounds no step needs more than 256 bits.

use alloy_primitives::{I256, U256, uint};

use crate::amount::WAD;

const ONE_20: U256 = uint!(100_000_000_000_000_000_000_U256);
const ONE_36: U256 = uint!(1_000_000_000_000_000_000_000_000_000_000_000_000_U256);
const HUNDRED: U256 = uint!(100_U256);

/// The largest exponent.
const MOST_EXPONENT: U256 = uint!(130_000_000_000_000_000_000_U256);

/// Between these, and not at them, the logarithm is computed with 36 decimals.
const NEAR_ONE: [U256; 2] =
    [uint!(900_000_000_000_000_000_U256), uint!(1_100_000_000_000_000_000_U256)];

/// `2^7` and `2^6` with 18 decimals, and e to them without decimals.
const WHOLE: [(U256, U256); 2] = [
    (
        uint!(128_000_000_000_000_000_000_U256),
        uint!(38_877_084_059_945_950_922_200_000_000_000_000_000_000_000_000_000_000_000_U256),
    ),
    (uint!(64_000_000_000_000_000_000_U256), uint!(6_235_149_080_811_616_882_910_000_000_U256)),
];

/// `2^5` down to `2^-4`, and e to them, with 20 decimals. The exponential needs all but the last two.
const PARTS: [(U256, U256); 10] = [
    (uint!(3_200_000_000_000_000_000_000_U256), uint!(7896296018268069516100000000000000_U256)),
    (uint!(1_600_000_000_000_000_000_000_U256), uint!(888611052050787263676000000_U256)),
    (uint!(800_000_000_000_000_000_000_U256), uint!(298095798704172827474000_U256)),
    (uint!(400_000_000_000_000_000_000_U256), uint!(5459815003314423907810_U256)),
    (uint!(200_000_000_000_000_000_000_U256), uint!(738905609893065022723_U256)),
    (uint!(100_000_000_000_000_000_000_U256), uint!(271828182845904523536_U256)),
    (uint!(50_000_000_000_000_000_000_U256), uint!(164872127070012814685_U256)),
    (uint!(25_000_000_000_000_000_000_U256), uint!(128402541668774148407_U256)),
    (uint!(12_500_000_000_000_000_000_U256), uint!(113314845306682631683_U256)),
    (uint!(6_250_000_000_000_000_000_U256), uint!(106449445891785942956_U256)),
];

/// How many of [`PARTS`] the exponential takes out.
const EXP_PARTS: usize = 8;

/// How many terms of the exponential's series are added to one.
const EXP_TERMS: u64 = 12;

/// The last odd power of the logarithm's series, with 20 and with 36 decimals.
const LN_POWER: u64 = 11;
const LN_36_POWER: u64 = 15;

/// `e^x` of a number that is not negative; `None` where the contract refuses, above 130.
pub(super) fn exp(x: U256) -> Option<U256> {
    if x > MOST_EXPONENT {
        return None;
    }
    let whole = WHOLE.iter().find(|(power, _)| x >= *power);
    let (power, first) = whole.copied().unwrap_or((U256::ZERO, U256::ONE));
    let mut left = (x - power) * HUNDRED;
    let mut product = ONE_20;
    for (power, value) in PARTS.iter().take(EXP_PARTS) {
        if left >= *power {
            left -= *power;
            product = product * *value / ONE_20;
        }
    }
    let (mut term, mut sum) = (left, ONE_20 + left);
    for n in 2..=EXP_TERMS {
        term = term * left / ONE_20 / U256::from(n);
        sum += term;
    }
    Some(product * sum / ONE_20 * first / HUNDRED)
}

/// The natural logarithm of a number above zero; `None` where the contract refuses.
pub(super) fn ln(a: U256) -> Option<I256> {
    if a.is_zero() || a > I256::MAX.into_raw() {
        return None;
    }
    let below_one = a < WAD;
    let size = if NEAR_ONE[0] < a && a < NEAR_ONE[1] {
        ln_36(a) / WAD
    } else if below_one {
        ln_20(ONE_36 / a)
    } else {
        ln_20(a)
    };
    let size = I256::from_raw(size);
    Some(if below_one { -size } else { size })
}

/// The logarithm of a number from one up.
fn ln_20(a: U256) -> U256 {
    let (mut a, mut sum) = (a, U256::ZERO);
    for (power, value) in WHOLE {
        if a >= value * WAD {
            a /= value;
            sum += power;
        }
    }
    a *= HUNDRED;
    sum *= HUNDRED;
    for (power, value) in PARTS {
        if a >= value {
            a = a * ONE_20 / value;
            sum += power;
        }
    }
    (sum + series(a - ONE_20, a + ONE_20, ONE_20, LN_POWER)) / HUNDRED
}

/// The size of the logarithm of a number near one, with 36 decimals.
fn ln_36(a: U256) -> U256 {
    let a = a * WAD;
    series(a.abs_diff(ONE_36), a + ONE_36, ONE_36, LN_36_POWER)
}

/// `2 * (z + z^3 / 3 + z^5 / 5 + ..)`, where `z` is `less` over `more`: the logarithm of what is
/// `less` above one, and one below `more`.
fn series(less: U256, more: U256, one: U256, last: u64) -> U256 {
    let z = less * one / more;
    let squared = z * z / one;
    let (mut power, mut sum) = (z, z);
    for n in (3..=last).step_by(2) {
        power = power * squared / one;
        sum += power / U256::from(n);
    }
    sum * U256::from(2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn well_known_values() {
        assert_eq!(exp(U256::ZERO), Some(WAD));
        assert_eq!(exp(WAD), Some(uint!(2_718_281_828_459_045_235_U256)));
        assert_eq!(ln(WAD), Some(I256::ZERO));
        let two = ln(WAD * U256::from(2)).unwrap().into_raw();
        assert!(two.abs_diff(uint!(693_147_180_559_945_309_U256)) <= U256::ONE, "{two}");
        assert_eq!(ln(WAD / U256::from(2)), Some(-I256::from_raw(two)));
        assert!(exp(MOST_EXPONENT).is_some() && ln(I256::MAX.into_raw()).is_some());
        assert_eq!(exp(MOST_EXPONENT + U256::ONE), None);
        assert_eq!((ln(U256::ZERO), ln(U256::MAX)), (None, None));
    }

    proptest! {
        #[test]
        fn the_logarithm_undoes_the_exponential(x in 0u64..18_000_000_000_000_000_000) {
            let back = ln(exp(U256::from(x)).unwrap()).unwrap().into_raw();
            prop_assert!(back.abs_diff(U256::from(x)) <= U256::from(5), "{x} {back}");
        }

        /// What floats say, for any number.
        #[test]
        fn it_is_the_logarithm(bits in 1usize..255, low in any::<u64>()) {
            let a = (U256::ONE << bits) | (U256::from(low) & ((U256::ONE << bits) - U256::ONE));
            let real = (crate::amount::to_f64(a) / 1e18).ln();
            let ours = ln(a).unwrap();
            let size = crate::amount::to_f64(ours.unsigned_abs()) / 1e18;
            prop_assert_eq!(ours.is_negative(), real < 0.0);
            // Far above one, floats have few digits of it; far below, its reciprocal has.
            let slack = 1e-13;
            prop_assert!((size - real.abs()).abs() <= slack, "{a}: {ours} {real}");
        }
    }
}
