//! Laws: what holds for every input. Each run takes a fresh seed, printed when a law fails;
//! `TENOR_SEED=<seed>` repeats it.

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

/// Checks a law on `cases` inputs.
pub(crate) fn law<S: Strategy>(
    cases: u32,
    inputs: &S,
    holds: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let seed = match env::var("TENOR_SEED") {
        Ok(seed) => seed.parse().unwrap_or_else(|_| panic!("TENOR_SEED={seed} is no u64")),
        Err(_) => RandomState::new().hash_one(0),
    };
    println!("TENOR_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::to_le_bytes(seed));
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    if let Err(failure) = TestRunner::new_with_rng(config, rng).run(inputs, holds) {
        panic!("TENOR_SEED={seed}: {failure}");
    }
}
