//! What a route really returns: the kit's own formulas and rules. Of the solvers' view of a market it
//! shares the figures as read and the invariant of stable pools, and no gain.

use crate::instance::{Instance, Kind, Pool, Wei, stable_d};

/// One swap of a route, in execution order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg {
    pub(crate) pool: usize,
    /// The token given.
    pub(crate) from: usize,
    pub(crate) amount: f64,
}

/// A route's result, in tokens wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) gross: f64,
    /// Gas of every pool used paid.
    pub(crate) net: f64,
}

/// Runs the legs on the instance's state; an error names the first rule broken.
pub(crate) fn evaluate(instance: &Instance, legs: &[Leg]) -> Result<Outcome, String> {
    let order = &instance.order;
    let mut held = vec![0.0; instance.tokens.len()];
    let mut passed = held.clone();
    held[order.token_in] = order.amount.tokens;
    passed[order.token_in] = order.amount.tokens;
    let mut used = vec![false; instance.pools.len()];
    let mut gas = 0.0;
    for (at, &Leg { pool: number, from, amount }) in legs.iter().enumerate() {
        let pool = instance.pools.get(number).ok_or_else(|| format!("leg {at}: no such pool"))?;
        if std::mem::replace(&mut used[number], true) {
            return Err(format!("leg {at}: pool {number} used twice"));
        }
        let side = pool.tokens.iter().position(|&token| token == from);
        let side = side.ok_or_else(|| format!("leg {at}: pool {number} has no token {from}"))?;
        if !(amount.is_finite() && amount > 0.0) || amount > held[from] + 1e-10 * passed[from] {
            return Err(format!("leg {at}: spends {amount} of {} held", held[from]));
        }
        let out = gain(pool, side, amount);
        let out = out.ok_or_else(|| format!("leg {at}: pool {number} cannot take {amount}"))?;
        let to = pool.tokens[1 - side];
        held[from] -= amount;
        held[to] += out;
        passed[to] += out;
        gas += f64::from(pool.gas);
    }
    let gross = held[order.token_out];
    Ok(Outcome { gross, net: gross - gas * instance.gas_price() })
}

/// Output for `a` of token `side`; `None` beyond the capacity.
fn gain(pool: &Pool, side: usize, a: f64) -> Option<f64> {
    let keep = pool.keep();
    let pair = |reserves: &[Wei; 2]| (reserves[side].tokens, reserves[1 - side].tokens);
    match &pool.kind {
        Kind::Cpmm { reserves } => {
            let (x, y) = pair(reserves);
            Some(y * keep * a / (x + keep * a))
        }
        Kind::Weighted { reserves, weights } => {
            let (x, y) = pair(reserves);
            let power = weights[side] / weights[1 - side];
            Some(-y * (-power * (keep * a / x).ln_1p()).exp_m1())
        }
        Kind::Stable { reserves, rates, amp } => {
            let (x, y) = pair(reserves);
            let (x, y, ann) = (x * rates[side], y * rates[1 - side], 4.0 * amp);
            let more = a * rates[side];
            Some(keep * stable_fall(x, more, stable_d(x, y, ann), ann) / rates[1 - side])
        }
        Kind::Linear { rate, cap } => {
            (side == 0 && a <= cap.tokens * (1.0 + 1e-9)).then_some(rate * a.min(cap.tokens))
        }
        Kind::V3 { price, segs } => {
            let mut prices: Vec<_> = segs.iter().map(|s| (s.low, s.high, s.liquidity)).collect();
            prices.sort_by(|one, other| one.0.total_cmp(&other.0));
            if side == 0 {
                prices.reverse();
            }
            let (mut left, mut out) = (a, 0.0);
            for (low, high, liquidity) in prices {
                let (taken, given) =
                    stretch(price.sqrt(), (low, high), liquidity, side, keep, left);
                left -= taken;
                out += given;
                if left <= 0.0 {
                    break;
                }
            }
            (left <= 1e-9 * a).then_some(out)
        }
    }
}

/// What one stretch of liquidity takes of `left`, fee included, and gives for it.
fn stretch(
    root: f64,
    (low, high): (f64, f64),
    liquidity: f64,
    side: usize,
    keep: f64,
    left: f64,
) -> (f64, f64) {
    let at = root.clamp(low.sqrt(), high.sqrt());
    let (x, y) = (liquidity / at, liquidity * at);
    let (x, y, end) =
        if side == 0 { (x, y, liquidity / low.sqrt()) } else { (y, x, liquidity * high.sqrt()) };
    let taken = left.min(((end - x) / keep).max(0.0));
    (taken, y * keep * taken / (x + keep * taken))
}

/// The kit's `y(x) - y(x + more)`, divided out so that small swaps keep their digits: `y` solves
/// `y^2 + b*y = c`, and both `b` and `c` are known to change by little.
fn stable_fall(x: f64, more: f64, d: f64, ann: f64) -> f64 {
    let (y, after) = (stable_y(x, d, ann), stable_y(x + more, d, ann));
    let (b, c) = (x + d / ann - d, d * d * d / (4.0 * x * ann));
    (more * after + c * more / (x + more)) / (y + after + b)
}

fn stable_y(x: f64, d: f64, ann: f64) -> f64 {
    let (b, c) = (x + d / ann - d, d * d * d / (4.0 * x * ann));
    let root = (b * b + 4.0 * c).sqrt();
    if b <= 0.0 { (root - b) / 2.0 } else { 2.0 * c / (root + b) }
}
