//! Why a benchmark instance is refused: path and reason on one line.

use std::fmt;

/// Longest reason shown; what a reader quotes may be the whole file.
const LONGEST: usize = 240;

/// An instance that cannot be used. One line says which file, where, and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// Where in the file, such as `pools[4].segs[0].pl`; empty for the whole file.
    pub path: String,
    /// What is wrong there.
    pub kind: InstanceErrorKind,
}

/// What is wrong with an instance.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InstanceErrorKind {
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
    /// A value of the wrong form.
    #[error("{0}")]
    Form(String),
    /// A field that this kind of pool does not have.
    #[error("a {kind} pool has no such field: remove it, or correct the kind")]
    Foreign {
        /// The pool's kind.
        kind: &'static str,
    },
    /// A value outside the range that makes sense.
    #[error("{found} is out of range: {expected}")]
    Range {
        /// The value.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// Two entries with one id.
    #[error("the same as {other}: ids count from zero in the list's order")]
    Duplicate {
        /// Path of the first.
        other: String,
    },
    /// Figures that contradict each other.
    #[error("{0}")]
    Inconsistent(String),
}

impl fmt::Display for InstanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, path, kind } = self;
        if path.is_empty() {
            write!(f, "{file}: {kind}")
        } else {
            write!(f, "{file}: {path}: {kind}")
        }
    }
}

impl std::error::Error for InstanceError {}

/// A refusal that does not know its file yet; paths grow from the inside out.
#[derive(Debug)]
pub(super) struct Refusal {
    path: String,
    kind: InstanceErrorKind,
}

impl Refusal {
    pub(super) fn new(path: impl Into<String>, kind: InstanceErrorKind) -> Self {
        Self { path: path.into(), kind }
    }

    pub(super) fn range(
        path: impl Into<String>,
        found: impl fmt::Display,
        expected: impl Into<String>,
    ) -> Self {
        let kind = InstanceErrorKind::Range { found: found.to_string(), expected: expected.into() };
        Self::new(path, kind)
    }

    /// A float out of range, as short as it can be written.
    pub(super) fn figure(path: &str, found: f64, expected: impl Into<String>) -> Self {
        Self::range(path, format!("{found:?}"), expected)
    }

    pub(super) fn inconsistent(path: impl Into<String>, what: impl fmt::Display) -> Self {
        Self::new(path, InstanceErrorKind::Inconsistent(one_line(&what.to_string())))
    }

    /// The same refusal, seen from outside `outer`.
    pub(super) fn within(self, outer: &str) -> Self {
        let path = match (outer.is_empty(), self.path.is_empty()) {
            (true, _) => self.path,
            (_, true) => outer.to_owned(),
            _ => format!("{outer}.{}", self.path),
        };
        Self { path, ..self }
    }

    pub(super) fn in_file(self, name: &str) -> InstanceError {
        InstanceError { file: flat(name), path: one_line(&self.path), kind: self.kind }
    }
}

/// `value`, where it is a finite number above zero.
pub(super) fn positive(path: &str, value: f64) -> Result<f64, Refusal> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(Refusal::figure(path, value, "a number above zero"))
}

/// `value`, where it is a finite number and not below zero.
pub(super) fn not_negative(path: &str, value: f64) -> Result<f64, Refusal> {
    if value.is_finite() && value >= 0.0 {
        return Ok(value);
    }
    Err(Refusal::figure(path, value, "zero or a number above it"))
}

/// `text` on one line, and short enough for it.
pub(super) fn one_line(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return flat(text);
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{}...", flat(&head))
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

fn flat(text: &str) -> String {
    text.replace(char::is_control, " ")
}
