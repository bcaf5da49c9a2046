//! The kill switch: a file in the data folder. While it stands nothing more is sent.
//!
//! Any process may set it, whether a server runs or not, and it outlives them all: it is asked before
//! every send. What cannot be read counts as set.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};

/// The file's name.
const NAME: &str = "halt.json";

const SCHEMA: &str = "tenor.halt/1";

/// More bytes than a reason takes.
const MOST_BYTES: u64 = 1 << 16;

/// The longest reason kept, in characters.
const LONGEST: usize = 1_000;

/// The switch of a data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    folder: PathBuf,
}

/// Since when it is halted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Why {
    /// In words.
    pub why: String,
    /// Unix milliseconds.
    pub at_ms: u64,
}

/// The file.
#[derive(Debug, Deserialize, Serialize)]
struct Kept {
    schema: String,
    #[serde(flatten)]
    why: Why,
}

/// Why the switch cannot be read or thrown. Whoever asks takes it for set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HaltError {
    /// It is there, and does not read.
    #[error("{} does not read, which counts as halted: {why}; lift it with 'tenor halt --lift'", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// It cannot be set or lifted.
    #[error("cannot write {}: {why}; stop the server instead, or make the folder writable", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = i64::try_from(self.at_ms).ok();
        match at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok()) {
            Some(at) => write!(f, "since {at}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl Halt {
    /// The switch of a data folder.
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Its file, which is there while it is set.
    pub fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// Sets it, with a reason that takes the place of an older one. Once this returns it is on disk.
    pub fn set(&self, why: &str, at_ms: u64) -> Result<(), HaltError> {
        let why = Why { why: why.chars().take(LONGEST).collect(), at_ms };
        let kept = Kept { schema: SCHEMA.to_owned(), why };
        let write = || {
            let text = serde_json::to_string(&kept)? + "\n";
            replace(&self.folder, &self.path(), text.as_bytes())
        };
        write().map_err(|error| self.unwritable(&error))
    }

    /// Whether it is set, and why.
    pub fn standing(&self) -> Result<Option<Why>, HaltError> {
        let unreadable = |why: String| HaltError::Unreadable { path: self.path(), why };
        let file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let mut text = String::new();
        let read = file.take(MOST_BYTES).read_to_string(&mut text);
        read.map_err(|error| unreadable(error.to_string()))?;
        let kept: Kept =
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        match &*kept.schema {
            SCHEMA => Ok(Some(kept.why)),
            other => Err(unreadable(format!("its schema is {other:?}, not {SCHEMA:?}"))),
        }
    }

    /// Lifts it, whatever its file holds. Returns whether there was anything to lift.
    pub fn lift(&self) -> Result<bool, HaltError> {
        let gone = match fs::remove_file(self.path()) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(self.unwritable(&error)),
        };
        flush(&self.folder).map_err(|error| self.unwritable(&error))?;
        Ok(gone)
    }

    fn unwritable(&self, error: &io::Error) -> HaltError {
        HaltError::Unwritable { path: self.path(), why: error.to_string() }
    }
}

/// Puts a file in the place of another one at once: who reads finds the old one or the new one, whole.
fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Several may write at once, in this process and in others.
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let new = folder.join(format!("{NAME}.{}.{count}", std::process::id()));
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        flush(folder)
    };
    write().inspect_err(|_| {
        // What is left of it is nobody's.
        let _ = fs::remove_file(&new);
    })
}

/// Makes sure that what a folder lists is on disk.
fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
