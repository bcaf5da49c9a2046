//! What single claims are worth, and whether to lock a rate or to float.

use super::{CurveError, observation::years};

/// A basis point.
const BP: f64 = 1e-4;

/// What a claim on one unit is worth at `now`; `Err` when it is due, as it is then no longer priced
/// but redeemed.
pub fn pt_price(rate: f64, expiry: u64, now: u64) -> Result<f64, CurveError> {
    finite("the rate", rate)?;
    Ok((-rate * years(left(expiry, now)?)).exp())
}

/// What a claim on one unit fetches before its expiry when its rate has moved by `shock`.
pub fn mark(rate: f64, shock: f64, expiry: u64, now: u64) -> Result<f64, CurveError> {
    finite("the shock", shock)?;
    pt_price(rate + shock, expiry, now)
}

/// What claims worth `value` lose when their rate rises by a basis point: the duration of a claim is
/// the time to its expiry.
pub fn dv01(value: f64, expiry: u64, now: u64) -> Result<f64, CurveError> {
    finite("the value", value)?;
    Ok(value * years(left(expiry, now)?) * BP)
}

/// The rate between two times that two zero rates imply, each `(rate, seconds)`. A negative one is an
/// error: one of the two is wrong.
pub fn forward_rate(near: (f64, u64), far: (f64, u64)) -> Result<f64, CurveError> {
    let (from_s, to_s) = (near.1, far.1);
    if from_s >= to_s {
        return Err(CurveError::NoTime { from_s, to_s });
    }
    finite("the nearer rate", near.0)?;
    finite("the further rate", far.0)?;
    let forward = (far.0 * years(to_s) - near.0 * years(from_s)) / years(to_s - from_s);
    if forward < 0.0 {
        let (near, far) =
            (format!("{} over {from_s} s", near.0), format!("{} over {to_s} s", far.0));
        return Err(CurveError::Arbitrage { near, far, forward });
    }
    Ok(forward)
}

/// What a claim's rate pays more than its underlying is expected to earn: buyers of the other half may
/// be paying for points.
pub fn points_implied(claim_rate: f64, expected: f64) -> f64 {
    (claim_rate - expected).max(0.0)
}

/// A rate that can be locked, and what floating is expected to pay. Annual, continuously compounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lock {
    /// What the claim pays until it is due.
    pub rate: f64,
    /// The part of the amount that entering costs, once.
    pub fees: f64,
    /// Seconds that it is held.
    pub horizon_s: u64,
    /// What floating is expected to pay, net.
    pub variable: f64,
    /// By how much that usually misses, in annual rate.
    pub volatility: f64,
    /// How many times that miss must be earned for giving up the float.
    pub caution: f64,
}

/// Whether to lock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Whether locking pays.
    pub lock: bool,
    /// What locking pays, fees spread over the horizon.
    pub locked: f64,
    /// What it must pay more than.
    pub hurdle: f64,
}

impl Lock {
    /// Locks if and only if the rate less the fees over the horizon is above the float by the caution.
    pub fn choose(&self) -> Result<Choice, CurveError> {
        for (what, value) in [
            ("the rate", self.rate),
            ("the fee", self.fees),
            ("the variable rate", self.variable),
            ("the volatility", self.volatility),
            ("the caution", self.caution),
        ] {
            finite(what, value)?;
        }
        if self.horizon_s == 0 {
            return Err(CurveError::NoTime { from_s: 0, to_s: 0 });
        }
        let locked = self.rate - self.fees / years(self.horizon_s);
        let hurdle = self.variable + self.caution * self.volatility;
        Ok(Choice { lock: locked > hurdle, locked, hurdle })
    }
}

fn left(expiry: u64, now: u64) -> Result<u64, CurveError> {
    let left = expiry.checked_sub(now).filter(|left| *left > 0);
    left.ok_or(CurveError::Expired { expiry, now })
}

