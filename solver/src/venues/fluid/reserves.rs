//! The constant-product pools that a range makes of what is supplied, and of what is owed.
//!
//! Source: `CoreHelpers._calculateReservesOutsideRange`, `_getCollateralReserves`,
//! `_calculateDebtReserves` and `_getDebtReserves` (Instadapp/fluid-contracts-public a9949b4), in their
//! order of operations. Amounts have 12 decimals, prices 27. Where the contract's products overflow it
//! reverts, and these are `None`.

use alloy_primitives::{I256, U256, uint};

use super::books::Book;
use crate::amount::mul_div_checked;

/// One, as prices are counted.
pub(super) const ONE: U256 = uint!(1_000_000_000_000_000_000_000_000_000_U256);

/// Its square.
const ONE_SQUARED: U256 =
    uint!(1_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_U256);

/// Up to here products are multiplied before they are divided.
const MULTIPLIES_FIRST: U256 =
    uint!(100_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_U256);
const SQUARES_FIRST: U256 = uint!(10_000_000_000_000_000_000_000_000_U256);

/// Above this upper end of a range its mean is taken of shorter numbers.
const LONG_PRICE: U256 = uint!(100_000_000_000_000_000_000_000_000_000_000_000_000_U256);
const SHORTER: U256 = uint!(1_000_000_000_000_000_000_U256);

/// The least that a product of debt's reserves divides by (`SIX_DECIMALS`).
const LEAST_DIVISOR: U256 = uint!(1_000_000_U256);

/// From a token's smallest units to 12 decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// Multiplies.
    pub(super) numerator: U256,
    /// Divides.
    pub(super) denominator: U256,
}

impl Scale {
    /// Smallest units with 12 decimals, rounded down.
    pub(super) fn up(self, amount: U256) -> Option<U256> {
        mul_div_checked(amount, self.numerator, self.denominator)
    }

    /// And back, rounded down.
    pub(super) fn down(self, amount: U256) -> Option<U256> {
        mul_div_checked(amount, self.denominator, self.numerator)
    }
}

/// The prices between which a pool trades: of the first token, in units of the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// Where it is laid around.
    pub(super) centre: U256,
    /// Its upper end.
    pub(super) upper: U256,
    /// Its lower end.
    pub(super) lower: U256,
    /// The geometric mean of its ends.
    pub(super) mean: U256,
}

impl Range {
    /// A range around `centre`, `above` and `below` it by shares in millionths.
    pub(super) fn around(centre: U256, [above, below]: [U256; 2]) -> Option<Self> {
        const MILLION: U256 = uint!(1_000_000_U256);
        let upper = mul_div_checked(centre, MILLION, MILLION.checked_sub(above)?)?;
        let lower = mul_div_checked(centre, MILLION.checked_sub(below)?, MILLION)?;
        let mean = match upper < LONG_PRICE {
            true => root(upper.checked_mul(lower)?),
            false => root((upper / SHORTER).checked_mul(lower / SHORTER)?).checked_mul(SHORTER)?,
        };
        Some(Self { centre, upper, lower, mean })
    }

    /// Ends and mean for the two tokens in the other order.
    fn turned(self) -> Option<Self> {
        let over = |price: U256| ONE_SQUARED.checked_div(price);
        let (upper, lower) = (over(self.lower)?, over(self.upper)?);
        Some(Self { centre: self.centre, upper, lower, mean: over(self.mean)? })
    }
}

/// A constant-product pool, by token: what it can hand over, and what its price is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reserves {
    pub(super) real: [U256; 2],
    pub(super) imaginary: [U256; 2],
}

impl Reserves {
    fn turned(self) -> Self {
        let Self { real: [a, b], imaginary: [c, d] } = self;
        Self { real: [b, a], imaginary: [d, c] }
    }

    /// Of what is supplied.
    pub(super) fn of_supplies(range: Range, books: [Book; 2], scales: [Scale; 2]) -> Option<Self> {
        let [x, y] = scaled(books, scales)?;
        let pool = |range: Range, x: U256, y: U256| {
            let [outside_x, outside_y] = outside(range, x, y)?;
            let imaginary = [outside_x.checked_add(x)?, outside_y.checked_add(y)?];
            Some(Self { real: [x, y], imaginary })
        };
        match range.mean < ONE {
            true => pool(range, x, y),
            false => Some(pool(range.turned()?, y, x)?.turned()),
        }
    }

