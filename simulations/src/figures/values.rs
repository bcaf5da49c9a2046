//! Values as the files write them: decimal strings and addresses, each checked as it is read.

use std::fmt;

use alloy_primitives::{Address, U256};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use super::error::quoted;

/// A whole number as a decimal string, of at most `BITS` bits: the width of the contract's field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Uint<const BITS: usize>(pub(super) U256);

/// A signed whole number as a decimal string, of 128 bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Int(pub(super) i128);

/// An address: all lower case, or mixed case with its checksum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addr(pub(super) Address);

/// A decimal number as a string or a plain JSON number, kept exactly.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    digits: U256,
    places: usize,
}

impl Decimal {
    /// Digits with at most one point: no sign, no exponent.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let part = part.trim_end_matches('0');
        if whole.is_empty() || text.ends_with('.') || text.len() > 100 {
            return None;
        }
        Some(Self { digits: digits(&format!("{whole}{part}"))?, places: part.len() })
    }

    /// The number in units of `10^-decimals`; `None` when it has more places than that, or is too
    /// large.
    pub(super) fn scaled(self, decimals: usize) -> Option<U256> {
        let zeros = decimals.checked_sub(self.places)?;
        let scale = U256::from(10).checked_pow(U256::from(zeros))?;
        self.digits.checked_mul(scale)
    }

    /// The number times `factor`, rounded half up.
    pub(super) fn times(self, factor: u64) -> Option<u64> {
        let scale = U256::from(10).checked_pow(U256::from(self.places))?;
        let two = U256::from(2);
        let doubled = self.digits.checked_mul(U256::from(factor))?.checked_mul(two)?;
        let rounded = doubled.checked_add(scale)?.checked_div(scale.checked_mul(two)?)?;
        u64::try_from(rounded).ok()
    }
}

fn digits(text: &str) -> Option<U256> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| U256::from_str_radix(text, 10).ok())?
}

impl<'de, const BITS: usize> Deserialize<'de> for Uint<BITS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "a whole number in a decimal string such as \"1000\"";
        read(deserializer, EXPECTED, |text| {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(format!(
                    "{} is not a whole number: write decimal digits only, in the smallest unit",
                    quoted(text)
                ));
            }
            digits(text)
                .filter(|value| value.bit_len() <= BITS)
                .map(Self)
                .ok_or_else(|| format!("{} needs more than the field's {BITS} bits", quoted(text)))
        })
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "a signed whole number in a decimal string such as \"-1000\"";
        read(deserializer, EXPECTED, |text| {
            text.parse()
                .map(Self)
                .map_err(|_| format!("{} is not a signed whole number of 128 bits", quoted(text)))
        })
    }
}

impl<'de> Deserialize<'de> for Addr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, "an address such as \"0xc02a...\"", |text| address(text).map(Self))
    }
}

fn address(text: &str) -> Result<Address, String> {
    let Some(hex) = text.strip_prefix("0x") else {
        return Err(format!("{} is not an address: it must begin with 0x", quoted(text)));
    };
    if let Some(odd) = hex.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(format!("{} is not an address: {odd:?} is not a hex digit", quoted(text)));
    }
    if hex.len() != 40 {
        let found = hex.len();
        return Err(format!("{} has {found} hex digits: an address has 40", quoted(text)));
    }
    if hex.bytes().any(|b| b.is_ascii_uppercase()) {
        return Address::parse_checksummed(text, None).map_err(|_| {
            format!("{text} fails its EIP-55 checksum: correct it, or write it in lower case")
        });
    }
    text.parse().map_err(|_| format!("{} is not an address", quoted(text)))
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, "a decimal number in a string such as \"0.031\"", |text| {
            Self::parse(text).ok_or_else(|| {
                format!("{} is not a plain decimal number of zero or more", quoted(text))
            })
        })
    }
}

/// Reads a string through `parse`; any other JSON type is refused with `expected`.
fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Text<F>(&'static str, F);

    impl<T, F: Fn(&str) -> Result<T, String>> Visitor<'_> for Text<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.1)(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(expected, parse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let parse = |text| Decimal::parse(text);
        assert_eq!(parse("0.031169").unwrap().scaled(6), Some(U256::from(31_169)));
        assert_eq!(
            parse("280466784.384787").unwrap().scaled(6),
            Some(U256::from(280_466_784_384_787_u64))
        );
        assert_eq!(parse("1.50").unwrap().scaled(1), Some(U256::from(15)));
        assert_eq!(parse("1.05").unwrap().scaled(1), None);
        assert_eq!(parse("30.3").unwrap().times(86_400), Some(2_617_920));
        assert_eq!(parse("0.00000578").unwrap().times(86_400), Some(0));
        assert_eq!(parse("0.000006").unwrap().times(86_400), Some(1));
        for bad in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1_000", "0x1", " 1", "1.2.3", "٣"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_lower_case_or_checksummed() {
        let lower = "0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0";
        let mixed = "0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0";
        assert_eq!(address(lower), address(mixed));
        for bad in
            ["0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2CA0", &lower[2..], &lower[..41], "0x", "0xzz"]
        {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
