//! `tenor curve`: what ETH pays over time.

mod dto;
mod page;
mod report;
mod svg;

use std::path::PathBuf;

use clap::Args;
use tenor_simulations::figures::Observations;
use tenor_solver::{
    curve::{
        Curve as Term, CurveError, Filter, Observation,
        benchmark::{self, Benchmark, BenchmarkError},
        listed,
    },
    market::Market,
    yields::{fraction, realised::Realised},
};

use self::{dto::ReportDto, report::Given};
use super::{Outcome, options::MarketArgs, print};
use crate::market;

const DAY_S: u64 = 86_400;
/// How far apart the fixed rates and the market's realised yields may be.
const APART_S: u64 = 7 * DAY_S;

/// The term structure of ETH staking yield: spot, forward and what each fixed-rate market pays over
/// it, beside the benchmark of plain staking.
///
/// Fixed rates are those of the market's own venues (of single trades: --spot), or of a file. The
/// built-in market has none: made-up ones stand in, and the output says so.
///
/// Examples:
///   tenor curve
///   tenor curve --json
///   tenor curve --svg curve.svg
///   tenor curve --observations rates.json --spot
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Curve {
    #[command(flatten)]
    market: MarketArgs,
    /// What fixed-rate markets imply, schema tenor.observations/1.
    #[arg(long, value_name = "FILE")]
    observations: Option<PathBuf>,
    /// What a day's epochs of the beacon chain paid, schema tenor.epochs/1, for the benchmark; left
    /// out, it is what stETH earned before Lido's share.
    #[arg(long, value_name = "FILE")]
    epochs: Option<PathBuf>,
    /// Hear rates of single trades too, which anybody can set.
    #[arg(long)]
    spot: bool,
    /// What fixing is paid for beyond the expected yield, in basis points a year.
    #[arg(long, value_name = "BPS", default_value = "0", value_parser = bps)]
    term_premium: f64,
    /// By how much a floating yield usually misses, in basis points a year.
    #[arg(long, value_name = "BPS", default_value = "50", value_parser = bps)]
    volatility: f64,
    /// How many times that miss a fixed rate must pay more than the float to be worth locking.
    #[arg(long, value_name = "TIMES", default_value = "0.5", value_parser = times)]
    caution: f64,
    /// Write the picture to a file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print JSON, schema tenor.curve/1.
    #[arg(long)]
    json: bool,
}

fn bps(text: &str) -> Result<f64, &'static str> {
    number(text, 10_000.0).ok_or("give basis points, such as 25, from 0 to 10000")
}

fn times(text: &str) -> Result<f64, &'static str> {
    number(text, 100.0).ok_or("give a number, such as 0.5, from 0 to 100")
}

fn number(text: &str, most: f64) -> Option<f64> {
    text.parse().ok().filter(|value| (0.0..=most).contains(value))
}

impl Curve {
    pub(super) fn run(&self) -> Outcome {
        Outcome::of(self.report().and_then(|report| self.write(&report)))
    }

    fn report(&self) -> Result<ReportDto, Outcome> {
        let engine = self.market.engine()?;
        let market = engine.market();
        let observations = self.read(market)?;
        let benchmark = self.benchmark(market)?;
        let short_end = short_end(&observations, market)?;
        let filter = Filter::default();
        let filter = if self.spot { Filter { min_average_s: 0, ..filter } } else { filter };
        let anchor = Some(short_end.0);
        let curve = Term::bootstrap(observations.timestamp, &observations.markets, anchor, &filter)
            .map_err(|error| refused(&observations, &error))?;
        ReportDto::new(&Given {
            market,
            observations: &observations,
            curve: &curve,
            benchmark,
            short_end,
            filter,
            term_premium: self.term_premium / 1e4,
            volatility: self.volatility / 1e4,
            caution: self.caution,
        })
        .map_err(|error| Outcome::Failed(error.to_string()))
    }

