//! One pair of a pool of any number of coins, as a pool of two.
//!
//! With the other balances as they are, the invariant `d` of `n` coins ties the two balances by
//!
//! ```text
//! x * y * (x + y - m) = k,   m = d - others - d / ann,   k = d^3 / (n^2 ann) * product of d / (n other)
//! ```
//!
//! where `ann` is `A * n` and `others` their sum. Of two coins, `m` is `d (1 - 1/ann)` and `k` is
//! `d^3 / (4 ann)`: for any `m` and any positive `k` there is just one pool of two coins with them,
//! `d^2 (d - m) = 4 k` and `ann = d / (d - m)`, and it trades the same.

use alloy_primitives::U256;

use crate::{amount::to_f64, venues::Gain};

/// The curve of coin `i` for coin `j` before fees, in scaled units, as a [`Gain::Stable`] of two
/// coins. `ann` is `A * n` times `precision`. `None` where the figures have no such curve.
pub(in super::super) fn folded(
    xp: &[U256],
    (i, j): (usize, usize),
    d: U256,
    (ann, precision): (U256, U256),
) -> Option<Gain> {
    let x = to_f64(*xp.get(i)?);
    let real = to_f64(ann) / to_f64(precision);
    let others = || xp.iter().enumerate().filter(|(k, _)| *k != i && *k != j).map(|(_, x)| *x);
    let (ann, d) = if xp.len() == 2 {
        (real, to_f64(d))
    } else {
        // The sum in integers: in floats its digits are lost where the others are large.
        let sum = others().try_fold(U256::ZERO, |sum, other| sum.checked_add(other))?;
        let taken = sum.checked_add(d.checked_mul(precision)?.checked_div(ann)?)?;
        let m = if d >= taken { to_f64(d - taken) } else { -to_f64(taken - d) };
        let (n, d) = (f64::from(u8::try_from(xp.len()).ok()?), to_f64(d));
        let k =
            others().fold(d / n * (d / n) * (d / real), |k, other| k * (d / (n * to_f64(other))));
        two_coins(m, k)?
    };
    let sound = [x, ann, d].iter().all(|figure| figure.is_finite() && *figure > 0.0);
    sound.then_some(Gain::Stable { x, ann, d, keep: 1.0, rate_in: 1.0, rate_out: 1.0 })
}

/// `ann` and `d` of the two coins that trade on `x * y * (x + y - m) = k`.
fn two_coins(m: f64, k: f64) -> Option<(f64, f64)> {
    // Of `d` and `d - m`, the smaller solves `u * (u + |m|)^2 = 4k` or `u^2 * (u + |m|) = 4k`.
    let (size, whole) = (m.abs(), 4.0 * k);
    let squared = m >= 0.0;
    let mut u = if squared { whole / size / size } else { (whole / size).sqrt() }.min(whole.cbrt());
    for _ in 0..ROUNDS {
        let sum = u + size;
        let (value, slope) = if squared {
            (u * sum * sum - whole, sum * (3.0 * u + size))
        } else {
            (u * u * sum - whole, u * (3.0 * u + 2.0 * size))
        };
        let step = value / slope;
        u -= step;
        if step.abs() <= 1e-16 * u {
            break;
        }
    }
    let (d, excess) = if squared { (u + size, u) } else { (u, u + size) };
    (u.is_finite() && u > 0.0).then_some((d / excess, d))
}

/// From above, on a convex curve, Newton's steps fall to the root: a dozen do.
const ROUNDS: usize = 60;
