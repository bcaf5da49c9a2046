//! Share rates as they were recorded, and what can be wrong with them.

use alloy_primitives::{I256, U256, U512};

/// ETH behind the shares at one time, as a fraction so that nothing is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatePoint {
    /// Unix seconds.
    pub timestamp: u64,
    /// Wei of ETH ...
    pub eth: U256,
    /// ... behind this many units of shares.
    pub shares: U256,
}

/// Why rates say nothing of what was earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// Nothing stands behind no shares.
    #[error("no shares at {0}: a rate needs a supply above zero")]
    ZeroSupply(u64),
    /// Shares that nothing stands behind.
    #[error("no ETH behind the shares at {0}: a rate is above zero")]
    ZeroRate(u64),
    /// A rate below zero.
    #[error("a negative rate at {0}: neither ETH nor shares can be below zero")]
    Negative(u64),
    /// Two points of one time.
    #[error("two points at {0}: keep one")]
    Duplicate(u64),
    /// A point that is older than the one before it.
    #[error("the point at {at} follows one at {before}: sort them by time")]
    Unsorted {
        /// The earlier time, which comes later.
        at: u64,
        /// The time before it.
        before: u64,
    },
    /// Too long without a point.
    #[error("nothing is recorded from {from} to {to}, more than {most_s} s")]
    Gap {
        /// The last time before it.
        from: u64,
        /// The first time after it.
        to: u64,
        /// The longest time that may be without.
        most_s: u64,
    },
    /// A window that ends before it begins.
    #[error("the window from {from} to {to} has no length")]
    NoWindow {
        /// Its start.
        from: u64,
        /// Its end.
        to: u64,
    },
    /// A window without a whole step.
    #[error("no whole step from one update of the rate to the next lies from {from} to {to}")]
    NoStep {
        /// The window's start.
        from: u64,
        /// The window's end.
        to: u64,
    },
}

impl RatePoint {
    /// A point from signed figures, as files and some contracts give them.
    pub fn of(timestamp: u64, eth: I256, shares: I256) -> Result<Self, RateError> {
        let whole = |n: I256| U256::try_from(n).map_err(|_| RateError::Negative(timestamp));
        Ok(Self { timestamp, eth: whole(eth)?, shares: whole(shares)? })
    }

    /// The rate as a product that orders as rates do: `eth` here times the shares there.
    fn against(&self, other: &Self) -> U512 {
        self.eth.widening_mul(other.shares)
    }

    pub(super) fn same_rate(&self, other: &Self) -> bool {
        self.against(other) == other.against(self)
    }

    /// The logarithm of the growth since `earlier`; the products are exact.
    pub(super) fn log_since(&self, earlier: &Self) -> f64 {
        let (after, before) = (self.against(earlier), earlier.against(self));
        let base = f64::from(before);
        if after >= before {
            return (f64::from(after - before) / base).ln_1p();
        }
        let lost = f64::from(before - after) / base;
        // Next to a total loss the difference says too little.
        if lost < 0.5 { (-lost).ln_1p() } else { (f64::from(after) / base).ln() }
    }
}

/// Rows in the order of time, each once: a record that was written twice is one.
pub fn in_order(mut points: Vec<RatePoint>) -> Vec<RatePoint> {
    points.sort_by_key(|p| (p.timestamp, p.eth, p.shares));
    points.dedup();
    points
}

/// What is wrong with points, if anything is.
pub(super) fn check(points: &[RatePoint]) -> Result<(), RateError> {
    for point in points {
        if point.shares.is_zero() {
            return Err(RateError::ZeroSupply(point.timestamp));
        }
        if point.eth.is_zero() {
            return Err(RateError::ZeroRate(point.timestamp));
        }
    }
    for (a, b) in points.iter().zip(points.iter().skip(1)) {
        if b.timestamp == a.timestamp {
            return Err(RateError::Duplicate(b.timestamp));
        }
        if b.timestamp < a.timestamp {
            return Err(RateError::Unsorted { at: b.timestamp, before: a.timestamp });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_S: u64 = 86_400;

    fn point(day: u64, rate: u64) -> RatePoint {
        let (eth, shares) = (U256::from(rate), U256::from(1_000_000));
        RatePoint { timestamp: day * DAY_S, eth, shares }
    }

    #[test]
    fn bad_points_are_named() {
        let of = |points: &[RatePoint]| check(points).unwrap_err();
        let (one, two) = (point(1, 7), point(2, 8));
        let none = U256::ZERO;
        assert_eq!(of(&[one, RatePoint { shares: none, ..two }]), RateError::ZeroSupply(2 * DAY_S));
        assert_eq!(of(&[RatePoint { eth: none, ..one }, two]), RateError::ZeroRate(DAY_S));
        assert_eq!(of(&[one, one]), RateError::Duplicate(DAY_S));
        assert_eq!(of(&[two, one]), RateError::Unsorted { at: DAY_S, before: 2 * DAY_S });
        let signed = |eth, shares| RatePoint::of(5, eth, shares);
        assert_eq!(signed(I256::MINUS_ONE, I256::ONE), Err(RateError::Negative(5)));
        assert_eq!(signed(I256::ONE, I256::MINUS_ONE), Err(RateError::Negative(5)));
        assert!(signed(I256::ONE, I256::ONE).is_ok());
    }

    #[test]
    fn rows_written_twice_are_one() {
        let rows = vec![point(2, 6), point(3, 7), point(2, 6), point(1, 5)];
        let sorted = in_order(rows);
        assert_eq!(sorted, [point(1, 5), point(2, 6), point(3, 7)]);
        let clash = in_order(vec![point(1, 5), point(1, 6)]);
        assert_eq!(check(&clash), Err(RateError::Duplicate(DAY_S)));
    }
}