const fn finite(what: &'static str, value: f64) -> Result<(), CurveError> {
    if value.is_finite() {
        return Ok(());
    }
    Err(CurveError::Range { what, value, expected: "a number" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::PENDLE_YEAR_S;

    const DAY_S: u64 = 86_400;

    /// A rate as Pendle shows it, compounded once in 365 days.
    fn pendle(apy: f64) -> f64 {
        apy.ln_1p() * years(crate::amount::YEAR_S) / years(PENDLE_YEAR_S)
    }

    /// `venue_vectors.txt`: "PT price at 4%/180d".
    #[test]
    fn a_claim_is_worth_what_the_vector_says() {
        let price = pt_price(pendle(0.04), 180 * DAY_S, 0).unwrap();
        assert!((price - 0.980_844_129_386_773_1).abs() < 1e-15, "{price}");
    }

    /// `venue_vectors.txt`: "fwd 90->270d", of 4 % and 4.5 % as Pendle shows them.
    #[test]
    fn a_forward_is_what_the_vector_says() {
        let (near, far) = ((pendle(0.04), 90 * DAY_S), (pendle(0.045), 270 * DAY_S));
        let forward = forward_rate(near, far).unwrap();
        let shown = (forward * years(PENDLE_YEAR_S)).exp_m1();
        assert!((shown - 0.047_509_007_212_972_465).abs() < 1e-15, "{shown}");
    }

    #[test]
    fn what_is_due_has_no_price() {
        let due = Err(CurveError::Expired { expiry: 5, now: 5 });
        assert_eq!(pt_price(0.04, 5, 5), due);
        assert_eq!(mark(0.04, 0.01, 5, 5), due);
        assert_eq!(dv01(1.0, 5, 5), due);
        assert!(pt_price(0.04, 5, 6).is_err());
        assert!(matches!(pt_price(f64::NAN, 6, 5), Err(CurveError::Range { .. })));
    }

    #[test]
    fn a_negative_forward_is_an_error() {
        let forward = forward_rate((0.05, 90 * DAY_S), (0.01, 91 * DAY_S));
        assert!(matches!(forward, Err(CurveError::Arbitrage { forward, .. }) if forward < 0.0));
        assert!(matches!(forward_rate((0.05, 9), (0.05, 9)), Err(CurveError::NoTime { .. })));
    }

    /// The price moves by duration times the shock, and by half its square times convexity.
    #[test]
    fn dv01_is_the_slope_of_the_mark() {
        let expiry = 182 * DAY_S;
        let at = |shock| mark(0.04, shock, expiry, 0).unwrap();
        let slope = dv01(at(0.0), expiry, 0).unwrap();
        assert!((at(-BP / 2.0) - at(BP / 2.0) - slope).abs() < 1e-12);
    }

    #[test]
    fn fees_and_caution_decide_between_lock_and_float() {
        let lock = Lock {
            rate: 0.04,
            fees: 0.001,
            horizon_s: 365 * DAY_S,
            variable: 0.035,
            volatility: 0.002,
            caution: 0.5,
        };
        assert!(lock.choose().unwrap().lock);
        // A tenth of the time: the same fee is a percent a year.
        assert!(!Lock { horizon_s: 36 * DAY_S, ..lock }.choose().unwrap().lock);
        assert!(!Lock { caution: 5.0, ..lock }.choose().unwrap().lock);
        assert!(!Lock { variable: 0.04, ..lock }.choose().unwrap().lock);
        assert!(matches!(Lock { horizon_s: 0, ..lock }.choose(), Err(CurveError::NoTime { .. })));
        let nan = Lock { volatility: f64::NAN, ..lock };
        assert!(matches!(nan.choose(), Err(CurveError::Range { .. })));
    }

    #[test]
    fn points_are_never_negative() {
        assert!((points_implied(0.05, 0.03) - 0.02).abs() < 1e-15);
        assert_eq!(points_implied(0.02, 0.03), 0.0);
    }
}
