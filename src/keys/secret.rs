//! Reading what must not be seen. What was read is wiped from memory once it is no longer needed; where it
//! came from (the environment, the system's cache of files) is not in our hands.

use std::{env, fs::File, io::Read as _, path::Path};

use zeroize::Zeroizing;

use super::KeyError;
use crate::config::Secret;

/// The longest secret that is read.
const LONGEST: usize = 4_096;

/// Reads a secret, without the end of its line.
pub(super) fn read(secret: &Secret) -> Result<Zeroizing<String>, KeyError> {
    let failed = |why: String| KeyError::Read { secret: secret.clone(), why };
    let mut text = match secret {
        Secret::Env(name) => Zeroizing::new(env::var(name).map_err(|error| {
            failed(match error {
                env::VarError::NotPresent => "it is not set".to_owned(),
                env::VarError::NotUnicode(_) => "it is not UTF-8".to_owned(),
            })
        })?),
        Secret::File(path) => {
            let mut file = File::open(path).map_err(|error| failed(error.to_string()))?;
            private(path, &file)?;
            // Made in one piece: growing it would leave copies behind.
            let mut text = Zeroizing::new(String::with_capacity(LONGEST));
            let read = file.by_ref().take(LONGEST as u64).read_to_string(&mut text);
            read.map_err(|error| failed(error.to_string()))?;
            text
        }
    };
    while text.ends_with(['\r', '\n']) {
        text.pop();
    }
    Ok(text)
}

/// That nobody but its owner can read a file: whoever could has it.
fn private(path: &Path, file: &File) -> Result<(), KeyError> {
    match others(file) {
        Some(mode) => Err(KeyError::Exposed { path: path.display().to_string(), mode }),
        None => Ok(()),
    }
}

/// A file's permissions, if others than its owner have any.
#[cfg(unix)]
pub(super) fn others(file: &File) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Where there are no such permissions nothing is known.
#[cfg(not(unix))]
pub(super) fn others(_: &File) -> Option<u32> {
    None
}
