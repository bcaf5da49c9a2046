//! Bounded search for where a falling function meets zero.

/// Steps before the search settles for the bracket it has.
const MAX_STEPS: u32 = 100;

/// A bracket `(low, high)` with `f(low) > 0 >= f(high)`, as narrow as floats or `tolerance` on `f`
/// allow; both ends are equal where `f` is within the tolerance.
///
/// `f` must fall from positive at `low` to not positive at `high`. Regula falsi in the Illinois form,
/// with a halving in between so that jumps and infinities still converge.
pub(crate) fn falling(
    f: impl Fn(f64) -> f64,
    mut low: f64,
    mut high: f64,
    tolerance: f64,
) -> (f64, f64) {
    let (mut at_low, mut at_high) = (f(low), f(high));
    let mut kept_low = 0u32;
    let mut kept_high = 0u32;
    for step in 0..MAX_STEPS {
        let secant = (low * at_high - high * at_low) / (at_high - at_low);
        let inside = secant.is_finite() && secant > low && secant < high;
        let next = if inside && step % 4 != 3 { secant } else { 0.5 * (low + high) };
        if next <= low || next >= high {
            break;
        }
        let value = f(next);
        if value.abs() <= tolerance {
            return (next, next);
        }
        if value > 0.0 {
            (low, at_low) = (next, value);
            (kept_low, kept_high) = (0, kept_high + 1);
            if kept_high > 1 {
                at_high *= 0.5;
            }
        } else {
            (high, at_high) = (next, value);
            (kept_low, kept_high) = (kept_low + 1, 0);
            if kept_low > 1 {
                at_low *= 0.5;
            }
        }
        if high - low <= 1e-16 * high.abs() {
            break;
        }
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_functions_meet_zero_to_the_tolerance() {
        let (low, high) = falling(|x| 2.0 - x * x, 0.0, 10.0, 1e-14);
        assert!((low - 2.0_f64.sqrt()).abs() < 1e-14 && low == high, "{low} {high}");
    }

    #[test]
    fn jumps_are_bracketed() {
        let (low, high) = falling(|x| if x < 3.0 { f64::INFINITY } else { -1.0 }, 0.0, 10.0, 0.0);
        assert!(low < 3.0 && high >= 3.0 && high - low < 1e-14, "{low} {high}");
    }
}
