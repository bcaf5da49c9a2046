//! Markets from outside: files on disk and the one that is built in.

use std::path::{Path, PathBuf};

use tenor_simulations::figures::{self, Figures, FiguresError};
use tenor_solver::market::Assumption;

/// The largest file read; a market of thousands of pools is a tenth of it.
const LARGEST_BYTES: u64 = 64 << 20;

/// Why a market cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MarketError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}; give the path of {wanted}")]
    Read {
        /// What the file should be, in words.
        wanted: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is no file, or too large.
    #[error("{path} is {what}; give the path of {wanted} of at most 64 MiB")]
    NotAFile {
        /// What the file should be, in words.
        wanted: &'static str,
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The figures are wrong.
    #[error(transparent)]
    Figures(#[from] FiguresError),
}

/// Where the assumptions come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assume {
    /// Those that come with the built-in market; none with any other.
    Default,
    /// None.
    Nothing,
    /// A file.
    File(PathBuf),
}

/// The figures of a file, or the built-in ones, with the assumptions made about them.
pub fn load(
    file: Option<&Path>,
    assume: &Assume,
) -> Result<(Figures, Vec<Assumption>), MarketError> {
    let figures = match file {
        Some(path) => Figures::parse(&path.display().to_string(), &read(path, "a market file")?)?,
        None => Figures::parse(figures::EMBEDDED_NAME, figures::embedded())?,
    };
    let assumptions = match assume {
        Assume::Nothing => Vec::new(),
        Assume::Default if file.is_some() => Vec::new(),
        Assume::Default => {
            figures.assumptions(figures::ASSUMPTIONS_NAME, figures::embedded_assumptions())?
        }
        Assume::File(path) => {
            let text = read(path, "an assumptions file")?;
            figures.assumptions(&path.display().to_string(), &text)?
        }
    };
    Ok((figures, assumptions))
}

fn read(path: &Path, wanted: &'static str) -> Result<Vec<u8>, MarketError> {
    let failed = |source| MarketError::Read { wanted, path: path.to_owned(), source };
    let meta = std::fs::metadata(path).map_err(failed)?;
    if !meta.is_file() {
        return Err(MarketError::NotAFile { wanted, path: path.to_owned(), what: "not a file" });
    }
    if meta.len() > LARGEST_BYTES {
        return Err(MarketError::NotAFile { wanted, path: path.to_owned(), what: "too large" });
    }
    std::fs::read(path).map_err(failed)
}
