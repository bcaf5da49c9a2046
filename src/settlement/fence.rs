//! One submitter for each chain and account on a machine: two would spend each other's nonces.
//!
//! A lock on a file, which the system lets go of however the process ends. The file stays, with the
//! number of the process that has the lock in it, or had it last.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use alloy_primitives::Address;

/// The folder of the locks.
const FOLDER: &str = "submitters";

/// The right to submit for an account on a chain, for as long as this lives.
#[derive(Debug)]
pub struct Fence {
    file: File,
    path: PathBuf,
}

/// Why there is no such right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FenceError {
    /// Another one has it.
    #[error(
        "{} submits for {account} on chain {chain_id} already: stop it, or use another funded key ({})",
        holder(*pid), path.display()
    )]
    Held {
        /// The chain.
        chain_id: u64,
        /// The account.
        account: Address,
        /// The process, where it says which it is.
        pid: Option<u32>,
        /// The lock.
        path: PathBuf,
    },
    /// The lock cannot be had.
    #[error("cannot lock {}: {why}; give a folder to write to", path.display())]
    Failed {
        /// The lock.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

impl Fence {
    /// Takes the right, or says who has it. `folder` is one that all servers of the machine share, however
    /// many folders their stores are in.
    pub fn take(folder: &Path, chain_id: u64, account: Address) -> Result<Self, FenceError> {
        let folder = folder.join(FOLDER);
        // In lower case: one account has one file.
        let path = folder.join(format!("{chain_id}-{account:#x}.lock"));
        let failed =
            |error: &io::Error| FenceError::Failed { path: path.clone(), why: error.to_string() };
        fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = file.map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = who(&mut file);
                return Err(FenceError::Held { chain_id, account, pid, path });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        sign(&mut file).map_err(|error| failed(&error))?;
        Ok(Self { file, path })
    }

    /// The lock's file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Lets go outright: closing the file is not enough where a child process that is just being started has
/// it open too. What cannot be let go of ends with the process.
impl Drop for Fence {
    fn drop(&mut self) {
        // Nobody is named who no longer has it.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

/// The process that a lock names; `None` where it has not written its number yet.
fn who(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{env, path::PathBuf, process::Command};

    use super::*;

    const CHAIN: u64 = 1;

    /// A folder of a test's own, gone with it.
    struct Own(PathBuf);

    impl Own {
        fn new(name: &str) -> Self {
            Self(env::temp_dir().join(format!("tenor-fence-{}-{name}", std::process::id())))
        }
    }

    impl Drop for Own {
        fn drop(&mut self) {
            // What is left lies among temporary files.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn one_at_a_time_and_it_is_named() {
        let own = Own::new("one");
        let account = Address::repeat_byte(0xAB);
        let fence = Fence::take(&own.0, CHAIN, account).unwrap();
        let error = Fence::take(&own.0, CHAIN, account).unwrap_err();
        let (pid, path) = (Some(std::process::id()), fence.path().to_owned());
        assert_eq!(error, FenceError::Held { chain_id: CHAIN, account, pid, path });
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        // Others are not in the way.
        let other = Fence::take(&own.0, CHAIN, Address::ZERO).unwrap();
        let elsewhere = Fence::take(&own.0, CHAIN + 1, account).unwrap();
        drop((fence, other, elsewhere));
        assert!(Fence::take(&own.0, CHAIN, account).is_ok());
    }

    /// A process that is being started has the files of its parent open until it becomes another program.
    #[test]
    fn a_child_being_started_does_not_keep_it() {
        let own = Own::new("child");
        let starting = std::thread::spawn(|| {
            for _ in 0..100 {
                assert!(Command::new("true").status().unwrap().success());
            }
        });
        let mut taken = 0;
        while !starting.is_finished() || taken == 0 {
            drop(Fence::take(&own.0, CHAIN, Address::ZERO).unwrap());
            taken += 1;
        }
        starting.join().unwrap();
    }

    #[test]
    fn what_cannot_be_locked_is_said() {
        let own = Own::new("file");
        fs::write(&own.0, "a file").unwrap();
        let error = Fence::take(&own.0, CHAIN, Address::ZERO).unwrap_err();
        assert!(matches!(error, FenceError::Failed { .. }), "{error}");
        fs::remove_file(&own.0).unwrap();
    }
}
