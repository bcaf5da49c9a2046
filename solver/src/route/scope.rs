//! What of a network an order can use: nodes on a simple path from what is given to what is wanted,
//! and the best price at which each can be reached.

use std::{collections::VecDeque, sync::Arc};

use super::{
    network::{Edge, Network, Order},
    topology::Topology,
};
use crate::venues::Gain;

/// How often a price is raised when prices are spread: where no cycle pays and no best path is longer
/// than this, they settle before.
const RAISES: u32 = 32;

/// A node that more edges leave is a hub.
const HUB: usize = 64;

/// Sweeps that complete or close prices.
const SWEEPS: usize = 32;

/// The part of a network that an order can use.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Positions of the edges that take part.
    pub(super) edges: Vec<u32>,
    /// Units of each node that one unit given becomes along the best path, price impact aside; zero
    /// where no path leads.
    pub(super) rate: Vec<f64>,
    /// Whether a cycle of edges that can be reached may return more than it takes.
    pub(super) arbitrage: bool,
}

impl Scope {
    /// The scope of an order within its block; no edges where nothing leads from one node to the
    /// other.
    pub(super) fn new(network: &Network, order: &Order, block: &Block) -> Self {
        let mut scope = Self { rate: vec![0.0; network.nodes()], ..Self::default() };
        scope.spread(network, order);
        if scope.rate[order.to] > 0.0 {
            let useful = |at: &u32| {
                let (from, _) = network.topology.ends[*at as usize];
                scope.rate[from as usize] > 0.0 && network.slopes[*at as usize] > 0.0
            };
            scope.edges = block.edges.iter().copied().filter(useful).collect();
        }
        scope
    }

    /// Raises prices along edges until none rises; round no cycle, so that one that pays ends too.
    fn spread(&mut self, network: &Network, order: &Order) {
        let links = network.topology.links();
        let mut raises = vec![0u32; network.nodes()];
        let mut waiting = vec![false; network.nodes()];
        // The node before each on its best path.
        let mut before = vec![order.from; network.nodes()];
        // Hubs wait until all others have settled: each time they hand on takes long.
        let (mut queue, mut hubs) = (VecDeque::from([order.from]), VecDeque::new());
        self.rate[order.from] = 1.0;
        while let Some(node) = queue.pop_front().or_else(|| hubs.pop_front()) {
            waiting[node] = false;
            let here = self.rate[node];
            for link in links.leaving(node) {
                let to = link.node as usize;
                let there = here * network.slopes[link.edge as usize];
                if there <= self.rate[to] * (1.0 + 1e-12) {
                    continue;
                }
                if raises[to] == RAISES || passes(&before, order.from, node, to) {
                    self.arbitrage = true;
                    continue;
                }
                (self.rate[to], before[to]) = (there, node);
                if !waiting[to] {
                    raises[to] += 1;
                    waiting[to] = true;
                    let hub = links.leaving(to).len() > HUB;
                    if hub { &mut hubs } else { &mut queue }.push_back(to);
                }
            }
        }
    }
}

/// Whether the path from `start` to `node` has been at `target`.
fn passes(before: &[usize], start: usize, node: usize, target: usize) -> bool {
    let mut node = node;
    while node != target && node != start {
        node = before[node];
    }
    node == target
}

/// Gives every node without a price one at which no edge pays, where no cycle of edges does: what it
/// costs to reach it, or what it can be sold for where nothing leads to it. Nodes that are connected
/// to none with a price count from one of their own.
pub(super) fn complete(network: &Network, prices: &mut [f64]) {
    let open: Vec<usize> = (0..prices.len()).filter(|&node| prices[node] <= 0.0).collect();
    price(network, &open, prices);
    let mut seen = vec![false; if open.is_empty() { 0 } else { prices.len() }];
    for &seed in &open {
        if prices[seed] <= 0.0 {
            prices[seed] = 1.0;
            let mut others = connected(network, seed, &mut seen);
            others.retain(|&node| prices[node] <= 0.0);
            price(network, &others, prices);
        }
    }
}

