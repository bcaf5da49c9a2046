//! Lowers the bound that prices prove, one node's price at a time.
//!
//! A search is content once it has its route; where little or nothing flows, prices may stand off by
//! a little, and an edge that could take much then earns a little on all of it. The bound is convex
//! in each price, and its slope there is what the node has left over.

use super::{
    network::{Network, Order},
    topology::Link,
};
use crate::venues::Gain;

/// Rounds over the nodes that are furthest off.
const ROUNDS: u32 = 6;

/// As much as an edge without a limit gives where every unit pays.
const ENDLESS: f64 = 1e100;

/// Nodes of a round.
const WORST: usize = 16;

/// The first change of a price that is tried, relative; each next one is twice that.
const FIRST: f64 = 1e-12;

/// The largest, beyond which a price has no end.
const FARTHEST: f64 = 1e9;

/// Halvings once a change is too far.
const HALVINGS: u32 = 60;

/// How near a straight line is to paying where its ends are tied, relative.
const TIGHT: f64 = 1e-7;

/// The most nodes that are moved as one.
const MOST: usize = 64;

/// Moves prices to where the bound is lower; what is left over at a node and worth less than
/// `nothing` units wanted is left alone.
pub(super) fn tighten(network: &Network, order: &Order, prices: &mut [f64], nothing: f64) {
    let least = nothing * prices[order.to];
    for _ in 0..ROUNDS {
        let left = leftovers(network, order, prices);
        let worth = |node: usize| left[node].abs() * prices[node];
        let mut off: Vec<usize> =
            (0..prices.len()).filter(|&k| k != order.to && worth(k) > least).collect();
        off.sort_by(|&a, &b| worth(b).total_cmp(&worth(a)));
        off.truncate(WORST);
        let mut moved = false;
        for (node, falls) in off.into_iter().flat_map(|node| [(node, true), (node, false)]) {
            moved |= slide(network, order, prices, node, falls);
        }
        if !moved {
            return;
        }
    }
}

/// What every node has left over, in units, where each edge trades what is best for it alone.
fn leftovers(network: &Network, order: &Order, prices: &[f64]) -> Vec<f64> {
    let mut left = vec![0.0; prices.len()];
    left[order.from] = order.amount;
    for (at, &(from, to)) in (0..).zip(&network.topology.ends) {
        let (given, wanted) = trade(network, order, at, prices);
        left[from as usize] -= given;
        left[to as usize] += wanted;
    }
    left
}

/// What an edge does at prices that earns it more than its gas: units given and wanted.
fn trade(network: &Network, order: &Order, edge: u32, prices: &[f64]) -> (f64, f64) {
    let (from, to) = network.topology.ends[edge as usize];
    let (give, want) = (prices[from as usize], prices[to as usize]);
    // Nothing that an edge returns is worth more than at its first price.
    if network.slopes[edge as usize] * want <= give {
        return (0.0, 0.0);
    }
    let described = &network.edges()[edge as usize];
    let reach = order.reach.get(described.from).filter(|_| order.gas_price > 0.0);
    let limit = network.limits[edge as usize].min(reach.copied().unwrap_or(ENDLESS));
    let given = described.gain.input_at(give / want).min(limit);
    let wanted = described.gain.out(given);
    let cost = described.gas * order.gas_price * prices[order.to];
    if want * wanted - give * given > cost { (given, wanted) } else { (0.0, 0.0) }
}

