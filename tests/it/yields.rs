//! What tokens really earned: the recorded rates, against exact arithmetic of the tests' own.

use alloy_primitives::{U256, Uint};
use proptest::prelude::*;
use serde_json::Value;
use tenor_solver::{
    amount::YEAR_S,
    yields::{
        rates::{RateError, RatePoint, in_order},
        realised::RateSeries,
    },
};

use super::recorded::data;

const DAY_S: u64 = 86_400;
const HOUR_S: u64 = 3_600;

/// Wide enough for products of rates and for logarithms with 200 binary places.
type Wide = Uint<1_536, 24>;
const PLACES: usize = 200;

/// `ln(n / d)` with [`PLACES`] binary places and whether it is negative, by halving and the series of
/// the inverse hyperbolic tangent: integers only.
fn ln(mut n: Wide, mut d: Wide) -> (Wide, bool) {
    let negative = n < d;
    if negative {
        std::mem::swap(&mut n, &mut d);
    }
    let mut twos = 0u32;
    while n >= d << 1usize {
        d <<= 1usize;
        twos += 1;
    }
    // ln 2 = 2 atanh(1/3).
    let two = atanh(Wide::from(1), Wide::from(3)) << 1usize;
    let rest = atanh(n - d, n + d) << 1usize;
    (rest + two * Wide::from(twos), negative)
}

/// `atanh(a / b)` for `a / b` up to a third.
fn atanh(a: Wide, b: Wide) -> Wide {
    let x = (a << PLACES) / b;
    let square = (x * x) >> PLACES;
    let (mut term, mut sum, mut odd) = (x, Wide::ZERO, 1u64);
    while !term.is_zero() {
        sum += term / Wide::from(odd);
        term = (term * square) >> PLACES;
        odd += 2;
    }
    sum
}

/// The annual rate between two points in units of 1e-24, exact but for the last.
fn exact(a: &RatePoint, b: &RatePoint) -> f64 {
    let wide = |x: U256| Wide::from(x);
    let (log, negative) = ln(wide(b.eth) * wide(a.shares), wide(a.eth) * wide(b.shares));
    let scale = Wide::from(10u64).pow(Wide::from(24));
    let span = Wide::from(b.timestamp - a.timestamp);
    let rate = (log * scale * Wide::from(YEAR_S) / span) >> PLACES;
    let rate: f64 = rate.to_string().parse::<f64>().unwrap() / 1e24;
    if negative { -rate } else { rate }
}

/// The first and the last point of a window, found by looking at every one.
fn ends(points: &[RatePoint], from: u64, to: u64) -> Option<(RatePoint, RatePoint)> {
    let mut found: Option<(RatePoint, RatePoint)> = None;
    for point in points {
        if point.timestamp >= from && point.timestamp <= to {
            found = Some((found.map_or(*point, |f| f.0), *point));
        }
    }
    found.filter(|(a, b)| a.timestamp < b.timestamp)
}

/// The series of `realised_yields.json`, by name, as they are.
fn sparse() -> Vec<(String, Vec<RatePoint>, Vec<Value>)> {
    let Some(folder) = data() else { return Vec::new() };
    let text = std::fs::read(folder.join("rates/realised_yields.json")).unwrap();
    let all: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let point = |p: &Value| RatePoint {
        timestamp: p["timestamp"].as_u64().unwrap(),
        eth: p["rate_1e27"].as_str().unwrap().parse().unwrap(),
        shares: U256::from(10).pow(U256::from(27)),
    };
    let series = |s: &Value| {
        let points = s["points"].as_array().unwrap().iter().map(point).collect();
        let intervals = s["intervals"].as_array().unwrap().clone();
        (s["series"].as_str().unwrap().to_owned(), points, intervals)
    };
    all.iter().map(series).collect()
}

