//! How long recorded mainnet blocks take in the EVM, each from its state in memory: execution alone,
//! and the comparison with the header (receipts, blooms, roots).
//!
//! The blocks are those of `blocks` in `$TENOR_DATA`, or in `../shared/data`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{hint::black_box, path::PathBuf, sync::Arc, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tenor::recordings::Folder;
use tenor_simulations::{
    forks::Forks,
    recorded::{AbsentIsEmpty, Codes, Recorded, RecordedBlock},
    replay::{Executed, execute},
};

fn folder() -> PathBuf {
    let data =
        std::env::var_os("TENOR_DATA").map_or_else(|| "../shared/data".into(), PathBuf::from);
    data.join("blocks")
}

fn numbers() -> Vec<u64> {
    let entries = std::fs::read_dir(folder()).expect("the data folder is there");
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut numbers: Vec<u64> = names.filter_map(|name| name.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

fn run(block: &RecordedBlock, state: &Arc<Recorded>) -> Executed {
    let state = Arc::new(AbsentIsEmpty::new(state.clone()));
    execute(block, state, &Forks::mainnet()).unwrap()
}

fn bench_block(c: &mut Criterion, folder: &Folder, codes: &Codes<'_>, number: u64) {
    let (block, state) = folder.load(number, codes).unwrap();
    let state = Arc::new(state);
    let executed = run(&block, &state);
    let report = executed.report(&block);
    assert!(report.differences().is_empty(), "block {number}: {:?}", report.differences());

    let mut group = c.benchmark_group("replay");
    group.sample_size(30).warm_up_time(Duration::from_millis(500));
    group
        .measurement_time(Duration::from_secs(2))
        .throughput(Throughput::Elements(block.header.gas_used));
    let name = format!("{number} ({}, {} transactions)", report.fork, block.transactions.len());
    group.bench_function(format!("{name}: execute"), |b| {
        b.iter(|| run(black_box(&block), black_box(&state)));
    });
    group.bench_function(format!("{name}: compare"), |b| {
        b.iter(|| black_box(&executed).report(black_box(&block)));
    });
    group.finish();
}

fn blocks(c: &mut Criterion) {
    let folder = Folder::open(&folder()).unwrap();
    c.bench_function("find the codes of a folder", |b| {
        b.iter(|| black_box(&folder).codes().unwrap())
    });
    let codes = folder.codes().unwrap();
    for number in numbers() {
        bench_block(c, &folder, &codes, number);
    }
}

criterion_group!(benches, blocks);
criterion_main!(benches);
