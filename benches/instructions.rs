//! Instructions that a solve and a check take: the same count on every run, whatever else the
//! machine does, so that noise cannot hide a regression.
//!
//! ```sh
//! cargo bench --bench instructions -- [INSTANCE.json...]
//! ```
//!
//! Without instances, those of 1,000 pools and 100 tokens in `routing/dev/instances` of
//! `$TENOR_DATA`, or of `../shared/data`. Counted by valgrind's callgrind, which runs this program
//! once for each figure and counts while one function is running.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "peers/nudge.rs"]
mod nudge;

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
};

use tenor::market;
use tenor_solver::{
    certify::network_bound,
    route::{Network, Optimiser, Order},
};

/// The market of a warm solve differs from the one before it as this seed says.
const SEED: u64 = 7;

/// What is counted.
const FIGURES: [&str; 3] = ["cold", "warm", "check"];

fn main() {
    // Cargo passes options of its own.
    let given: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    match &given[..] {
        [run, figure, gas, instance] if run == "run" => {
            once(figure, gas == "gas", Path::new(instance));
        }
        [] => table(&default_instances()),
        paths => table(&paths.iter().map(PathBuf::from).collect::<Vec<_>>()),
    }
}

fn default_instances() -> Vec<PathBuf> {
    let data = std::env::var("TENOR_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let folder = Path::new(&data).join("routing/dev/instances");
    let listed = folder.read_dir().unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| name(path).starts_with("p1000_t100_"));
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn table(paths: &[PathBuf]) {
    println!("thousands of instructions");
    println!("{:<34}{:>6}{:>10}{:>10}{:>10}", "instance", "gas", "cold", "warm", "check");
    for path in paths {
        for gas in ["gas", "none"] {
            let counts = FIGURES.map(|figure| counted(figure, gas, path) / 1000);
            let [cold, warm, check] = counts;
            println!("{:<34}{gas:>6}{cold:>10}{warm:>10}{check:>10}", name(path));
        }
    }
}

/// Runs this program under callgrind; the instructions that it counted.
fn counted(figure: &str, gas: &str, path: &Path) -> u64 {
    let this = std::env::current_exe().unwrap();
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg("--toggle-collect=*instructions::measured*")
        .arg(this)
        .args(["run", figure, gas])
        .arg(path)
        .output()
        .expect("valgrind is installed");
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}");
    let line = told.lines().find(|line| line.contains("Collected :"));
    line.and_then(|line| line.split(':').nth(1)).unwrap().trim().parse().unwrap()
}

/// Does once what one figure counts.
fn once(figure: &str, gas: bool, path: &Path) {
    let instance = market::load_instance(path).unwrap();
    let (network, order) = (instance.network(), &instance.order(gas));
    let mut optimiser = Optimiser::default();
    match figure {
        "cold" => measured(|| solve(&mut optimiser, network, order)),
        "warm" => {
            solve(&mut optimiser, &nudge::nudged(network, SEED), order);
            measured(|| solve(&mut optimiser, network, order));
        }
        "check" => {
            let prices = optimiser.solve(network, order, None).unwrap().prices;
            measured(|| {
                black_box(network_bound(network, order, &prices).unwrap());
            });
        }
        other => panic!("{other} is none of {FIGURES:?}"),
    }
}

fn solve(optimiser: &mut Optimiser, network: &Network, order: &Order) {
    black_box(optimiser.solve(network, order, None).unwrap());
}

/// Callgrind counts while this runs.
#[inline(never)]
fn measured(what: impl FnOnce()) {
    what();
    black_box(());
}
