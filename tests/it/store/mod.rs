//! The store: what every one of them promises, and what a file can suffer.

mod conformance;
mod killed;
mod sqlite;

use std::{
    env,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use alloy_primitives::{Address, B256, U256, keccak256};
use tenor::store::{NewIntent, Stage, Step};

/// A folder of a test's own, gone with it.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("tenor-store-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("tenor.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies among temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn id(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}

fn intent(number: u64) -> NewIntent {
    let owner = Address::from_word(B256::from(U256::from(number)));
    let (nonce, body) = (U256::from(number), format!("{{\"n\":{number}}}"));
    NewIntent { id: id(number), owner, nonce, body, at_ms: 1_000 + number }
}

fn step(number: u64, stage: Stage) -> Step {
    let (code, detail) = (format!("{stage}_by_test"), "{\"a\":1}".to_owned());
    Step { id: id(number), stage, code, detail, at_ms: 2_000, block: Some(7) }
}
