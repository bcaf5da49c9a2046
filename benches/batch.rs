//! How long settling several orders takes: 10, 100 and 1,000 orders between the 100 tokens of a
//! generated market that trade most, within its 1,000 pools.
//!
//! ```sh
//! cargo bench --bench batch
//! ```
//!
//! Each batch is settled twice: together, where every order is owed its limit, and so that nobody gets
//! less in company than alone. Three orders in ten buy, three in ten may be filled in part; they are
//! worth 0.1 to 30 ETH each, and their limits lie up to 5 % under the reference. What was reached is
//! printed before the times; the largest batch has two seconds.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "growth/market.rs"]
#[allow(dead_code)]
mod market;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use tenor_solver::{
    batch::{Batch, BatchError, BatchOrder, Cleared, Kind, clear, clear_together},
    certify::batch_bound,
    route::Network,
};

use crate::market::{Market, Random};

const POOLS: usize = 1_000;
const TOKENS: u32 = 100;
/// ETH for one unit of gas: one gwei.
const GAS_PRICE: f64 = 1e-9;

/// A token, the earlier the likelier: its rank's inverse, nearly.
fn token(random: &mut Random) -> usize {
    let at = f64::from(TOKENS).powf(random.unit()) - 1.0;
    (0..TOKENS).position(|token| at < f64::from(token + 1)).unwrap_or(0)
}

fn orders(count: usize, values: &[f64]) -> Vec<BatchOrder> {
    let mut random = Random(7);
    let mut order = || {
        let (sell, other) = (token(&mut random), token(&mut random));
        let buy = if other == sell { (sell + 1) % values.len() } else { other };
        let ether = 10f64.powf(random.between(-1.0, 1.5));
        let (kind, of) = if random.unit() < 0.3 { (Kind::Buy, buy) } else { (Kind::Sell, sell) };
        let limit = values[sell] / values[buy] * random.between(0.95, 1.0);
        let partial = random.unit() < 0.3;
        BatchOrder { sell, buy, kind, amount: ether / values[of], limit, partial, gas: 60_000.0 }
    };
    (0..count).map(|_| order()).collect()
}

type Settle = fn(&Batch<'_>, Option<Instant>) -> Result<Cleared, BatchError>;

const TOGETHER: &str = "together";
const WAYS: [(&str, Settle); 2] = [(TOGETHER, clear_together), ("no worse than alone", clear)];

fn told(name: &str, orders: &[BatchOrder], values: &[f64], cleared: &Cleared, time: Duration) {
    let filled = cleared.fills.iter().filter(|fill| fill.sold > 0.0).count();
    let worth = |of: &dyn Fn(usize) -> f64| -> f64 {
        (0..orders.len()).map(|at| of(at) * values[orders[at].sell]).sum()
    };
    println!(
        "{} orders, {name}, in {time:.2?}: {filled} filled in {} settlements, {:.1} ETH traded and {:.1} of it \
         matched, {:.3} ETH net of at most {:.3}",
        orders.len(),
        cleared.settlements.len(),
        worth(&|at| cleared.fills[at].sold),
        worth(&|at| cleared.fills[at].matched),
        cleared.proof.net,
        cleared.proof.bound,
    );
}

fn batch(c: &mut Criterion) {
    let market = Market::new(POOLS, 1);
    let network = Network::new(market.values.len(), market.edges.clone()).unwrap();
    let values = &market.values;
    let mut group = c.benchmark_group("batch");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for count in [10, 100, 1000] {
        let orders = orders(count, values);
        let batch = Batch { network: &network, orders: &orders, values, gas_price: GAS_PRICE };
        for (name, settle) in WAYS {
            let limit = (count >= 1000).then_some(Duration::from_secs(2));
            let run =
                || settle(black_box(&batch), limit.map(|limit| Instant::now() + limit)).unwrap();
            let begun = Instant::now();
            told(name, &orders, values, &run(), begun.elapsed());
            if limit.is_none() || name == TOGETHER {
                group.bench_function(format!("{count} orders, {name}"), |b| b.iter(run));
            }
        }
        let prices = clear(&batch, Some(Instant::now() + Duration::from_millis(200))).unwrap();
        let prices = prices.proof.prices;
        group.bench_function(format!("bound of {count} orders"), |b| {
            b.iter(|| batch_bound(black_box(&batch), &prices).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, batch);
criterion_main!(benches);
