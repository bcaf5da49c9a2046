//! How long recomputing a bound takes, on synthetic markets of 1,000 pools over 100 tokens near
//! one set of prices: all constant products, and a mix of every kind.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tenor_solver::{
    certify::network_bound,
    route::{Network, NetworkEdge, Order},
    venues::{Gain, Segment},
};

const TOKENS: u32 = 100;
const POOLS: usize = 1_000;

/// Knuth's 64-bit linear congruence: the same market on every run.
struct Dice(u64);

impl Dice {
    /// Evenly from `low` to `high`.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let top = u32::try_from(self.0 >> 32).unwrap();
        low + (high - low) * f64::from(top) / f64::from(u32::MAX)
    }

    fn token(&mut self) -> usize {
        let at = self.between(0.0, 1.0);
        (0..TOKENS).position(|k| at * f64::from(TOKENS) < f64::from(k + 1)).unwrap()
    }
}

/// What sort of pool stands at each of ten places in turn.
type Mix = [Kind; 10];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Product,
    Weighted,
    Stable,
    Ticks,
}

/// The gain of a pool worth `depth` on each side at the prices, `off` from its balance.
fn gain(kind: Kind, depth: f64, from: f64, to: f64, off: f64) -> Gain {
    let (x, y, keep) = (depth / from, depth / to * off, 0.997);
    match kind {
        Kind::Product => Gain::ConstantProduct { x, y, keep },
        Kind::Weighted => Gain::Weighted { x: x * 4.0, y, power: 4.0, keep },
        Kind::Stable => Gain::Stable {
            x: depth * off,
            ann: 400.0,
            d: 2.0 * depth,
            keep: 0.9996,
            rate_in: from,
            rate_out: to,
        },
        Kind::Ticks => {
            let segment = |k: u32| {
                let root = 1.001_f64.powi(i32::try_from(k).unwrap());
                let (x, y) = (50.0 * x * root, 50.0 * y / root);
                Segment { x, y, cap: x * 0.001 / keep }
            };
            Gain::Ticks { segments: (0..13).map(segment).collect(), keep }
        }
    }
}

/// The market, the prices that it is near, and prices a little off them.
fn market(mix: Mix) -> (Network, Vec<f64>) {
    let mut dice = Dice(7);
    let prices: Vec<f64> = (0..TOKENS).map(|_| dice.between(0.1, 10.0)).collect();
    let mut edges = Vec::new();
    for pool in 0..POOLS {
        let from = dice.token();
        let to = (from + 1 + dice.token() % 99) % prices.len();
        let (depth, off) = (dice.between(10.0, 10_000.0), dice.between(0.99, 1.01));
        for (from, to, off) in [(from, to, off), (to, from, 1.0 / off)] {
            let gain = gain(mix[pool % 10], depth, prices[from], prices[to], off);
            edges.push(NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas: 100_000.0 });
        }
    }
    (Network::new(prices.len(), edges).unwrap(), prices)
}

fn certify(c: &mut Criterion) {
    use Kind::{Product, Stable, Ticks, Weighted};
    let mixed = [Ticks, Product, Ticks, Product, Weighted, Ticks, Product, Stable, Product, Ticks];
    for (name, mix) in [("products", [Product; 10]), ("mixed", mixed)] {
        let (network, prices) = market(mix);
        for (objective, gas_price) in [("gross", 0.0), ("net", 2e-8)] {
            let order = Order { from: 0, to: 1, amount: 100.0, gas_price, reach: vec![] };
            c.bench_function(&format!("bound of 1000 {name}, {objective}"), |b| {
                b.iter(|| network_bound(black_box(&network), &order, &prices).unwrap());
            });
        }
    }
}

criterion_group!(benches, certify);
criterion_main!(benches);
