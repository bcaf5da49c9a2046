//! Balancer's smart order router, in a Node process of its own.
//!
//! Its time is taken inside Node around the call that finds the route: starting Node and reading the
//! market are not counted. Its licence is the GPL, so it is installed from npm where the comparison
//! runs and is no part of Tenor.

use std::{
    collections::HashMap,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    evaluate::Leg,
    instance::{Instance, Kind},
};

/// The version that `sor/package.json` pins.
pub(crate) fn version() -> &'static str {
    let pinned = include_str!("sor/package.json").split_once("\"@balancer-labs/sor\": \"");
    pinned.and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}

#[derive(Serialize)]
struct Question<'a> {
    pools: Vec<PoolDto<'a>>,
    from: usize,
    to: usize,
    amount: &'a str,
    gas_price_wei: String,
    swap_gas: String,
    eth_in_wanted: String,
    max_pools: usize,
    repeat: usize,
    enough_ms: u128,
}

#[derive(Serialize)]
struct PoolDto<'a> {
    id: usize,
    tokens: [usize; 2],
    reserves: [&'a str; 2],
    fee_ppm: u32,
}

#[derive(Deserialize)]
struct Answer {
    swaps: Vec<Swap>,
    ms: Vec<f64>,
}

#[derive(Deserialize)]
struct Swap {
    pool: usize,
    from: usize,
    amount: String,
}

/// How it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    /// Weigh gas.
    pub(crate) gas: bool,
    /// The most pools of a route.
    pub(crate) max_pools: usize,
    /// Solves, of which the first is not counted where there are more.
    pub(crate) repeat: usize,
    /// After this the process is stopped.
    pub(crate) limit: Duration,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/sor")
}

/// Installs the package where it is missing.
pub(crate) fn install() -> Result<(), String> {
    if folder().join("node_modules/@balancer-labs/sor").exists() {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(folder());
    match npm.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("npm ci: {status}")),
        Err(error) => Err(format!("npm: {error}")),
    }
}

/// Its route and its time; `None` where the market has pools it is not asked about.
pub(crate) fn solve(
    instance: &Instance,
    asking: Asking,
) -> Option<Result<(Vec<Leg>, Duration), String>> {
    let question = question(instance, asking)?;
    Some(run(&question, asking.limit).and_then(|answer| {
        let legs = legs(instance, &answer.swaps)?;
        Ok((legs, median(answer.ms)))
    }))
}

fn question(instance: &Instance, asking: Asking) -> Option<Question<'_>> {
    let pools = instance.pools.iter().enumerate().map(|(id, pool)| match &pool.kind {
        Kind::Cpmm { reserves: [one, other] } => {
            let reserves = [&*one.text, &*other.text];
            Some(PoolDto { id, tokens: pool.tokens, reserves, fee_ppm: pool.fee_ppm })
        }
        _ => None,
    });
    let pools = pools.collect::<Option<Vec<_>>>()?;
    let gas_price = if asking.gas { instance.gas_price_eth * 1e18 } else { 0.0 };
    Some(Question {
        pools,
        from: instance.order.token_in,
        to: instance.order.token_out,
        amount: &instance.order.amount.text,
        gas_price_wei: format!("{gas_price:.0}"),
        swap_gas: instance.pools.first()?.gas.to_string(),
        eth_in_wanted: format!("{:.18}", 1.0 / instance.tokens[instance.order.token_out].price),
        max_pools: asking.max_pools,
        repeat: asking.repeat,
        enough_ms: asking.limit.as_millis() / 4,
    })
}

fn run(question: &Question<'_>, limit: Duration) -> Result<Answer, String> {
    let mut node = Command::new("node");
    node.arg("run.mjs").current_dir(folder()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = node.spawn().map_err(|error| format!("node: {error}"))?;
    let input = serde_json::to_vec(question).map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().ok_or("node has no input")?;
    stdin.write_all(&input).map_err(|error| error.to_string())?;
    drop(stdin);
    let mut stdout = child.stdout.take().ok_or("node has no output")?;
    let reader = std::thread::spawn(move || {
        let mut output = String::new();
        stdout.read_to_string(&mut output).map(|_| output)
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if begun.elapsed() > limit {
            child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
            return Err(format!("no answer in {} s", limit.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        return Err(format!("node: {status}"));
    }
    let output = reader.join().map_err(|_| "the reader of node's output stopped")?;
    let output = output.map_err(|error| error.to_string())?;
    serde_json::from_str(&output).map_err(|error| error.to_string())
}

fn median(mut ms: Vec<f64>) -> Duration {
    if ms.len() > 1 {
        ms.remove(0);
    }
    ms.sort_by(f64::total_cmp);
    Duration::from_secs_f64(ms.get(ms.len() / 2).copied().unwrap_or_default() / 1e3)
}

/// Legs with exact amounts: a swap without an amount takes what the one before it returned.
fn legs(instance: &Instance, swaps: &[Swap]) -> Result<Vec<Leg>, String> {
    if swaps.is_empty() {
        return Err("no route".into());
    }
    let network = instance.network();
    let edges: HashMap<_, _> =
        network.edges().iter().map(|edge| ((edge.pool, edge.from), edge)).collect();
    let (mut legs, mut before) = (Vec::new(), 0.0);
    for swap in swaps {
        let named: f64 = swap.amount.parse().map_err(|_| format!("amount {}", swap.amount))?;
        let amount = if named > 0.0 { named } else { before };
        let edge = edges.get(&(swap.pool, swap.from)).ok_or("a swap in no pool")?;
        before = edge.gain.out(amount);
        legs.push(Leg { pool: swap.pool, from: swap.from, amount });
    }
    Ok(legs)
}