/// Rocket Pool's reports as the file has them, four of them twice.
fn rocket_rows() -> Vec<RatePoint> {
    let Some(folder) = data() else { return Vec::new() };
    let text =
        std::fs::read_to_string(folder.join("rates/reth_2021-10_2023-09_and_2024-05.csv")).unwrap();
    let point = |line: &str| {
        let mut fields = line.split(',').skip(1);
        let mut next = || fields.next().unwrap();
        RatePoint {
            timestamp: next().parse().unwrap(),
            eth: next().parse().unwrap(),
            shares: next().parse().unwrap(),
        }
    };
    text.lines().skip(1).map(point).collect()
}

/// Every series of the data, in order.
fn all() -> Vec<(String, Vec<RatePoint>)> {
    let mut all: Vec<_> = sparse().into_iter().map(|(name, points, _)| (name, points)).collect();
    all.push(("rETH, daily".to_owned(), in_order(rocket_rows())));
    all.retain(|(_, points)| !points.is_empty());
    all
}

#[track_caller]
fn same(found: f64, expected: f64, what: &str) {
    let off = (found - expected).abs();
    assert!(off <= 1e-13 * expected.abs().max(0.01), "{what}: {found} is {off:e} off {expected}");
}

#[test]
fn the_tests_own_logarithm_is_right() {
    let two = ln(Wide::from(2u8), Wide::from(1u8)).0;
    // 0.693147180559945309417232121458... in 1e30ths.
    let digits = (two * Wide::from(10u64).pow(Wide::from(30))) >> PLACES;
    assert_eq!(digits.to_string(), "693147180559945309417232121458");
    let (third, negative) = ln(Wide::from(1u8), Wide::from(3u8));
    let digits = (third * Wide::from(10u64).pow(Wide::from(30))) >> PLACES;
    assert_eq!((digits.to_string().as_str(), negative), ("1098612288668109691395245236922", true));
}

/// Between every two recorded points of the sparse series: exact, and what the data set itself says.
#[test]
fn realised_yields_between_any_two_points_are_exact() {
    let mut compared = 0;
    for (name, points, intervals) in sparse() {
        let series = RateSeries::recorded(points.clone()).unwrap();
        for (i, a) in points.iter().enumerate() {
            for b in &points[i + 1..] {
                let found = series.over(a.timestamp, b.timestamp, None).unwrap();
                assert_eq!((found.from, found.to), (a.timestamp, b.timestamp));
                same(found.rate, exact(a, b), &name);
                compared += 1;
            }
        }
        for told in intervals {
            let at = |end: &str| told[end].as_u64().unwrap();
            let found = series.over(at("from_ts"), at("to_ts"), None).unwrap();
            let apr = told["realised_apr_continuous"].as_str().unwrap();
            assert_eq!(format!("{:.6}", found.rate), apr, "{name}");
        }
    }
    println!("{compared} windows of sparse series, exact");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Any window, on its ends or not: the recorded points within it and nothing else.
    #[test]
    fn realised_yields_over_any_window_are_exact(
        which in any::<prop::sample::Index>(),
        start in -0.1f64..1.1,
        length in 0.0f64..1.0,
    ) {
        let all = all();
        prop_assume!(!all.is_empty());
        let (name, points) = &all[which.index(all.len())];
        let (first, last) = (points[0].timestamp, points.last().unwrap().timestamp);
        let at = |part: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let seconds = (first as f64 + part * (last - first) as f64) as u64;
            seconds
        };
        let (from, to) = (at(start), at(start + length) + 1);
        let found = RateSeries::recorded(points.clone()).unwrap().over(from, to, None);
        match ends(points, from, to) {
            Some((a, b)) => {
                let found = found.unwrap();
                prop_assert_eq!((found.from, found.to), (a.timestamp, b.timestamp));
                same(found.rate, exact(&a, &b), name);
            }
            None => prop_assert_eq!(found, Err(RateError::NoStep { from, to })),
        }
    }
}

