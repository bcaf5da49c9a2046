//! `tenor cow`: auctions of CoW Protocol, as its driver sends them.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use alloy_primitives::U256;
use clap::{Args, Subcommand, value_parser};
use tenor_solver::amount::decimal;

use super::Outcome;
use crate::intents::cow::{
    self, Settings, Solved,
    chain::Native,
    wire::{Amount, Auction, Response},
};

/// Solve auctions of CoW Protocol.
#[derive(Debug, Args)]
pub(super) struct Cow {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Solve(Solve),
}

/// Solve an auction as CoW's driver sends it.
///
/// The deadline that stands in the file is not looked at. Every solution has passed the checker of what
/// the driver refuses.
///
/// Examples:
///   tenor cow solve auction.json
///   tenor cow solve auction.json --json
///   tenor cow solve auction.json --gas-price 0 --repeat 20
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
struct Solve {
    /// The auction.
    #[arg(value_name = "AUCTION")]
    auction: PathBuf,
    /// The chain, whose native token pays for gas; told from the auction's tokens where it is not given.
    #[arg(long, value_name = "ID")]
    chain: Option<u64>,
    /// Wei a unit of gas, instead of the auction's.
    #[arg(long, value_name = "WEI")]
    gas_price: Option<u64>,
    /// The time that the search may take; without it a search ends by itself.
    #[arg(long, value_name = "D", value_parser = value_parser!(u64).range(1..))]
    deadline_ms: Option<u64>,
    /// Solve it this often and tell the best time.
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    repeat: u32,
    /// Print the response as the driver gets it.
    #[arg(long)]
    json: bool,
}

impl Cow {
    pub(super) fn run(&self) -> Outcome {
        match &self.command {
            Command::Solve(solve) => solve.run(),
        }
    }
}

impl Solve {
    fn run(&self) -> Outcome {
        let (auction, settings) = match self.read(&self.auction) {
            Ok(read) => read,
            Err(message) => return Outcome::BadInput(message),
        };
        let (mut solved, mut best) = (Solved::default(), Duration::MAX);
        for _ in 0..self.repeat {
            let start = Instant::now();
            let until = self.deadline_ms.map(|limit| start + Duration::from_millis(limit));
            solved = cow::solve(&auction, &settings, until);
            best = best.min(start.elapsed());
        }
        if let Some(rejected) = solved.rejected.first() {
            return Outcome::Failed(format!("the checker refused what was found: {rejected}"));
        }
        let text = if self.json {
            serde_json::to_string_pretty(&Response::Solutions { solutions: solved.solutions })
                .map_err(|error| error.to_string())
        } else {
            Ok(page(&auction, &solved, best))
        };
        match text.map(|text| writeln!(std::io::stdout().lock(), "{text}")) {
            Err(error) => Outcome::Failed(error),
            Ok(Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Outcome::Failed(format!("cannot write the answer: {error}"))
            }
            Ok(_) => Outcome::Done,
        }
    }

    fn read(&self, path: &Path) -> Result<(Auction, Settings), String> {
        let shown = path.display();
        let bytes = std::fs::read(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
        let mut auction = cow::read(&bytes).map_err(|error| format!("{shown}: {error}"))?;
        if let Some(price) = self.gas_price {
            auction.effective_gas_price = Amount(U256::from(price));
        }
        let unlisted = |chain| format!("chain {chain} is not listed; leave --chain out");
        let native = self.chain.map(|chain| Native::of_chain(chain).ok_or_else(|| unlisted(chain)));
        Ok((auction, Settings { native: native.transpose()?, ..Settings::default() }))
    }
}

/// The answer in words.
fn page(auction: &Auction, solved: &Solved, time: Duration) -> String {
    let (orders, pools) = (auction.orders.len(), auction.liquidity.known.len());
    let apart = auction.liquidity.unknown + auction.liquidity.malformed + solved.unusable;
    let mut lines = vec![
        format!("Orders     {} of {orders} filled", solved.filled),
        format!("Surplus    {} of the native token, over limits", decimal(solved.surplus, 18)),
        format!("Solutions  {}, {} of several orders", solved.solutions.len(), solved.batches),
        format!("Liquidity  {pools} read, {apart} not used"),
        format!("Time       {:.1} ms", time.as_secs_f64() * 1e3),
    ];
    for solution in &solved.solutions {
        let (trades, calls) = (solution.trades.len(), solution.interactions.len());
        let gas = solution.gas.unwrap_or_default();
        let id = solution.id;
        lines.push(format!("  solution {id}: {trades} filled, {calls} interactions, {gas} gas"));
    }
    lines.join("\n")
}
