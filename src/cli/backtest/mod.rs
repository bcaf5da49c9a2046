//! `tenor backtest`: a history stepped through the same engine.

mod chart;
mod html;
mod page;

use std::path::PathBuf;

use clap::Args;
use tenor_simulations::{
    figures,
    nearest::nearest,
    scenarios::{AssumedPool, embedded_pools, parse_pools},
};
use tenor_solver::{
    amount::{WAD, mul_div},
    market::Market,
};

use super::{Outcome, options::FigureArgs, print};
use crate::{
    backtest::{
        Backtest as Steps, BacktestError,
        calendar::{date, timestamp},
        dto::ReportDto,
        history::{self, History},
    },
    market,
};

const DAY_S: u64 = 86_400;

/// The built-in histories' longest stretch that both tokens have: from stETH's first point to its last
/// one within rETH's daily ones.
const FROM: &str = "2022-09-16";
const TO: &str = "2023-09-08";

/// The largest file read.
const MOST_MIB: u64 = 64;

/// Steps a history of rates through the same engine, against holding, each token alone and equal weight.
///
/// Every decision sees what was recorded by its day and nothing later. Depths and gas are those of one
/// market, held constant; the report says so, and what else is missing or made up.
///
/// Examples:
///   tenor backtest
///   tenor backtest --asset ETH --amount 1000 --every 14 --html backtest.html
///   tenor backtest --rates reth.csv --from 2022-01-01 --to 2022-12-31 --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Backtest {
    /// Recorded rates: rows of timestamp, total_eth_wei and TOKEN_supply_wei, or series of points as
    /// JSON; may be repeated. Left out, the built-in ones of rETH and stETH.
    #[arg(long, value_name = "FILE")]
    rates: Vec<PathBuf>,
    /// Take rows in the order of time, each once, instead of refusing them.
    #[arg(long)]
    sort: bool,
    #[command(flatten)]
    figures: FigureArgs,
    /// Made-up pools for tokens that the market has none of, schema tenor.pools/1: a file, or "none".
    #[arg(long, value_name = "FILE")]
    pools: Option<PathBuf>,
    /// The token that one begins with.
    #[arg(long, value_name = "SYMBOL", default_value = "ETH")]
    asset: String,
    /// How much of it, in ETH.
    #[arg(long, value_name = "ETH", default_value = "100", value_parser = whole)]
    amount: u64,
    /// The first day.
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<u64>,
    /// The last day.
    #[arg(long, value_name = "DATE", value_parser = day)]
    to: Option<u64>,
    /// Days between decisions.
    #[arg(long, value_name = "DAYS", default_value = "7", value_parser = whole)]
    every: u64,
    /// The horizon that each decision has, in days.
    #[arg(long, value_name = "DAYS", default_value = "90", value_parser = whole)]
    horizon: u64,
    /// Write the report with plots to one HTML file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print JSON, schema tenor.backtest/1.
    #[arg(long)]
    json: bool,
}

fn day(text: &str) -> Result<u64, &'static str> {
    timestamp(text).ok_or("give a day such as 2022-09-15")
}

fn whole(text: &str) -> Result<u64, &'static str> {
    let number = text.parse().ok().filter(|number| (1..=1_000_000).contains(number));
    number.ok_or("give a whole number from 1 to 1000000")
}

impl Backtest {
    pub(super) fn run(&self) -> Outcome {
        Outcome::of(self.report().and_then(|report| self.write(&report)))
    }

    fn report(&self) -> Result<ReportDto, Outcome> {
        let engine = self.figures.engine()?;
        let base = engine.market();
        let histories = self.histories(base)?;
        let pools = self.pools(base)?;
        let tokens = || base.tokens.iter();
        let token =
            tokens().find(|t| t.symbol.eq_ignore_ascii_case(&self.asset)).ok_or_else(|| {
                let near =
                    nearest(&self.asset, tokens().map(|t| t.symbol.as_str())).unwrap_or_default();
                Outcome::BadInput(format!(
                    "--asset: no token {:?}; the nearest is {near:?}",
                    self.asset
                ))
            })?;
        let worth = base.redeem_value(token.address, WAD).filter(|worth| !worth.is_zero());
        let wei = WAD.saturating_mul(alloy_primitives::U256::from(self.amount));
        let units = worth.and_then(|worth| mul_div(wei, WAD, worth)).ok_or_else(|| {
            Outcome::BadInput(format!("--asset: {} does not redeem for ETH", token.symbol))
        })?;
        let (from, to) = self.window(&histories);
        let steps = Steps {
            base,
            histories: &histories,
            pools: &pools,
            start: (token.address, units),
            from,
            to,
            every_s: self.every * DAY_S,
            horizon_days: self.horizon,
        };
        steps.run().map_err(|error| refused(&error))
    }

