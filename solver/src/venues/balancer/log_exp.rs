//! Powers of 18-decimal numbers, bit for bit as `LogExpMath` computes them (Balancer v2 and v3; the
//! arithmetic of all deployed versions is the same).
//!
//! `x^y = exp(y * ln(x))`. The contract's signed divisions cut towards zero, so each signed value is
//! kept here as a magnitude and a sign: the digits are the same. `None` is where the contract
//! reverts.

use alloy_primitives::{U256, uint};

use crate::amount::WAD;

uint! {
    const ONE_20: U256 = 100_000_000_000_000_000_000_U256;
    const ONE_36: U256 = 1_000_000_000_000_000_000_000_000_000_000_000_000_U256;
    /// The contract's bounds of `y * ln(x)`.
    const MOST_EXPONENT: U256 = 130_000_000_000_000_000_000_U256;
    const LEAST_EXPONENT: U256 = 41_000_000_000_000_000_000_U256;
    /// Between these, logarithms are computed with 36 decimals.
    const NEAR_LOW: U256 = 900_000_000_000_000_000_U256;
    const NEAR_HIGH: U256 = 1_100_000_000_000_000_000_U256;
    const HUNDRED: U256 = 100_U256;

    /// `e^(2^7)` and `e^(2^6)`, without decimals, with their exponents in 18 decimals.
    const LARGE: [(U256, U256); 2] = [
        (128_000_000_000_000_000_000_U256, 38_877_084_059_945_950_922_200_000_000_000_000_000_000_000_000_000_000_000_U256),
        (64_000_000_000_000_000_000_U256, 6_235_149_080_811_616_882_910_000_000_U256),
    ];
    /// `e^(2^5)` to `e^(2^-4)`, and their exponents, both in 20 decimals.
    const SMALL: [(U256, U256); 10] = [
        (3_200_000_000_000_000_000_000_U256, 7_896_296_018_268_069_516_100_000_000_000_000_U256),
        (1_600_000_000_000_000_000_000_U256, 888_611_052_050_787_263_676_000_000_U256),
        (800_000_000_000_000_000_000_U256, 298_095_798_704_172_827_474_000_U256),
        (400_000_000_000_000_000_000_U256, 5_459_815_003_314_423_907_810_U256),
        (200_000_000_000_000_000_000_U256, 738_905_609_893_065_022_723_U256),
        (100_000_000_000_000_000_000_U256, 271_828_182_845_904_523_536_U256),
        (50_000_000_000_000_000_000_U256, 164_872_127_070_012_814_685_U256),
        (25_000_000_000_000_000_000_U256, 128_402_541_668_774_148_407_U256),
        (12_500_000_000_000_000_000_U256, 113_314_845_306_682_631_683_U256),
        (6_250_000_000_000_000_000_U256, 106_449_445_891_785_942_956_U256),
    ];
}

/// Terms of [`SMALL`] that the exponential uses: the last two are for the logarithm alone.
const OF_EXP: usize = 8;

/// `x^y`, all in 18 decimals.
pub(in crate::venues) fn pow(x: U256, y: U256) -> Option<U256> {
    if y.is_zero() {
        return Some(WAD);
    }
    if x.is_zero() {
        return Some(U256::ZERO);
    }
    // 2^254 / 1e20, beyond which the contract's product could overflow.
    if x.bit(255) || y >= (U256::ONE << 254) / ONE_20 {
        return None;
    }
    let below_one = x < WAD;
    let product = if NEAR_LOW < x && x < NEAR_HIGH {
        let ln = ln_36(x);
        (ln / WAD).checked_mul(y)?.checked_add((ln % WAD).checked_mul(y)? / WAD)?
    } else {
        let ln = if below_one { ln_above_one(ONE_36 / x)? } else { ln_above_one(x)? };
        ln.checked_mul(y)?
    };
    let exponent = product / WAD;
    match below_one {
        true if exponent <= LEAST_EXPONENT => Some(ONE_36 / exp(exponent)?),
        false if exponent <= MOST_EXPONENT => exp(exponent),
        _ => None,
    }
}

