//! Morpho's `AdaptiveCurveIRM`: a rate over utilisation whose level moves towards the target.
//!
//! Integer steps of `AdaptiveCurveIrm` and `ExpLib` (morpho-org/morpho-blue-irm a1a87fd): signed
//! products and quotients round towards zero. Rates are per second, in WAD. The parameters are
//! constants of the contract's code that no view function tells: a market is opened with this curve
//! only where the contract's own `borrowRateView` says the same.

use alloy_primitives::{I256, U256, uint};

const WAD: I256 = of(uint!(1_000_000_000_000_000_000_U256));
const LN_2: I256 = of(uint!(693_147_180_559_945_309_U256));
/// `-ln(1e-18)`: the exponential of less than its negative is zero.
const LEAST_EXPONENT: I256 = of(uint!(41_446_531_673_892_822_312_U256));
/// From here on the exponential stays what it is.
const MOST_EXPONENT: I256 = of(uint!(93_859_467_695_000_404_319_U256));
const MOST: I256 =
    of(uint!(57_716_089_161_558_943_949_701_069_502_944_508_345_128_422_502_756_744_429_568_U256));
const STEEPNESS: I256 = of(uint!(4_000_000_000_000_000_000_U256));
const TARGET: I256 = of(AdaptiveCurve::TARGET);
/// 50 a year.
const SPEED: I256 = of(uint!(1_585_489_599_188_U256));
/// 4 % a year: of a market that nobody has used.
const FIRST: I256 = of(uint!(1_268_391_679_U256));
/// 0.1 % a year.
const LEAST: I256 = of(uint!(31_709_791_U256));
/// 200 % a year.
const GREATEST: I256 = of(uint!(63_419_583_967_U256));
const TWO: I256 = of(uint!(2_U256));
const FOUR: I256 = of(uint!(4_U256));

const fn of(value: U256) -> I256 {
    I256::from_raw(value)
}

/// The curve of one market, at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdaptiveCurve {
    /// The borrow rate at the target utilisation; zero before the market was first used.
    pub rate_at_target: U256,
}

/// What a curve did over some seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adapted {
    /// The borrow rate that is charged for all of them.
    pub average: U256,
    /// The curve as it is after them.
    pub curve: AdaptiveCurve,
}

impl AdaptiveCurve {
    /// The utilisation that it aims at, with 18 decimals.
    pub const TARGET: U256 = uint!(900_000_000_000_000_000_U256);

    /// The borrow rate at `utilisation`, in WAD, when nothing has moved yet. `None` on overflow.
    pub fn borrow_rate(&self, utilisation: U256) -> Option<U256> {
        Some(self.adapted(utilisation, 0)?.average)
    }

    /// What `seconds` at `utilisation` cost and do: `_borrowRate`. `None` on overflow.
    pub fn adapted(&self, utilisation: U256, seconds: u64) -> Option<Adapted> {
        let error = error(I256::try_from(utilisation).ok()?)?;
        let start = I256::try_from(self.rate_at_target).ok()?;
        let (average, end) = if start.is_zero() {
            (FIRST, FIRST)
        } else {
            let speed = mul(SPEED, error)?;
            moved(start, speed.checked_mul(of(U256::from(seconds)))?)?
        };
        let average = U256::try_from(rate(average, error)?).ok()?;
        let rate_at_target = U256::try_from(end).ok()?;
        Some(Adapted { average, curve: Self { rate_at_target } })
    }
}

/// How far a utilisation is from the target, -1 at none and 1 at all, in WAD.
fn error(utilisation: I256) -> Option<I256> {
    let room = if utilisation > TARGET { WAD.checked_sub(TARGET)? } else { TARGET };
    utilisation.checked_sub(TARGET)?.checked_mul(WAD)?.checked_div(room)
}

/// The average level, by the trapezoidal rule over two halves, and the last one.
fn moved(start: I256, adaptation: I256) -> Option<(I256, I256)> {
    if adaptation.is_zero() {
        return Some((start, start));
    }
    let end = level(start, adaptation)?;
    let middle = level(start, adaptation.checked_div(TWO)?)?;
    let sum = start.checked_add(end)?.checked_add(middle.checked_mul(TWO)?)?;
    Some((sum.checked_div(FOUR)?, end))
}

/// The level that `start` has moved to, within its bounds.
fn level(start: I256, adaptation: I256) -> Option<I256> {
    Some(mul(start, exp(adaptation)?)?.min(GREATEST).max(LEAST))
}

/// The rate on the curve.
fn rate(level: I256, error: I256) -> Option<I256> {
    let slope = if error.is_negative() {
        WAD.checked_sub(WAD.checked_mul(WAD)?.checked_div(STEEPNESS)?)?
    } else {
        STEEPNESS.checked_sub(WAD)?
    };
    mul(mul(slope, error)?.checked_add(WAD)?, level)
}