/// Moves one price down, or up, as far as the bound falls, and with it those that straight lines tie
/// to it; whether they moved.
fn slide(network: &Network, order: &Order, prices: &mut [f64], node: usize, falls: bool) -> bool {
    let left = |prices: &[f64], node: usize| {
        let links = network.topology.links();
        let sum = |links: &[Link], take: fn((f64, f64)) -> f64| {
            links.iter().map(|l| take(trade(network, order, l.edge, prices))).sum::<f64>()
        };
        let own = if node == order.from { order.amount } else { 0.0 };
        own + sum(links.entering(node), |t| t.1) - sum(links.leaving(node), |t| t.0)
    };
    let tied = tied(network, order, prices, node, falls);
    let before: Vec<f64> = tied.iter().map(|&node| prices[node]).collect();
    let mut goes_on = |factor: f64| {
        for (&node, price) in tied.iter().zip(&before) {
            prices[node] = price * factor;
        }
        let worth: f64 = tied.iter().map(|&node| prices[node] * left(prices, node)).sum();
        if falls { worth > 0.0 } else { worth < 0.0 }
    };
    if !goes_on(1.0) {
        return false;
    }
    let factor = |step: f64| if falls { 1.0 / (1.0 + step) } else { 1.0 + step };
    let (mut near, mut step) = (1.0, FIRST);
    while goes_on(factor(step)) {
        (near, step) = (factor(step), 2.0 * step);
        if step > FARTHEST {
            goes_on(1.0);
            return false;
        }
    }
    let mut far = factor(step);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (near + far);
        if goes_on(middle) {
            near = middle;
        } else {
            far = middle;
        }
    }
    // On the far side a line without an end may have begun to pay.
    goes_on(near);
    near != 1.0
}

/// A node, and those that must move with it for no straight line between them to begin to pay: where
/// prices fall, those that lines lead to; where they rise, those that lines lead from.
fn tied(network: &Network, order: &Order, prices: &[f64], node: usize, falls: bool) -> Vec<usize> {
    let links = network.topology.links();
    let (mut tied, mut at) = (vec![node], 0);
    while at < tied.len() {
        let here = tied[at];
        let around = if falls { links.leaving(here) } else { links.entering(here) };
        for link in around {
            let other = link.node as usize;
            let Gain::Linear { rate, .. } = network.edges()[link.edge as usize].gain else {
                continue;
            };
            let (from, to) = if falls { (here, other) } else { (other, here) };
            let pays = rate * prices[to] / prices[from];
            if pays > 1.0 - TIGHT && other != order.to && !tied.contains(&other) {
                tied.push(other);
            }
        }
        at += 1;
        if tied.len() > MOST {
            return vec![node];
        }
    }
    tied
}

#[cfg(test)]
mod tests {
    use super::{super::network::Edge, *};
    use crate::certify::network_bound;

    const DEEP: f64 = 1e6;

    fn line(from: usize, to: usize, rate: f64, cap: f64) -> Edge {
        let gain = Gain::Linear { rate, cap };
        Edge { pool: from * 10 + to, from, to, gain, cap, gas: 0.0 }
    }

    fn order() -> Order {
        Order { from: 0, to: 1, amount: 1.0, gas_price: 0.0, reach: Vec::new() }
    }

    fn bound(edges: Vec<Edge>, prices: &[f64]) -> [f64; 2] {
        let network = Network::new(prices.len(), edges).unwrap();
        let mut tightened = prices.to_vec();
        tighten(&network, &order(), &mut tightened, 1e-12);
        [prices, &tightened].map(|prices| network_bound(&network, &order(), prices).unwrap())
    }

    #[test]
    fn a_node_that_nothing_reaches_costs_nothing() {
        let edges = vec![line(0, 1, 1.0, DEEP), line(2, 0, 1.0, DEEP)];
        let [before, after] = bound(edges, &[1.0, 1.0, 1.0 - 1e-6]);
        assert!(before > 1.9 && after < 1.0 + 1e-9, "{before} {after}");
    }

    #[test]
    fn nodes_tied_both_ways_move_together() {
        let tied = [line(0, 2, 1.0, DEEP), line(2, 0, 1.0, DEEP)];
        let edges = [vec![line(0, 1, 1.0, DEEP)], tied.into()].concat();
        let [before, after] = bound(edges, &[1.0 - 1e-6, 1.0, 1.0 - 1e-6]);
        assert!(before > 1.9 && after < 1.0 + 1e-9, "{before} {after}");
    }

    #[test]
    fn a_line_without_an_end_is_never_let_pay() {
        let edges = vec![line(0, 1, 1.0, f64::INFINITY), line(0, 2, 1.0, DEEP)];
        let [before, after] = bound(edges, &[1.0, 1.0, 1.0 + 1e-6]);
        assert!(before > 1.9 && after < 1.0 + 1e-9, "{before} {after}");
    }
}
