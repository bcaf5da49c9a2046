//! Values as nodes write them, read strictly: what is not exactly one is an error.

use alloy_primitives::{B256, Bytes, U256};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{classify, error::Fault};

/// The digits of a `0x` string. What is not there at all is a block that is not there.
fn digits<'a>(method: &'static str, raw: &'a RawValue) -> Result<&'a str, Fault> {
    if is_null(raw) {
        return Err(classify::missing());
    }
    let text: &str = serde_json::from_str(raw.get())
        .map_err(|_| garbage(method, "what is no string where a number was due"))?;
    text.strip_prefix("0x").ok_or_else(|| garbage(method, "a number that is not 0x and digits"))
}

/// A quantity or word of at most 256 bits.
pub(super) fn word(method: &'static str, raw: &RawValue) -> Result<U256, Fault> {
    let digits = digits(method, raw)?;
    if !(1..=64).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(garbage(method, "a number that is not of 1 to 64 hexadecimal digits"));
    }
    U256::from_str_radix(digits, 16).map_err(|_| garbage(method, "a number that cannot be read"))
}

/// A quantity of at most 64 bits.
pub(super) fn number(method: &'static str, raw: &RawValue) -> Result<u64, Fault> {
    u64::try_from(word(method, raw)?).map_err(|_| garbage(method, "a number of more than 64 bits"))
}

/// Bytes.
pub(super) fn bytes(method: &'static str, raw: &RawValue) -> Result<Bytes, Fault> {
    let bytes = alloy_primitives::hex::decode(digits(method, raw)?);
    bytes.map(Bytes::from).map_err(|_| garbage(method, "bytes that are not hexadecimal"))
}

/// Anything else, by its own rules.
pub(super) fn object<T: DeserializeOwned>(
    method: &'static str,
    raw: &RawValue,
) -> Result<T, Fault> {
    if is_null(raw) {
        return Err(classify::missing());
    }
    serde_json::from_str(raw.get()).map_err(|error| garbage(method, &error.to_string()))
}

pub(super) fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

pub(super) fn garbage(method: &'static str, what: &str) -> Fault {
    Fault::Garbage { method, what: what.to_owned() }
}

/// A word as `eth_getStorageAt` and `eth_getProof` take it.
pub(super) fn padded(slot: U256) -> B256 {
    slot.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn numbers_are_read_and_nothing_else_is() {
        assert_eq!(word("m", &raw(r#""0x0""#)), Ok(U256::ZERO));
        let most = format!("\"0x{}\"", "f".repeat(64));
        assert_eq!(word("m", &raw(&most)), Ok(U256::MAX));
        let long = format!("\"0x{}\"", "0".repeat(65));
        for json in
            ["1", r#""""#, r#""0x""#, r#""12""#, r#""0xg""#, r#""0x+1""#, "{}", "true", &long]
        {
            assert!(matches!(word("m", &raw(json)), Err(Fault::Garbage { .. })), "{json}");
        }
        assert!(matches!(word("m", &raw("null")), Err(Fault::Gone { .. })));
        assert!(number("m", &raw(r#""0x10000000000000000""#)).is_err());
    }

    #[test]
    fn bytes_are_whole() {
        assert_eq!(bytes("m", &raw(r#""0x""#)), Ok(Bytes::new()));
        assert_eq!(bytes("m", &raw(r#""0x00ff""#)), Ok(Bytes::from_static(&[0, 255])));
        for json in [r#""0x0""#, r#""00""#, r#""0xzz""#, "[]"] {
            assert!(bytes("m", &raw(json)).is_err(), "{json}");
        }
    }
}