/// `a * b / WAD`, towards zero.
fn mul(a: I256, b: I256) -> Option<I256> {
    a.checked_mul(b)?.checked_div(WAD)
}

/// `ExpLib.wExp`: two to the nearest power, times a polynomial of second order.
fn exp(x: I256) -> Option<I256> {
    if x < LEAST_EXPONENT.checked_neg()? {
        return Some(I256::ZERO);
    }
    if x >= MOST_EXPONENT {
        return Some(MOST);
    }
    let half = LN_2.checked_div(TWO)?;
    let nearest = if x.is_negative() { x.checked_sub(half)? } else { x.checked_add(half)? };
    let power = nearest.checked_div(LN_2)?;
    let rest = x.checked_sub(power.checked_mul(LN_2)?)?;
    let square = rest.checked_mul(rest)?.checked_div(WAD)?.checked_div(TWO)?;
    let factor = U256::try_from(WAD.checked_add(rest)?.checked_add(square)?).ok()?;
    let shift = usize::try_from(power.unsigned_abs()).ok()?;
    let shifted = if power.is_negative() { factor >> shift } else { factor.checked_shl(shift)? };
    I256::try_from(shifted).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR_S: U256 = uint!(31_536_000_U256);
    const ONE: U256 = uint!(1_000_000_000_000_000_000_U256);

    fn percent(of: u64) -> U256 {
        U256::from(of) * ONE / U256::from(100)
    }

    fn at(rate_at_target: U256) -> AdaptiveCurve {
        AdaptiveCurve { rate_at_target }
    }

    #[test]
    fn parameters_are_what_they_are_a_year() {
        for (per_second, permille) in [(SPEED, 50_000), (FIRST, 40), (LEAST, 1), (GREATEST, 2000)] {
            let a_year = U256::from(permille) * ONE / U256::from(1000);
            assert_eq!(per_second.into_raw(), a_year / YEAR_S);
        }
    }

    /// `venue_vectors.txt`, an independent port in floats: 4 % at the target, 17.154396 % on average
    /// over a day at full use, which moves the target to 4.58725 %; 1 % at none.
    #[test]
    fn rates_follow_the_reference_vectors() {
        let first = at(U256::ZERO);
        assert_eq!(first.borrow_rate(percent(90)), Some(FIRST.into_raw()));
        let curve = first.adapted(percent(90), 1).unwrap().curve;
        assert_eq!(curve.rate_at_target, FIRST.into_raw());
        let near = |got: U256, wanted: f64| {
            let got = crate::amount::to_f64(got * YEAR_S) / 1e18;
            assert!((got / wanted - 1.0).abs() < 5e-4, "{got} {wanted}");
        };
        let day = curve.adapted(ONE, 86_400).unwrap();
        near(day.average, 0.171_543_960_749_359_46);
        near(day.curve.rate_at_target, 0.045_872_497_546_134_52);
        near(curve.borrow_rate(U256::ZERO).unwrap(), 0.01);
        assert_eq!(curve.borrow_rate(ONE), Some(FIRST.into_raw() * U256::from(4)));
    }

    #[test]
    fn the_level_stays_within_its_bounds() {
        let curve = at(FIRST.into_raw());
        let decade = 315_360_000;
        let up = curve.adapted(ONE, decade).unwrap().curve;
        assert_eq!(up.rate_at_target, GREATEST.into_raw());
        let down = curve.adapted(U256::ZERO, decade).unwrap().curve;
        assert_eq!(down.rate_at_target, LEAST.into_raw());
        assert!(curve.adapted(U256::MAX, 1).is_none());
        assert!(curve.adapted(ONE, u64::MAX).is_some());
    }

    /// Beyond 100 % bad debt or interest has made more debt than supply: the curve goes on.
    #[test]
    fn above_full_use_rates_go_on_rising() {
        let curve = at(FIRST.into_raw());
        let [full, above] = [100, 120].map(|of| curve.borrow_rate(percent(of)).unwrap());
        assert!(above > full);
    }

    #[test]
    fn the_exponential_ends_at_both_ends() {
        assert_eq!(exp(I256::ZERO), Some(WAD));
        assert_eq!(exp(I256::MIN), Some(I256::ZERO));
        assert_eq!(exp(I256::MAX), Some(MOST));
        assert_eq!(exp(MOST_EXPONENT), Some(MOST));
        assert!(exp(MOST_EXPONENT - of(U256::ONE)).unwrap() <= MOST);
        assert!(exp(-LEAST_EXPONENT).unwrap() <= of(uint!(2_U256)));
    }
}
