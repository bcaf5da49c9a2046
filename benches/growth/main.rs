//! How time and memory grow with the market: ten pools to a hundred thousand.
//!
//! ```sh
//! cargo bench --bench growth -- [--repeat N] [--ether 10,1000] [--sizes 10,100,...] [--no-gas]
//! ```
//!
//! Markets are those of `market.rs`; the order gives ETH for the first stablecoin, gas weighed or
//! left out. A cold solve starts from nothing but the snapshot, a warm one from the answer before an
//! update. Each row runs in a process of its own, so that its peak memory is its own: the market's
//! making is in it. Times are medians.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod market;

use std::{
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

use clap::Parser;
use tenor_solver::{
    certify::network_bound,
    route::{Change, Network, Optimiser, Order, Routed},
};

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
    #[arg(long, value_delimiter = ',', default_value = "10,1000")]
    ether: Vec<f64>,
    /// Leaves gas out.
    #[arg(long)]
    no_gas: bool,
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
        let ether = arguments.ether.first().copied().unwrap_or(1.0);
        println!("{}", row(pools, ether, !arguments.no_gas, arguments.repeat.max(1)));
        return;
    }
    println!(
        "| pools | edges | ETH | gas | build | cold solve | warm solve | update of {TOUCHED} pools \
         | certificate check | gap, bp | peak memory |"
    );
    println!("|{}", "---|".repeat(11));
    for pools in &arguments.sizes {
        for ether in &arguments.ether {
            let mut command = Command::new(std::env::current_exe().expect("this has a path"));
            command.args(["--row", &pools.to_string(), "--ether", &ether.to_string()]);
            command.args(["--repeat", &arguments.repeat.to_string()]);
            command.args(arguments.no_gas.then_some("--no-gas"));
            assert!(command.status().is_ok_and(|s| s.success()), "{pools} pools failed");
        }
    }
}

/// Everything measured of one size.
fn row(pools: usize, ether: f64, gas: bool, repeat: usize) -> String {
    let market = Market::new(pools, SEED);
    let mut order = market.order(ether);
    if !gas {
        order.gas_price = 0.0;
    }
    let (build, network) = built(&market, repeat);
    let edges = network.edges().len();
    let solves = Solves::run(network, &order, pools, repeat);
    let answer = solves.answer.as_ref();
    let mut check = Vec::new();
    for prices in answer.iter().flat_map(|routed| std::iter::repeat_n(&routed.prices, repeat)) {
        let begun = Instant::now();
        let bound = network_bound(&solves.network, &order, black_box(prices));
        check.push(begun.elapsed());
        assert_eq!(bound.ok(), answer.map(|routed| routed.bound), "the bound is recomputed");
    }
    let gap = |routed: &Routed| format!("{:.3}", (1.0 - routed.net / routed.bound) * 1e4);
    let solved = |times: &[Duration]| answer.map_or("no answer".into(), |_| median(times));
    let cells = [
        pools.to_string(),
        edges.to_string(),
        ether.to_string(),
        if gas { "yes" } else { "no" }.into(),
        median(&build),
        solved(&solves.cold),
        solved(&solves.warm),
        median(&solves.update),
        solved(&check),
        answer.map_or("-".into(), gap),
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
            let changes = touch(&all.network, &mut random, pools);
            let mut optimiser = Optimiser::default();
            let begun = Instant::now();
            let _ = black_box(optimiser.solve(&all.network, order, None));
            all.cold.push(begun.elapsed());
            let begun = Instant::now();
            let next = all.network.update(changes);
            all.update.push(begun.elapsed());
            all.network = next.expect("sound figures stay sound");
            let begun = Instant::now();
            all.answer = optimiser.solve(&all.network, order, None).ok();
            all.warm.push(begun.elapsed());
        }
        all
    }
}

/// Liquidity comes to some pools and leaves others: a thousandth of their depth. Prices stay, for the
/// markets have no arbitrage, and an order's reach holds only where there is none.
fn touch(network: &Network, random: &mut Random, pools: usize) -> Vec<Change> {
    let mut touched = vec![false; pools];
    (0..TOUCHED).for_each(|_| touched[random.below(pools)] = true);
    let edges = network.edges().iter().enumerate().filter(|(_, edge)| touched[edge.pool]);
    edges
        .map(|(at, edge)| {
            let more = if edge.pool % 2 == 0 { 1.0 + 1e-3 } else { 1.0 - 1e-3 };
            let gain = edge.gain.rescaled(1.0 / more, more);
            Change { edge: at, gain, cap: edge.cap }
        })
        .collect()
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
