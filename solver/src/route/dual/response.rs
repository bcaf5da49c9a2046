//! What a gain does at given prices: the input at which its next unit just pays, in closed form.
//!
//! Everything that does not depend on prices is worked out once, when a network is built.

use crate::{root::falling, venues::Gain};

/// Newton steps for one stable pool; from any start it takes about five.
const STABLE_STEPS: u32 = 40;

/// Prices of the two ends of an edge, as a ratio: the node wanted over the node given.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Ratio {
    /// The ratio.
    pub(in super::super) value: f64,
    /// Its square root.
    pub(in super::super) root: f64,
    /// Its logarithm.
    pub(in super::super) log: f64,
}

/// The trade that is best at a ratio of prices.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in super::super) struct Response {
    /// Units given.
    pub(in super::super) given: f64,
    /// Units wanted that they return.
    pub(in super::super) wanted: f64,
    /// By how much `given` grows with the logarithm of the ratio.
    pub(in super::super) growth: f64,
}

/// A gain, prepared.
#[derive(Debug, Clone)]
pub(in super::super) enum Kernel {
    /// `rate * a`: no best input, all or nothing.
    Line { rate: f64 },
    /// A constant product: `depth` is `sqrt(keep * x * y)`.
    Product { x: f64, y: f64, depth: f64, per_keep: f64 },
    /// A weighted pool: `first` is the logarithm of the first marginal.
    Power { x: f64, y: f64, power: f64, per_keep: f64, first: f64 },
    /// A two-coin stable pool, in units of its invariant.
    Stable { x: f64, y: f64, ann: f64, target: f64, per_in: f64, per_out: f64 },
    /// Constant-product pieces, best first.
    Ticks { pieces: Box<[Piece]>, keep: f64 },
}

/// One piece of concentrated liquidity.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Piece {
    /// The marginal at its beginning.
    start: f64,
    x: f64,
    y: f64,
    depth: f64,
    cap: f64,
    /// Units given and wanted by the pieces before.
    before: (f64, f64),
}

impl Kernel {
    pub(in super::super) fn new(gain: &Gain) -> Self {
        match gain {
            Gain::Linear { rate, .. } => Self::Line { rate: *rate },
            Gain::ConstantProduct { x, y, keep } => Self::Product {
                x: *x,
                y: *y,
                depth: (keep * x).sqrt() * y.sqrt(),
                per_keep: 1.0 / keep,
            },
            Gain::Weighted { x, y, power, keep } => Self::Power {
                x: *x,
                y: *y,
                power: *power,
                per_keep: 1.0 / keep,
                first: (y * power * keep / x).ln(),
            },
            Gain::Stable { x, ann, d, keep, rate_in, rate_out } => {
                let x = x / d;
                Self::Stable {
                    x,
                    y: unit_stable_y(x, *ann),
                    ann: *ann,
                    target: rate_out / (keep * rate_in),
                    per_in: d / rate_in,
                    per_out: keep * d / rate_out,
                }
            }
            Gain::Ticks { segments, keep } => {
                let mut before = (0.0, 0.0);
                let pieces = segments
                    .iter()
                    .filter(|s| s.cap > 0.0)
                    .map(|s| {
                        let piece = Piece {
                            start: keep * s.y / s.x,
                            x: s.x,
                            y: s.y,
                            depth: (keep * s.x).sqrt() * s.y.sqrt(),
                            cap: s.cap,
                            before,
                        };
                        let out = s.y * keep * s.cap / (s.x + keep * s.cap);
                        before = (before.0 + s.cap, before.1 + out);
                        piece
                    })
                    .collect();
                Self::Ticks { pieces, keep: *keep }
            }
        }
    }

    /// The first unit's return.
    pub(in super::super) fn first_marginal(&self) -> f64 {
        match self {
            Self::Line { rate } => *rate,
            Self::Product { x, depth, .. } => (depth / x) * (depth / x),
            Self::Power { first, .. } => first.exp(),
            Self::Stable { x, y, ann, target, .. } => unit_stable_slope(*x, *y, *ann) / target,
            Self::Ticks { pieces, .. } => pieces.first().map_or(0.0, |p| p.start),
        }
    }