/// Prices nodes from those that have a price.
fn price(network: &Network, open: &[usize], prices: &mut [f64]) {
    let links = network.topology.links();
    let slope = |edge: u32| network.slopes[edge as usize];
    settle(open, prices, |node, prices| {
        let costs = links.entering(node).iter().map(|l| prices[l.node as usize] / slope(l.edge));
        let least = costs.filter(|cost| *cost > 0.0).fold(f64::INFINITY, f64::min);
        (least.is_finite() && (prices[node] <= 0.0 || least < prices[node])).then_some(least)
    });
    settle(open, prices, |node, prices| {
        let sales = links.leaving(node).iter().map(|l| prices[l.node as usize] * slope(l.edge));
        let most = sales.filter(|sale| sale.is_finite()).fold(0.0, f64::max);
        (most > prices[node]).then_some(most)
    });
}

/// The nodes not seen before that edges connect with a node, directions aside, itself left out.
fn connected(network: &Network, seed: usize, seen: &mut [bool]) -> Vec<usize> {
    let links = network.topology.links();
    let (mut found, mut at) = (vec![seed], 0);
    seen[seed] = true;
    while at < found.len() {
        let node = found[at];
        let around = links.entering(node).iter().chain(links.leaving(node));
        for other in around.map(|link| link.node as usize) {
            if !std::mem::replace(&mut seen[other], true) {
                found.push(other);
            }
        }
        at += 1;
    }
    found.split_off(1)
}

