//! The best single path: what any route must beat, and what remains where nothing else converges.

use super::{
    network::{Network, Order},
    optimise::Flow,
};

/// Most edges of the path.
const HOPS: usize = 4;

/// How a node is reached best within some hops.
#[derive(Debug, Clone, Copy)]
struct Reached {
    amount: f64,
    gas: f64,
    /// The last edge; none at the start and where nothing leads.
    edge: Option<u32>,
}

/// The path that returns most net of gas, where more of a node is better and gas weighs as much as
/// `prices` of the nodes say; no legs where no path takes the amount or pays its gas.
pub(super) fn single(network: &Network, order: &Order, edges: &[u32], prices: &[f64]) -> Vec<Flow> {
    let nowhere = Reached { amount: 0.0, gas: 0.0, edge: None };
    let mut layers = vec![vec![nowhere; network.nodes()]];
    layers[0][order.from].amount = order.amount;
    for hop in 0..HOPS {
        let mut next = vec![nowhere; network.nodes()];
        for &at in edges {
            let (from, to) = network.ends[at as usize];
            let here = layers[hop][from as usize];
            let edge = &network.edges()[at as usize];
            if here.amount <= 0.0
                || here.amount > edge.limit()
                || visited(network, &layers, hop, edge.from, edge.to)
            {
                continue;
            }
            let there = &mut next[to as usize];
            let amount = edge.gain.out(here.amount);
            let gas = here.gas + edge.gas;
            let price = prices[to as usize];
            let worth = |amount: f64, gas: f64| amount * price - gas * order.gas_price;
            if there.edge.is_none() || worth(amount, gas) > worth(there.amount, there.gas) {
                *there = Reached { amount, gas, edge: Some(at) };
            }
        }
        layers.push(next);
    }
    let net = |hops: &usize| {
        let end = layers[*hops][order.to];
        end.amount - end.gas * order.gas_price
    };
    let best = (1..=HOPS).max_by(|a, b| net(a).total_cmp(&net(b))).filter(|hops| net(hops) > 0.0);
    best.map_or_else(Vec::new, |hops| legs(network, &layers, hops, order))
}

/// Whether the path to `node` within `hops` has been at `target`.
fn visited(
    network: &Network,
    layers: &[Vec<Reached>],
    hops: usize,
    node: usize,
    target: usize,
) -> bool {
    let mut node = node;
    for layer in layers[..=hops].iter().rev() {
        if node == target {
            return true;
        }
        match layer[node].edge {
            Some(edge) => node = network.edges()[edge as usize].from,
            None => return false,
        }
    }
    false
}

fn legs(network: &Network, layers: &[Vec<Reached>], hops: usize, order: &Order) -> Vec<Flow> {
    let mut path = Vec::with_capacity(hops);
    let mut node = order.to;
    for layer in layers[1..=hops].iter().rev() {
        let Some(edge) = layer[node].edge else { return Vec::new() };
        path.push(edge as usize);
        node = network.edges()[edge as usize].from;
    }
    let mut held = order.amount;
    path.into_iter()
        .rev()
        .map(|edge| {
            let amount_in = held;
            held = network.edges()[edge].gain.out(held);
            Flow { edge, amount_in, amount_out: held }
        })
        .collect()
}
