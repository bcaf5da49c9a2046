//! The gain of a curve whose fee depends on how far from balance a trade ends.
//!
//! What is left after such a fee is no concave function: towards balance the fee falls. The gain is
//! the least concave curve that is known to lie above it.

use super::super::Gain;

/// Where the curve is looked at.
const NODES: u8 = 96;

/// What is known at one amount in.
#[derive(Debug, Clone, Copy)]
struct Node {
    amount: f64,
    /// Units out before the fee, and what the next unit returns.
    out: f64,
    marginal: f64,
    /// The fee there, and whether the coin given is the more abundant by then.
    fee: f64,
    past: bool,
}

/// A stretch between two nodes: the most that the fee leaves there, and by how much the curve can
/// rise above its chord.
#[derive(Debug, Clone, Copy, Default)]
struct Stretch {
    keep: f64,
    rise: f64,
}

/// An upper concave envelope of `curve` less its fee, up to all of `whole` units out.
///
/// `fee` tells, for an amount in and the units out before the fee, the fee as a part of one and
/// whether the coin given is the more abundant halfway: the fee falls until it is, and rises after.
/// It is never below `least`. `from` and `to` are the smallest and the largest amount looked at.
pub(super) fn less_fees(
    curve: &Gain,
    (from, to): (f64, f64),
    whole: f64,
    least: f64,
    fee: impl Fn(f64, f64) -> (f64, bool),
) -> Option<Gain> {
    let node = |amount: f64| {
        let (out, marginal) = (curve.out(amount), curve.marginal(amount));
        let (fee, past) = fee(amount, out);
        Node { amount, out, marginal, fee, past }
    };
    let ratio = (to / from).powf(1.0 / f64::from(NODES - 1));
    let nodes: Vec<Node> = (0..NODES).map(|k| node(from * ratio.powi(i32::from(k)))).collect();
    let origin = node(0.0);
    let before = std::iter::once(&origin).chain(&nodes);
    let mut stretches: Vec<_> = before.zip(&nodes).map(|(a, b)| stretch(a, b, least)).collect();
    let spot = stretches.first()?.keep * origin.marginal;
    stretches.push(Stretch::default());
    let ends = stretches.windows(2);
    let mut samples: Vec<(f64, f64)> = nodes
        .iter()
        .zip(ends)
        .map(|(node, side)| {
            let (one, other) = (side.first().copied(), side.last().copied());
            let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
            (node.amount, one.keep.max(other.keep) * node.out + one.rise.max(other.rise))
        })
        .collect();
    // Beyond the last node no more than all of it comes out.
    let all = samples.last()?.1.max(whole * (1.0 - least));
    samples.extend([(to * ratio, all), (to * ratio * ratio, all)]);
    Gain::above(spot, &samples, 0.0)
}

fn stretch(a: &Node, b: &Node, least: f64) -> Stretch {
    let fee = if a.past == b.past { a.fee.min(b.fee) } else { least };
    let keep = 1.0 - fee;
    let chord = (b.out - a.out) / (b.amount - a.amount);
    let (above, below) = ((a.marginal - chord).max(0.0), (chord - b.marginal).max(0.0));
    // Where the tangents at both ends meet.
    let rise = if above > 0.0 && below > 0.0 {
        above * below / (above + below) * (b.amount - a.amount)
    } else {
        0.0
    };
    Stretch { keep, rise: keep * rise }
}