/// The file as it is: rows written twice make it unsorted, and its years without rows are a gap.
#[test]
fn what_is_wrong_with_the_daily_series_is_said() {
    let rows = rocket_rows();
    if rows.is_empty() {
        return;
    }
    let unsorted = RateError::Unsorted { at: 1_668_828_047, before: 1_669_036_595 };
    assert_eq!(RateSeries::recorded(rows.clone()), Err(unsorted));
    let points = in_order(rows);
    assert_eq!(points.len(), 879);
    let (first, last) = (points[0].timestamp, points.last().unwrap().timestamp);
    let series = RateSeries::recorded(points).unwrap();
    let gap = RateError::Gap { from: 1_696_067_399, to: 1_714_552_871, most_s: 10 * DAY_S };
    assert_eq!(series.over(first, last, Some(10 * DAY_S)), Err(gap));
    assert!(series.over(first, 1_696_067_399, Some(10 * DAY_S)).is_ok());
}

/// The rate that a reader of the chain sees at a time: the last report's.
fn seen(points: &[RatePoint], at: u64) -> RatePoint {
    let next = points.partition_point(|p| p.timestamp <= at);
    RatePoint { timestamp: at, ..points[next - 1] }
}

/// YIELD_AND_RISK 11.1. A week of Rocket Pool's rate, read every hour, with the week's start moved
/// hour by hour: two readings say what the phase of the steps makes of it; steps say the same.
#[test]
fn steps_are_never_aliased() {
    let points = in_order(rocket_rows());
    if points.is_empty() {
        return;
    }
    // May 2023: a report each day and no gap.
    let start = 1_682_899_200;
    let series = RateSeries::recorded(points.clone()).unwrap();
    let hours = (0..45 * 24).map(|h| seen(&points, start + h * HOUR_S)).collect();
    let polled = RateSeries::polled(hours).unwrap();
    let (mut naive, mut moved) = (0.0f64, 0);
    for hour in 0..30 * 24 {
        let (from, to) = (start + hour * HOUR_S, start + hour * HOUR_S + 7 * DAY_S);
        let found = series.over(from, to, None).unwrap();
        // The truth: both ends moved anywhere up to the next report change nothing.
        let (a, b) = ends(&points, from, to).unwrap();
        let before = points.iter().rev().find(|p| p.timestamp < a.timestamp).unwrap().timestamp;
        let after = points.iter().find(|p| p.timestamp > b.timestamp).unwrap().timestamp;
        for (x, y) in [(before + 1, b.timestamp), (a.timestamp, after - 1), (before + 1, after - 1)]
        {
            let other = series.over(x, y, None).unwrap();
            assert_eq!(other.rate.to_bits(), found.rate.to_bits());
            moved += 1;
        }
        same(found.rate, exact(&a, &b), "rETH");
        // Read hourly, each step is found up to an hour late, and nothing else is off.
        let hourly = polled.over(from, to, None).unwrap();
        let report = |at| points.iter().rev().find(|p| p.timestamp <= at).unwrap();
        let truth = exact(report(hourly.from), report(hourly.to));
        assert!((hourly.rate / truth - 1.0).abs() <= 1.0 / (6.0 * 24.0), "{hourly:?} {truth}");
        // Two readings a week apart: the phase decides.
        let (first, last) = (seen(&points, from), seen(&points, to));
        naive = naive.max((exact(&first, &last) / found.rate - 1.0).abs());
    }
    println!(
        "two readings a week apart are up to {:.1} % off; steps 0 %, {moved} ends moved",
        naive * 100.0
    );
    assert!(naive > 0.05, "the series has steps: {naive}");
}

