//! From when on something beats holding.

use alloy_primitives::U256;

use crate::{
    amount::{YEAR_S, from_f64, to_f64},
    intent::Intent,
    solution::Solution,
    yields::{fraction, signed},
};

/// The longest horizon that a break-even is looked for in: ten years.
pub const LONGEST_S: u64 = 10 * 365 * 86_400;

/// What a solve at another horizon says about the break-even.
pub(crate) struct Probe {
    /// Whether something beats holding there.
    pub(crate) beats: bool,
    /// Where its plans say that they break even.
    pub(crate) estimate: Option<u64>,
}

/// The shortest horizon at which something beats holding, to the second; from there on it is taken
/// to do so.
///
/// Every solve estimates the horizon from its own plans, which is exact while the plans stay the
/// same: following the estimates leads there in a few solves, and halving makes sure.
pub(crate) fn break_even(probe: impl Fn(u64) -> Probe, mut guess: Option<u64>) -> Option<u64> {
    let inside = |s: &u64| (1..LONGEST_S).contains(s);
    for _ in 0..4 {
        let next = guess.filter(inside).and_then(|guess| probe(guess).estimate).filter(inside);
        let settled = next.zip(guess).is_some_and(|(a, b)| a.abs_diff(b) <= 1);
        guess = next.or(guess);
        if settled {
            break;
        }
    }
    let beats = |horizon_s: u64| probe(horizon_s).beats;
    let around = guess.filter(inside).and_then(|guess| {
        [2, 64, 4096].into_iter().find_map(|reach| {
            let (low, high) = (guess.saturating_sub(reach), guess.saturating_add(reach));
            (high < LONGEST_S && (low == 0 || !beats(low)) && beats(high)).then_some((low, high))
        })
    });
    let (mut low, mut high) = around.unwrap_or((0, LONGEST_S));
    if high == LONGEST_S && !beats(high) {
        return None;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if beats(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// Where the logarithms of a plan's and of hold's values cross, with the improvement asked for.
pub(crate) fn estimate(intent: &Intent, hold: &Solution, plan: Option<&Solution>) -> Option<u64> {
    let plan = plan?;
    let year = to_f64(U256::from(YEAR_S));
    let years = to_f64(U256::from(plan.split.horizon_s)) / year;
    let net = |s: &Solution| signed(s.split.net_wei) + to_f64(s.split.principal_wei);
    let start = |s: &Solution| net(s).max(1.0).ln() - rate(s) * years;
    let drift = rate(plan) - rate(hold) - f64::from(intent.limits.min_improvement_bps) / 1e4;
    let meets = (start(hold) - start(plan)) / drift * year;
    u64::try_from(from_f64(meets.ceil())).ok()
}

/// The annual rate at which a plan's holdings grow together.
fn rate(plan: &Solution) -> f64 {
    let parts = plan.worth.parts.iter();
    let (sum, all) = parts.fold((0.0, 0.0), |(sum, all), p| {
        let value = to_f64(p.redeem);
        (sum + value * fraction(p.earning.rate), all + value)
    });
    if all > 0.0 { sum / all } else { 0.0 }
}
