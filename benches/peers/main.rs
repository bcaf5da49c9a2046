//! Tenor beside its peers: one run, one machine, the same markets.
//!
//! ```sh
//! cargo bench --bench peers -- [FOLDER] [--repeat N] [--filter TEXT] [--fine]
//! ```
//!
//! FOLDER holds instances of the routing kit, its `optimum.json` beside it; without it,
//! `routing/dev/instances` in `$TENOR_DATA`, or in `../shared/data`. Node and npm must be there for
//! Balancer's router, which is installed when it is missing.
//!
//! | method | what |
//! |---|---|
//! | Tenor, cold | an optimiser that has seen nothing |
//! | Tenor, warm | one that solved the same order on the market as it stood a little earlier |
//! | Clarabel | the gas-free problem as a conic programme; with gas, that route charged for its gas |
//! | Balancer SOR | Balancer's router, on markets of constant-product pools alone |
//! | greedy, 20 parts | equal parts, each on the best path given the earlier ones |
//! | single path | the best path of at most three hops |
//!
//! Every route is evaluated by the kit's own formulas (`evaluate.rs`), which no method uses. With gas,
//! greedy and single path are the better of a gas-blind and a gas-aware choice, at the time of both.
//! With Balancer's router the kit's pools are weighted ones, of which no swap may put in or take out
//! more than 30 %: large orders on small markets have "no route" there. Its routes have at most two
//! hops.
//!
//! Shortfall is from the kit's proven upper bound: of the output without gas, net of gas with it.
//! Time is from a market in memory to a route in memory, on one thread; for Clarabel and Balancer
//! to amounts in memory. The median of the runs counts.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod balancer;
mod baseline;
mod conic;
mod evaluate;
mod flows;
mod instance;
mod methods;
mod nudge;
mod table;

use std::{path::PathBuf, process::Command, time::Duration};

use clap::Parser;

use crate::{
    instance::Instance,
    methods::{Effort, NAMES, Task},
    table::{Cell, Row, Table},
};

/// Compares routers on instances of the routing kit.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of instances.
    folder: Option<PathBuf>,
    /// Runs of each method on each instance.
    #[arg(long, default_value_t = 5)]
    repeat: usize,
    /// Only instances whose name contains this.
    #[arg(long, default_value = "")]
    filter: String,
    /// One row for each number of tokens and each order.
    #[arg(long)]
    fine: bool,
    /// Most pools of a route of Balancer's router; its own default is 4.
    #[arg(long, default_value_t = 20)]
    max_pools: usize,
    /// Seconds after which a peer is given up.
    #[arg(long, default_value_t = 60)]
    limit: u64,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    let folder = arguments.folder.clone().unwrap_or_else(default_folder);
    let all = instance::load(&folder, &arguments.filter)?;
    balancer::install()?;
    let effort = Effort {
        repeat: arguments.repeat.max(1),
        max_pools: arguments.max_pools,
        limit: Duration::from_secs(arguments.limit),
    };
    let mut off: f64 = 0.0;
    for gas in [false, true] {
        let mut table = Table::default();
        for (instance, optimum) in &all {
            let task = Task::new((instance, optimum), gas, effort);
            let cells = task.run();
            tell(&instance.id, gas, &cells);
            table.add(row(instance, arguments.fine), cells);
            if gas {
                off = off.max(task.baselines_off()?);
            }
        }
        let (title, from) = if gas { ("Gas on", "net") } else { ("Gas off", "gross") };
        println!("\n{title}: median / worst shortfall from {from} bound in bp; median time\n");
        println!("{}", table.markdown(&NAMES));
    }
    println!("{}", circumstances(&arguments));
    println!("Baselines differ from the kit's by at most {off:.0e} of their value.");
    Ok(())
}

fn default_folder() -> PathBuf {
    let data =
        std::env::var_os("TENOR_DATA").map_or_else(|| "../shared/data".into(), PathBuf::from);
    data.join("routing/dev/instances")
}

fn row(instance: &Instance, fine: bool) -> Row {
    let class = instance.class();
    Row {
        pools: instance.n_pools,
        tokens: fine.then_some(instance.n_tokens),
        mix: instance.mix.clone(),
        order: if fine { class } else { &class[..1] }.to_owned(),
    }
}

/// Progress, and why a method failed.
fn tell(id: &str, gas: bool, cells: &[Cell]) {
    eprintln!("{id}, gas {}", if gas { "on" } else { "off" });
    for (name, cell) in NAMES.iter().zip(cells) {
        match cell {
            Cell::NotModelled => {}
            Cell::Failed(why) => eprintln!("  {name:16} failed: {why}"),
            Cell::Answered { short_bp, took } => {
                eprintln!("  {name:16} {short_bp:12.5} bp {:12.3} ms", took.as_secs_f64() * 1e3);
            }
        }
    }
}

/// What the figures hold for.
fn circumstances(arguments: &Arguments) -> String {
    let said = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok();
        output
            .map_or_else(String::new, |out| String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    // Times are good only on a machine that does nothing else.
    let load = load.split(' ').nth(2).unwrap_or("unknown");
    format!(
        "{} ({cores} cores, one thread used, load of the last 15 minutes {load}); median of {} runs; {}; Tenor {}; clarabel {}; \
         @balancer-labs/sor {} with at most {} pools, node {}.",
        model.map_or("unknown machine", |(_, name)| name),
        arguments.repeat,
        said("rustc"),
        env!("CARGO_PKG_VERSION"),
        locked("clarabel"),
        balancer::version(),
        arguments.max_pools,
        said("node"),
    )
}

/// The version of a package in the lock file.
fn locked(package: &str) -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let named = lock.split_once(&format!("name = \"{package}\"\nversion = \""));
    named.and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}