/// A rate that grows steadily but is reported once a day: from steps it is the rate, whatever the
/// window; from two readings it is off by up to a day of the window.
#[test]
fn a_steady_rate_reported_daily_is_found_from_any_window() {
    let scale = U256::from(10).pow(U256::from(27));
    // Exact growth of one part in ten thousand a report.
    let mut eth = scale;
    let reports: Vec<RatePoint> = (1..=60)
        .map(|day| {
            eth += eth / U256::from(10_000);
            RatePoint { timestamp: day * DAY_S + 43_200, eth, shares: scale }
        })
        .collect();
    let truth = 1.0001f64.ln() * 365.25;
    let half_hours = (4 * 24..120 * 24).map(|n| seen(&reports, n * HOUR_S / 2));
    let series = RateSeries::polled(half_hours.collect()).unwrap();
    for half_hour in 4 * 24..80 * 24 {
        let from = half_hour * HOUR_S / 2;
        let found = series.over(from, from + 7 * DAY_S, None).unwrap();
        assert!((found.rate - truth).abs() < 1e-12, "{found:?}");
        assert!((series.recent(from + 7 * DAY_S, None).unwrap().rate - truth).abs() < 1e-12);
    }
}

/// Every number that the recorded windows give is within what unknown phases of a daily rate allow.
#[test]
fn sparse_readings_say_how_far_they_may_be_off() {
    let points = in_order(rocket_rows());
    if points.is_empty() {
        return;
    }
    let start = 1_682_899_200;
    for days in [10, 30, 90] {
        for hour in 0..24 {
            let from = start + hour * HOUR_S;
            let to = from + days * DAY_S;
            let two = vec![seen(&points, from), seen(&points, to)];
            let found = RateSeries::recorded(two).unwrap().over(from, to, None).unwrap();
            // The updates that the two readings show.
            let updates = (
                points.iter().rev().find(|p| p.timestamp <= from).unwrap(),
                points.iter().rev().find(|p| p.timestamp <= to).unwrap(),
            );
            let truth = exact(updates.0, updates.1);
            let most = found.off_by(DAY_S).unwrap();
            assert!((found.rate - truth).abs() <= most, "{found:?} {truth} {most}");
        }
    }
}

/// Thirty days and the recent mean on the daily series, against sums written out here.
#[test]
fn months_and_recent_means_are_sums_over_sound_steps() {
    let points = in_order(rocket_rows());
    if points.is_empty() {
        return;
    }
    let series = RateSeries::recorded(points.clone()).unwrap();
    let mut dropped = 0;
    for at in (1_640_000_000..1_696_000_000u64).step_by(1_000_003) {
        for (days, fade) in [(30, None), (35, Some(7.0))] {
            let from = at - days * DAY_S;
            let inside: Vec<_> =
                points.iter().filter(|p| (from..=at).contains(&p.timestamp)).collect();
            let mut steps: Vec<(f64, f64, f64)> = inside
                .windows(2)
                .map(|w| {
                    let span = u32::try_from(w[1].timestamp - w[0].timestamp).unwrap();
                    let age = u32::try_from(at - w[1].timestamp).unwrap();
                    (exact(w[0], w[1]), f64::from(span), f64::from(age) / 86_400.0)
                })
                .collect();
            steps.sort_by(|a, b| a.0.total_cmp(&b.0));
            let n = steps.len();
            let median = (steps[n / 2].0 + steps[(n - 1) / 2].0) / 2.0;
            let all = steps.len();
            steps.retain(|s| s.0 <= 5.0 * median);
            let weight = |s: &(f64, f64, f64)| fade.map_or(1.0, |f: f64| (-s.2 / f).exp()) * s.1;
            let total: f64 = steps.iter().map(weight).sum();
            let expected = steps.iter().map(|s| weight(s) * s.0).sum::<f64>() / total;
            let found = match fade {
                None => series.month(at, None),
                Some(_) => series.recent(at, None),
            };
            let found = found.unwrap();
            assert_eq!(found.dropped.len(), all - steps.len());
            dropped += found.dropped.len();
            assert!((found.rate - expected).abs() < 1e-12, "{found:?} {expected}");
        }
    }
    println!("{dropped} steps left out as errors of reports");
}
