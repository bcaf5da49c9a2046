//! The same bound in wide arithmetic: each direction's profit at an input as near its best as a
//! float is. No input earns more than the exact best, so this is never above the exact bound, and
//! misses it by the square of how far the input is off.

use tenor_solver::{certify::Direction, venues::Gain};

use super::wide::{Wide, wide};

pub(super) fn bound(
    directions: &[Direction<'_>],
    sold: (usize, f64),
    wanted: usize,
    prices: &[f64],
) -> Wide {
    let mut total = wide(prices[sold.0]) * wide(sold.1);
    for direction in directions {
        let (value, given) = (prices[direction.to], prices[direction.from]);
        let best = best(direction.gain, direction.cap, value, given);
        total = total + (best - wide(direction.cost) * wide(prices[wanted])).max(wide(0.0));
    }
    total / wide(prices[wanted])
}

fn best(gain: &Gain, cap: f64, value: f64, given: f64) -> Wide {
    let held = |a: Wide, cap: f64| {
        let a = a.max(wide(0.0));
        if cap.is_finite() { a.min(wide(cap)) } else { a }
    };
    let profit = |out: Wide, a: Wide| wide(value) * out - wide(given) * a;
    match gain {
        Gain::Linear { rate, cap: own } => {
            let a = wide(cap.min(*own));
            profit(wide(*rate) * a, a).max(wide(0.0))
        }
        Gain::ConstantProduct { x, y, keep } => {
            let a = held(product_best([*x, *y, *keep], value, given), cap);
            profit(product_out([*x, *y, *keep], a), a)
        }
        Gain::Weighted { x, y, power, keep } => {
            let [x, y, power, keep] = [*x, *y, *power, *keep].map(wide);
            let first = power * keep * (wide(value) * y) / (wide(given) * x);
            let times = (first.ln() / (power + wide(1.0))).exp();
            let a = held(x * (times - wide(1.0)) / keep, cap);
            let left = (-(power * (wide(1.0) + keep * a / x).ln())).exp();
            profit(y * (wide(1.0) - left), a)
        }
        Gain::Stable { x, ann, d, keep, rate_in, rate_out } => {
            let to_pay = given / rate_in * (rate_out / (value * keep));
            let near = wide(stable_best(*x, *ann, *d, to_pay) - x);
            let a = held(near / wide(*rate_in), cap);
            let before = stable_balance(wide(*x), *ann, *d);
            let after = stable_balance(wide(*x) + wide(*rate_in) * a, *ann, *d);
            profit(wide(*keep) * (before - after) / wide(*rate_out), a)
        }
        Gain::Ticks { segments, keep } => {
            let (mut left, mut total) = (cap, wide(0.0));
            for s in segments.iter() {
                let figures = [s.x, s.y, *keep];
                let a = held(held(product_best(figures, value, given), s.cap), left);
                total = total + profit(product_out(figures, a), a);
                left -= a.float();
            }
            total
        }
    }
}

fn product_best([x, y, keep]: [f64; 3], value: f64, given: f64) -> Wide {
    let first = wide(keep) * (wide(value) * wide(y)) / (wide(given) * wide(x));
    wide(x) * ((first.sqrt() - wide(1.0)) / wide(keep))
}

fn product_out([x, y, keep]: [f64; 3], a: Wide) -> Wide {
    let kept = wide(keep) * a;
    wide(y) * (kept / (wide(x) + kept))
}

fn stable_balance(x: Wide, ann: f64, d: f64) -> Wide {
    let (ann, d) = (wide(ann), wide(d));
    let b = x - d + d / ann;
    let c = d * (d / ann) * (d / (wide(4.0) * x));
    let root = (b * b + wide(4.0) * c).sqrt();
    if b.float() > 0.0 { wide(2.0) * c / (b + root) } else { (root - b) / wide(2.0) }
}

/// Where the slope has fallen to `target`, by bisection; never under `start`.
fn stable_best(start: f64, ann: f64, d: f64, target: f64) -> f64 {
    let slope = |x: f64| {
        let y = stable_balance(wide(x), ann, d);
        let c = wide(d) * (wide(d) / wide(ann)) * (wide(d) / (wide(4.0) * wide(x)));
        ((wide(1.0) + c / (wide(x) * y)) / (wide(1.0) + c / (y * y))).float()
    };
    let (mut low, mut high) = (start, start);
    if slope(start) <= target {
        return start;
    }
    while slope(high) > target {
        (low, high) = (high, high * 2.0);
    }
    while low < 0.5 * (low + high) && 0.5 * (low + high) < high {
        let middle = 0.5 * (low + high);
        if slope(middle) > target { low = middle } else { high = middle }
    }
    low
}
