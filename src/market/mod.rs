//! Markets from outside: files on disk, the one that is built in, what contracts say, a benchmark's
//! instances, and the state that a node keeps.

pub mod current;
pub mod earned;
pub mod feed;
pub mod instance;
pub mod live;
pub mod over;
pub mod places;
pub mod rpc;
pub mod snapshot;

use std::path::{Path, PathBuf};

use alloy_primitives::U256;
use tenor_simulations::{
    SourceError, World, WorldError,
    figures::{self, Epochs, Figures, FiguresError, Observations},
};
use tenor_solver::{market::Assumption, risk::Hazards, venues::Read};

use self::{
    instance::{Instance, InstanceError},
    live::{Head, Live, LiveError},
    places::{Places, PlacesError},
    snapshot::SnapshotError,
};
use crate::engine::{Engine, EngineError};

/// The largest file of figures read; a market of thousands of pools is a tenth of it.
const LARGEST_MIB: u64 = 64;

const MARKET_FILE: &str = "a market file";

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
    /// Answers of a chain make no market.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The contracts make no market.
    #[error(transparent)]
    Live(#[from] LiveError<SourceError>),
    /// The figures make no world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Places are wrong.
    #[error(transparent)]
    Places(#[from] PlacesError),
    /// Assumptions are about files of figures.
    #[error("{0} holds answers of a chain, of which nothing is assumed: leave --assume out")]
    Assumed(PathBuf),
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

/// The engine of a market file, of figures or of answers, or of the built-in market.
pub fn engine(file: Option<&Path>, assume: &Assume) -> Result<Engine, EngineError> {
    if let Some(path) = file {
        let text = read(path, MARKET_FILE, LARGEST_MIB).map_err(EngineError::market)?;
        if snapshot::is_snapshot(&text) {
            if let Assume::File(_) = assume {
                return Err(EngineError::market(MarketError::Assumed(path.to_owned())));
            }
            let live = snapshot::open(&path.display().to_string(), &text);
            let live = live.map_err(|error| EngineError::market(error.into()))?;
            return Ok(Engine::of(live.market().clone(), None));
        }
    }
    let (figures, assumptions) = load(file, assume).map_err(EngineError::market)?;
    Engine::new(&figures, &assumptions)
}

/// The figures of a file, or the built-in ones, with the assumptions made about them.
pub fn load(
    file: Option<&Path>,
    assume: &Assume,
) -> Result<(Figures, Vec<Assumption>), MarketError> {
    let figures = match file {
        Some(path) => {
            Figures::parse(&path.display().to_string(), &read(path, MARKET_FILE, LARGEST_MIB)?)?
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

/// A small text file.
pub(crate) fn read_text(path: &Path, wanted: &'static str) -> Result<String, MarketError> {
    let bytes = read(path, wanted, 1)?;
    let not_text = |_| MarketError::NotAFile {
        wanted,
        path: path.to_owned(),
        what: "not text in UTF-8",
        most_mib: 1,
    };
    String::from_utf8(bytes).map_err(not_text)
}

/// A registry of places: a file's, or the built-in one with the venues that their kinds know.
pub fn load_places(file: Option<&Path>) -> Result<Places, MarketError> {
    match file {
        Some(path) => {
            let text = read(path, "a registry of places", LARGEST_MIB)?;
            Ok(Places::parse(&path.display().to_string(), &text)?)
        }
        None => Ok(Places::parse(figures::PLACES_NAME, figures::embedded_places())?.with_sites()),
    }
}

/// The same places with the tokens of the user's own list.
pub fn list_tokens(places: Places, file: &Path) -> Result<Places, MarketError> {
    let text = read(file, "a list of tokens", LARGEST_MIB)?;
    Ok(places.with_tokens(&file.display().to_string(), &text)?)
}

/// What fixed-rate markets said: a file's, or the made-up ones beside the built-in market.
pub fn load_observations(file: Option<&Path>) -> Result<Observations, MarketError> {
    match file {
        Some(path) => {
            let text = read(path, "a file of fixed-rate markets", LARGEST_MIB)?;
            Ok(Observations::parse(&path.display().to_string(), &text)?)
        }
        None => Ok(Observations::parse(figures::SYNTHETIC_NAME, figures::embedded_synthetic())?),
    }
}

/// Priors of hazards.
pub fn load_hazards(file: &Path) -> Result<Hazards, MarketError> {
    let text = read(file, "a file of hazards", LARGEST_MIB)?;
    Ok(figures::hazards(&file.display().to_string(), &text)?)
}

/// What a day's epochs paid.
pub fn load_epochs(file: &Path) -> Result<Epochs, MarketError> {
    let text = read(file, "a file of epochs", LARGEST_MIB)?;
    Ok(Epochs::parse(&file.display().to_string(), &text)?)
}

/// The built-in market as its world's contracts tell it, with the yields of its figures.
pub fn read_embedded(places: Option<&Path>) -> Result<Live, MarketError> {
    // The world's contracts are this program's own.
    let places = load_places(places)?.with_any_code();
    let figures = Figures::parse(figures::EMBEDDED_NAME, figures::embedded())?;
    let world = World::new(&figures)?;
    let block = world.block();
    let head = Head {
        chain_id: block.chain_id,
        block: block.number,
        timestamp: block.timestamp,
        base_fee: U256::from(block.base_fee),
    };
    let source = format!("contracts of the world of {}", figures::EMBEDDED_NAME);
    let live = Live::open(places, head, source, |reads: &[Read]| world.answer(reads))?;
    Ok(live.with_yields(figures.market(&[])?.yields))
}
