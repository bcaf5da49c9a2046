//! Rates that were recorded, from files: what a share of a token was worth, and when.
//!
//! Two forms: rows of `timestamp`, `total_eth_wei` and `<token>_supply_wei`, read at any times
//! (RocketTrack's); and series of `rate_1e27` at points that are each taken for an update, as
//! `simulations/markets/realised_yields.json` has them. Nothing between points is ever made up.

use std::fmt;

use alloy_primitives::{Address, I256, U256};
use serde::Deserialize;
use tenor_simulations::nearest::nearest;
use tenor_solver::{
    amount::RAY,
    market::Market,
    yields::{
        rates::{RateError, RatePoint, in_order},
        realised::RateSeries,
    },
};

/// One token's history.
#[derive(Debug, Clone)]
pub struct History {
    /// The token.
    pub token: Address,
    /// Its symbol.
    pub symbol: String,
    /// Whether its points were read often, so that gaps mean something is missing.
    pub dense: bool,
    /// The points in the order of time.
    pub points: Vec<RatePoint>,
    /// The same, for yields.
    pub series: RateSeries,
    /// The file.
    pub file: String,
}

/// Why a history is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryError {
    /// The file.
    pub file: String,
    /// The line, from 1, or the series; empty for the file as a whole.
    pub at: String,
    /// What is wrong.
    pub kind: HistoryErrorKind,
}

/// What is wrong with a history.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HistoryErrorKind {
    /// Nothing in it.
    #[error("no points: a history needs two at least")]
    Empty,
    /// Neither of the two forms.
    #[error("not a history: {0}")]
    Form(String),
    /// A token that the market does not know.
    #[error("unknown token {name:?}; the nearest is {nearest:?}")]
    Unknown {
        /// What stands there.
        name: String,
        /// The nearest that the market knows.
        nearest: String,
    },
    /// A field that is no whole number.
    #[error("{0:?} is not a whole number")]
    NotANumber(String),
    /// Points that are wrong, or wrong beside each other.
    #[error(transparent)]
    Rate(#[from] RateError),
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.at.is_empty() { String::new() } else { format!(", {}", self.at) };
        write!(f, "{}{at}: {}", self.file, self.kind)
    }
}

impl std::error::Error for HistoryError {}

#[derive(Deserialize)]
struct SeriesRow {
    series: String,
    points: Vec<PointRow>,
}

#[derive(Deserialize)]
struct PointRow {
    timestamp: u64,
    rate_1e27: String,
}

/// Reads a file of either form. With `sort`, rows are taken in the order of time, each once.
pub fn parse(
    file: &str,
    bytes: &[u8],
    market: &Market,
    sort: bool,
) -> Result<Vec<History>, HistoryError> {
    let reader = Reader { file, market, sort };
    let text = std::str::from_utf8(bytes)
        .map_err(|_| reader.error("", HistoryErrorKind::Form("it is not UTF-8 text".into())))?;
    match text.trim_start().chars().next() {
        None => Err(reader.error("", HistoryErrorKind::Empty)),
        Some('[') => reader.json(text),
        Some(_) => Ok(vec![reader.csv(text)?]),
    }
}

struct Reader<'a> {
    file: &'a str,
    market: &'a Market,
    sort: bool,
}

