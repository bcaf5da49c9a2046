//! What of a network an order can use: nodes on a simple path from what is given to what is wanted,
//! and the best price at which each can be reached.

use super::network::{Edge, Network, Order};
use crate::venues::Gain;

/// Sweeps over all edges when prices are spread; they end by themselves where no cycle pays and no
/// best path is longer than this.
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
    /// Finds the scope of an order; no edges where nothing leads from one node to the other.
    pub(super) fn new(network: &Network, order: &Order) -> Self {
        let inside = Block::new(network, order).nodes;
        let useful = |at: &usize| {
            let (from, to) = network.ends[*at];
            network.slopes[*at] > 0.0 && inside[from as usize] && inside[to as usize]
        };
        let edges: Vec<u32> = (0..network.ends.len())
            .filter(useful)
            .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
            .collect();
        let mut scope = Self { edges, rate: vec![0.0; network.nodes()], arbitrage: false };
        scope.spread(network, order);
        if scope.rate[order.to] <= 0.0 {
            scope.edges.clear();
        }
        scope
    }

    fn spread(&mut self, network: &Network, order: &Order) {
        self.rate[order.from] = 1.0;
        for _ in 0..SWEEPS {
            let mut changed = false;
            for (&(from, to), slope) in network.ends.iter().zip(&network.slopes) {
                let there = self.rate[from as usize] * slope;
                if there > self.rate[to as usize] * (1.0 + 1e-12) {
                    self.rate[to as usize] = there;
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
        self.arbitrage = true;
    }
}

/// Gives every node without a price one at which no edge pays, where no cycle of edges does: what it
/// costs to reach it, or what it can be sold for where nothing leads to it. Nodes that are connected
/// to none with a price count from one of their own.
pub(super) fn complete(network: &Network, prices: &mut [f64]) {
    while let Some(seed) = prices.iter().position(|price| *price <= 0.0) {
        let open: Vec<bool> = prices.iter().map(|price| *price <= 0.0).collect();
        reach(network, &open, prices);
        sell(network, &open, prices);
        if prices[seed] <= 0.0 {
            prices[seed] = 1.0;
        }
    }
}

/// Prices open nodes at what it costs to reach them.
fn reach(network: &Network, open: &[bool], prices: &mut [f64]) {
    relax(network, |(from, to), slope| {
        let cost = prices[from] / slope;
        let better = prices[to] <= 0.0 || cost < prices[to];
        let changes = open[to] && cost > 0.0 && cost.is_finite() && better;
        if changes {
            prices[to] = cost;
        }
        changes
    });
}

/// Prices open nodes at least at what they can be sold for.
fn sell(network: &Network, open: &[bool], prices: &mut [f64]) {
    relax(network, |(from, to), slope| {
        let sale = prices[to] * slope;
        let changes = open[from] && sale > prices[from] && sale.is_finite();
        if changes {
            prices[from] = sale;
        }
        changes
    });
}

/// Visits all edges until a sweep changes nothing.
fn relax(network: &Network, mut visit: impl FnMut((usize, usize), f64) -> bool) {
    for _ in 0..SWEEPS {
        let mut changed = false;
        for (&(from, to), &slope) in network.ends.iter().zip(&network.slopes) {
            changed |= visit((from as usize, to as usize), slope);
        }
        if !changed {
            return;
        }
    }
}

/// Moves prices the little that it takes so that no straight line without an end pays: any profit per
/// unit there, even one of rounding, would bound nothing.
pub(super) fn close(network: &Network, order: &Order, prices: &mut [f64]) {
    let endless: Vec<&Edge> =
        network.edges().iter().filter(|edge| is_endless(edge, order)).collect();
    for _ in 0..SWEEPS {
        let mut changed = false;
        for edge in &endless {
            let Gain::Linear { rate, .. } = edge.gain else { continue };
            // The wanted node's price is the unit of all others.
            if edge.from == order.to {
                while rate.mul_add(prices[edge.to], -prices[edge.from]) > 0.0 {
                    prices[edge.to] = (prices[edge.from] / rate).min(prices[edge.to]).next_down();
                    changed = true;
                }
            } else if rate.mul_add(prices[edge.to], -prices[edge.from]) > 0.0 {
                prices[edge.from] = (rate * prices[edge.to]).next_up();
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Whether an edge is a straight line that nothing ends.
fn is_endless(edge: &Edge, order: &Order) -> bool {
    let reached = order.gas_price > 0.0 && !order.reach.is_empty();
    matches!(edge.gain, Gain::Linear { .. })
        && edge.limit().is_infinite()
        && !(reached && order.reach[edge.from].is_finite())
}

/// The nodes on simple paths between an order's ends, directions aside: the biconnected component
/// that an edge between the two ends would lie in.
struct Block {
    nodes: Vec<bool>,
}

impl Block {
    fn new(network: &Network, order: &Order) -> Self {
        let neighbours = Neighbours::new(network);
        let n = network.nodes();
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
            let all = neighbours.of(node);
            if let Some(&to) = all.get(*next) {
                *next += 1;
                let to = to as usize;
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
        Self { nodes }
    }
}

/// Who trades with whom, directions aside.
struct Neighbours {
    starts: Vec<u32>,
    nodes: Vec<u32>,
}

impl Neighbours {
    fn new(network: &Network) -> Self {
        let mut starts = vec![0u32; network.nodes() + 1];
        for &(from, to) in &network.ends {
            starts[from as usize + 1] += 1;
            starts[to as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut fill = starts.clone();
        let mut nodes = vec![0; 2 * network.ends.len()];
        for &(from, to) in &network.ends {
            for (here, there) in [(from, to), (to, from)] {
                nodes[fill[here as usize] as usize] = there;
                fill[here as usize] += 1;
            }
        }
        Self { starts, nodes }
    }

    fn of(&self, node: usize) -> &[u32] {
        &self.nodes[self.starts[node] as usize..self.starts[node + 1] as usize]
    }
}
