//! Bytes that are no signed intent.

use super::wire::{MOST_DEEP, SCHEMA};
use tenor_simulations::nearest::nearest;

use crate::problems::Problem;

/// Why bytes are no signed intent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum WireError {
    #[error("{found} bytes; at most {most} are read")]
    TooLarge { found: usize, most: usize },
    #[error("byte {at} is not UTF-8")]
    InvalidUtf8 { at: usize },
    #[error("nested deeper than {MOST_DEEP} at byte {at}")]
    TooDeep { at: usize },
    #[error("not JSON: {why}")]
    NotJson { why: String },
    #[error("{pointer}: there is no {name:?}; the nearest name is {nearest:?}")]
    UnknownField { pointer: String, name: String, nearest: String },
    #[error("{pointer}: {why}")]
    MissingField { pointer: String, why: String },
    #[error("{pointer}: {why}")]
    InvalidField { pointer: String, why: String },
    #[error("schema {found:?}; this version reads {SCHEMA:?}")]
    WrongSchema { found: String },
}

impl WireError {
    /// Its row in the table.
    pub const fn problem(&self) -> Problem {
        match self {
            Self::TooLarge { .. } => Problem::BodyTooLarge,
            Self::InvalidUtf8 { .. } => Problem::InvalidUtf8,
            Self::TooDeep { .. } => Problem::TooDeep,
            Self::NotJson { .. } => Problem::NotJson,
            Self::UnknownField { .. } => Problem::UnknownField,
            Self::MissingField { .. } => Problem::MissingField,
            Self::InvalidField { .. } => Problem::InvalidField,
            Self::WrongSchema { .. } => Problem::WrongSchema,
        }
    }

    /// JSON pointer to what is at fault, where it is a part.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::UnknownField { pointer, .. }
            | Self::MissingField { pointer, .. }
            | Self::InvalidField { pointer, .. } => Some(pointer),
            Self::WrongSchema { .. } => Some("/schema"),
            Self::TooLarge { .. }
            | Self::InvalidUtf8 { .. }
            | Self::TooDeep { .. }
            | Self::NotJson { .. } => None,
        }
    }

    pub(crate) fn of(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        // It may repeat what it was given, which may be long.
        let why: String = error.inner().to_string().chars().take(300).collect();
        if !error.inner().is_data() {
            return Self::NotJson { why };
        }
        let pointer = pointer(error.path());
        if let Some(rest) = why.strip_prefix("unknown field `") {
            let name: String =
                rest.split('`').next().unwrap_or_default().chars().take(40).collect();
            // What the schema has there: serde lists it after the name.
            let plain =
                |known: &&str| known.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let there = rest.split('`').skip(2).step_by(2).filter(plain);
            let nearest = nearest(&name, there).unwrap_or_default().to_owned();
            return Self::UnknownField { pointer, name, nearest };
        }
        if why.starts_with("missing field") {
            return Self::MissingField { pointer, why };
        }
        Self::InvalidField { pointer, why }
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut text = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => text += &format!("/{index}"),
            Segment::Map { key } => {
                text += &format!("/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    text.chars().take(200).collect()
}
