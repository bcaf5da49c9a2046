//! What a share token earned, from the rates that were recorded: nothing is interpolated.
//!
//! Rates rise in steps, about once a day. A window that ends between two steps would count time in
//! which the next step grew unseen, or a step that mostly grew before: [`RateSeries`] measures from
//! update to update only, so moving a window's ends between two updates changes nothing.

use super::rates::{RateError, RatePoint, check};
use crate::amount::YEAR_S;

const DAY_S: u64 = 86_400;

/// The mean age of what [`RateSeries::recent`] weighs.
const RECENT_S: u64 = 7 * DAY_S;
/// Weights are below a hundredth of the newest beyond this many times [`RECENT_S`].
const RECENT_REACH: u64 = 5;
/// What [`RateSeries::month`] is over.
const MONTH_S: u64 = 30 * DAY_S;
/// A step that grows faster than this many times the median is an error of a report.
const OUTLIER: f64 = 5.0;

/// From one update of a rate to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Unix seconds of the update that it begins with.
    pub from: u64,
    /// Unix seconds of the update that it ends with.
    pub to: u64,
    /// The logarithm of the growth between the two; negative where stake was slashed.
    pub log_growth: f64,
}

impl Step {
    /// The annual rate, continuously compounded.
    pub fn rate(&self) -> f64 {
        annual(self.log_growth, self.span_s())
    }

    const fn span_s(&self) -> u64 {
        self.to - self.from
    }
}

/// What was earned between two updates of a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Realised {
    /// The annual rate, continuously compounded, year of 365.25 days.
    pub rate: f64,
    /// Unix seconds of the first update that counts: not before the window's start.
    pub from: u64,
    /// Unix seconds of the last update that counts: not after the window's end.
    pub to: u64,
    /// How many steps count.
    pub steps: usize,
    /// The steps left out as errors of reports; their time is left out too.
    pub dropped: Vec<Step>,
}

impl Realised {
    /// By how much the rate can be off if the points were read at any time between updates that come
    /// each `period_s`: growth that shows is of a time up to one period longer or shorter. `None`
    /// where the points are no further apart than that, and so say nothing.
    pub fn off_by(&self, period_s: u64) -> Option<f64> {
        let sure = (self.to - self.from).checked_sub(period_s).filter(|s| *s > 0)?;
        Some(self.rate.abs() * seconds(period_s) / seconds(sure))
    }
}

/// A token's rates in the order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateSeries {
    points: Vec<RatePoint>,
    /// Positions of the points at which the rate was updated.
    updates: Vec<usize>,
    /// Whether updates are only known to lie between two points.
    polled: bool,
}

impl RateSeries {
    /// Of points that each were recorded for an update, such as oracle reports; or of so few that
    /// each must be taken for one ([`Realised::off_by`] says what that may cost).
    pub fn recorded(points: Vec<RatePoint>) -> Result<Self, RateError> {
        check(&points)?;
        let updates = (0..points.len()).collect();
        Ok(Self { points, updates, polled: false })
    }

    /// Of readings at any times, closer together than the updates. Only a reading that differs from
    /// the one before shows an update; when the first one's rate came to be is not known.
    pub fn polled(points: Vec<RatePoint>) -> Result<Self, RateError> {
        check(&points)?;
        let changed = |pair: &[RatePoint]| matches!(pair, [a, b] if !a.same_rate(b));
        let updates = (1..).zip(points.windows(2)).filter(|(_, pair)| changed(pair));
        let updates = updates.map(|(at, _)| at).collect();
        Ok(Self { points, updates, polled: true })
    }

    /// The steps that lie wholly within a window, oldest first. With `most_gap_s`, all of the window
    /// must be covered: an error where nothing is recorded for longer.
    pub fn steps(
        &self,
        from: u64,
        to: u64,
        most_gap_s: Option<u64>,
    ) -> Result<Vec<Step>, RateError> {
        if from >= to {
            return Err(RateError::NoWindow { from, to });
        }
        if let Some(most_s) = most_gap_s {
            self.covered(from, to, most_s)?;
        }
        let within = |at: &&usize| (from..=to).contains(&self.points[**at].timestamp);
        let updates: Vec<&RatePoint> =
            self.updates.iter().filter(within).map(|&at| &self.points[at]).collect();
        let steps = updates.windows(2).filter_map(|pair| match pair {
            [a, b] => Some(Step { from: a.timestamp, to: b.timestamp, log_growth: b.log_since(a) }),
            _ => None,
        });
        let steps: Vec<Step> = steps.collect();
        if steps.is_empty() { Err(RateError::NoStep { from, to }) } else { Ok(steps) }
    }

    /// What was earned from the first to the last update within a window: every step counts.
    pub fn over(&self, from: u64, to: u64, most_gap_s: Option<u64>) -> Result<Realised, RateError> {
        let steps = self.steps(from, to, most_gap_s)?;
        weighted(&steps, Vec::new(), |_| 1.0).ok_or(RateError::NoStep { from, to })
    }

