//! The term structure of a market: what ETH pays over time, for a terminal, a picture and the API.

pub(crate) mod dto;
mod report;

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
use crate::market;

const DAY_S: u64 = 86_400;
/// How far apart the fixed rates and the market's realised yields may be.
const APART_S: u64 = 7 * DAY_S;

/// What the reader decides. Rates are annual fractions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choices {
    /// Whether rates of single trades are heard too.
    pub(crate) spot: bool,
    /// What fixing is paid for beyond the expected yield.
    pub(crate) term_premium: f64,
    /// By how much a floating yield usually misses.
    pub(crate) volatility: f64,
    /// How many times that miss a fixed rate must pay more than the float.
    pub(crate) caution: f64,
}

impl Default for Choices {
    /// What `tenor curve` takes where nothing is said.
    fn default() -> Self {
        Self { spot: false, term_premium: 0.0, volatility: 0.005, caution: 0.5 }
    }
}

/// Why there is no curve.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was given is wrong.
    Input(String),
    /// The market lacks what the curve needs.
    Lacking(String),
    /// Anything else.
    Failed(String),
}

/// The curve of a market and what fixed-rate markets imply.
pub(crate) fn report(
    market: &Market,
    observations: &Observations,
    benchmark: Result<Benchmark, BenchmarkError>,
    choices: &Choices,
) -> Result<ReportDto, Failure> {
    let short_end = short_end(observations, market)?;
    let filter = Filter::default();
    let filter = if choices.spot { Filter { min_average_s: 0, ..filter } } else { filter };
    let anchor = Some(short_end.0);
    let curve = Term::bootstrap(observations.timestamp, &observations.markets, anchor, &filter)
        .map_err(|error| refused(observations, &error))?;
    ReportDto::new(&Given {
        market,
        observations,
        curve: &curve,
        benchmark,
        short_end,
        filter,
        term_premium: choices.term_premium,
        volatility: choices.volatility,
        caution: choices.caution,
    })
    .map_err(|error| Failure::Failed(error.to_string()))
}

/// What fixed-rate markets imply: the market's own; of the built-in market, which has none, the made-up
/// ones that nobody could take for a market's.
pub(crate) fn observations(market: &Market, built_in: bool) -> Result<Observations, Failure> {
    let markets = listed(market);
    if !markets.is_empty() {
        return Ok(own(market, markets));
    }
    if !built_in {
        let why = "this market has no fixed-rate venues on ETH: give --observations FILE, \
                   schema tenor.observations/1";
        return Err(Failure::Lacking(why.to_owned()));
    }
    market::load_observations(None).map_err(|error| Failure::Failed(error.to_string()))
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
fn short_end(observations: &Observations, market: &Market) -> Result<(f64, String), Failure> {
    if let Some(given) = &observations.short_end {
        return Ok(given.clone());
    }
    let name = &observations.name;
    if observations.timestamp.abs_diff(market.timestamp) > APART_S {
        return Err(Failure::Input(format!(
            "{name} is of {}, the market of {}: more than seven days apart; give a short_end in \
             the file, or a market of its time",
            observations.utc, market.utc
        )));
    }
    let Some(row) = benchmark::steth(market) else {
        return Err(Failure::Lacking(format!(
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
fn refused(observations: &Observations, error: &CurveError) -> Failure {
    let line = format!("{}: {error}", observations.name);
    match error {
        CurveError::Empty(_) => {
            Failure::Lacking(format!("{line}; those of single trades count with --spot"))
        }
        CurveError::NoBase | CurveError::Undetermined => Failure::Lacking(line),
        CurveError::Observation(_)
        | CurveError::Anchor(_)
        | CurveError::Arbitrage { .. }
        | CurveError::NoTime { .. }
        | CurveError::Expired { .. }
        | CurveError::Range { .. } => Failure::Input(line),
    }
}
