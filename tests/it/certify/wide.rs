//! Arithmetic of about 31 digits, as sums of two floats: what the verifier is measured against.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `high + low`, with `low` less than half of `high`'s last digit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide {
    high: f64,
    low: f64,
}

/// A float, exactly.
pub(super) fn wide(high: f64) -> Wide {
    Wide { high, low: 0.0 }
}

/// A sum and its error.
fn sum(a: f64, b: f64) -> Wide {
    let high = a + b;
    let part = high - a;
    Wide { high, low: (a - (high - part)) + (b - part) }
}

impl Wide {
    pub(super) fn float(self) -> f64 {
        self.high + self.low
    }

    pub(super) fn sqrt(self) -> Self {
        if self.high <= 0.0 {
            return wide(0.0);
        }
        let near = wide(self.high.sqrt());
        near + (self - near * near) / (near + near)
    }

    pub(super) fn exp(self) -> Self {
        if self.high < 0.0 {
            return wide(1.0) / (-self).exp();
        }
        // Halved until small, then squared back.
        let halvings = 24;
        let small = self * wide(0.5_f64.powi(halvings));
        let mut part = wide(1.0);
        let mut less_one = wide(0.0);
        for n in 1..8 {
            part = part * small / wide(f64::from(n));
            less_one = less_one + part;
        }
        for _ in 0..halvings {
            less_one = less_one * (less_one + wide(2.0));
        }
        less_one + wide(1.0)
    }

    pub(super) fn ln(self) -> Self {
        let mut near = wide(self.high.ln());
        for _ in 0..2 {
            near = near + self * (-near).exp() - wide(1.0);
        }
        near
    }

    pub(super) fn max(self, other: Self) -> Self {
        if (self - other).high >= 0.0 { self } else { other }
    }

    pub(super) fn min(self, other: Self) -> Self {
        if (self - other).high <= 0.0 { self } else { other }
    }
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = (sum(self.high, other.high), sum(self.low, other.low));
        let once = sum(high.high, high.low + low.high);
        sum(once.high, once.low + low.low)
    }
}

impl Neg for Wide {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for Wide {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Wide {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let high = self.high * other.high;
        let low = self.high.mul_add(other.high, -high);
        sum(high, low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for Wide {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let mut left = self;
        let mut quotient = wide(0.0);
        for _ in 0..3 {
            let part = wide(left.high / other.high);
            left = left - part * other;
            quotient = quotient + part;
        }
        quotient
    }
}

#[test]
fn keeps_thirty_digits() {
    let close = |a: Wide, b: Wide| ((a - b) / b).float().abs() < 1e-29;
    let third = wide(1.0) / wide(3.0);
    assert!(close(third * wide(3.0), wide(1.0)));
    assert!(close(wide(2.0).sqrt() * wide(2.0).sqrt(), wide(2.0)));
    for x in [1e-9, 0.3, 7.0, 1e12] {
        assert!(((wide(x).ln().exp() - wide(x)) / wide(x)).float().abs() < 1e-27, "{x}");
    }
    // e and the part of it that a float does not hold.
    let e = Wide { high: std::f64::consts::E, low: 1.445_646_891_729_250_1e-16 };
    assert!(((wide(1.0).exp() - e) / e).float().abs() < 1e-28);
}
