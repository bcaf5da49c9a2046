//! How long an auction of CoW Protocol takes, from its bytes and from what was read of them: the two
//! recorded ones of `cow/auctions` in `$TENOR_DATA`, or in `../shared/data`. The budget is 50 ms each.
//!
//! Prints what orders get over their limits, at a gas price of zero and at the auction's own.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{fs, hint::black_box, path::PathBuf};

use alloy_primitives::U256;
use criterion::{Criterion, criterion_group, criterion_main};
use tenor::intents::cow::{self, Settings, wire::Amount};
use tenor_solver::amount::decimal;

fn auctions(c: &mut Criterion) {
    let data =
        std::env::var_os("TENOR_DATA").map_or_else(|| "../shared/data".into(), PathBuf::from);
    let mut paths: Vec<PathBuf> = fs::read_dir(data.join("cow/auctions"))
        .expect("recorded auctions")
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let settings = Settings::default();
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(&path).unwrap();
        c.bench_function(&format!("{name}/read"), |b| {
            b.iter(|| cow::read(black_box(&bytes)).unwrap())
        });
        for free in [true, false] {
            let mut auction = cow::read(&bytes).unwrap();
            if free {
                auction.effective_gas_price = Amount(U256::ZERO);
            }
            let gas = if free { "gas free" } else { "gas as recorded" };
            let solved = cow::solve(&auction, &settings, None);
            assert!(solved.rejected.is_empty(), "{:?}", solved.rejected);
            println!("{name}, {gas}: {} over limits", decimal(solved.surplus, 18));
            c.bench_function(&format!("{name}/{gas}"), |b| {
                b.iter(|| cow::solve(black_box(&auction), &settings, None));
            });
        }
    }
}

criterion_group!(benches, auctions);
criterion_main!(benches);
