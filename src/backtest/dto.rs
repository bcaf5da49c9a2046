//! What a backtest says, schema `tenor.backtest/1`.
//!
//! Amounts are wei in decimal. What was given stands there as it is: points, pools, trades, sales. All else
//! follows from that: redemption values, gas, values, yields and the summary.

use std::collections::BTreeMap;

use serde::Serialize;

/// The report.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the field names are the schema")]
pub struct ReportDto {
    pub schema: &'static str,
    pub market: MarketDto,
    pub window: WindowDto,
    pub start: AmountDto,
    pub tokens: BTreeMap<String, TokenDto>,
    pub pools: Vec<PoolDto>,
    pub days: Vec<DayDto>,
    pub strategies: Vec<StrategyDto>,
    pub summary: SummaryDto,
    pub left_out: Vec<String>,
    pub disclosures: Vec<String>,
}

/// The market whose pools count throughout.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct MarketDto {
    pub source: String,
    pub utc: String,
    pub block: u64,
    pub hash: String,
    pub gas_price_wei: String,
}

/// When, how often, how far ahead.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct WindowDto {
    pub from: u64,
    pub to: u64,
    pub from_utc: String,
    pub to_utc: String,
    pub every_s: u64,
    pub horizon_days: u64,
    pub histories: Vec<String>,
}

/// So much of a token.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct AmountDto {
    pub token: String,
    pub amount: String,
}

/// A token that the report mentions.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct TokenDto {
    pub symbol: String,
    pub decimals: u8,
}

/// A made-up pool.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct PoolDto {
    pub venue: String,
    pub asset: String,
    /// Units of the asset of the base market's day, and wei of WETH.
    pub reserves: [String; 2],
    pub fee_ppm: u32,
    pub why: String,
}

/// What was known on a day.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct DayDto {
    pub timestamp: u64,
    pub utc: String,
    pub known: Vec<KnownDto>,
    /// By token: wei of ETH behind so many units.
    pub redemptions: BTreeMap<String, FractionDto>,
}

/// What was known of a token.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct KnownDto {
    pub token: String,
    pub symbol: String,
    pub point: PointDto,
    /// What a unit counts for in the base market's pools, in 1e18.
    pub counted_wad: String,
    #[serde(rename = "yield")]
    pub yields: Option<YieldDto>,
    pub missing: Option<String>,
}

/// A recorded point.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct PointDto {
    pub timestamp: u64,
    pub eth: String,
    pub shares: String,
}

/// What was earned between two points, continuously compounded, year of 365.25 days.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct YieldDto {
    pub from: PointDto,
    pub to: PointDto,
    pub bps: String,
}

/// A fraction.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct FractionDto {
    pub eth: String,
    pub units: String,
}

/// One strategy.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct StrategyDto {
    pub name: String,
    pub records: Vec<Record>,
    pub result: ResultDto,
}

/// One day of a strategy, after its decision.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Record {
    pub timestamp: u64,
    pub decided: Vec<String>,
    pub trades: Vec<TradeDto>,
    pub holdings: Vec<AmountDto>,
    /// Of everything so far.
    pub gas_wei: String,
    pub redeem_wei: String,
    /// What all of it sells for at once.
    pub sale_wei: String,
    /// The sale less gas.
    pub value_wei: String,
}

/// One trade.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct TradeDto {
    pub venue: String,
    pub token_in: String,
    pub token_out: String,
    pub amount_in: String,
    pub amount_out: String,
    pub gas: u64,
}

/// What came of a strategy.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ResultDto {
    pub value_wei: String,
    /// A year, continuously compounded, over the value of what one began with, sold on the first day.
    pub annual_bps: String,
    /// The deepest fall from a value before it.
    pub drawdown_bps: String,
    pub trades: usize,
    pub gas_wei: String,
}

/// How they compare.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct SummaryDto {
    /// What one began with sold for on the first day.
    pub began_wei: String,
    /// Of the strategies of one token, the one that ended with most: known afterwards only.
    pub best_single: String,
    /// What the tested strategy made over each other.
    pub over: Vec<OverDto>,
}

/// One comparison.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct OverDto {
    pub than: String,
    pub wei: String,
    pub annual_bps: String,
}
