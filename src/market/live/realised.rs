//! What tokens earned between readings of a chain.

use alloy_primitives::U256;
use tenor_solver::{
    amount::{RAY, from_f64, to_f64},
    market::{Market, RealisedYield, Redemption},
    yields::{
        rates::RatePoint,
        realised::{RateSeries, Realised},
        term::principal,
    },
};

const DAY_S: u64 = 86_400;

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
    let row = |now: &Redemption| {
        // A principal token is marked at its market's price, which is no rate of its own.
        if principal(later, now.token).is_some() {
            return None;
        }
        let points: Option<Vec<RatePoint>> =
            earlier.iter().chain([later]).map(|market| point(market, now)).collect();
        let (earned, note) = earned(points?)?;
        let days = (earned.to - earned.from) / DAY_S;
        Some(RealisedYield {
            token: now.token,
            rate: from_f64(earned.rate * to_f64(RAY)),
            window_s: earned.to - earned.from,
            window: format!("{days} days to {}", later.utc),
            source: format!("{note}; {}", later.source),
            paid: Vec::new(),
            idle_s: 0,
        })
    };
    later.redemptions.iter().filter_map(row).collect()
}

/// What points show to have been earned, and how, in words; `None` where that is nothing.
fn earned(points: Vec<RatePoint>) -> Option<(Realised, String)> {
    let (first, last) = (points.first()?.timestamp, points.last()?.timestamp);
    let two = points.len() == 2;
    let series = if two { RateSeries::recorded(points) } else { RateSeries::polled(points) };
    let earned = series.ok()?.over(first, last, None).ok().filter(|earned| earned.rate > 0.0)?;
    let note = if two {
        match earned.off_by(DAY_S) {
            Some(off) => format!(
                "rates at two blocks, up to {:.2} % a year off where they move daily",
                100.0 * off
            ),
            None => "rates at two blocks, too near each other to say much".to_owned(),
        }
    } else {
        format!("{} steps between updates of the rate", earned.steps)
    };
    Some((earned, note))
}

/// What stood behind a token's unit in a reading; `None` where it was not known there.
fn point(market: &Market, now: &Redemption) -> Option<RatePoint> {
    let then = market.redemptions.iter().find(|then| then.token == now.token)?;
    let Redemption { eth, units, .. } = *then;
    let some = eth > U256::ZERO && units > U256::ZERO;
    some.then_some(RatePoint { timestamp: market.timestamp, eth, shares: units })
}
