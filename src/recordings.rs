//! Folders of recorded blocks, in the layout that [`tenor_simulations::recorded`] describes.

use std::path::{Path, PathBuf};

use tenor_simulations::{
    forks::{Forks, ForksError},
    recorded::{Codes, File, Recorded, RecordedBlock, RecordingError},
};

use crate::market::{self, MarketError};

/// The largest file read; a folder's bytecodes take some 16.
const LARGEST_MIB: u64 = 512;

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] MarketError),
    /// A file is wrong.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The forks file is wrong.
    #[error(transparent)]
    Forks(#[from] ForksError),
}

/// A folder with the files that its blocks share, read.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    bytecodes: Shared,
    hashes: Shared,
}

#[derive(Debug)]
struct Shared {
    name: String,
    text: Vec<u8>,
}

impl Shared {
    fn read(path: &Path, wanted: &'static str) -> Result<Self, LoadError> {
        let text = market::read(path, wanted, LARGEST_MIB)?;
        Ok(Self { name: path.display().to_string(), text })
    }

    fn file(&self) -> File<'_> {
        File { name: &self.name, text: &self.text }
    }
}

impl Folder {
    /// Reads the files that the blocks share.
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        let bytecodes = path.join("bytecodes.json");
        let hashes = path.join("block_hashes.json");
        Ok(Self {
            path: path.to_owned(),
            bytecodes: Shared::read(&bytecodes, "a recording's bytecodes")?,
            hashes: Shared::read(&hashes, "a recording's block hashes")?,
        })
    }

    /// Where each code stands.
    pub fn codes(&self) -> Result<Codes<'_>, LoadError> {
        Ok(Codes::parse(self.bytecodes.file())?)
    }

    /// The name of a block's file, for errors.
    pub fn block_name(&self, number: u64) -> String {
        self.at(number, "block.json").display().to_string()
    }

    /// A block, with its uncles where they are recorded, and the state before it.
    pub fn load(
        &self,
        number: u64,
        codes: &Codes<'_>,
    ) -> Result<(RecordedBlock, Recorded), LoadError> {
        let text = Shared::read(&self.at(number, "block.json"), "a recorded block")?;
        let mut block = RecordedBlock::parse(text.file(), number)?;
        let uncles = self.at(number, "uncles.json");
        if uncles.exists() {
            let text = Shared::read(&uncles, "a recorded block's uncles")?;
            block.add_uncles(text.file())?;
        }
        let text = Shared::read(&self.at(number, "pre_state.json"), "a recorded block's state")?;
        let state = Recorded::parse(text.file(), codes, self.hashes.file())?;
        Ok((block, state))
    }

    fn at(&self, number: u64, file: &str) -> PathBuf {
        self.path.join(number.to_string()).join(file)
    }
}

/// Ethereum's forks, with a file laid over them where one is given.
pub fn forks(file: Option<&Path>) -> Result<Forks, LoadError> {
    let Some(path) = file else { return Ok(Forks::mainnet()) };
    let text = market::read(path, "a forks file, schema tenor.forks/1", 1)?;
    Ok(Forks::mainnet().extended(&path.display().to_string(), &text)?)
}
