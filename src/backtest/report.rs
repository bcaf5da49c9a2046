//! From what was stepped through to the report.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::{YEAR_S, decimal, to_f64},
    market::Market,
    yields::rates::RatePoint,
};

use super::{
    Backtest,
    account::{Account, Mark},
    calendar::date,
    day::Day,
    dto::{
        AmountDto, DayDto, FractionDto, KnownDto, MarketDto, OverDto, PointDto, PoolDto, Record,
        ReportDto, ResultDto, StrategyDto, SummaryDto, TokenDto, TradeDto, WindowDto, YieldDto,
    },
};

/// The strategy that is tested.
pub(super) const TENOR: &str = "tenor";

impl Record {
    pub(super) fn of(account: &Account, mark: &Mark, timestamp: u64) -> Self {
        let trades = account.trades.iter().map(|t| TradeDto {
            venue: t.venue.clone(),
            token_in: shown(t.token_in),
            token_out: shown(t.token_out),
            amount_in: t.amount_in.to_string(),
            amount_out: t.amount_out.to_string(),
            gas: t.gas,
        });
        Self {
            timestamp,
            decided: account.decided.clone(),
            trades: trades.collect(),
            holdings: account.holdings.iter().map(amount).collect(),
            gas_wei: account.gas_wei.to_string(),
            redeem_wei: mark.redeem.to_string(),
            sale_wei: mark.sale.to_string(),
            value_wei: mark.value.to_string(),
        }
    }

    /// The value in ETH, for people and pictures.
    pub fn value(&self) -> f64 {
        self.value_wei.parse::<U256>().map_or(0.0, |wei| to_f64(wei) / 1e18)
    }
}

fn amount((token, amount): &(Address, U256)) -> AmountDto {
    AmountDto { token: shown(*token), amount: amount.to_string() }
}

fn shown(token: Address) -> String {
    format!("{token:#x}")
}

fn point(p: &RatePoint) -> PointDto {
    PointDto { timestamp: p.timestamp, eth: p.eth.to_string(), shares: p.shares.to_string() }
}

/// What was known on a day.
pub(super) fn known(day: &Day, base: &Market) -> DayDto {
    let known = day.known.iter().map(|k| KnownDto {
        token: shown(k.token),
        symbol: k.symbol.clone(),
        point: point(&k.point),
        counted_wad: k.counted.to_string(),
        yields: k.yields.as_ref().map(|(from, to, rate)| YieldDto {
            from: point(from),
            to: point(to),
            bps: bps(rate * 1e4),
        }),
        missing: k.missing.clone(),
    });
    let fraction = |r: &tenor_solver::market::Redemption| {
        (shown(r.token), FractionDto { eth: r.eth.to_string(), units: r.units.to_string() })
    };
    let listed = day.market.redemptions.iter().filter(|r| base.token(r.token).is_some());
    DayDto {
        timestamp: day.timestamp,
        utc: date(day.timestamp),
        known: known.collect(),
        redemptions: listed.map(fraction).collect(),
    }
}

/// Puts everything together.
pub(super) fn report(
    of: &Backtest<'_>,
    base: &Market,
    days: Vec<DayDto>,
    accounts: Vec<Account>,
    records: Vec<Vec<Record>>,
    left_out: Vec<String>,
) -> ReportDto {
    let hold = records.get(1).and_then(|r| r.first());
    let began = hold.map_or_else(|| "0".to_owned(), |record| record.sale_wei.clone());
    let span_s = of.to - of.from;
    let strategies: Vec<StrategyDto> = accounts
        .into_iter()
        .zip(records)
        .map(|(account, records)| StrategyDto {
            result: result(&records, &began, span_s),
            name: account.name,
            records,
        })
        .collect();
    ReportDto {
        schema: "tenor.backtest/1",
        market: MarketDto {
            source: base.source.clone(),
            utc: base.utc.clone(),
            block: base.block,
            hash: base.hash.to_string(),
            gas_price_wei: base.gas_price.to_string(),
        },
        window: window(of),
        start: amount(&of.start),
        tokens: tokens(base, &strategies),
        pools: of.pools.iter().map(pool).collect(),
        summary: summary(&strategies, began),
        disclosures: disclosures(of, base, &days),
        days,
        strategies,
        left_out,
    }
}

fn window(of: &Backtest<'_>) -> WindowDto {
    let history = |h: &super::History| {
        let how = if h.dense { "read often" } else { "few points, each taken for an update" };
        format!("{}: {} points of {}, {how}", h.symbol, h.points.len(), h.file)
    };
    WindowDto {
        from: of.from,
        to: of.to,
        from_utc: date(of.from),
        to_utc: date(of.to),
        every_s: of.every_s,
        horizon_days: of.horizon_days,
        histories: of.histories.iter().map(history).collect(),
    }
}

fn pool(pool: &tenor_simulations::scenarios::AssumedPool) -> PoolDto {
    PoolDto {
        venue: pool.id.to_string(),
        asset: shown(pool.asset),
        reserves: pool.reserves.map(|r| r.to_string()),
        fee_ppm: pool.fee_ppm,
        why: pool.why.clone(),
    }
}

