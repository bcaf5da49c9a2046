//! What fixed-rate markets said at one time, schema `tenor.observations/1`.

use serde::Deserialize;
use tenor_solver::{amount::to_f64, curve::Observation};

use super::{
    FiguresError, LAST_SECOND,
    error::Refusal,
    readable, schema,
    values::Decimal,
    venue::{label, positive},
    wire::read,
};

const SCHEMA: &str = "tenor.observations/1";

/// The name of the embedded file of made-up fixed-rate markets.
pub const SYNTHETIC_NAME: &str = "synthetic-fixed-rates.json";

/// The embedded file of made-up fixed-rate markets, beside the embedded market that has none.
pub fn embedded_synthetic() -> &'static [u8] {
    include_bytes!("../../markets/synthetic-fixed-rates.json")
}

/// The fixed-rate markets of one file, checked for form; [`tenor_solver::curve`] judges the figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Observations {
    /// The file's name, as the caller gave it.
    pub name: String,
    /// Whether the figures are made up.
    pub synthetic: bool,
    /// What to know about them.
    pub note: String,
    /// Where they come from.
    pub source: String,
    /// Unix seconds.
    pub timestamp: u64,
    /// The same in words.
    pub utc: String,
    /// The short end that belongs to them: an annual rate, continuously compounded, of a year of
    /// 365.25 days, and what it is.
    pub short_end: Option<(f64, String)>,
    /// The markets, in the file's order.
    pub markets: Vec<Observation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "schema")]
    _schema: String,
    synthetic: bool,
    #[serde(default)]
    note: String,
    source: String,
    timestamp: u64,
    utc: String,
    short_end: Option<ShortEnd>,
    markets: Vec<Market>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShortEnd {
    rate: Decimal,
    basis: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Market {
    market: String,
    underlying: String,
    rate: Decimal,
    averaged_s: u64,
    expiry: u64,
    liquidity_eth: Decimal,
    fee_rate: Decimal,
}

impl Observations {
    /// Reads the file called `name`.
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, FiguresError> {
        Self::check(name, text).map_err(|refusal| refusal.in_file(name))
    }

    fn check(name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let text = readable(bytes)?;
        schema(text, SCHEMA)?;
        let file: File = read(text)?;
        seconds("timestamp", file.timestamp)?;
        let short_end = file.short_end.as_ref().map(short_end).transpose();
        let row = |(i, m)| market(m).map_err(|r: Refusal| r.within(&format!("markets[{i}]")));
        Ok(Self {
            name: name.to_owned(),
            synthetic: file.synthetic,
            note: file.note,
            source: label("source", &file.source)?,
            timestamp: file.timestamp,
            utc: label("utc", &file.utc)?,
            short_end: short_end.map_err(|refusal| refusal.within("short_end"))?,
            markets: file.markets.iter().enumerate().map(row).collect::<Result<_, _>>()?,
        })
    }
}

fn short_end(s: &ShortEnd) -> Result<(f64, String), Refusal> {
    Ok((fraction("rate", s.rate)?, label("basis", &s.basis)?))
}

fn market(m: &Market) -> Result<Observation, Refusal> {
    seconds("expiry", m.expiry)?;
    Ok(Observation {
        market: label("market", &m.market)?,
        underlying: label("underlying", &m.underlying)?,
        rate: fraction("rate", m.rate)?,
        averaged_s: m.averaged_s,
        expiry: m.expiry,
        liquidity: fraction("liquidity_eth", m.liquidity_eth)?,
        fee_rate: fraction("fee_rate", m.fee_rate)?,
    })
}

fn seconds(field: &str, value: u64) -> Result<(), Refusal> {
    if positive(field, value)? > LAST_SECOND {
        return Err(Refusal::range(field, value, "unix seconds, not milliseconds"));
    }
    Ok(())
}

fn fraction(field: &str, value: Decimal) -> Result<f64, Refusal> {
    let scaled = value.scaled(18).map(|v| to_f64(v) / 1e18);
    scaled.ok_or_else(|| Refusal::range(field, "the number", "at most 18 decimals"))
}