    /// For ranking: the newest steps up to `at` count most, with a mean age of seven days; errors of
    /// reports are left out.
    pub fn recent(&self, at: u64, most_gap_s: Option<u64>) -> Result<Realised, RateError> {
        let from = at.saturating_sub(RECENT_REACH * RECENT_S);
        let weight = |step: &Step| (-seconds(at - step.to) / seconds(RECENT_S)).exp();
        self.sound(from, at, most_gap_s, weight)
    }

    /// For risk: the thirty days up to `at`, errors of reports left out.
    pub fn month(&self, at: u64, most_gap_s: Option<u64>) -> Result<Realised, RateError> {
        self.evenly(at, MONTH_S, most_gap_s)
    }

    /// As [`RateSeries::month`], over another span.
    pub fn evenly(
        &self,
        at: u64,
        span_s: u64,
        most_gap_s: Option<u64>,
    ) -> Result<Realised, RateError> {
        self.sound(at.saturating_sub(span_s), at, most_gap_s, |_| 1.0)
    }

    /// How late an update within a window can have been seen, at most: the longest time from an update
    /// back to the reading before it. Nothing where each point was recorded for an update.
    pub fn late_s(&self, from: u64, to: u64) -> u64 {
        if !self.polled {
            return 0;
        }
        let time = |at: usize| self.points.get(at).map(|p| p.timestamp);
        let late = |at: &usize| {
            let seen = time(*at).filter(|t| (from..=to).contains(t))?;
            Some(seen - time(at.checked_sub(1)?)?)
        };
        self.updates.iter().filter_map(late).max().unwrap_or(0)
    }

    /// How far the annual rates of the steps of the thirty days up to `at` lie from their mean, by
    /// the root of the mean square, weighted by time; errors of reports left out.
    pub fn volatility(&self, at: u64, most_gap_s: Option<u64>) -> Result<f64, RateError> {
        let from = at.saturating_sub(MONTH_S);
        let (kept, _) = without_outliers(self.steps(from, at, most_gap_s)?);
        let mean = weighted(&kept, Vec::new(), |_| 1.0);
        let mean = mean.ok_or(RateError::NoStep { from, to: at })?.rate;
        let square = |s: &Step| seconds(s.span_s()) * (s.rate() - mean).powi(2);
        let time: f64 = kept.iter().map(|s| seconds(s.span_s())).sum();
        Ok((kept.iter().map(square).sum::<f64>() / time).sqrt())
    }

    fn sound(
        &self,
        from: u64,
        to: u64,
        most_gap_s: Option<u64>,
        weight: impl Fn(&Step) -> f64,
    ) -> Result<Realised, RateError> {
        let (kept, dropped) = without_outliers(self.steps(from, to, most_gap_s)?);
        weighted(&kept, dropped, weight).ok_or(RateError::NoStep { from, to })
    }

    fn covered(&self, from: u64, to: u64, most_s: u64) -> Result<(), RateError> {
        let within = self.points.iter().map(|p| p.timestamp).filter(|t| (from..=to).contains(t));
        let mut last = from;
        for next in within.chain([to]) {
            if next - last > most_s {
                return Err(RateError::Gap { from: last, to: next, most_s });
            }
            last = next;
        }
        Ok(())
    }
}

/// Sum of the growth over sum of the time, both weighted; `None` without a step.
fn weighted(kept: &[Step], dropped: Vec<Step>, weight: impl Fn(&Step) -> f64) -> Option<Realised> {
    let (first, last) = (kept.first()?, kept.last()?);
    let sum = |of: &dyn Fn(&Step) -> f64| kept.iter().map(|s| weight(s) * of(s)).sum::<f64>();
    let (growth, time) = (sum(&|s| s.log_growth), sum(&|s| seconds(s.span_s())));
    let rate = growth / time * seconds(YEAR_S);
    Some(Realised { rate, from: first.from, to: last.to, steps: kept.len(), dropped })
}

/// The steps that are no errors, and those that are: growth of more than five times the median rate.
/// Losses are never errors, and where the median is no growth nothing is.
fn without_outliers(steps: Vec<Step>) -> (Vec<Step>, Vec<Step>) {
    let mut rates: Vec<f64> = steps.iter().map(Step::rate).collect();
    rates.sort_by(f64::total_cmp);
    let at = |n: usize| rates.get(n).copied().unwrap_or_default();
    let middle = f64::midpoint(at(rates.len() / 2), at(rates.len().saturating_sub(1) / 2));
    steps.into_iter().partition(|s| middle <= 0.0 || s.rate() <= OUTLIER * middle)
}