    /// The best trade where the first unit pays. `memo` is what the last call left for a nearby
    /// ratio; any value serves.
    pub(in super::super) fn respond(&self, at: Ratio, memo: &mut f64) -> Response {
        match self {
            // Whoever asks decides how much of a straight line to take.
            Self::Line { .. } => Response::default(),
            Self::Product { x, y, depth, per_keep } => {
                let after = depth * at.root;
                product(*x, *y, after, *per_keep)
            }
            Self::Power { x, y, power, per_keep, first } => {
                let steps = ((first + at.log) / (power + 1.0)).max(0.0);
                let grown = x * steps.exp_m1();
                Response {
                    given: grown * per_keep,
                    wanted: -y * (-power * steps).exp_m1(),
                    growth: (x + grown) * per_keep / (power + 1.0),
                }
            }
            Self::Stable { x, y, ann, target, per_in, per_out } => {
                let (to_x, to_y) = unit_stable_at(*ann, target / at.value, memo);
                Response {
                    given: (to_x - x).max(0.0) * per_in,
                    wanted: (y - to_y).max(0.0) * per_out,
                    growth: unit_stable_growth(to_x, to_y, *ann) * per_in,
                }
            }
            Self::Ticks { pieces, keep } => {
                let reached = pieces.partition_point(|p| p.start * at.value > 1.0);
                let Some(piece) = pieces.get(reached.saturating_sub(1)) else {
                    return Response::default();
                };
                let own = product(piece.x, piece.y, piece.depth * at.root, 1.0 / keep);
                let (given, wanted) = piece.before;
                if own.given >= piece.cap {
                    let out = piece.y * keep * piece.cap / (piece.x + keep * piece.cap);
                    return Response {
                        given: given + piece.cap,
                        wanted: wanted + out,
                        growth: 0.0,
                    };
                }
                Response {
                    given: given + own.given,
                    wanted: wanted + own.wanted,
                    growth: own.growth,
                }
            }
        }
    }
}

/// A constant-product pool whose reserve of the token given grows to `after`, fees aside.
fn product(x: f64, y: f64, after: f64, per_keep: f64) -> Response {
    let grown = (after - x).max(0.0);
    Response { given: grown * per_keep, wanted: y * grown / after, growth: 0.5 * after * per_keep }
}

/// The other balance on the invariant of size one.
fn unit_stable_y(x: f64, ann: f64) -> f64 {
    let b = x + 1.0 / ann - 1.0;
    let c = 1.0 / (4.0 * x * ann);
    let root = (b * b + 4.0 * c).sqrt();
    if b > 0.0 { 2.0 * c / (b + root) } else { (root - b) / 2.0 }
}

/// `-dy/dx` on the invariant of size one.
fn unit_stable_slope(x: f64, y: f64, ann: f64) -> f64 {
    let h = 1.0 / (4.0 * x * y);
    (ann + h / x) / (ann + h / y)
}

/// `-dx/d(ln slope)`: how fast the balance moves as the slope falls.
fn unit_stable_growth(x: f64, y: f64, ann: f64) -> f64 {
    let h = 1.0 / (4.0 * x * y);
    let (over_x, over_y) = (ann + h / x, ann + h / y);
    let slope = over_x / over_y;
    let change = h * (slope / y - 1.0 / x);
    let falls = (change / x - h / (x * x)) / over_x - (change / y + h * slope / (y * y)) / over_y;
    -1.0 / falls
}

/// The balances where `-dy/dx` is `slope`, on the invariant of size one.
///
/// With `s = x + y = 1 + u` the invariant says `x * y = q = 1 / (4 * (ann * u + 1))`, and the slope
/// that `x` and `y` are linear in `s` and `q^2`: one unknown, `u`, remains. Newton from `memo`
/// inside a bracket; bisection where it leaves it.
fn unit_stable_at(ann: f64, slope: f64, memo: &mut f64) -> (f64, f64) {
    let c = 4.0 * ann * (slope - 1.0);
    let share = 1.0 / (1.0 + slope);
    let balances = |u: f64| {
        let q = 0.25 / (ann * u + 1.0);
        let bend = c * q * q;
        ((1.0 + u - bend) * share, (slope * (1.0 + u) + bend) * share, q)
    };
    let mut u =
        if memo.is_finite() && *memo > 0.0 { *memo } else { ann * (slope - 1.0).powi(2) / 16.0 };
    let (mut low, mut high) = (0.0, f64::INFINITY);
    for _ in 0..STABLE_STEPS {
        let (x, y, q) = balances(u);
        let off = x * y - q;
        if off > 0.0 {
            high = u;
        } else {
            low = u;
        }
        let bend = 8.0 * ann * c * q * q * q;
        let rate = ((1.0 + bend) * y + x * (slope - bend)) * share + 4.0 * ann * q * q;
        let next = u - off / rate;
        let inside = next >= low && next <= high && rate > 0.0;
        let next = match (inside, high.is_finite()) {
            (true, _) => next,
            (false, true) => 0.5 * (low + high),
            (false, false) => 2.0 * u + 1e-6,
        };
        let done = (next - u).abs() <= 1e-15 * (u + 1e-3 * share);
        u = next;
        if done {
            break;
        }
    }
    *memo = u;
    let (x, y, _) = balances(u);
    if x > 0.0 && y > 0.0 { (x, y) } else { slow_stable_at(ann, slope) }
}

/// As [`unit_stable_at`], by bracketing: for extremes that Newton does not reach.
fn slow_stable_at(ann: f64, slope: f64) -> (f64, f64) {
    let above = |log: f64| {
        let x = log.exp();
        (unit_stable_slope(x, unit_stable_y(x, ann), ann) / slope).ln()
    };
    let (x, _) = falling(above, -300.0, 300.0, 1e-14);
    (x.exp(), unit_stable_y(x.exp(), ann))
}
