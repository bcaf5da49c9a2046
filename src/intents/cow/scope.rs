//! The part of a market that an amount may be routed through: few edges, so that the optimiser is quick
//! on a recorded market too, whose worthless pools contradict each other.
//!
//! A little of the amount is sent along all paths of a few legs, and less, and less again. An edge is in
//! the scope where the best path through it is among the best for one of them. What returns much less than
//! the best has no place in a division of the whole, and pools that hold next to nothing look like that
//! for anything but next to nothing.

use alloy_primitives::U256;
use tenor_solver::{
    amount::to_f64,
    route::{Flow, Network, NetworkEdge},
};

use super::{market::Market, path::MOST_LEGS};

/// The shares of the amount that are sent, one after the other: what is little to one pool is all that
/// another can take.
const PROBES: [f64; 4] = [1.0 / 16.0, 1.0 / 256.0, 1.0 / 4096.0, 1.0 / 65536.0];

/// The most edges that each adds.
const EACH: usize = 16;

/// Of what the best path returns, at which a path is not worth a look, however far the market is moved.
const WORST: f64 = 0.5;

/// Edges of a market as a network of their own.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Positions of the edges in the market.
    pub edges: Vec<usize>,
    /// Nodes of the market by node of the network.
    nodes: Vec<usize>,
    /// The network.
    pub network: Network,
}

impl Scope {
    /// The network of some edges of a market, and of some nodes.
    pub fn of(market: &Market, edges: Vec<usize>, ends: &[usize]) -> Option<Self> {
        let mut nodes: Vec<usize> = ends.to_vec();
        for edge in &edges {
            let direction = market.directions.get(*edge)?;
            nodes.extend([direction.from, direction.to]);
        }
        nodes.sort_unstable();
        nodes.dedup();
        let mut scope = Self { edges, nodes, network: Network::default() };
        let local: Option<Vec<NetworkEdge>> = scope
            .edges
            .iter()
            .map(|edge| {
                let known = market.network.edges().get(*edge)?;
                let (from, to) = (scope.node(known.from)?, scope.node(known.to)?);
                Some(NetworkEdge { from, to, ..known.clone() })
            })
            .collect();
        scope.network = Network::new(scope.nodes.len(), local?).ok()?;
        Some(scope)
    }

    /// The node of the network that is this node of the market.
    pub fn node(&self, node: usize) -> Option<usize> {
        self.nodes.binary_search(&node).ok()
    }

    /// The node of the market that is this node of the network.
    pub fn market_node(&self, node: usize) -> Option<usize> {
        self.nodes.get(node).copied()
    }

    /// Flows of the network as flows of the market.
    pub fn flows(&self, flows: &[Flow]) -> Vec<Flow> {
        let named = |flow: &Flow| Some(Flow { edge: *self.edges.get(flow.edge)?, ..*flow });
        flows.iter().filter_map(named).collect()
    }
}

/// What a little of an amount becomes.
struct Probe<'m> {
    market: &'m Market,
    ends: (usize, usize),
    /// Most that arrives at each node, and after how few legs anything does.
    there: Vec<f64>,
    after: Vec<usize>,
    /// What one unit at each node returns in the end, for each number of legs that are left.
    worth: Vec<Vec<f64>>,
}

/// Edges through which some of `amount` from one node to another may be worth sending. `None` where a
/// unit of even a little of it returns less than `limit`.
pub fn edges(
    market: &Market,
    (from, to): (usize, usize),
    amount: U256,
    limit: f64,
) -> Option<Vec<usize>> {
    let (mut kept, mut most) = (Vec::new(), 0.0_f64);
    for share in PROBES {
        let little = to_f64(amount) * share;
        let probe = Probe::new(market, from, to, little);
        most = most.max(probe.worth[MOST_LEGS][from]);
        probe.best(little, &mut kept);
    }
    kept.sort_unstable();
    (most >= limit && !kept.is_empty()).then_some(kept)
}

impl<'m> Probe<'m> {
    fn new(market: &'m Market, from: usize, to: usize, little: f64) -> Self {
        let nodes = market.tokens.len();
        let mut probe = Self {
            market,
            ends: (from, to),
            there: vec![0.0; nodes],
            after: vec![usize::MAX; nodes],
            worth: vec![],
        };
        (probe.there[from], probe.after[from]) = (little, 0);
        probe.send(from);
        let mut none = vec![0.0; nodes];
        none[to] = 1.0;
        probe.worth.push(none);
        for legs in 1..=MOST_LEGS {
            let worth = probe.returned(&probe.worth[legs - 1]);
            probe.worth.push(worth);
        }
        probe
    }

    /// Whether an edge leads back to where all came from, or on from where all goes: the round trips
    /// of a market that contradicts itself are no way there.
    fn goes_round(&self, edge: usize) -> bool {
        let direction = &self.market.directions[edge];
        direction.to == self.ends.0 || direction.from == self.ends.1
    }

    fn out(&self, edge: usize, given: f64) -> f64 {
        let known = &self.market.network.edges()[edge];
        known.gain.out(given.min(known.limit()))
    }

    fn send(&mut self, from: usize) {
        let mut reached = vec![from];
        for legs in 1..=MOST_LEGS {
            let before = self.there.clone();
            let mut next = Vec::new();
            for node in reached.drain(..) {
                for &edge in &self.market.leaving[node] {
                    let to = self.market.directions[edge].to;
                    if self.goes_round(edge) {
                        continue;
                    }
                    let out = self.out(edge, before[node]);
                    if out > self.there[to] {
                        if self.after[to] == usize::MAX {
                            self.after[to] = legs;
                        }
                        self.there[to] = out;
                        next.push(to);
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            reached = next;
        }
    }

    /// What one unit at each node returns with one leg more than `worth`.
    fn returned(&self, worth: &[f64]) -> Vec<f64> {
        let mut more = worth.to_vec();
        for (edge, direction) in self.market.directions.iter().enumerate() {
            let here = self.there[direction.from];
            if here > 0.0 && worth[direction.to] > 0.0 && !self.goes_round(edge) {
                let rate = self.out(edge, here) / here * worth[direction.to];
                more[direction.from] = more[direction.from].max(rate);
            }
        }
        more
    }

    /// Adds the best edges. Of two directions between two nodes the better one is kept, and nothing goes
    /// back to where it came from.
    fn best(&self, little: f64, kept: &mut Vec<usize>) {
        let directions = &self.market.directions;
        let enough = WORST * self.worth[MOST_LEGS][self.ends.0];
        let mut scored: Vec<(f64, usize)> = (0..directions.len())
            .filter(|edge| !self.goes_round(*edge))
            .map(|edge| (self.through(edge, little), edge))
            .filter(|(rate, _)| *rate >= enough && *rate > 0.0)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, edge) in scored.into_iter().take(EACH) {
            let ends = |edge: usize| (directions[edge].from, directions[edge].to);
            let (start, end) = ends(edge);
            if !kept.iter().any(|known| *known == edge || ends(*known) == (end, start)) {
                kept.push(edge);
            }
        }
    }

    /// What one unit given returns on the best path through an edge.
    fn through(&self, edge: usize, little: f64) -> f64 {
        let direction = &self.market.directions[edge];
        let legs = self.after[direction.from].saturating_add(1);
        let Some(left) = MOST_LEGS.checked_sub(legs) else { return 0.0 };
        let arrives = self.out(edge, self.there[direction.from]);
        arrives * self.worth[left][direction.to] / little
    }
}
