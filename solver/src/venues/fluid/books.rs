//! What a pool has supplied to and borrowed from Fluid's Liquidity, as Liquidity writes it down.
//!
//! Source: `LiquidityCalcs`, `BigMathMinified.toBigNumber` and `UserModule._supplyOrWithdraw` and
//! `_borrowOrPayback` (Instadapp/fluid-contracts-public a9949b4). Amounts with interest are divided by
//! an exchange price, in 1e-12; what is kept of any amount is its first 56 bits.

use alloy_primitives::{U256, uint};

use crate::amount::{mul_div_checked, mul_div_up};

/// `EXCHANGE_PRICES_PRECISION`.
const PRICE_ONE: U256 = uint!(1_000_000_000_000_U256);

/// Bits that are kept of an amount (`DEFAULT_COEFFICIENT_SIZE`).
const KEPT_BITS: usize = 56;

/// What a pool has in Liquidity, or owes it, of one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Book {
    /// As it is written, before interest.
    pub(super) raw: U256,
    /// What one is worth with interest, in 1e-12; `None` where there is no interest.
    pub(super) price: Option<U256>,
}

/// Which way an amount is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Of supplies.
    Down,
    /// Of debts.
    Up,
}

/// Why an amount is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amiss {
    /// Nothing would change.
    TooLittle,
    /// There is not so much, or it is beyond the contract's arithmetic.
    TooMuch,
}

impl Book {
    /// Units of the token, with interest.
    pub(super) fn amount(self) -> Option<U256> {
        match self.price {
            Some(price) => mul_div_checked(self.raw, price, PRICE_ONE),
            None => Some(self.raw),
        }
    }

    /// After `amount` more; less than what is given counts.
    pub(super) fn more(self, amount: U256, kept: Kept) -> Result<Self, Amiss> {
        let raw = match kept {
            Kept::Down => self.rounded(amount, mul_div_checked),
            Kept::Up => self.rounded(amount, mul_div_up),
        };
        let raw = raw.and_then(|raw| self.raw.checked_add(raw)).ok_or(Amiss::TooMuch)?;
        self.written(raw, kept)
    }

    /// After `amount` less; more than what is taken counts.
    pub(super) fn less(self, amount: U256, kept: Kept) -> Result<Self, Amiss> {
        let raw = match kept {
            Kept::Down => self.rounded(amount, mul_div_up),
            Kept::Up => self.rounded(amount, mul_div_checked),
        };
        let raw = raw.and_then(|raw| self.raw.checked_sub(raw)).ok_or(Amiss::TooMuch)?;
        self.written(raw, kept)
    }

    /// An amount before interest.
    fn rounded(self, amount: U256, by: fn(U256, U256, U256) -> Option<U256>) -> Option<U256> {
        self.price.map_or(Some(amount), |price| by(amount, PRICE_ONE, price))
    }

    fn written(self, raw: U256, kept: Kept) -> Result<Self, Amiss> {
        let raw = shortened(raw, KEPT_BITS, kept);
        if raw == self.raw { Err(Amiss::TooLittle) } else { Ok(Self { raw, ..self }) }
    }
}

/// A number's first `bits` bits, the others zero: what a contract's `BigNumber` holds of it.
pub(super) fn shortened(number: U256, bits: usize, kept: Kept) -> U256 {
    let gone = number.bit_len().saturating_sub(bits);
    let first = (number >> gone) << gone;
    match kept {
        // As the contract does, exact or not; a carry only lengthens it.
        Kept::Up if gone > 0 => first.saturating_add(U256::ONE << gone),
        Kept::Up | Kept::Down => first,
    }
}

/// A `BigNumber` of 8 bits of exponent, from the lowest `bits` of a word above `from`.
pub(super) fn unpacked(word: U256, from: usize, bits: usize) -> U256 {
    let packed = field(word, from, bits);
    let exponent = (packed & U256::from(0xff)).to::<usize>();
    (packed >> 8usize) << exponent
}

/// Some bits of a word.
pub(super) fn field(word: U256, from: usize, bits: usize) -> U256 {
    (word >> from) & ((U256::ONE << bits) - U256::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn small(n: u64) -> U256 {
        U256::from_limbs([n, 0, 0, 0])
    }

    #[test]
    fn the_first_bits_are_kept() {
        let long = (small(1) << 60) + small(0b1001);
        assert_eq!(shortened(long, 56, Kept::Down), small(1) << 60);
        // Five bits are gone.
        assert_eq!(shortened(long, 56, Kept::Up), (small(1) << 60) + small(32));
        // Rounded up though it is exact, as the contract does.
        assert_eq!(shortened(small(1) << 60, 56, Kept::Up), (small(1) << 60) + small(32));
        assert_eq!(shortened(small(77), 56, Kept::Up), small(77));
        // A carry through all bits.
        assert_eq!(shortened((small(1) << 57) - small(1), 56, Kept::Up), small(1) << 57);
    }

    #[test]
    fn interest_rounds_against_whoever_trades() {
        let price = Some(small(1_300_000_000_007));
        let book = Book { raw: small(1_000_000), price };
        assert_eq!(book.more(small(10), Kept::Down).unwrap().raw, small(1_000_007));
        assert_eq!(book.less(small(10), Kept::Down).unwrap().raw, small(999_992));
        assert_eq!(book.more(small(10), Kept::Up).unwrap().raw, small(1_000_008));
        assert_eq!(book.less(small(10), Kept::Up).unwrap().raw, small(999_993));
        assert_eq!(book.amount(), Some(small(1_300_000)));
    }

    #[test]
    fn what_would_not_be_written_is_refused() {
        let book = Book { raw: small(1) << 100, price: None };
        assert_eq!(book.more(small(5), Kept::Down), Err(Amiss::TooLittle));
        // Debts round up all the same: the amount that is written grows.
        assert!(book.more(small(5), Kept::Up).is_ok());
        let few = Book { raw: small(3), price: None };
        assert_eq!(few.less(small(4), Kept::Down), Err(Amiss::TooMuch));
    }

    #[test]
    fn packed_numbers_are_read() {
        let word = ((small(0xabcd) << 8) | small(4)) << 41;
        assert_eq!(unpacked(word, 41, 40), small(0xabcd) << 4);
        assert_eq!(field(small(0b1_0110), 1, 3), small(0b011));
    }
}
