//! Canonical JSON: one text for one value, so that it can be hashed by anybody.
//!
//! It is RFC 8785 for the values that have no doubtful form, and refuses all others:
//!
//! - objects, arrays, strings, `true`, `false`, `null` and integers from 0 to 2^53 - 1; no fractions, no
//!   exponents, no negative numbers. Amounts are decimal strings, addresses `0x` and 40 lower-case
//!   digits;
//! - names are printable ASCII, and members stand in the order of their bytes;
//! - no white space between tokens;
//! - in strings `"` and `\` are escaped by a backslash, control characters as `\b \t \n \f \r` or else
//!   `\u00xx` in lower case, and nothing else is: UTF-8 as it is.

use serde_json::Value;

/// The largest integer that every JSON reader keeps exactly.
const MOST: u64 = (1 << 53) - 1;

/// A value that has no canonical form here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// A number that readers may differ on.
    #[error("{0} is no integer from 0 to 2^53 - 1: write amounts as strings")]
    Number(String),
    /// A name outside of printable ASCII.
    #[error("the name {0:?} is not printable ASCII")]
    Name(String),
}

/// The canonical text of a value.
pub fn canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => out.push_str(&value.to_string()),
        Value::Number(number) => {
            let whole = number.as_u64().filter(|whole| *whole <= MOST);
            let whole = whole.ok_or_else(|| NotCanonical::Number(number.to_string()))?;
            out.push_str(&whole.to_string());
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_bytes());
            out.push('{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                if !name.bytes().all(|b| b.is_ascii_graphic()) {
                    return Err(NotCanonical::Name(name.clone()));
                }
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_and_nothing_is_between() {
        let value = json!({ "b": [1, true, null], "a": { "z": "x", "Z": "" } });
        assert_eq!(canonical(&value).as_deref(), Ok(r#"{"a":{"Z":"","z":"x"},"b":[1,true,null]}"#));
    }

    #[test]
    fn strings_are_escaped_as_in_rfc_8785() {
        let value = json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/");
        assert_eq!(canonical(&value).as_deref(), Ok("\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""));
    }

    #[test]
    fn doubtful_values_are_refused() {
        for value in [json!(1.5), json!(-1), json!(1u64 << 53), json!([{ "a": 1e3 }])] {
            assert!(matches!(canonical(&value), Err(NotCanonical::Number(_))), "{value}");
        }
        assert!(matches!(canonical(&json!({ "\u{e4}": 1 })), Err(NotCanonical::Name(_))));
    }
}
