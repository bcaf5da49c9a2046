//! Who holds a key. Only the SHA-256 of keys is kept, and neither is ever shown.

use std::{collections::HashMap, env, fmt, fs, sync::Arc};

use alloy_primitives::hex;
use sha2::{Digest as _, Sha256};

use crate::config::Secret;

/// The keys that are known, by their digest.
#[derive(Default, Clone)]
pub struct Keys(HashMap<[u8; 32], Arc<str>>);

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read.
    #[error("cannot read the keys of {secret}: {why}")]
    Read {
        /// Where they should be.
        secret: Secret,
        /// The system's reason.
        why: String,
    },
    /// A line is not one. It is not repeated: it may hold a key.
    #[error(
        "{secret}, line {line}: expected a name and the SHA-256 of its key in 64 hexadecimal digits, \
         as printed by: printf %s KEY | sha256sum"
    )]
    Line {
        /// Where it stands.
        secret: Secret,
        /// Counted from one.
        line: usize,
    },
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// Reads the keys of a secret.
    pub fn read(secret: &Secret) -> Result<Self, KeysError> {
        let failed = |why: String| KeysError::Read { secret: secret.clone(), why };
        let text = match secret {
            Secret::File(path) => {
                fs::read_to_string(path).map_err(|error| failed(error.to_string()))?
            }
            Secret::Env(name) => env::var(name).map_err(|error| failed(error.to_string()))?,
        };
        Self::parse(&text).map_err(|line| KeysError::Line { secret: secret.clone(), line })
    }

    /// Reads lines; an error is the number of the wrong one. `#` begins a comment.
    fn parse(text: &str) -> Result<Self, usize> {
        let mut keys = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            let (name, digest) = match words[..] {
                [] => continue,
                [name, digest] => (name, digest),
                _ => return Err(number + 1),
            };
            let digest: [u8; 32] = hex::FromHex::from_hex(digest).map_err(|_| number + 1)?;
            keys.insert(digest, name.into());
        }
        Ok(Self(keys))
    }

    /// Whose key this is. Looked up by its digest, so that the time taken says nothing of the keys.
    pub(super) fn holder(&self, key: &[u8]) -> Option<Arc<str>> {
        self.0.get(&<[u8; 32]>::from(Sha256::digest(key))).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf %s open-sesame | sha256sum
    const DIGEST: &str = "d7ecdf25eaf3deba0f2628771dbdd22d4138ab6cf38f91ed02a2ca0dec7c8ab7";

    #[test]
    fn keys_are_known_by_their_digest() {
        let keys = Keys::parse(&format!("# of the desk\nali {DIGEST} # first\n\n")).unwrap();
        assert_eq!(keys.holder(b"open-sesame").as_deref(), Some("ali"));
        assert_eq!(keys.holder(b"open-sesam"), None);
        assert_eq!(keys.holder(DIGEST.as_bytes()), None);
        assert_eq!(format!("{keys:?}"), "Keys(1)");
    }

    #[test]
    fn a_wrong_line_is_named_and_not_repeated() {
        assert_eq!(Keys::parse("ali open-sesame").unwrap_err(), 1);
        assert_eq!(Keys::parse(&format!("ali {DIGEST}\nbo {DIGEST} more")).unwrap_err(), 2);
        let error = KeysError::Line { secret: Secret::Env("K".into()), line: 1 };
        assert!(error.to_string().starts_with("env:K, line 1: expected a name"), "{error}");
    }
}
