//! Searches for faults: cases of a strategy for as long as there is time, in seconds `TENOR_FUZZ_S`.

use std::time::{Duration, Instant};

use proptest::{
    strategy::{Strategy, ValueTree as _},
    test_runner::TestRunner,
};

/// Seconds to search: a moment, unless more is asked for.
fn seconds() -> f64 {
    let asked = std::env::var("TENOR_FUZZ_S").ok();
    asked.map_or(1.0, |asked| asked.parse().expect("TENOR_FUZZ_S is seconds"))
}

/// Runs cases of a strategy for half of so long, as each decoder has two searches, and at least a few.
pub(crate) fn search<S: Strategy>(strategy: &S, mut case: impl FnMut(S::Value)) {
    let end = Instant::now() + Duration::from_secs_f64(seconds() / 2.0);
    let mut runner = TestRunner::default();
    for n in 0.. {
        case(strategy.new_tree(&mut runner).unwrap().current());
        if n > 20 && Instant::now() >= end {
            break;
        }
    }
}
