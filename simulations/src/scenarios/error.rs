//! Why a scenario, or a position, is refused: file, line, key and reason on one line.

use std::fmt;

use tenor_solver::stress::{PositionError, ShockError};

use crate::nearest::nearest;

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// The line it is about, from 1; `None` for the whole file.
    pub line: Option<usize>,
    /// The key, such as `shock[2].asset`; empty where none is meant.
    pub key: String,
    /// What is wrong there.
    pub kind: Box<ScenarioErrorKind>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioErrorKind {
    /// Not text, or too much of it.
    #[error("{0}")]
    Unreadable(&'static str),
    /// Not TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A schema that this program does not know.
    #[error("unknown schema {found:?}: this version reads {supported:?}")]
    Schema {
        /// What the file says.
        found: String,
        /// What is read.
        supported: &'static str,
    },
    /// A key that must be there.
    #[error("missing: {0}")]
    Missing(&'static str),
    /// A key, a kind or a name that means nothing here.
    #[error("unknown {what} {name:?}{}", near(.nearest.as_deref()))]
    Unknown {
        /// What it was taken for: a field, a venue, a token.
        what: &'static str,
        /// What stands there.
        name: String,
        /// The nearest that is known.
        nearest: Option<String>,
    },
    /// A value of another type.
    #[error("{found} where {expected} is expected")]
    Type {
        /// What stands there.
        found: String,
        /// What could.
        expected: &'static str,
    },
    /// Below zero.
    #[error("{0} is negative: give zero or more")]
    Negative(String),
    /// Outside what makes sense.
    #[error("{found} is out of range: {expected}")]
    Range {
        /// What stands there.
        found: String,
        /// What could.
        expected: &'static str,
    },
    /// Two keys that contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
    /// The market cannot be shocked so.
    #[error(transparent)]
    Shock(#[from] ShockError),
    /// The market cannot hold the position.
    #[error(transparent)]
    Position(#[from] PositionError),
}

fn near(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; the nearest is {name:?}"))
}

impl ScenarioErrorKind {
    /// Whether the market lacks what is named, rather than the file being wrong.
    pub(super) const fn is_absence(&self) -> bool {
        match self {
            Self::Unknown { .. } => true,
            Self::Shock(error) => error.is_absence(),
            _ => false,
        }
    }

    /// A name that is none of `known`.
    pub(super) fn unknown<'n>(
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = &'n str>,
    ) -> Self {
        let nearest = nearest(name, known).map(str::to_owned);
        Self::Unknown { what, name: name.chars().take(64).collect(), nearest }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ", {}", self.key)?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl std::error::Error for ScenarioError {}
