//! The term structure: its laws on any markets, and what it finds on made ones.

mod command;
mod laws;
mod listed;
mod refusals;

use tenor_solver::{
    amount::YEAR_S,
    curve::{Curve, CurveError, Filter, Observation, PENDLE_YEAR_S},
};

const DAY_S: u64 = 86_400;
/// The time of the curve in these tests.
const NOW: u64 = 1_716_479_567;

/// A market with this annual rate, of a year of 365.25 days, and as much liquidity and fee as another.
fn market(name: &str, underlying: &str, days: u64, rate: f64) -> Observation {
    Observation {
        market: name.to_owned(),
        underlying: underlying.to_owned(),
        rate: rate * seconds(PENDLE_YEAR_S) / seconds(YEAR_S),
        averaged_s: 1_800,
        expiry: NOW + days * DAY_S,
        liquidity: 1_000.0,
        fee_rate: 0.001,
    }
}

#[expect(clippy::cast_precision_loss)]
fn seconds(s: u64) -> f64 {
    s as f64
}

fn years(days: u64) -> f64 {
    seconds(days * DAY_S) / seconds(YEAR_S)
}

fn bootstrap(all: &[Observation], anchor: Option<f64>) -> Result<Curve, CurveError> {
    Curve::bootstrap(NOW, all, anchor, &Filter::default())
}
