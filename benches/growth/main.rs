//! How time and memory grow with the market: ten pools to a hundred thousand.
//!
//! ```sh
//! cargo bench --bench growth -- [--repeat N] [--ether AMOUNT] [--sizes 10,100,...]
//! ```
//!
//! Markets are those of `market.rs`; the order gives ETH for the first stablecoin, gas weighed. Each
//! size runs in a process of its own, so that its peak memory is its own: the market's making is in
//! it. Times are medians.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod market;

use std::{
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

use clap::Parser;
use tenor_solver::route::{Network, NetworkEdge, Optimiser, Order, Routed};

use crate::market::{Market, Random};

const SEED: u64 = 1;
/// Pools that change between two solves.
const TOUCHED: usize = 200;

/// Solves generated markets of growing size.
#[derive(Debug, Parser)]
struct Arguments {
    /// Pools of each market.
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,10000,100000")]
    sizes: Vec<usize>,
    /// Runs of each figure.
    #[arg(long, default_value_t = 5)]
    repeat: usize,
    /// ETH given.
    #[arg(long, default_value_t = 100.0)]
    ether: f64,
    /// Prints one row, for a market of this many pools.
    #[arg(long, hide = true)]
    row: Option<usize>,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(pools) = arguments.row {
        println!("{}", row(pools, arguments.ether, arguments.repeat.max(1)));
        return;
    }
    println!(
        "| pools | tokens | edges | build | cold solve | warm solve | update of {TOUCHED} pools \
         | certificate check | gap, bp | peak memory |"
    );
    println!("|{}", "---|".repeat(10));
    for pools in arguments.sizes {
        let status = Command::new(std::env::current_exe().expect("this program has a path"))
            .args(["--row", &pools.to_string(), "--repeat", &arguments.repeat.to_string()])
            .args(["--ether", &arguments.ether.to_string()])
            .status();
        assert!(status.is_ok_and(|status| status.success()), "{pools} pools failed");
    }
}

/// Everything measured of one size.
fn row(pools: usize, ether: f64, repeat: usize) -> String {
    let market = Market::new(pools, SEED);
    let order = market.order(ether);
    let (build, network) = built(&market, repeat);
    let figures = [network.nodes(), network.edges().len()];
    let solves = Solves::run(network, &order, pools, repeat);
    // Any prices prove a bound: where there is no answer, the market's own.
    let unit = market.values[order.to];
    let common: Vec<f64> = market.values.iter().map(|value| value / unit).collect();
    let prices = solves.answer.as_ref().map_or(&common, |routed| &routed.prices);
    let mut check = Vec::new();
    let mut proven = 0.0;
    for _ in 0..repeat {
        let begun = Instant::now();
        proven = black_box(bound(&solves.network, &order, black_box(prices)));
        check.push(begun.elapsed());
    }
    let solved =
        |times: &[Duration]| solves.answer.as_ref().map_or("no answer".into(), |_| median(times));
    let gap = |routed: &Routed| format!("{:.3}", (1.0 - routed.net / proven) * 1e4);
    let cells = [
        pools.to_string(),
        figures[0].to_string(),
        figures[1].to_string(),
        median(&build),
        solved(&solves.cold),
        solved(&solves.warm),
        median(&solves.update),
        median(&check),
        solves.answer.as_ref().map_or("-".into(), gap),
        peak_memory(),
    ];
    format!("| {} |", cells.join(" | "))
}

/// How long it takes to make a network of edges in memory.
fn built(market: &Market, repeat: usize) -> (Vec<Duration>, Network) {
    let (mut times, mut network) = (Vec::new(), Network::default());
    for _ in 0..repeat {
        let edges = market.edges.clone();
        let begun = Instant::now();
        network = Network::new(market.values.len(), edges).expect("generated figures are sound");
        times.push(begun.elapsed());
    }
    (times, network)
}

/// Solves of one order on a market that moves between them.
struct Solves {
    cold: Vec<Duration>,
    update: Vec<Duration>,
    warm: Vec<Duration>,
    /// The last state, and the answer for it.
    network: Network,
    answer: Option<Routed>,
}

impl Solves {
    fn run(network: Network, order: &Order, pools: usize, repeat: usize) -> Self {
        let (cold, update, warm) = (Vec::new(), Vec::new(), Vec::new());
        let mut all = Self { cold, update, warm, network, answer: None };
        let mut random = Random(SEED);
        for _ in 0..repeat {
            let changed: Vec<usize> = (0..TOUCHED).map(|_| random.below(pools)).collect();
            let mut optimiser = Optimiser::default();
            let begun = Instant::now();
            let _ = black_box(optimiser.solve(&all.network, order, None));
            all.cold.push(begun.elapsed());
            let begun = Instant::now();
            all.network = touch(&all.network, &changed);
            all.update.push(begun.elapsed());
            let begun = Instant::now();
            all.answer = optimiser.solve(&all.network, order, None).ok();
            all.warm.push(begun.elapsed());
        }
        all
    }
}

/// The network after trades in the pools named: a ten-thousandth of their depth changed sides.
///
/// Builds a new network until networks can be updated in place.
fn touch(network: &Network, pools: &[usize]) -> Network {
    let mut changed: Vec<usize> = pools.to_vec();
    changed.sort_unstable();
    let moved = |edge: &NetworkEdge| {
        let mut edge = edge.clone();
        if changed.binary_search(&edge.pool).is_ok() {
            let more = if edge.from < edge.to { 1.0 + 1e-4 } else { 1.0 - 1e-4 };
            edge.gain = edge.gain.rescaled(1.0 / more, 2.0 - more);
        }
        edge
    };
    let edges = network.edges().iter().map(moved).collect();
    Network::new(network.nodes(), edges).expect("sound figures stay sound")
}

/// What no route exceeds net of gas, as `prices` prove it: one for each node, in units wanted.
fn bound(network: &Network, order: &Order, prices: &[f64]) -> f64 {
    let mut sum = prices[order.from] * order.amount;
    for edge in network.edges() {
        let (given, wanted) = (prices[edge.from], prices[edge.to]);
        let most = edge.limit().min(order.reach[edge.from]);
        let amount = edge.gain.input_at(given / wanted).min(most);
        let gained = wanted * edge.gain.out(amount) - given * amount;
        sum += (gained - edge.gas * order.gas_price).max(0.0);
    }
    sum
}

fn median(times: &[Duration]) -> String {
    let mut times = times.to_vec();
    times.sort_unstable();
    let us = times[times.len() / 2].as_secs_f64() * 1e6;
    match us {
        us if us < 1e3 => format!("{us:.1} us"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

/// The most memory that this process has held.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.map_or("unknown".into(), |kib| format!("{:.1} MiB", kib / 1024.0))
}
