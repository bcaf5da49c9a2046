//! A two-coin stable pool in the kit's own arithmetic.
//!
//! `4A(x + y) + D = 4AD + D^3 / (4xy)`. What a trade pays is stated as the balance now less the
//! balance after: for trades far smaller than the pool, that difference of two large floats is only
//! repeated by doing the same operations in the same order. The optimiser's
//! [`Gain`](tenor_solver::venues::Gain) is smooth there instead.

/// Newton's steps before the invariant is taken as it is.
const MAX_STEPS: u32 = 200;

/// The invariant of scaled balances; not a number above zero where there is none.
pub(super) fn invariant(x: f64, y: f64, ann: f64) -> f64 {
    let mut d = x + y;
    for _ in 0..MAX_STEPS {
        let f = ann * (x + y) + d - ann * d - d.powf(3.0) / (4.0 * x * y);
        let slope = 1.0 - ann - 3.0 * d * d / (4.0 * x * y);
        let step = f / slope;
        d -= step;
        if step.abs() <= 1e-16 * d {
            break;
        }
    }
    d
}

/// The scaled balance of the one coin on the invariant when the other's is `x`.
fn balance(x: f64, ann: f64, d: f64) -> f64 {
    let b = x + d / ann - d;
    let c = d.powf(3.0) / (4.0 * x * ann);
    let root = (b * b + 4.0 * c).sqrt();
    if b <= 0.0 { (root - b) / 2.0 } else { 2.0 * c / (root + b) }
}

/// Scaled units of the coin wanted, whose balance is `y`, once the other's has become `x`.
pub(super) fn paid(x: f64, y: f64, ann: f64, d: f64) -> f64 {
    y - balance(x, ann, d)
}
