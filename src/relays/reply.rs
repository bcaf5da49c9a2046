//! What a relay answered, in any of the forms that relays have.
//!
//! A reply is what a relay says of itself. "Taken" is no promise, and some say it of what they cannot even
//! read; "refused" is believed.

use alloy_primitives::B256;
use serde_json::Value;

/// The longest text of a relay that is kept.
const LONGEST: usize = 200;

/// The longest run of hexadecimal digits that is kept: a hash and its prefix. A relay may repeat what it was
/// sent, and what is not landed yet is nobody's to read.
const LONGEST_HEX: usize = 66;

/// What a relay answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It says that it took what was sent, and by which hash it knows it, if it says that.
    Taken(Option<B256>),
    /// It did not take it; in its words, shortened.
    Refused(String),
    /// It wants fewer requests.
    Limited,
    /// It failed, and may have taken it or not.
    Failed(String),
}

impl Reply {
    /// Reads an answer by its HTTP status and body.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let text = || shortened(&String::from_utf8_lossy(body));
        if status == 429 {
            return Self::Limited;
        }
        let value: Option<Value> = serde_json::from_slice(body).ok();
        if let Some(why) = value.as_ref().and_then(refusal) {
            return Self::Refused(shortened(&why));
        }
        match status {
            200..=299 => value.map_or_else(|| Self::bare(&text()), |value| Self::taken(&value)),
            400..=499 => Self::Refused(format!("HTTP {status}: {}", text())),
            _ => Self::Failed(format!("HTTP {status}: {}", text())),
        }
    }

    /// A body that is no JSON: a hash by itself, or a page of something in between.
    fn bare(text: &str) -> Self {
        match text.trim().parse() {
            Ok(hash) => Self::Taken(Some(hash)),
            Err(_) => Self::Failed(format!("not JSON: {text}")),
        }
    }

    fn taken(value: &Value) -> Self {
        let result = value.get("result").unwrap_or(value);
        if result == &Value::Bool(false) {
            return Self::Refused("the answer is false".to_owned());
        }
        let named = result.get("bundleHash").or_else(|| result.pointer("/bundleHashes/0"));
        let hash = named.unwrap_or(result).as_str().and_then(|text| text.parse().ok());
        Self::Taken(hash)
    }
}

/// What an answer says went wrong: `error`, an object or bare text, or `jsonerror`.
fn refusal(value: &Value) -> Option<String> {
    let error = value.get("error").or_else(|| value.get("jsonerror")).filter(|e| !e.is_null())?;
    let said = error.get("message").unwrap_or(error);
    let text = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
    Some(match error.get("code").and_then(Value::as_i64) {
        Some(code) => format!("{code}: {text}"),
        None => text,
    })
}

/// A text on one line, without long data.
pub(super) fn shortened(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        if word.chars().filter(char::is_ascii_hexdigit).count() > LONGEST_HEX {
            "(data)".to_owned()
        } else {
            word.replace(char::is_control, " ")
        }
    });
    words.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}
