//! Why a recording is refused: file, place and reason on one line.

use std::fmt;

use alloy_primitives::{Address, B256};

/// A recording that cannot be used. One line says which file, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// Where in the file, such as `transactions[3]`; empty for the whole file.
    pub path: String,
    /// What is wrong there.
    pub kind: RecordingErrorKind,
}

/// What is wrong with a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingErrorKind {
    /// Not JSON, or not of the form that a recording has.
    #[error("{0}: record it again")]
    Form(String),
    /// The recording of another block.
    #[error("block {found} where block {asked} was asked for: correct the number or the folder")]
    WrongBlock {
        /// The block recorded.
        found: u64,
        /// The block asked for.
        asked: u64,
    },
    /// An account's code is not among the recorded ones.
    #[error("the code with hash {0} is not recorded: add it to the bytecodes")]
    NoCode(B256),
    /// Code that is not what its hash says.
    #[error("this code has hash {0}: record it again")]
    WrongCode(B256),
    /// A transaction that its sender has not signed.
    #[error("sent by {from}, and signed by {signer}: record it again")]
    WrongSender {
        /// Who is recorded.
        from: Address,
        /// Who signed.
        signer: Address,
    },
    /// A transaction whose signature is none.
    #[error("the signature of {0} is none: record it again")]
    NoSigner(B256),
}

impl RecordingError {
    pub(super) fn new(file: &str, path: impl Into<String>, kind: RecordingErrorKind) -> Self {
        Self { file: file.to_owned(), path: path.into(), kind }
    }
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, path, kind } = self;
        // One line whatever the name and the file hold.
        let flat = |s: &str| s.replace(|c: char| c.is_control(), " ");
        write!(f, "{}: ", flat(file))?;
        if !path.is_empty() {
            write!(f, "{}: ", flat(path))?;
        }
        write!(f, "{}", flat(&kind.to_string()))
    }
}

impl std::error::Error for RecordingError {}
