//! A quote that succeeds allocates nothing: it is asked in loops.

use allocation_counter::measure;

use tenor_solver::venues::KINDS;

use super::samples;

#[test]
fn no_quote_allocates() {
    for sample in samples::all() {
        let quote = sample.venue.quote(sample.swap);
        assert!(quote.is_ok(), "{}: {quote:?}", sample.kind);
        let counted = measure(|| {
            let _ = std::hint::black_box(sample.venue.quote(sample.swap));
        });
        assert_eq!(counted.count_total, 0, "{}: {counted:?}", sample.kind);
    }
}

/// Rates that are read, and that nothing is traded at.
const TRADE_NOTHING: [&str; 2] = ["reference_rate", "stakewise"];

#[test]
fn every_kind_that_trades_has_a_sample() {
    let samples = samples::all();
    let sampled = |kind: &str| samples.iter().any(|s| s.kind.split(',').next() == Some(kind));
    for kind in KINDS {
        assert_ne!(sampled(kind.name), TRADE_NOTHING.contains(&kind.name), "{}", kind.name);
    }
}