    /// The fixed rates: a file's, the market's own, or the made-up ones where nobody could take them
    /// for a market's.
    fn read(&self, market: &Market) -> Result<Observations, Outcome> {
        if self.observations.is_none() {
            let markets = listed(market);
            if !markets.is_empty() {
                return Ok(own(market, markets));
            }
            if !self.market.built_in() {
                let why = "this market has no fixed-rate venues on ETH: give --observations FILE, \
                           schema tenor.observations/1";
                return Err(Outcome::Lacking(why.to_owned()));
            }
        }
        market::load_observations(self.observations.as_deref())
            .map_err(|error| Outcome::BadInput(error.to_string()))
    }

    /// The benchmark of the epochs given, else of the market; a market may lack it.
    fn benchmark(&self, market: &Market) -> Result<Result<Benchmark, BenchmarkError>, Outcome> {
        let Some(path) = &self.epochs else { return Ok(Benchmark::of_steth(market)) };
        let epochs =
            market::load_epochs(path).map_err(|error| Outcome::BadInput(error.to_string()))?;
        match Benchmark::of_epochs(&epochs.epochs) {
            Ok(benchmark) => Ok(Ok(benchmark)),
            Err(error) => Err(Outcome::BadInput(format!("{}: {error}", epochs.name))),
        }
    }

    fn write(&self, report: &ReportDto) -> Result<(), Outcome> {
        if let Some(path) = &self.svg {
            print::file(path, &svg::draw(report))?;
        }
        if self.json {
            print::json("the curve", report)
        } else {
            print::page("the curve", &page::Page(report))
        }
    }
}

/// What the market's own venues imply.
fn own(market: &Market, markets: Vec<Observation>) -> Observations {
    Observations {
        name: market.source.clone(),
        synthetic: false,
        note: String::new(),
        source: market.source.clone(),
        timestamp: market.timestamp,
        utc: market.utc.clone(),
        short_end: None,
        markets,
    }
}

/// The rate that the curve begins with, and what it is: what the file says belongs to its markets, or
/// what stETH has really earned on the market of that time.
fn short_end(observations: &Observations, market: &Market) -> Result<(f64, String), Outcome> {
    if let Some(given) = &observations.short_end {
        return Ok(given.clone());
    }
    let name = &observations.name;
    if observations.timestamp.abs_diff(market.timestamp) > APART_S {
        return Err(Outcome::BadInput(format!(
            "{name} is of {}, the market of {}: more than seven days apart; give a short_end in \
             the file, or a market of its time",
            observations.utc, market.utc
        )));
    }
    let Some(row) = benchmark::steth(market) else {
        return Err(Outcome::Lacking(format!(
            "this market does not say what stETH earned over a week or more: give a short_end in {name}"
        )));
    };
    let rate = fraction(row.rate);
    let off = off_by(rate, row.window_s) * 100.0;
    let window = &row.window;
    Ok((
        rate,
        format!("stETH realised, {window}; daily steps: off by up to {off:.3} % ({})", row.source),
    ))
}

/// By how much a rate over a window can be off that was read at any time of the day at both ends.
fn off_by(rate: f64, window_s: u64) -> f64 {
    let (from, steps, dropped) = (0, 1, Vec::new());
    let realised = Realised { rate, from, to: window_s, steps, dropped };
    realised.off_by(DAY_S).unwrap_or(f64::INFINITY)
}

/// Wrong figures and contradictions are the file's; markets that are too few are what is lacking.
fn refused(observations: &Observations, error: &CurveError) -> Outcome {
    let line = format!("{}: {error}", observations.name);
    match error {
        CurveError::Empty(_) => {
            Outcome::Lacking(format!("{line}; those of single trades count with --spot"))
        }
        CurveError::NoBase | CurveError::Undetermined => Outcome::Lacking(line),
        CurveError::Observation(_)
        | CurveError::Anchor(_)
        | CurveError::Arbitrage { .. }
        | CurveError::NoTime { .. }
        | CurveError::Expired { .. }
        | CurveError::Range { .. } => Outcome::BadInput(line),
    }
}
