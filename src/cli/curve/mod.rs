//! `tenor curve`: what ETH pays over time.

mod page;
mod svg;

use std::path::PathBuf;

use clap::Args;
use tenor_simulations::figures::Observations;
use tenor_solver::{
    curve::benchmark::{Benchmark, BenchmarkError},
    market::Market,
};

use super::{Outcome, options::MarketArgs, print};
use crate::{
    curve::{self, Choices, Failure, dto::ReportDto},
    market,
};

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
        let choices = Choices {
            spot: self.spot,
            term_premium: self.term_premium / 1e4,
            volatility: self.volatility / 1e4,
            caution: self.caution,
        };
        Ok(curve::report(market, &observations, benchmark, &choices)?)
    }

    /// The fixed rates: a file's, the market's own, or the made-up ones where nobody could take them
    /// for a market's.
    fn read(&self, market: &Market) -> Result<Observations, Outcome> {
        match &self.observations {
            None => Ok(curve::observations(market, self.market.built_in())?),
            Some(file) => market::load_observations(Some(file))
                .map_err(|error| Outcome::BadInput(error.to_string())),
        }
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

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Input(why) => Self::BadInput(why),
            Failure::Lacking(why) => Self::Lacking(why),
            Failure::Failed(why) => Self::Failed(why),
        }
    }
}
