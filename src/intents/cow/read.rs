//! Bytes as an auction or a notification: read in one pass into what is needed, never as a tree.

use serde::de::DeserializeOwned;

use super::wire::{Auction, Notification};
use crate::{intents::signed::wire::too_deep, problems::Problem};

/// The longest request: some thousands of times what an order or a pool takes.
pub const MOST_BYTES: usize = 128 << 20;

/// The longest notification: a transaction's data is in it.
pub const MOST_NOTIFIED: usize = 8 << 20;

/// Why bytes are no auction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum AuctionError {
    #[error("{found} bytes; at most {most} are read")]
    TooLarge { found: usize, most: usize },
    #[error("byte {at} is not UTF-8")]
    InvalidUtf8 { at: usize },
    #[error("nested deeper than any auction at byte {at}")]
    TooDeep { at: usize },
    #[error("not JSON: {why}")]
    NotJson { why: String },
    #[error("{pointer}: {why}")]
    MissingField { pointer: String, why: String },
    #[error("{pointer}: {why}")]
    InvalidField { pointer: String, why: String },
    #[error("the deadline {deadline} has passed")]
    Late { deadline: String },
}

impl AuctionError {
    /// Its row in the table.
    pub const fn problem(&self) -> Problem {
        match self {
            Self::TooLarge { .. } => Problem::BodyTooLarge,
            Self::InvalidUtf8 { .. } => Problem::InvalidUtf8,
            Self::TooDeep { .. } => Problem::TooDeep,
            Self::NotJson { .. } => Problem::NotJson,
            Self::MissingField { .. } => Problem::MissingField,
            Self::InvalidField { .. } => Problem::InvalidField,
            Self::Late { .. } => Problem::Expired,
        }
    }

    /// Where the fault is, where it is a part.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::MissingField { pointer, .. } | Self::InvalidField { pointer, .. } => {
                Some(pointer)
            }
            Self::Late { .. } => Some("/deadline"),
            Self::TooLarge { .. }
            | Self::InvalidUtf8 { .. }
            | Self::TooDeep { .. }
            | Self::NotJson { .. } => None,
        }
    }
}

/// Reads an auction.
pub fn auction(bytes: &[u8]) -> Result<Auction, AuctionError> {
    read(bytes, MOST_BYTES)
}

/// Reads a notification.
pub fn notification(bytes: &[u8]) -> Result<Notification, AuctionError> {
    read(bytes, MOST_NOTIFIED)
}

fn read<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<T, AuctionError> {
    if bytes.len() > most {
        return Err(AuctionError::TooLarge { found: bytes.len(), most });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| AuctionError::InvalidUtf8 { at: error.valid_up_to() })?;
    if let Some(at) = too_deep(text) {
        return Err(AuctionError::TooDeep { at });
    }
    serde_json::from_str(text).map_err(|_| fault::<T>(text))
}

/// Reads again, slowly, to tell where the fault is.
fn fault<T: DeserializeOwned>(text: &str) -> AuctionError {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read: Result<T, _> = serde_path_to_error::deserialize(&mut reader);
    let Err(error) = read else {
        let why = "there is more after its end".to_owned();
        return AuctionError::NotJson { why };
    };
    // It may repeat what it was given, which may be long.
    let why: String = error.inner().to_string().chars().take(300).collect();
    if !error.inner().is_data() {
        return AuctionError::NotJson { why };
    }
    let pointer = pointer(error.path());
    if why.starts_with("missing field") {
        return AuctionError::MissingField { pointer, why };
    }
    AuctionError::InvalidField { pointer, why }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect::<String>().chars().take(200).collect()
}