fn tokens(base: &Market, strategies: &[StrategyDto]) -> BTreeMap<String, TokenDto> {
    let records = || strategies.iter().flat_map(|s| &s.records);
    let held = records().flat_map(|r| r.holdings.iter().map(|h| &h.token));
    let traded = records().flat_map(|r| r.trades.iter().flat_map(|t| [&t.token_in, &t.token_out]));
    let named: Vec<&String> = held.chain(traded).collect();
    let listed = base.tokens.iter().map(|t| (shown(t.address), t));
    let listed = listed.filter(|(address, _)| named.contains(&address));
    listed
        .map(|(address, t)| (address, TokenDto { symbol: t.symbol.clone(), decimals: t.decimals }))
        .collect()
}

fn wei(text: &str) -> f64 {
    text.parse::<U256>().map_or(0.0, to_f64)
}

/// A year's rate of growing from `a` to `b`, in basis points.
fn annual(a: f64, b: f64, span_s: u64) -> f64 {
    let years = to_f64(U256::from(span_s)) / to_f64(U256::from(YEAR_S));
    if a > 0.0 && b > 0.0 { (b / a).ln() / years * 1e4 } else { 0.0 }
}

fn result(records: &[Record], began: &str, span_s: u64) -> ResultDto {
    let last = records.last();
    let end = last.map_or("0", |r| &r.value_wei);
    let (mut peak, mut fall) = (0.0f64, 0.0f64);
    for record in records {
        let value = wei(&record.value_wei);
        peak = peak.max(value);
        fall = fall.max(1.0 - value / peak.max(1.0));
    }
    ResultDto {
        value_wei: end.to_owned(),
        annual_bps: bps(annual(wei(began), wei(end), span_s)),
        drawdown_bps: bps(fall * 1e4),
        trades: records.iter().map(|r| r.trades.len()).sum(),
        gas_wei: last.map_or_else(|| "0".to_owned(), |r| r.gas_wei.clone()),
    }
}

fn summary(strategies: &[StrategyDto], began_wei: String) -> SummaryDto {
    let end = |s: &StrategyDto| s.result.value_wei.parse::<U256>().unwrap_or_default();
    let single = |s: &&StrategyDto| s.name.starts_with("hold ") || s.name.ends_with(" alone");
    let best = strategies.iter().filter(single).max_by_key(|s| end(s));
    let over = strategies.split_first().map_or_else(Vec::new, |(own, others)| {
        let compare = |other: &StrategyDto| {
            let (a, b) = (end(own), end(other));
            let sign = if a < b { "-" } else { "" };
            let rate = |s: &StrategyDto| s.result.annual_bps.parse::<f64>().unwrap_or_default();
            OverDto {
                than: other.name.clone(),
                wei: format!("{sign}{}", a.abs_diff(b)),
                annual_bps: bps(rate(own) - rate(other)),
            }
        };
        others.iter().map(compare).collect()
    });
    let best_single = best.map_or_else(String::new, |s| s.name.clone());
    SummaryDto { began_wei, best_single, over }
}

fn disclosures(of: &Backtest<'_>, base: &Market, days: &[DayDto]) -> Vec<String> {
    let gas = decimal(base.gas_price, 9);
    let mut lines = vec![
        format!("Held constant: depths of pools, Lido's limit and its assumed queue are those of {}; \
                 prices follow the rates of the day.", base.utc),
        format!("Held constant: gas at {gas} gwei."),
        "Nothing is interpolated: on a day counts the newest point recorded by then, and yields run from \
         update to update before it."
            .to_owned(),
        "No plan was run in an EVM: no state of those days is known.".to_owned(),
        "Values are what all of it sells for on that day, less gas; the best single token is known \
         afterwards only."
            .to_owned(),
    ];
    lines.extend(of.pools.iter().map(|p| format!("Made up, {}: {}", p.id, p.why)));
    lines.extend(of.histories.iter().map(|history| recorded(&history.symbol, days)));
    lines.push("Stakes, lending and incentives without a history are left out. Past yields are no promise.".to_owned());
    lines
}

/// On how many days a token could be valued, and chosen.
fn recorded(symbol: &str, days: &[DayDto]) -> String {
    let of =
        |day: &DayDto| day.known.iter().find(|k| k.symbol == symbol).map(|k| k.yields.is_some());
    let known = days.iter().filter(|day| of(day).is_some()).count();
    let ranked = days.iter().filter(|day| of(day) == Some(true)).count();
    let all = days.len();
    match (known, ranked) {
        (0, _) => format!("{symbol}: nothing was recorded by any of the {all} days."),
        (_, 0) => format!(
            "{symbol}: a rate was known on {known} of {all} days, and never two points 25 to 40 days \
             apart: no yield that compares, so decisions could not choose it."
        ),
        _ => format!(
            "{symbol}: a rate was known on {known} of {all} days, a yield on {ranked}: on no other could \
             it be chosen."
        ),
    }
}

/// Basis points with four places.
fn bps(value: f64) -> String {
    let text = format!("{value:.4}");
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}