impl Reader<'_> {
    fn error(&self, at: &str, kind: HistoryErrorKind) -> HistoryError {
        HistoryError { file: self.file.to_owned(), at: at.to_owned(), kind }
    }

    fn token(&self, at: &str, name: &str) -> Result<(Address, String), HistoryError> {
        let tokens = &self.market.tokens;
        let found = tokens.iter().find(|t| t.symbol.eq_ignore_ascii_case(name));
        found.map(|t| (t.address, t.symbol.clone())).ok_or_else(|| {
            let near = nearest(name, tokens.iter().map(|t| t.symbol.as_str()));
            let nearest = near.unwrap_or_default().to_owned();
            self.error(at, HistoryErrorKind::Unknown { name: name.to_owned(), nearest })
        })
    }

    fn csv(&self, text: &str) -> Result<History, HistoryError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let form = || {
            let what = "the first line must name timestamp, total_eth_wei and <token>_supply_wei";
            self.error("line 1", HistoryErrorKind::Form(what.into()))
        };
        let header: Vec<&str> =
            lines.next().ok_or_else(form)?.1.split(',').map(str::trim).collect();
        let column = |name: &str| header.iter().position(|h| *h == name).ok_or_else(form);
        let (at, eth) = (column("timestamp")?, column("total_eth_wei")?);
        let supply = header.iter().position(|h| h.ends_with("_supply_wei")).ok_or_else(form)?;
        let name = header.get(supply).and_then(|h| h.strip_suffix("_supply_wei"));
        let (token, symbol) = self.token("line 1", name.unwrap_or_default())?;
        let mut points = Vec::new();
        for (number, line) in lines {
            let line_at = format!("line {}", number + 1);
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            let cell = |column: usize| {
                let cell = cells.get(column).copied().unwrap_or_default();
                I256::from_dec_str(cell).map_err(|_| {
                    self.error(
                        &line_at,
                        HistoryErrorKind::NotANumber(cell.chars().take(40).collect()),
                    )
                })
            };
            let time = u64::try_from(cell(at)?);
            let shown = || cells.get(at).copied().unwrap_or_default().to_owned();
            let time =
                time.map_err(|_| self.error(&line_at, HistoryErrorKind::NotANumber(shown())))?;
            let point = RatePoint::of(time, cell(eth)?, cell(supply)?);
            points.push(point.map_err(|error| self.error(&line_at, error.into()))?);
        }
        self.history((token, symbol), points, true, "")
    }

    /// Series of tokens that the market does not know are left out: the file may be of more.
    fn json(&self, text: &str) -> Result<Vec<History>, HistoryError> {
        let rows: Vec<SeriesRow> = serde_json::from_str(text)
            .map_err(|error| self.error("", HistoryErrorKind::Form(error.to_string())))?;
        let mut found = Vec::new();
        for SeriesRow { series, points } in rows {
            let name = series.split_whitespace().next().unwrap_or_default();
            let Ok(token) = self.token(&series, name) else { continue };
            let point = |row: &PointRow| {
                let rate = I256::from_dec_str(&row.rate_1e27).map_err(|_| {
                    self.error(&series, HistoryErrorKind::NotANumber(row.rate_1e27.clone()))
                })?;
                let one = I256::try_from(RAY).unwrap_or(I256::ONE);
                RatePoint::of(row.timestamp, rate, one)
                    .map_err(|error| self.error(&series, error.into()))
            };
            let points = points.iter().map(point).collect::<Result<Vec<_>, _>>()?;
            found.push(self.history(token, points, false, &series)?);
        }
        if found.is_empty() { Err(self.error("", HistoryErrorKind::Empty)) } else { Ok(found) }
    }

    fn history(
        &self,
        (token, symbol): (Address, String),
        points: Vec<RatePoint>,
        dense: bool,
        at: &str,
    ) -> Result<History, HistoryError> {
        let points = if self.sort { in_order(points) } else { points };
        if points.len() < 2 {
            return Err(self.error(at, HistoryErrorKind::Empty));
        }
        let series = if dense { RateSeries::polled } else { RateSeries::recorded };
        let series = series(points.clone()).map_err(|error| self.error(at, error.into()))?;
        Ok(History { token, symbol, dense, points, series, file: self.file.to_owned() })
    }
}

impl History {
    /// The newest point that was known at a time.
    pub fn known(&self, at: u64) -> Option<&RatePoint> {
        let after = self.points.partition_point(|p| p.timestamp <= at);
        self.points.get(after.checked_sub(1)?)
    }

    /// The update of the rate at exactly this time.
    pub fn at(&self, timestamp: u64) -> Option<&RatePoint> {
        self.points.iter().find(|p| p.timestamp == timestamp)
    }

    /// ETH per share at a point, in RAY, rounded down.
    pub fn rate(point: &RatePoint) -> Option<U256> {
        tenor_solver::amount::mul_div(RAY, point.eth, point.shares)
    }
}