fn annual(log_growth: f64, span_s: u64) -> f64 {
    log_growth / seconds(span_s) * seconds(YEAR_S)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of any real time are exact in a float")]
const fn seconds(s: u64) -> f64 {
    s as f64
}

#[cfg(test)]
mod tests {
    use alloy_primitives::U256;

    use super::*;

    fn point(day: u64, rate: u64) -> RatePoint {
        let (eth, shares) = (U256::from(rate), U256::from(1_000_000));
        RatePoint { timestamp: day * DAY_S, eth, shares }
    }

    fn rate_of(growth: f64, days: u32) -> f64 {
        growth.ln() / f64::from(days) * 365.25
    }

    fn steady(days: u64) -> Vec<RatePoint> {
        (0..=days).map(|day| point(day, 1_000_000 + 100 * day)).collect()
    }

    #[test]
    fn windows_without_a_step_are_errors() {
        let series = RateSeries::recorded(steady(10)).unwrap();
        assert_eq!(series.over(5, 5, None), Err(RateError::NoWindow { from: 5, to: 5 }));
        let (from, to) = (DAY_S + 1, 3 * DAY_S - 1);
        assert_eq!(series.over(from, to, None), Err(RateError::NoStep { from, to }));
        let empty = RateSeries::recorded(Vec::new()).unwrap();
        assert_eq!(empty.over(0, 9, None), Err(RateError::NoStep { from: 0, to: 9 }));
        let still = RateSeries::polled(vec![point(1, 5), point(2, 5), point(3, 5)]).unwrap();
        assert!(matches!(still.month(3 * DAY_S, None), Err(RateError::NoStep { .. })));
    }

    #[test]
    fn gaps_are_found_within_and_at_the_ends() {
        let mut points = steady(10);
        points.retain(|p| !(4 * DAY_S..7 * DAY_S).contains(&p.timestamp));
        let series = RateSeries::recorded(points).unwrap();
        let gap = |from: u64, to: u64| {
            let (from, to) = (from * DAY_S, to * DAY_S);
            Err(RateError::Gap { from, to, most_s: 2 * DAY_S })
        };
        let over = |from: u64, to: u64| series.over(from * DAY_S, to * DAY_S, Some(2 * DAY_S));
        assert_eq!(over(1, 9), gap(3, 7));
        assert_eq!(over(7, 13), gap(10, 13));
        assert!(over(7, 10).is_ok() && over(0, 3).is_ok());
        assert!(series.over(0, 10 * DAY_S, None).is_ok());
    }

    /// An error of a report is dropped with its time; a loss never is.
    #[test]
    fn steps_far_above_the_median_are_dropped_and_losses_are_not() {
        let mut rates = vec![1_000_000];
        for step in [100, 100, 100, 5_000, 100, -4_000, 100, 100] {
            rates.push(rates.last().unwrap() + step);
        }
        let points = (0u64..).zip(&rates);
        let points = points.map(|(day, r)| point(day, u64::try_from(*r).unwrap())).collect();
        let series = RateSeries::recorded(points).unwrap();
        let month = series.month(8 * DAY_S, None).unwrap();
        assert_eq!(month.dropped.len(), 1);
        assert_eq!((month.dropped[0].from, month.steps), (3 * DAY_S, 7));
        let kept = (1_000_300.0 / 1_000_000.0) * (1_001_600.0 / 1_005_300.0);
        assert!((month.rate - rate_of(kept, 7)).abs() < 1e-12, "{month:?}");
        assert!(series.recent(8 * DAY_S, None).unwrap().rate < 0.0);
        let all = series.over(0, 8 * DAY_S, None).unwrap();
        assert!((all.rate - rate_of(1.0016, 8)).abs() < 1e-12 && all.dropped.is_empty());
    }

    /// Newer steps weigh more, by an e-th for each seven days, and a constant rate is itself.
    #[test]
    fn recent_steps_weigh_most() {
        let series = RateSeries::recorded(vec![
            point(0, 1_000_000),
            point(7, 1_001_000),
            point(14, 1_003_000),
        ]);
        let recent = series.unwrap().recent(14 * DAY_S, None).unwrap();
        let old = (-1f64).exp();
        let (a, b) = (1.001f64.ln(), (1.003f64 / 1.001).ln());
        let expected = (old * a + b) / (7.0 * (old + 1.0)) * 365.25;
        assert!((recent.rate - expected).abs() < 1e-12, "{recent:?}");
    }

    #[test]
    fn readings_between_two_updates_change_nothing() {
        let few = vec![point(0, 5), point(1, 10), point(2, 11), point(3, 12)];
        let more = vec![
            point(0, 5),
            point(1, 10),
            RatePoint { timestamp: DAY_S + 7, ..point(1, 10) },
            point(2, 11),
            RatePoint { timestamp: 2 * DAY_S + 1, ..point(2, 11) },
            RatePoint { timestamp: 2 * DAY_S + 2, ..point(2, 11) },
            point(3, 12),
            RatePoint { timestamp: 4 * DAY_S, ..point(3, 12) },
        ];
        let over = |points| RateSeries::polled(points).unwrap().over(0, 4 * DAY_S, None).unwrap();
        assert_eq!(over(few.clone()), over(more));
        // The first reading shows no update.
        assert_eq!(over(few).from, DAY_S);
    }

    #[test]
    fn extreme_rates_stay_finite() {
        let point = |timestamp, eth, shares| RatePoint { timestamp, eth, shares };
        let all = [(U256::MAX, U256::ONE), (U256::ONE, U256::MAX), (U256::MAX, U256::MAX)];
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            let series = RateSeries::recorded(vec![point(1, a.0, a.1), point(2, b.0, b.1)]);
            assert!(series.unwrap().over(0, 9, None).unwrap().rate.is_finite(), "{a:?} {b:?}");
        }
    }
}
