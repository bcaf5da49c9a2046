//! Integer money arithmetic: every amount is an integer in a token's smallest unit.
//!
//! Nothing here rounds silently: each function says which way it rounds, and overflow is `None`.

use alloy_primitives::{U256, U512, uint};

/// 1e18, the unit of rates and prices that protocols print with 18 decimals.
pub const WAD: U256 = uint!(1_000_000_000_000_000_000_U256);

/// 1e27, the unit of Aave's rates and indices and of growth factors here.
pub const RAY: U256 = uint!(1_000_000_000_000_000_000_000_000_000_U256);

/// Seconds in the year that rates are quoted over: 365.25 days.
pub const YEAR_S: u64 = 31_557_600;

/// `a * b / d`, rounded down, with a 512-bit product. `None` when `d` is zero or the result
/// needs more than 256 bits.
pub fn mul_div(a: U256, b: U256, d: U256) -> Option<U256> {
    if d.is_zero() {
        return None;
    }
    match a.checked_mul(b) {
        Some(product) => Some(product / d),
        None => narrow(wide_product(a, b) / U512::from(d)),
    }
}

/// `a * b / d`, rounded up, with a 512-bit product. `None` as for [`mul_div`].
pub fn mul_div_up(a: U256, b: U256, d: U256) -> Option<U256> {
    if d.is_zero() {
        return None;
    }
    match a.checked_mul(b) {
        Some(product) => Some(product.div_ceil(d)),
        None => narrow(wide_product(a, b).div_ceil(U512::from(d))),
    }
}

/// `a * b / d`, rounded down, as contracts without wide arithmetic compute it: `None`, where they
/// revert, when `d` is zero or the product needs more than 256 bits.
pub fn mul_div_checked(a: U256, b: U256, d: U256) -> Option<U256> {
    a.checked_mul(b)?.checked_div(d)
}

fn wide_product(a: U256, b: U256) -> U512 {
    a.widening_mul(b)
}

fn narrow(wide: U512) -> Option<U256> {
    let [l0, l1, l2, l3, high @ ..] = *wide.as_limbs();
    (high == [0; 4]).then_some(U256::from_limbs([l0, l1, l2, l3]))
}

/// The nearest float, for the optimiser's real-valued view. Relative error below 2^-52.
pub fn to_f64(amount: U256) -> f64 {
    f64::from(amount)
}

/// A float as an integer amount, rounded down; what is not a positive number is zero.
///
/// Used for amounts the optimiser proposes; the integer code then decides what they yield.
pub fn from_f64(amount: f64) -> U256 {
    if amount.is_finite() && amount >= 1.0 {
        U256::saturating_from(amount.floor())
    } else {
        U256::ZERO
    }
}

/// An amount in whole tokens, exact: every digit, no trailing zeros.
pub fn decimal(amount: U256, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{:0>width$}", amount.to_string(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// `exp(rate * seconds / YEAR_S)` in [`RAY`], rounded down: by how much a continuously compounded
/// annual `rate` (in [`RAY`]) lets an amount grow.
///
/// Computed in fixed point with 36 decimals, so two parties get the same integer. `None` when
/// `rate * seconds / YEAR_S` exceeds 20, far outside any real yield.
pub fn growth(rate: U256, seconds: u64) -> Option<U256> {
    const SCALE: U256 = uint!(1_000_000_000_000_000_000_000_000_000_000_000_000_U256);
    const TO_RAY: U256 = uint!(1_000_000_000_U256);
    let exponent = mul_div(rate.checked_mul(TO_RAY)?, U256::from(seconds), U256::from(YEAR_S))?;
    if exponent > SCALE.checked_mul(U256::from(20))? {
        return None;
    }
    let (mut term, mut sum, mut n) = (SCALE, SCALE, 1u64);
    while !term.is_zero() {
        term = mul_div(term, exponent, SCALE.checked_mul(U256::from(n))?)?;
        sum = sum.checked_add(term)?;
        n += 1;
    }
    Some(sum / TO_RAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_products_divide_exactly() {
        let max = U256::MAX;
        assert_eq!(mul_div(max, max, max), Some(max));
        assert_eq!(mul_div(max, U256::from(2), U256::ONE), None);
        assert_eq!(mul_div_up(U256::from(7), U256::ONE, U256::from(2)), Some(U256::from(4)));
        assert_eq!(mul_div(U256::ONE, U256::ONE, U256::ZERO), None);
        assert_eq!(mul_div_checked(max, max, max), None);
        assert_eq!(mul_div_checked(U256::from(7), U256::ONE, U256::from(2)), Some(U256::from(3)));
        assert_eq!(mul_div_checked(U256::ONE, U256::ONE, U256::ZERO), None);
    }

    #[test]
    fn growth_is_the_exponential() {
        assert_eq!(growth(U256::ZERO, 1000), Some(RAY));
        assert_eq!(
            growth(RAY, YEAR_S).map(|g| g.to_string()).as_deref(),
            Some("2718281828459045235360287471")
        );
        assert_eq!(growth(RAY * U256::from(30), YEAR_S), None);
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal(U256::from(23_437_500_u64), 6), "23.4375");
        assert_eq!(decimal(U256::from(5u8), 18), "0.000000000000000005");
        assert_eq!(decimal(U256::from(70u8), 0), "70");
    }

    #[test]
    fn floats_that_are_not_amounts_are_zero() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, 0.5] {
            assert_eq!(from_f64(bad), U256::ZERO);
        }
        assert_eq!(from_f64(1e18), WAD);
    }
}
