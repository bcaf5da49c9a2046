//! Code by its hash, decoded when it is asked for: a folder's file holds that of all its blocks.

use std::borrow::Cow;

use alloy_primitives::{Address, B256, hex, keccak256, map::B256Map};
use revm::bytecode::Bytecode;

use super::{
    File,
    error::{RecordingError, RecordingErrorKind},
    wire,
};

/// The text of a file of bytecodes, and where in it each stands.
#[derive(Debug)]
pub struct Codes<'a> {
    file: &'a str,
    by_hash: B256Map<Cow<'a, str>>,
}

/// Code that cannot be used.
#[derive(Debug)]
pub(super) enum CodeError {
    /// No account of the recording may name it.
    Missing(B256),
    /// It is there, and wrong.
    Wrong(RecordingError),
}

impl CodeError {
    /// The refusal: of the account where the code is missing, else of the code.
    pub(super) fn of(self, pre_state: File<'_>, account: Address) -> RecordingError {
        match self {
            Self::Missing(hash) => RecordingError::new(
                pre_state.name,
                format!("{account}"),
                RecordingErrorKind::NoCode(hash),
            ),
            Self::Wrong(error) => error,
        }
    }
}

impl<'a> Codes<'a> {
    /// Finds the codes in a file, and decodes none.
    pub fn parse(file: File<'a>) -> Result<Self, RecordingError> {
        let texts: B256Map<wire::Text<'a>> = wire::read(file)?;
        let by_hash = texts.into_iter().map(|(hash, text)| (hash, text.0)).collect();
        Ok(Self { file: file.name, by_hash })
    }

    /// The code with a hash, analysed.
    pub(super) fn get(&self, hash: B256) -> Result<Bytecode, CodeError> {
        let text = self.by_hash.get(&hash).ok_or(CodeError::Missing(hash))?;
        let wrong = |kind| CodeError::Wrong(RecordingError::new(self.file, hash.to_string(), kind));
        let form = |what: String| wrong(RecordingErrorKind::Form(what));
        let bytes = hex::decode(text.as_bytes()).map_err(|error| form(error.to_string()))?;
        let found = keccak256(&bytes);
        if found != hash {
            return Err(wrong(RecordingErrorKind::WrongCode(found)));
        }
        Bytecode::new_raw_checked(bytes.into()).map_err(|error| form(error.to_string()))
    }
}
