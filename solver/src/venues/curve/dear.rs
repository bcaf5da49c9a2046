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
    let keeps: Vec<f64> = before.clone().zip(&nodes).map(|(a, b)| keep(a, b, least)).collect();
    let spot = keeps.first()? * origin.marginal;
    let mut samples = Vec::with_capacity(2 * nodes.len() + 2);
    for (at, (a, b)) in before.zip(&nodes).enumerate() {
        let (here, next) = (*keeps.get(at)?, keeps.get(at + 1).copied().unwrap_or_default());
        samples.extend(peak(a, b).map(|(amount, out)| (amount, here * out)));
        samples.push((b.amount, here.max(next) * b.out));
    }
    // Beyond the last node no more than all of it comes out.
    let all = samples.last()?.1.max(whole * (1.0 - least));
    samples.extend([(to * ratio, all), (to * ratio * ratio, all)]);
    Gain::above(spot, &samples, 0.0)
}

/// The most that the fee leaves between two nodes.
fn keep(a: &Node, b: &Node, least: f64) -> f64 {
    let fee = if a.past == b.past { a.fee.min(b.fee) } else { least };
    1.0 - fee
}

/// Where the tangents at two nodes meet: the curve lies below both.
fn peak(a: &Node, b: &Node) -> Option<(f64, f64)> {
    let width = b.amount - a.amount;
    let beyond = (b.out - a.out - b.marginal * width) / (a.marginal - b.marginal);
    let inside = beyond > 1e-6 * width && beyond < width * (1.0 - 1e-6);
    inside.then_some((a.amount + beyond, a.out + a.marginal * beyond))
}
