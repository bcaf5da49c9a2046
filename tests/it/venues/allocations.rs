//! A quote that succeeds allocates nothing: it is asked in loops.

use allocation_counter::measure;

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
