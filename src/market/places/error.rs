//! Why a registry of places, or a market that was read at some, is refused.

use std::fmt;

/// A registry that cannot be used. One line says which file, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacesError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// Where in the file, such as `places[4].contracts.pool`; empty for the whole file.
    pub path: String,
    /// What is wrong there.
    pub kind: PlacesErrorKind,
}

/// What is wrong with a registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacesErrorKind {
    /// Not JSON of the schema's form.
    #[error("{0}")]
    Json(String),
    /// A schema that this program does not know.
    #[error("unknown schema {found}: this version reads `{supported}`")]
    Schema {
        /// What the file says, quoted.
        found: String,
        /// What is read.
        supported: &'static str,
    },
    /// No such kind, and those that there are.
    #[error("there is no venue kind {0}; there are {1}")]
    NoSuchKind(String, String),
    /// A contract that this kind needs.
    #[error("missing: this kind needs the contract in this role")]
    Missing,
    /// A role or a constant that the kind does not have, and those that it has.
    #[error("a {0} knows {1}: remove this, or correct the kind")]
    Foreign(&'static str, String),
    /// Two entries for one thing.
    #[error("the same as {0}: remove one of the two")]
    Duplicate(String),
    /// A value of the wrong form.
    #[error("{0}")]
    Form(String),
}

impl fmt::Display for PlacesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        let line = self.kind.to_string().replace(char::is_control, " ");
        f.write_str(&line)
    }
}

impl std::error::Error for PlacesError {}

/// An error before it is known which file it is in.
#[derive(Debug)]
pub(in crate::market) struct Refusal {
    path: String,
    kind: PlacesErrorKind,
}

impl Refusal {
    pub(in crate::market) fn new(path: &str, kind: PlacesErrorKind) -> Self {
        Self { path: path.to_owned(), kind }
    }

    pub(in crate::market) fn form(path: &str, what: impl Into<String>) -> Self {
        Self::new(path, PlacesErrorKind::Form(what.into()))
    }

    /// The same, seen from outside of `part`.
    pub(in crate::market) fn within(mut self, part: &str) -> Self {
        self.path =
            if self.path.is_empty() { part.to_owned() } else { format!("{part}.{}", self.path) };
        self
    }

    pub(in crate::market) fn in_file(self, file: &str) -> PlacesError {
        PlacesError { file: file.to_owned(), path: self.path, kind: self.kind }
    }
}

/// Refuses another schema.
pub(in crate::market) fn schema(found: &str, supported: &'static str) -> Result<(), Refusal> {
    if found == supported {
        return Ok(());
    }
    let kind = PlacesErrorKind::Schema { found: quoted(found), supported };
    Err(Refusal::new("schema", kind))
}

/// What was written, in quotes and not too long.
pub(in crate::market) fn quoted(text: &str) -> String {
    const MOST: usize = 48;
    if text.chars().count() <= MOST {
        return format!("{text:?}");
    }
    let head: String = text.chars().take(MOST).collect();
    format!("{head:?}...")
}
