//! The most that one direction can earn at given prices, kind by kind.
//!
//! Throughout, `value` is the price of a unit wanted and `given` that of a unit given.

use super::{
    CertifyError,
    round::{below, certainly_under, down, up},
    tangent::{self, Stable, Weighted},
};
use crate::venues::{Gain, Segment};

/// Not below `value * out(a) - given * a` for every `a` up to `cap` and the gain's own cap.
pub(super) fn most(
    at: usize,
    gain: &Gain,
    cap: f64,
    value: f64,
    given: f64,
) -> Result<f64, CertifyError> {
    if !sound(gain) || cap.is_nan() || cap < 0.0 {
        return Err(CertifyError::Figure { direction: at });
    }
    match gain {
        Gain::Linear { rate, cap: own } => linear(*rate, cap.min(*own), value, given)
            .ok_or(CertifyError::Unbounded { direction: at }),
        // Of equal weights, a weighted pool is a constant product.
        Gain::ConstantProduct { x, y, keep } | Gain::Weighted { x, y, power: 1.0, keep } => {
            Ok(Product { x: *x, y: *y, keep: *keep }.most(cap, value, given))
        }
        Gain::Weighted { x, y, power, keep } => {
            let price = below(below(given * x) / keep);
            let cap = up(up(keep * cap) / x);
            Ok(tangent::most(&Weighted { power: *power }, up(value * y), price, cap))
        }
        Gain::Stable { x, ann, d, keep, rate_in, rate_out } => {
            let (value, price) = (up(up(value * keep) / rate_out), below(given / rate_in));
            Ok(tangent::most(&Stable::new(*x, *ann, *d), value, price, up(rate_in * cap)))
        }
        Gain::Ticks { segments, keep } => {
            ticks(segments, *keep, cap, value, given).ok_or(CertifyError::Figure { direction: at })
        }
    }
}

fn positive(figure: f64) -> bool {
    figure > 0.0 && figure < f64::INFINITY
}

/// Whether the figures are a pool's.
#[inline]
fn sound(gain: &Gain) -> bool {
    let share = |keep: f64| keep > 0.0 && keep <= 1.0;
    match gain {
        Gain::Linear { rate, cap } => *rate >= 0.0 && *rate < f64::INFINITY && *cap >= 0.0,
        Gain::ConstantProduct { x, y, keep } => positive(*x) && positive(*y) && share(*keep),
        Gain::Weighted { x, y, power, keep } => {
            positive(*x) && positive(*y) && positive(*power) && share(*keep)
        }
        Gain::Stable { x, ann, d, keep, rate_in, rate_out } => {
            [x, ann, d, rate_in, rate_out].into_iter().all(|figure| positive(*figure))
                && share(*keep)
        }
        // Its segments are checked as they are added up.
        Gain::Ticks { keep, .. } => share(*keep),
    }
}

/// `None` where it has no limit.
fn linear(rate: f64, cap: f64, value: f64, given: f64) -> Option<f64> {
    // Rounded once, and prices are far from where floats run out: the sign is exact, so that a
    // conversion without a limit at just its rate is worth nothing.
    let margin = rate.mul_add(value, -given);
    if margin <= 0.0 {
        return Some(0.0);
    }
    cap.is_finite().then(|| up(up(margin) * cap))
}

/// `y * keep * a / (x + keep * a)`.
struct Product {
    x: f64,
    y: f64,
    keep: f64,
}

impl Product {
    /// Not below `value * out(a) - given * a` for every `0 <= a <= cap`.
    #[inline]
    fn most(&self, cap: f64, value: f64, given: f64) -> f64 {
        let (whole, price) = (value * self.y, given * self.x);
        if certainly_under(whole * self.keep, price) {
            // The first unit earns nothing, so no unit does.
            return 0.0;
        }
        let (whole, price) = (up(whole), below(price));
        if cap.is_finite()
            && let Some(most) = self.at_cap(cap, whole, given)
        {
            return most;
        }
        // Without a cap: the square of `sqrt(value y) - sqrt(given x / keep)`.
        let rest = below(below(price / self.keep).sqrt());
        let root = up(up(whole.sqrt()) - rest);
        if root <= 0.0 { 0.0 } else { up(root * root) }
    }

    /// The same by the tangent at the cap, where that slopes up: `None` where the last unit earns
    /// nothing, and the cap does not matter.
    fn at_cap(&self, cap: f64, whole: f64, given: f64) -> Option<f64> {
        let depth = down(self.x + below(self.keep * cap));
        let rest = up(self.x / depth);
        let slope = up(up(up(whole * self.keep) / depth) * rest);
        let raise = up(slope - given);
        if raise <= 0.0 {
            return None;
        }
        let kept = up(self.keep * cap);
        let used = up(kept / down(self.x + kept));
        Some(up(up(whole * up(used * used)) + up(raise * cap)))
    }
}

/// The segments' own best added up; they compete for a cap, so each pays its shadow price. `None`
/// where a figure is no pool's.
fn ticks(segments: &[Segment], keep: f64, cap: f64, value: f64, given: f64) -> Option<f64> {
    if cap.is_finite() {
        let shadow = last_unit(segments, keep, cap) * value;
        if shadow > given && shadow.is_finite() {
            let most = added_up(segments, keep, value, shadow)?;
            return Some(up(most + up(up(shadow - given) * cap)));
        }
    }
    added_up(segments, keep, value, given)
}

fn added_up(segments: &[Segment], keep: f64, value: f64, given: f64) -> Option<f64> {
    let mut sum = 0.0;
    for &Segment { x, y, cap } in segments {
        if !(positive(x) && positive(y) && cap >= 0.0) {
            return None;
        }
        let best = Product { x, y, keep }.most(cap, value, given);
        if best != 0.0 {
            sum = up(sum + best);
        }
    }
    Some(sum)
}

/// About what the last unit before `cap` returns; nothing rests on it.
fn last_unit(segments: &[Segment], keep: f64, cap: f64) -> f64 {
    let mut left = cap;
    for s in segments {
        if left < s.cap {
            let depth = s.x + keep * left;
            return s.y / depth * keep * (s.x / depth);
        }
        left -= s.cap;
    }
    0.0
}