    /// Of what is owed.
    pub(super) fn of_debts(range: Range, books: [Book; 2], scales: [Scale; 2]) -> Option<Self> {
        let [x, y] = scaled(books, scales)?;
        match range.mean < ONE {
            true => owed(range, x, y),
            false => Some(owed(range.turned()?, y, x)?.turned()),
        }
    }
}

fn scaled(books: [Book; 2], scales: [Scale; 2]) -> Option<[U256; 2]> {
    let [first, second] = [0, 1].map(|at| scales[at].up(books[at].amount()?));
    Some([first?, second?])
}

/// What lies outside of a range of which `x` and `y` lie within: the positive root of
/// `(upper - mean) a^2 = (mean x + y) a + x y`, and its product with the mean.
fn outside(range: Range, x: U256, y: U256) -> Option<[U256; 2]> {
    let width = range.upper.checked_sub(range.mean)?;
    let sum = range.mean.checked_mul(x)?.checked_add(y.checked_mul(ONE)?)?;
    let half = sum.checked_div(width.checked_mul(U256::from(2))?)?;
    let product = x.checked_mul(y)?;
    let product = match product < MULTIPLIES_FIRST {
        true => product.checked_mul(ONE)?.checked_div(width)?,
        false => product.checked_div(width)?.checked_mul(ONE)?,
    };
    let a = half.checked_add(root(product.checked_add(half.checked_mul(half)?)?))?;
    Some([a, a.checked_mul(range.mean)? / ONE])
}

/// The pool that debts of `x` and `y` make: each is what the pool would hand over of it where only that
/// token is left to be owed.
fn owed(range: Range, x: U256, y: U256) -> Option<Reserves> {
    let signed = |number: U256| I256::try_from(number).ok();
    let two = signed(ONE)?.checked_mul(I256::try_from(2).ok()?)?;
    let lead = signed(range.mean.checked_mul(x)?)?.checked_sub(signed(y.checked_mul(ONE)?)?)?;
    // Signed divisions round to zero.
    let half = lead.checked_div(two)?;
    let product = x.checked_mul(y)?;
    let product = match product < MULTIPLIES_FIRST {
        true => product.checked_mul(range.lower)? / ONE,
        false => (product / ONE).checked_mul(range.lower)?,
    };
    let square = half.checked_mul(half)?.into_raw();
    let real_y = half.checked_add(signed(root(product.checked_add(square)?))?)?;
    let real_y = U256::try_from(real_y).ok()?;
    let divisor = real_y.checked_mul(ONE)?.checked_sub(x.checked_mul(range.lower)?)?;
    if divisor < LEAST_DIVISOR {
        return None;
    }
    let square = real_y.checked_mul(real_y)?;
    let imaginary_y = match real_y < SQUARES_FIRST {
        true => square.checked_mul(ONE)?.checked_div(divisor)?,
        false => square.checked_div(divisor / ONE)?,
    };
    let imaginary_x = mul_div_checked(imaginary_y, x, real_y)?.checked_sub(x)?;
    let real_x = mul_div_checked(imaginary_x, y, imaginary_y.checked_add(y)?)?;
    Some(Reserves { real: [real_x, real_y], imaginary: [imaginary_x, imaginary_y] })
}

/// The square root, rounded down: Newton's steps from above, which fall until they are there.
pub(super) fn root(number: U256) -> U256 {
    let mut root = U256::ONE << number.bit_len().div_ceil(2);
    while let Some(over) = number.checked_div(root) {
        let next = (root + over) >> 1usize;
        if next >= root {
            return root;
        }
        root = next;
    }
    U256::ZERO
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn roots_are_rounded_down(limbs in any::<[u64; 4]>(), shift in 0usize..256) {
            let number = U256::from_limbs(limbs) >> shift;
            let root = root(number);
            prop_assert!(root * root <= number);
            let next = root + U256::ONE;
            prop_assert!(next.checked_mul(next).is_none_or(|square| square > number));
        }
    }

    #[test]
    fn the_ends_of_the_numbers_have_roots() {
        assert_eq!(root(U256::ZERO), U256::ZERO);
        assert_eq!(root(U256::ONE), U256::ONE);
        assert_eq!(root(U256::MAX), (U256::ONE << 128) - U256::ONE);
    }
}
