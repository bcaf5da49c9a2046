//! How long an answer takes: the search alone, what others could take from its plan, from a sentence to a verified plan, and starting up.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tenor::engine::{Engine, NOBODY};
use tenor_simulations::figures::{
    ASSUMPTIONS_NAME, EMBEDDED_NAME, Figures, embedded, embedded_assumptions,
};
use tenor_solver::mev::plan::exposure;

const MOVES: &str = "maximize ETH yield on 100 WETH for 365 days";
const SWAPS: &str = "swap 1000 WETH to USDC";
const HOLDS: &str = "maximize ETH yield on 100 stETH";

/// What the program does before it can answer.
fn start() -> Engine {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let assumptions = figures.assumptions(ASSUMPTIONS_NAME, embedded_assumptions()).unwrap();
    Engine::new(&figures, &assumptions).unwrap()
}

fn answers(criterion: &mut Criterion) {
    let engine = start();
    let intent = engine.read(MOVES).unwrap();
    assert_eq!(engine.ask(MOVES, NOBODY).unwrap().plan.kind, "positions");
    assert_eq!(engine.ask(HOLDS, NOBODY).unwrap().plan.kind, "hold");
    criterion.bench_function("solve: 100 WETH", |bencher| {
        bencher.iter(|| tenor_solver::solve(engine.market(), black_box(&intent)));
    });
    for (name, sentence) in [("exposure: 100 WETH", MOVES), ("exposure: 1000 WETH to USDC", SWAPS)]
    {
        let intent = engine.read(sentence).unwrap();
        let plan = tenor_solver::solve(engine.market(), &intent).unwrap().best.unwrap();
        let slippage = intent.limits.slippage_bps;
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| exposure(engine.market(), black_box(&plan), slippage));
        });
    }
    for (name, sentence) in [("ask: 100 WETH", MOVES), ("ask: 100 stETH", HOLDS)] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| engine.ask(black_box(sentence), NOBODY));
        });
    }
    criterion.bench_function("start: the embedded market", |bencher| bencher.iter(start));
}

criterion_group!(benches, answers);
criterion_main!(benches);
