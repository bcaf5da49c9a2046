//! Markets from outside: files on disk, the one that is built in, a benchmark's instances, and the
//! state that a node keeps.

pub mod instance;
pub mod rpc;

use std::path::{Path, PathBuf};

use tenor_simulations::figures::{self, Figures, FiguresError};
use tenor_solver::market::Assumption;

use self::instance::{Instance, InstanceError};

/// The largest file of figures read; a market of thousands of pools is a tenth of it.
const LARGEST_MIB: u64 = 64;

/// The largest instance read; one of a hundred thousand pools is a tenth of it.
const LARGEST_INSTANCE_MIB: u64 = 512;

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
    #[error("{path} is {what}; give the path of {wanted} of at most {most_mib} MiB")]
    NotAFile {
        /// What the file should be, in words.
        wanted: &'static str,
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// The largest that is read.
        most_mib: u64,
    },
    /// The figures are wrong.
    #[error(transparent)]
    Figures(#[from] FiguresError),
    /// The benchmark instance is wrong.
    #[error(transparent)]
    Instance(#[from] InstanceError),
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

impl Assume {
    /// What the command line says: nothing, `none` or a file.
    pub(crate) fn of(given: Option<&Path>) -> Self {
        match given {
            None => Self::Default,
            Some(path) if path.as_os_str() == "none" => Self::Nothing,
            Some(path) => Self::File(path.to_owned()),
        }
    }
}

/// The figures of a file, or the built-in ones, with the assumptions made about them.
pub fn load(
    file: Option<&Path>,
    assume: &Assume,
) -> Result<(Figures, Vec<Assumption>), MarketError> {
    let figures = match file {
        Some(path) => {
            Figures::parse(&path.display().to_string(), &read(path, "a market file", LARGEST_MIB)?)?
        }
        None => Figures::parse(figures::EMBEDDED_NAME, figures::embedded())?,
    };
    let assumptions = match assume {
        Assume::Nothing => Vec::new(),
        Assume::Default if file.is_some() => Vec::new(),
        Assume::Default => {
            figures.assumptions(figures::ASSUMPTIONS_NAME, figures::embedded_assumptions())?
        }
        Assume::File(path) => {
            let text = read(path, "an assumptions file", LARGEST_MIB)?;
            figures.assumptions(&path.display().to_string(), &text)?
        }
    };
    Ok((figures, assumptions))
}

/// The benchmark instance in a file.
pub fn load_instance(path: &Path) -> Result<Instance, MarketError> {
    let text = read(path, "a routing-ref/1 instance", LARGEST_INSTANCE_MIB)?;
    Ok(Instance::parse(&path.display().to_string(), &text)?)
}

/// The bytes of a file of at most `most_mib` MiB; `wanted` says in an error what it should have been.
pub(crate) fn read(
    path: &Path,
    wanted: &'static str,
    most_mib: u64,
) -> Result<Vec<u8>, MarketError> {
    let failed = |source| MarketError::Read { wanted, path: path.to_owned(), source };
    let meta = std::fs::metadata(path).map_err(failed)?;
    let refused = |what| MarketError::NotAFile { wanted, path: path.to_owned(), what, most_mib };
    if !meta.is_file() {
        return Err(refused("not a file"));
    }
    if meta.len() > most_mib << 20 {
        return Err(refused("too large"));
    }
    std::fs::read(path).map_err(failed)
}