/// `e^x` for `x` from 0 to 130, in 18 decimals.
fn exp(mut x: U256) -> Option<U256> {
    let mut first = U256::ONE;
    for (exponent, power) in LARGE {
        if x >= exponent {
            x -= exponent;
            first = power;
            break;
        }
    }
    x = x.checked_mul(HUNDRED)?;
    let mut product = ONE_20;
    for (exponent, power) in &SMALL[..OF_EXP] {
        if x >= *exponent {
            x -= *exponent;
            product = product.checked_mul(*power)? / ONE_20;
        }
    }
    // What is left is below a quarter: twelve terms of the series.
    let (mut term, mut sum) = (x, ONE_20 + x);
    for n in 2..=12_u64 {
        term = term * x / ONE_20 / U256::from(n);
        sum += term;
    }
    Some((product.checked_mul(sum)? / ONE_20).checked_mul(first)? / HUNDRED)
}

/// `ln(a)` for `a` of at least one, in 18 decimals.
fn ln_above_one(mut a: U256) -> Option<U256> {
    let mut sum = U256::ZERO;
    for (exponent, power) in LARGE {
        if a >= power.checked_mul(WAD)? {
            a /= power;
            sum += exponent;
        }
    }
    sum *= HUNDRED;
    a = a.checked_mul(HUNDRED)?;
    for (exponent, power) in SMALL {
        if a >= power {
            a = a.checked_mul(ONE_20)? / power;
            sum += exponent;
        }
    }
    let z = (a - ONE_20) * ONE_20 / (a + ONE_20);
    Some((sum + series(z, ONE_20, 11)) / HUNDRED)
}

/// The magnitude of `ln(x)` in 36 decimals, for `x` near one.
fn ln_36(x: U256) -> U256 {
    let x = x * WAD;
    series(x.abs_diff(ONE_36) * ONE_36 / (x + ONE_36), ONE_36, 15)
}

/// `2 * (z + z^3/3 + z^5/5 + ... + z^last/last)`.
fn series(z: U256, one: U256, last: u64) -> U256 {
    let squared = z * z / one;
    let (mut term, mut sum) = (z, z);
    for n in (3..=last).step_by(2) {
        term = term * squared / one;
        sum += term / U256::from(n);
    }
    sum * U256::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wad(text: &str) -> U256 {
        text.parse().unwrap()
    }

    /// The first two are the contract's own tests' (`LogExpMath.test.ts`), the others real powers to
    /// 18 digits.
    #[test]
    fn powers_are_the_known_ones() {
        assert_eq!(pow(U256::ZERO, U256::ZERO), Some(WAD));
        assert_eq!(pow(U256::ZERO, WAD), Some(U256::ZERO));
        let close = |x: &str, y: &str, real: &str| {
            let (power, real) = (pow(wad(x), wad(y)).unwrap(), wad(real));
            assert!(power.abs_diff(real) <= real / wad("100000000000000") + U256::ONE, "{power}");
        };
        close("2000000000000000000", "500000000000000000", "1414213562373095048");
        close("500000000000000000", "2000000000000000000", "250000000000000000");
        close("990000000000000000", "250000000000000000", "997490569933681105");
        close(
            "10000000000000000000",
            "30000000000000000000",
            "1000000000000000000000000000000000000000000000000",
        );
    }

    #[test]
    fn what_the_contract_refuses_is_none() {
        let (tiny, huge) = (U256::ONE, U256::ONE << 255);
        assert_eq!(pow(tiny, WAD * U256::from(2)), None);
        assert_eq!(pow(huge, WAD), None);
        assert_eq!(pow(WAD, huge), None);
        assert_eq!(pow(WAD * U256::from(1000), WAD * U256::from(19)), None);
        assert!(pow(U256::MAX >> 1, WAD / U256::from(2)).is_some());
    }
}
