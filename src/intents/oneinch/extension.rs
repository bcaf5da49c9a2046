//! What an order says beside its struct: nine fields in one string of bytes, to whose hash the low 160 bits
//! of the salt commit.
//!
//! The first 32 bytes are where the first eight fields end, counted from byte 32 on, the first field in the
//! lowest 32 bits; the ninth is whatever comes after (`ExtensionLib`, `OffsetsLib`).

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

/// The fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extension {
    /// Goes after the maker's `transferFrom`: for assets that are no plain tokens.
    pub maker_asset_suffix: Bytes,
    /// The same of the taker's.
    pub taker_asset_suffix: Bytes,
    /// Who says what the maker gives, and what it is told.
    pub making_amount: Bytes,
    /// Who says what the maker gets, and what it is told.
    pub taking_amount: Bytes,
    /// A call of the router to itself that must answer one.
    pub predicate: Bytes,
    /// A token and a permit for it.
    pub maker_permit: Bytes,
    /// Who is called first, and with what.
    pub pre_interaction: Bytes,
    /// Who is called last, and with what.
    pub post_interaction: Bytes,
    /// Nobody looks at it.
    pub custom: Bytes,
}

/// Why bytes are no extension that is understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum ExtensionError {
    #[error("field {field} of the extension ends at byte {end}; there are {length}")]
    OutOfBounds { field: usize, end: usize, length: usize },
    #[error("field {field} of the extension ends before it begins")]
    Backwards { field: usize },
    #[error("{what} ends too early")]
    Short { what: &'static str },
    #[error("{what} is {found}; at most 100 are a whole")]
    Percentage { what: &'static str, found: u8 },
    #[error("what the maker gives and what the maker gets are computed from different data")]
    GettersDiffer,
}

impl Extension {
    /// Reads the fields. What is shorter than its own offsets has only empty ones, as the contract has it.
    pub fn decode(bytes: &[u8]) -> Result<Self, ExtensionError> {
        let Some((offsets, fields)) = bytes.split_first_chunk::<32>() else {
            return Ok(Self::default());
        };
        let mut start = 0;
        let mut next = |field: usize| {
            // The lowest are the last four bytes.
            let at = 28 - 4 * field;
            let end = offsets[at..at + 4].iter().fold(0, |end, byte| end << 8 | usize::from(*byte));
            let length = fields.len();
            if end > length {
                return Err(ExtensionError::OutOfBounds { field, end, length });
            }
            let found = fields.get(start..end).ok_or(ExtensionError::Backwards { field })?;
            start = end;
            Ok(Bytes::copy_from_slice(found))
        };
        Ok(Self {
            maker_asset_suffix: next(0)?,
            taker_asset_suffix: next(1)?,
            making_amount: next(2)?,
            taking_amount: next(3)?,
            predicate: next(4)?,
            maker_permit: next(5)?,
            pre_interaction: next(6)?,
            post_interaction: next(7)?,
            custom: Bytes::copy_from_slice(fields.get(start..).unwrap_or_default()),
        })
    }

    /// The bytes; empty where all fields are.
    pub fn encode(&self) -> Bytes {
        if *self == Self::default() {
            return Bytes::new();
        }
        let fields = [
            &self.maker_asset_suffix,
            &self.taker_asset_suffix,
            &self.making_amount,
            &self.taking_amount,
            &self.predicate,
            &self.maker_permit,
            &self.pre_interaction,
            &self.post_interaction,
        ];
        let (mut offsets, mut data, mut end) = (U256::ZERO, Vec::new(), 0usize);
        for (nth, field) in fields.iter().enumerate() {
            end += field.len();
            offsets |= U256::from(end) << (32 * nth);
            data.extend_from_slice(field);
        }
        [&offsets.to_be_bytes::<32>()[..], &data, &self.custom].concat().into()
    }
}

/// Whether a salt commits to an extension.
pub fn commits(salt: U256, extension: &[u8]) -> bool {
    let hash: B256 = keccak256(extension);
    salt.to_be_bytes::<32>()[12..] == hash[12..]
}

/// Who is called, and with what; `None` where the data names nobody.
pub fn target(data: &[u8]) -> Option<(Address, &[u8])> {
    let (target, rest) = data.split_first_chunk::<20>()?;
    Some((Address::from(*target), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field() -> impl Strategy<Value = Bytes> {
        prop::collection::vec(any::<u8>(), 0..60).prop_map(Bytes::from)
    }

    proptest! {
        #[test]
        fn fields_are_read_as_written(
            fields in prop::array::uniform9(field()),
        ) {
            let [a, b, c, d, e, f, g, h, custom] = fields;
            let extension = Extension {
                maker_asset_suffix: a,
                taker_asset_suffix: b,
                making_amount: c,
                taking_amount: d,
                predicate: e,
                maker_permit: f,
                pre_interaction: g,
                post_interaction: h,
                custom,
            };
            prop_assert_eq!(Extension::decode(&extension.encode()), Ok(extension));
        }
    }

    #[test]
    fn offsets_beyond_the_bytes_are_refused() {
        let mut bytes = [0u8; 40];
        bytes[31] = 9;
        let error = Extension::decode(&bytes).unwrap_err();
        assert_eq!(error, ExtensionError::OutOfBounds { field: 0, end: 9, length: 8 });
        bytes[31] = 8;
        let error = Extension::decode(&bytes).unwrap_err();
        assert_eq!(error, ExtensionError::Backwards { field: 1 });
    }
}