    fn histories(&self, base: &Market) -> Result<Vec<History>, Outcome> {
        let bad = |error: history::HistoryError| Outcome::BadInput(error.to_string());
        let mut found: Vec<History> = Vec::new();
        if self.rates.is_empty() {
            let reth = ("reth-history.csv", figures::embedded_reth_history());
            let points = ("realised_yields.json", figures::embedded_rates());
            for (name, bytes) in [reth, points] {
                add(&mut found, history::parse(name, bytes, base, false).map_err(bad)?);
            }
            return Ok(found);
        }
        for path in &self.rates {
            let bytes = market::read(path, "a history of rates", MOST_MIB)
                .map_err(|error| Outcome::BadInput(error.to_string()))?;
            let name = path.display().to_string();
            add(&mut found, history::parse(&name, &bytes, base, self.sort).map_err(bad)?);
        }
        Ok(found)
    }

    fn pools(&self, base: &Market) -> Result<Vec<AssumedPool>, Outcome> {
        let bad = |error: tenor_simulations::scenarios::ScenarioError| {
            Outcome::BadInput(error.to_string())
        };
        match &self.pools {
            Some(path) if path.as_os_str() == "none" => Ok(Vec::new()),
            Some(path) => {
                let bytes = market::read(path, "a file of made-up pools", 1)
                    .map_err(|error| Outcome::BadInput(error.to_string()))?;
                parse_pools(&path.display().to_string(), &bytes, base).map_err(bad)
            }
            // Another market may lack the token of the made-up pool.
            None => Ok(embedded_pools(base).unwrap_or_default()),
        }
    }

    /// The days given; left out, those of the built-in histories, or the whole of the first file.
    fn window(&self, histories: &[History]) -> (u64, u64) {
        let own = self.rates.is_empty();
        let points = histories.first().map(|h| h.points.as_slice()).unwrap_or_default();
        let first = points.first().map_or(0, |p| p.timestamp.next_multiple_of(DAY_S));
        let last = points.last().map_or(0, |p| p.timestamp / DAY_S * DAY_S);
        let built_in =
            |text: &str, other| if own { timestamp(text).unwrap_or(other) } else { other };
        let (from, to) = (built_in(FROM, first), built_in(TO, last));
        (self.from.unwrap_or(from), self.to.unwrap_or(to))
    }

    fn write(&self, report: &ReportDto) -> Result<(), Outcome> {
        if let Some(path) = &self.html {
            print::file(path, &html::page(report))?;
        }
        if self.json {
            print::json("the report", report)
        } else {
            print::page("the report", &page::Page(report))
        }
    }
}

/// Of a token that an earlier file has, the earlier counts.
fn add(found: &mut Vec<History>, more: Vec<History>) {
    for history in more {
        if found.iter().all(|known| known.token != history.token) {
            found.push(history);
        }
    }
}

fn refused(error: &BacktestError) -> Outcome {
    match error {
        BacktestError::Unvalued(_) | BacktestError::Nothing(_) => {
            Outcome::Lacking(error.to_string())
        }
        _ => Outcome::BadInput(error.to_string()),
    }
}

/// ETH with four places.
fn eth(wei: &str) -> String {
    let (sign, digits) = wei.strip_prefix('-').map_or(("", wei), |digits| ("−", digits));
    let eth = digits.parse().map_or(0.0, tenor_solver::amount::to_f64) / 1e18;
    format!("{sign}{eth:.4}")
}

/// Basis points as percent with three places.
fn percent(bps: &str) -> String {
    let value: f64 = bps.parse().unwrap_or(f64::NAN);
    format!("{:.3} %", value / 100.0).replace('-', "−").replace("−0.000 %", "0.000 %")
}

/// The days on which a strategy traded, with what it decided.
fn decisions(report: &ReportDto) -> Vec<(String, String)> {
    let own = report.strategies.first();
    let records = own.map(|s| s.records.as_slice()).unwrap_or_default();
    let traded = records.iter().filter(|r| !r.trades.is_empty());
    traded.map(|r| (date(r.timestamp), r.decided.join("; "))).collect()
}
