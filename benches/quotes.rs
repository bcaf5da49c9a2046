//! How long one integer-exact quote takes, for each kind of venue.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/it/venues/samples/mod.rs"]
mod samples;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

fn quotes(criterion: &mut Criterion) {
    for sample in samples::all() {
        let samples::Sample { kind, venue, swap } = sample;
        criterion.bench_function(kind, |b| b.iter(|| venue.quote(black_box(swap))));
    }
}

criterion_group!(benches, quotes);
criterion_main!(benches);
