//! What tokens earned between readings of a chain.

use alloy_primitives::U256;
use tenor_solver::{
    amount::{RAY, from_f64, to_f64},
    market::{Market, RealisedYield, Redemption, Weighing},
    yields::{
        rates::RatePoint,
        realised::{RateSeries, Realised},
        term::{liquidity, principal},
    },
};

use crate::store::Rate;

const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;

/// What the even rate is over, where the steps within it span about as long; where they come weekly,
/// of as many days as the recent one is.
const MONTH_S: u64 = 30 * DAY_S;
const REACH_S: u64 = 35 * DAY_S;
const ABOUT_A_MONTH_S: u64 = 25 * DAY_S;

/// How late updates may be seen for the newest to count most: of a mean age of seven days, this is a
/// twenty-fourth.
const MOST_LATE_S: u64 = 7 * HOUR_S;

/// What share tokens earned over markets read at several blocks, oldest first, by the ETH that their
/// own protocols count behind them.
///
/// Rates move in steps, about once a day. Of three readings and more only steps count: a reading shows
/// an update where it differs from the one before, and growth is from the first update to the last.
/// Two readings show none; each is taken for one, and the row says by how much that can be off.
///
/// A token that stands for one ETH throughout has no row: what rebases earns as its shares do. Neither
/// has one whose rate stood still or fell: losses are no yields.
pub fn realised(readings: &[&Market]) -> Vec<RealisedYield> {
    let Some((later, earlier)) = readings.split_last() else { return Vec::new() };
    let rows = |now: &Redemption| {
        // A principal token is marked at its market's price, which is no rate of its own; so are LP.
        if principal(later, now.token).is_some() || liquidity(later, now.token).is_some() {
            return Vec::new();
        }
        let points: Option<Vec<Rate>> =
            earlier.iter().chain([later]).map(|market| point(market, now)).collect();
        points.map_or_else(Vec::new, |points| yields(&points, later, None))
    };
    later.redemptions.iter().flat_map(rows).collect()
}

/// What one token earned by points in the order of time, the last of them `now`'s: the rate of about a
/// month, and of points that are dense enough the one that weighs the newest most. `older` says why
/// there are no older points, where there should be.
pub(in crate::market) fn yields(
    points: &[Rate],
    now: &Market,
    older: Option<&str>,
) -> Vec<RealisedYield> {
    of(points, now, older).unwrap_or_default()
}

fn of(points: &[Rate], now: &Market, older: Option<&str>) -> Option<Vec<RealisedYield>> {
    let (first, last) = (points.first()?, points.last()?);
    let rates =
        points.iter().map(|p| RatePoint { timestamp: p.timestamp, eth: p.eth, shares: p.shares });
    let (rates, token) = (rates.collect(), last.token);
    let row = |earned: &Realised, weighing: Weighing, note: String| {
        let days = (earned.to - earned.from) / DAY_S;
        let span = earned.to - earned.from;
        let ewma = if weighing == Weighing::Recent { "7-day EWMA of " } else { "" };
        let short = older.filter(|_| span < ABOUT_A_MONTH_S);
        let short = short.map_or_else(String::new, |why| format!(", nothing older: {why}"));
        RealisedYield {
            token,
            rate: from_f64(earned.rate * to_f64(RAY)),
            window_s: span,
            window: format!("{ewma}{days} days to {}{short}", now.utc),
            source: format!("{note}; {}", now.source),
            paid: Vec::new(),
            idle_s: 0,
            weighing,
        }
    };
    let grown = |earned: &Realised| earned.rate > 0.0;
    if points.len() == 2 {
        let series = RateSeries::recorded(rates).ok()?;
        let earned = series.over(first.timestamp, last.timestamp, None).ok().filter(grown)?;
        return Some(vec![row(&earned, Weighing::Even, ends(&earned))]);
    }
    let series = RateSeries::polled(rates).ok()?;
    let even = evenly(&series, last.timestamp).filter(grown)?;
    let late = series.late_s(even.from, even.to);
    let said = |earned: &Realised| steps(earned, points, late);
    let mut rows = vec![row(&even, Weighing::Even, said(&even))];
    if late <= MOST_LATE_S {
        let recent = series.recent(last.timestamp, None).ok().filter(grown);
        rows.extend(recent.map(|recent| row(&recent, Weighing::Recent, said(&recent))));
    }
    Some(rows)
}

fn evenly(series: &RateSeries, at: u64) -> Option<Realised> {
    let long = |earned: &Realised| earned.to - earned.from >= ABOUT_A_MONTH_S;
    let month = series.evenly(at, MONTH_S, None).ok();
    month.clone().filter(long).or_else(|| series.evenly(at, REACH_S, None).ok()).or(month)
}

/// What steps are, in words.
fn steps(earned: &Realised, points: &[Rate], late_s: u64) -> String {
    let within = |p: &&Rate| (earned.from..=earned.to).contains(&p.timestamp);
    let within: Vec<&Rate> = points.iter().filter(within).collect();
    let block = |point: Option<&&Rate>| point.map_or(0, |point| point.block);
    let (first, last) = (block(within.first()), block(within.last()));
    let dropped = match earned.dropped.len() {
        0 => String::new(),
        some => format!(", {some} dropped as errors of reports"),
    };
    let off = earned.off_by(late_s).filter(|_| late_s > 0);
    let off = off.map_or_else(String::new, |off| {
        format!(": over the whole, up to {:.2} % a year off", 100.0 * off)
    });
    format!(
        "{} steps between updates of the rate{dropped}, {} points of blocks {first} to {last}, each \
         update seen at most {} min late{off}",
        earned.steps,
        within.len(),
        late_s.div_ceil(60)
    )
}

/// What two readings are, in words.
fn ends(earned: &Realised) -> String {
    match earned.off_by(DAY_S) {
        Some(off) => format!(
            "rates at two blocks, up to {:.2} % a year off where they move daily",
            100.0 * off
        ),
        None => "rates at two blocks, too near each other to say much".to_owned(),
    }
}

/// What stood behind a token's unit in a reading; `None` where it was not known there.
fn point(market: &Market, now: &Redemption) -> Option<Rate> {
    let then = market.redemptions.iter().find(|then| then.token == now.token)?;
    let Redemption { token, eth, units } = *then;
    let some = eth > U256::ZERO && units > U256::ZERO;
    let (block, timestamp) = (market.block, market.timestamp);
    some.then_some(Rate { token, block, timestamp, eth, shares: units })
}
