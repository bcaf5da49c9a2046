//! Why a file of figures is refused: file, path and reason on one line.

use std::fmt;

use tenor_solver::risk::HazardError;

/// A market or assumptions file that cannot be used. One line says which file, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiguresError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// Where in the file, such as `venues[4].known_range.lower_tick`; empty for the whole file.
    pub path: String,
    /// What is wrong there.
    pub kind: FiguresErrorKind,
}

/// What is wrong with a file of figures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FiguresErrorKind {
    /// Larger than any market file is.
    #[error("{bytes} bytes are too many for a file of figures: at most {most}")]
    TooLarge {
        /// The file's size.
        bytes: usize,
        /// The most that is read.
        most: usize,
    },
    /// Not text.
    #[error("byte {at} is not UTF-8: save the file as UTF-8 text")]
    NotUtf8 {
        /// Offset of the first bad byte.
        at: usize,
    },
    /// Not JSON.
    #[error("not JSON at line {line}, column {column}: {what}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 where the line ended too early.
        column: usize,
        /// What the JSON reader expected.
        what: String,
    },
    /// Brackets within brackets, far deeper than figures need.
    #[error("nested more than {most} levels deep at line {line}: figures are flat")]
    TooDeep {
        /// The deepest that is read.
        most: usize,
        /// Line, from 1.
        line: usize,
    },
    /// A schema that this program does not know.
    #[error("unknown schema {found}: this version reads `{supported}`")]
    Schema {
        /// What the file says, quoted.
        found: String,
        /// What is read.
        supported: &'static str,
    },
    /// A field that must be there.
    #[error("missing: add this field")]
    Missing,
    /// One name twice in one object.
    #[error("given twice: keep one")]
    Twice,
    /// A value of the wrong form: a type, a unit, a range of the contract's field, a checksum.
    #[error("{0}")]
    Form(String),
    /// A value outside the range that makes sense.
    #[error("{found} is out of range: {expected}")]
    Range {
        /// The value.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// Two entries with one name or address.
    #[error("the same as {other}: remove one of the two")]
    Duplicate {
        /// Path of the first.
        other: String,
    },
    /// A token that the file does not list.
    #[error("token {0} is not in `tokens`: add it there, or correct the name")]
    UnlistedToken(String),
    /// A token that no venue names.
    #[error("no venue names {0}: remove the token, or add the venue that trades it")]
    IdleToken(String),
    /// A venue that the market does not have.
    #[error("no venue {0} in this market: name one of its venue ids")]
    UnknownVenue(String),
    /// Priors of hazards that make no sense.
    #[error(transparent)]
    Hazards(HazardError),
    /// Figures that contradict each other.
    #[error("{0}")]
    Inconsistent(String),
}

impl fmt::Display for FiguresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, path, kind } = self;
        if path.is_empty() {
            write!(f, "{file}: {kind}")
        } else {
            write!(f, "{file}: {path}: {kind}")
        }
    }
}

impl std::error::Error for FiguresError {}

/// A refusal that does not know its file yet; paths grow from the inside out.
#[derive(Debug)]
pub(super) struct Refusal {
    path: String,
    kind: FiguresErrorKind,
}

impl Refusal {
    pub(super) fn new(path: impl Into<String>, kind: FiguresErrorKind) -> Self {
        Self { path: path.into(), kind }
    }

    pub(super) fn range(
        path: impl Into<String>,
        found: impl fmt::Display,
        expected: impl Into<String>,
    ) -> Self {
        let kind = FiguresErrorKind::Range { found: found.to_string(), expected: expected.into() };
        Self::new(path, kind)
    }

    pub(super) fn inconsistent(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(path, FiguresErrorKind::Inconsistent(what.into()))
    }

    /// The same refusal, seen from outside `outer`.
    pub(super) fn within(self, outer: &str) -> Self {
        let path = match (outer.is_empty(), self.path.is_empty()) {
            (true, _) => self.path,
            (_, true) => outer.to_owned(),
            _ if self.path.starts_with('[') => format!("{outer}{}", self.path),
            _ => format!("{outer}.{}", self.path),
        };
        Self { path, ..self }
    }

    pub(super) fn in_file(self, name: &str) -> FiguresError {
        // One line whatever the name and the file hold.
        let flat = |s: &str| s.replace(|c: char| c.is_control(), " ");
        FiguresError { file: flat(name), path: flat(&self.path), kind: self.kind }
    }
}

/// `text` in quotes, escaped, and short enough for one line.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 48;
    if text.chars().count() <= MOST {
        return format!("{text:?}");
    }
    let head: String = text.chars().take(MOST).collect();
    format!("{head:?}...")
}