/// Moves the prices of nodes, one after the other, until none moves.
fn settle(nodes: &[usize], prices: &mut [f64], next: impl Fn(usize, &[f64]) -> Option<f64>) {
    for _ in 0..SWEEPS {
        let mut changed = false;
        for &node in nodes {
            if let Some(price) = next(node, prices) {
                prices[node] = price;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Moves prices the little that it takes so that no straight line without an end pays: any profit per
/// unit there, even one of rounding, would bound nothing.
pub(crate) fn close(network: &Network, order: &Order, prices: &mut [f64]) {
    let reached = order.gas_price > 0.0 && !order.reach.is_empty();
    let endless: Vec<&Edge> = network
        .lines()
        .filter(|edge| edge.limit().is_infinite())
        .filter(|edge| !(reached && order.reach[edge.from].is_finite()))
        .collect();
    cut(network, order, &endless, prices);
    // Now whoever leads into a dearer node may cost as much as that, and no more is asked of any.
    for _ in 0..SWEEPS {
        let mut changed = false;
        for edge in endless.iter().filter(|edge| edge.from != order.to) {
            let Gain::Linear { rate, .. } = edge.gain else { continue };
            if rate.mul_add(prices[edge.to], -prices[edge.from]) > 0.0 {
                prices[edge.from] = (rate * prices[edge.to]).next_up();
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Cuts prices to what the node wanted allows, whose own is the unit of all others: nothing that it
/// leads to by endless lines may be worth more than it costs from there.
fn cut(network: &Network, order: &Order, endless: &[&Edge], prices: &mut [f64]) {
    let mut most = vec![f64::INFINITY; network.nodes()];
    most[order.to] = prices[order.to];
    for _ in 0..SWEEPS {
        let mut changed = false;
        for edge in endless.iter().filter(|edge| edge.to != order.to) {
            let Gain::Linear { rate, .. } = edge.gain else { continue };
            let allowed = (most[edge.from] / rate).next_down().next_down();
            if allowed < most[edge.to] {
                most[edge.to] = allowed;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for (price, most) in prices.iter_mut().zip(most) {
        *price = price.min(most);
    }
}

/// The edges on simple paths between two nodes, directions aside: the biconnected component that an
/// edge between the two would lie in. Stays as long as the topology does, whatever the figures.
#[derive(Debug)]
pub(super) struct Block {
    topology: Arc<Topology>,
    from: usize,
    to: usize,
    /// Positions of the edges.
    edges: Vec<u32>,
}

impl Block {
    pub(super) fn new(network: &Network, order: &Order) -> Self {
        let topology = Arc::clone(&network.topology);
        let inside = inside(&topology, order);
        let is_inside =
            |(_, (from, to)): &(u32, &(u32, u32))| inside[*from as usize] && inside[*to as usize];
        let edges = (0..).zip(&topology.ends).filter(is_inside).map(|(at, _)| at).collect();
        Self { topology, from: order.from, to: order.to, edges }
    }

    /// Whether this is the block of an order on a network.
    pub(super) fn serves(&self, network: &Network, order: &Order) -> bool {
        let Self { topology, from, to, edges: _ } = self;
        Arc::ptr_eq(topology, &network.topology) && *from == order.from && *to == order.to
    }
}

/// Which nodes a block has.
fn inside(topology: &Topology, order: &Order) -> Vec<bool> {
    let links = topology.links();
    let n = topology.nodes;
    let (mut depth, mut low) = (vec![0u32; n], vec![0u32; n]);
    let mut nodes = vec![false; n];
    // Depth first from the end, entering the start first: the component of that first edge.
    let mut path: Vec<(usize, usize)> = vec![(order.from, 0)];
    let mut trail: Vec<usize> = Vec::new();
    depth[order.to] = 1;
    low[order.to] = 1;
    depth[order.from] = 2;
    low[order.from] = 1;
    let mut size = 3u32;
    while let Some(&mut (node, ref mut next)) = path.last_mut() {
        if let Some(link) = links.of(node).get(*next) {
            *next += 1;
            let to = link.node as usize;
            if depth[to] == 0 {
                depth[to] = size;
                low[to] = size;
                size += 1;
                trail.push(to);
                path.push((to, 0));
            } else {
                low[node] = low[node].min(depth[to]);
            }
            continue;
        }
        path.pop();
        let Some(&(above, _)) = path.last() else { break };
        low[above] = low[above].min(low[node]);
        if low[node] >= depth[above] {
            // `above` separates everything found below it, which is a block of its own.
            while let Some(cut) = trail.pop() {
                if cut == node {
                    break;
                }
            }
        }
    }
    for node in trail.into_iter().chain([order.from, order.to]) {
        nodes[node] = true;
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venues::Gain;

    /// Straight lines `from -> to`, and the scope of an order from the first node to the second.
    fn scope(nodes: usize, lines: &[(usize, usize, f64)]) -> Scope {
        let edge = |(pool, &(from, to, rate)): (usize, &(usize, usize, f64))| Edge {
            pool,
            from,
            to,
            gain: Gain::Linear { rate, cap: 1.0 },
            cap: 1.0,
            gas: 0.0,
        };
        let network = Network::new(nodes, lines.iter().enumerate().map(edge).collect()).unwrap();
        let order = Order { from: 0, to: 1, amount: 1.0, gas_price: 0.0, reach: Vec::new() };
        Scope::new(&network, &order, &Block::new(&network, &order))
    }

    #[test]
    fn only_paths_from_end_to_end_take_part() {
        let scope = scope(5, &[(0, 2, 0.5), (2, 1, 0.5), (2, 3, 1.0), (3, 2, 0.9), (4, 1, 1.0)]);
        assert_eq!(scope.edges, [0, 1]);
        assert_eq!((scope.rate, scope.arbitrage), (vec![1.0, 0.25, 0.5, 0.5, 0.0], false));
    }

    #[test]
    fn a_cycle_that_pays_is_told_and_not_gone_round() {
        let scope = scope(4, &[(0, 2, 1.0), (2, 3, 2.0), (3, 2, 1.0), (3, 1, 1.0)]);
        assert!(scope.arbitrage);
        assert_eq!(scope.rate, [1.0, 2.0, 1.0, 2.0]);
    }

    #[test]
    fn a_long_way_is_a_way() {
        let nodes = 100;
        let mut lines: Vec<_> = (2..nodes - 1).map(|node| (node + 1, node, 1.0)).collect();
        lines.extend([(0, nodes - 1, 1.0), (2, 1, 1.0)]);
        let scope = scope(nodes, &lines);
        assert!(!scope.arbitrage && scope.edges.len() == nodes - 1);
    }
}
