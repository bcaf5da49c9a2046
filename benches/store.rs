//! Durable submissions a second: each is on disk (WAL, `synchronous = FULL`) before it is answered.
//! `cargo bench --bench store [FOLDER]` writes into a folder of its own in FOLDER, or among temporary
//! files, and prints a line for each number of clients that wait for their answers.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{
    env,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, U256, keccak256};
use tenor::store::{
    NewIntent, Store,
    sqlite::{Options, Sqlite},
};

const CLIENTS: [u64; 4] = [1, 8, 64, 256];
const EACH_S: u64 = 3;

/// As large as a signed intent is.
const BODY_BYTES: usize = 2_500;

fn submit(store: &Sqlite, number: u64) -> Duration {
    let id = keccak256(U256::from(number).to_be_bytes::<32>());
    let body = format!("{:0>width$}", number, width = BODY_BYTES);
    let started = Instant::now();
    let new = NewIntent { id, owner: Address::ZERO, nonce: U256::from(number), body, at_ms: 0 };
    assert!(!store.submit(new).wait().unwrap().known);
    started.elapsed()
}

fn measure(path: &Path, clients: u64) {
    let store = Sqlite::open(path, Options::default()).unwrap();
    let started = Instant::now();
    let until = started + Duration::from_secs(EACH_S);
    let mut waits: Vec<Duration> = thread::scope(|scope| {
        let client = |client: u64| {
            let store = &store;
            scope.spawn(move || {
                let numbers = (client << 32..).take_while(|_| Instant::now() < until);
                numbers.map(|number| submit(store, number)).collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..clients).map(client).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let rate = waits.len() as f64 / started.elapsed().as_secs_f64();
    waits.sort_unstable();
    let quantile = |share: usize| waits[(waits.len() * share / 100).min(waits.len() - 1)];
    println!(
        "{clients:>4} clients: {rate:>7.0} durable submissions/s, wait p50 {:?}, p99 {:?}",
        quantile(50),
        quantile(99)
    );
}

fn main() {
    let given = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let within = given.map_or_else(env::temp_dir, PathBuf::from);
    let folder = within.join(format!("tenor-bench-store-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for clients in CLIENTS {
        measure(&folder.join(format!("{clients}.db")), clients);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
