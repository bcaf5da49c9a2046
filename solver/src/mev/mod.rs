//! What others could take from a trade, in numbers that choose splits, limits and bids.
//!
//! - [`sandwich`]: what is taken by trading before and after a victim, in closed form on a constant
//!   product; [`attack`]: the same on any venue, in its own integers.
//! - [`backrun`]: what is left to take after a trade, over pools in a ring; [`ring`]: the same over
//!   any venues' curves.
//! - [`limit`]: what a victim's limit gives away, and the limit that gives nothing away; [`plan`]: both
//!   for a plan's swaps, and what it leaves to a backrunner.
//! - [`calm`]: splits that nobody can sandwich; [`weigh`]: which plan is best where what others leave and
//!   take counts.
//! - [`bid`]: what inclusion is worth paying.
//!
//! Formulas: `MEV_MODEL`, sections 1 to 5.

pub mod attack;
pub mod backrun;
pub mod bid;
pub mod calm;
pub mod limit;
pub mod plan;
pub mod ring;
pub mod sandwich;
pub mod weigh;

/// The golden section.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Steps of a golden section: the bracket shrinks to a part in 10^16.
const SECTIONS: u32 = 80;

/// Where a function of one peak is highest between two points, ends included; and how high.
fn peak(low: f64, high: f64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut a, mut b) = (low, high);
    let (mut left, mut right) = (b - GOLDEN * (b - a), a + GOLDEN * (b - a));
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..SECTIONS {
        if at_left < at_right {
            (a, left, at_left) = (left, right, at_right);
            right = a + GOLDEN * (b - a);
            at_right = f(right);
        } else {
            (b, right, at_right) = (right, left, at_left);
            left = b - GOLDEN * (b - a);
            at_left = f(left);
        }
    }
    let inside = 0.5 * (a + b);
    [low, high, inside]
        .map(|at| (at, f(at)))
        .into_iter()
        .fold((low, f64::MIN), |best, next| if next.1 > best.1 { next } else { best })
}
