//! How the wire writes numbers: amounts as decimal or hexadecimal strings, fractions as decimal ones.

use std::fmt;

use alloy_primitives::{U256, uint};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount in a token's smallest unit: written as a decimal string, read as a decimal or `0x` one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub U256);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(amount, "an amount, as a decimal or 0x string"))
    }
}

fn amount(text: &str) -> Option<Amount> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((text, 10), |digits| (digits, 16));
    // The parser of wide integers takes separators; the wire has none.
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| U256::from_str_radix(digits, radix).ok().map(Amount)).flatten()
}

/// An integer that the wire writes as a decimal string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shown<T>(pub T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: std::str::FromStr> Deserialize<'de> for Shown<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |text: &str| text.parse().ok().map(Shown);
        deserializer.deserialize_str(Text(read, "an integer, as a decimal string"))
    }
}

/// A fraction that is not negative, in 18 decimals: further digits are cut, as the driver cuts them.
/// Written as a decimal string, read with an exponent or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fraction(pub U256);

/// Decimals kept.
const DECIMALS: i64 = 18;
const WAD: U256 = uint!(1_000_000_000_000_000_000_U256);

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&tenor_solver::amount::decimal(self.0, 18))
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(fraction, "a fraction, as a decimal string"))
    }
}

impl Fraction {
    /// Numerator and denominator in lowest terms, where both have 32 bits.
    pub fn ratio(self) -> Option<(u32, u32)> {
        let common = self.0.gcd(WAD);
        let narrow = |figure: U256| u32::try_from(figure.checked_div(common)?).ok();
        Some((narrow(self.0)?, narrow(WAD)?))
    }
}

fn fraction(text: &str) -> Option<Fraction> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{part}");
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || digits.len() > 200 {
        return None;
    }
    // Where the decimal point falls once there are 18 decimals.
    let shift = DECIMALS + i64::from(exponent) - i64::try_from(part.len()).ok()?;
    if let Ok(zeros) = usize::try_from(shift) {
        let zeros = if digits.bytes().all(|digit| digit == b'0') { 0 } else { zeros };
        (zeros <= 100).then_some(())?;
        return U256::from_str_radix(&format!("{digits}{:0<zeros$}", ""), 10).ok().map(Fraction);
    }
    let kept = digits.len().saturating_sub(usize::try_from(-shift).unwrap_or(usize::MAX));
    let kept = digits.get(..kept)?;
    let figure = if kept.is_empty() { U256::ZERO } else { U256::from_str_radix(kept, 10).ok()? };
    Some(Fraction(figure))
}

/// A string that a function reads.
struct Text<F>(F, &'static str);

impl<T, F: Fn(&str) -> Option<T>> de::Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Option<T> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn amounts_are_decimal_or_hexadecimal_strings() {
        for text in ["\"255\"", "\"0xff\"", "\"0Xff\"", "\"0x00FF\""] {
            assert_eq!(read::<Amount>(text).map(|a| a.0), Some(U256::from(255)), "{text}");
        }
        for text in ["255", "\"\"", "\"0x\"", "\"-1\"", "\"1_000\"", "\"ff\"", "\" 1\"", "null"] {
            assert_eq!(read::<Amount>(text), None, "{text}");
        }
        let most = format!("\"{}\"", U256::MAX);
        assert_eq!(read::<Amount>(&most).map(|a| a.0), Some(U256::MAX));
        assert_eq!(read::<Amount>(&most.replace("\"1", "\"11")), None);
        assert_eq!(serde_json::to_string(&Amount(U256::from(255))).unwrap(), "\"255\"");
    }

    #[test]
    fn fractions_have_eighteen_decimals_and_may_have_an_exponent() {
        for (text, wei) in [
            ("\"0.003\"", 3_000_000_000_000_000_u64),
            ("\"3e-3\"", 3_000_000_000_000_000),
            ("\"1\"", 1_000_000_000_000_000_000),
            ("\"0.1234567890123456789\"", 123_456_789_012_345_678),
            ("\"0\"", 0),
            ("\"0e999\"", 0),
            ("\"1e-19\"", 0),
            ("\".5\"", 500_000_000_000_000_000),
        ] {
            assert_eq!(read::<Fraction>(text).map(|f| f.0), Some(U256::from(wei)), "{text}");
        }
        for text in
            ["\"-0.1\"", "\"\"", "\".\"", "\"1e99\"", "\"1e\"", "\"0x1\"", "0.003", "\"1.2.3\""]
        {
            assert_eq!(read::<Fraction>(text), None, "{text}");
        }
        assert_eq!(
            serde_json::to_string(&Fraction(U256::from(3_000_000_000_000_000_u64))).unwrap(),
            "\"0.003\""
        );
        assert_eq!(Fraction(U256::from(2_500_000_000_000_000_u64)).ratio(), Some((1, 400)));
    }
}
