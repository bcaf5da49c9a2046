//! How a dual is made: of a scope's edges, or of some of another's; where its prices stand, to come
//! back to or to begin from.

use super::{Dual, Mode, Part, laplacian::Laplacian, response::Gate};
use crate::route::{
    network::{Network, Order},
    scope::Scope,
};

/// The share of what the first prices promise that is nothing.
const NOTHING: f64 = 1e-10;

/// How far the logarithm of a price may fall below where it began: beyond, gains are asked for
/// trades that no float tells apart.
const DEPTH: f64 = 60.0;

/// No node of this dual.
const ABSENT: u32 = u32::MAX;

impl<'n> Dual<'n> {
    /// The dual of `order` over a scope's edges, starting from the best marginal prices.
    pub(in crate::route) fn new(network: &'n Network, order: &Order, scope: &Scope) -> Self {
        let parts: Vec<Part> =
            scope.edges.iter().map(|&edge| part(network, order, scope, edge)).collect();
        let mut dual = Self::over(network, &network.topology.by_degree, parts, |node| node);
        let price = 1.0 / scope.rate[order.to];
        dual.logs =
            dual.nodes.iter().map(|&node| -(scope.rate[node as usize] * price).ln()).collect();
        dual.floors = dual.logs.iter().map(|log| log - DEPTH).collect();
        dual.from = dual.local(order.from);
        dual.to = dual.local(order.to);
        dual.amount = order.amount;
        dual.reprice();
        dual.nothing = (NOTHING * dual.amount * dual.prices[dual.from]).max(f64::MIN_POSITIVE);
        dual
    }

    /// A dual over parts, whose nodes `sequence` lists in the network's numbers `name`d.
    fn over(
        network: &'n Network,
        sequence: &[u32],
        parts: Vec<Part>,
        name: impl Fn(u32) -> u32,
    ) -> Self {
        let mut own = vec![ABSENT; network.nodes()];
        for part in &parts {
            let (from, to) = network.topology.ends[part.edge as usize];
            own[from as usize] = 0;
            own[to as usize] = 0;
        }
        let nodes: Vec<u32> =
            sequence.iter().map(|&n| name(n)).filter(|&n| own[n as usize] == 0).collect();
        for (at, &node) in (0..).zip(&nodes) {
            own[node as usize] = at;
        }
        let n = nodes.len();
        let ends = parts
            .iter()
            .map(|p| {
                let (from, to) = network.topology.ends[p.edge as usize];
                (own[from as usize], own[to as usize])
            })
            .collect();
        Self {
            network,
            sequence: (0..).take(n).collect(),
            nodes,
            from: 0,
            to: 0,
            amount: 0.0,
            ends,
            kernels: parts.iter().map(|p| &network.kernels[p.edge as usize]).collect(),
            gates: parts.iter().map(|p| gate(network, p)).collect(),
            shares: vec![0.0; parts.len()],
            parts,
            logs: vec![0.0; n],
            floors: vec![f64::NEG_INFINITY; n],
            prices: vec![1.0; n],
            roots: vec![1.0; n],
            laplacian: Laplacian::default(),
            gradient: vec![0.0; n],
            leaving: vec![(0.0, 0.0); n],
            value: 0.0,
            nothing: f64::MIN_POSITIVE,
            live: Vec::new(),
            visits: 0,
        }
    }

    /// The same order over some of the parts alone, their gas paid, starting from these prices;
    /// `None` where these do not touch both ends of the order.
    pub(in crate::route) fn restricted(&self, keep: &[bool]) -> Option<Self> {
        let kept: Vec<usize> = (0..self.parts.len()).filter(|&at| keep[at]).collect();
        let parts = kept.iter().map(|&at| Part { mode: Mode::In, ..self.parts[at] }).collect();
        let mut dual = Self::over(self.network, &self.sequence, parts, |n| self.nodes[n as usize]);
        dual.shares = kept.iter().map(|&at| self.shares[at]).collect();
        dual.read(self);
        let end = |node: usize| dual.nodes.iter().position(|&n| n == self.nodes[node]);
        let (from, to) = (end(self.from)?, end(self.to)?);
        (dual.from, dual.to, dual.amount) = (from, to, self.amount);
        dual.nothing = self.nothing;
        Some(dual)
    }

    /// Takes over the prices of another dual where both have a node.
    pub(in crate::route) fn read(&mut self, other: &Self) {
        // Both list their nodes in the order of the network's sequence.
        let mut theirs = other.nodes.iter().zip(other.logs.iter().zip(&other.floors));
        let mut ours = self.nodes.iter().zip(self.logs.iter_mut().zip(&mut self.floors));
        let (mut a, mut b) = (ours.next(), theirs.next());
        while let (Some((node, (log, floor))), Some((other, value))) = (&mut a, b) {
            let (rank, against) = (
                self.network.topology.rank[**node as usize],
                self.network.topology.rank[*other as usize],
            );
            if rank == against {
                (**log, **floor) = (*value.0, *value.1);
            }
            if rank <= against {
                a = ours.next();
            }
            if against <= rank {
                b = theirs.next();
            }
        }
        self.reprice();
    }

    fn local(&self, node: usize) -> usize {
        self.nodes.iter().position(|&n| n as usize == node).unwrap_or(0)
    }

    /// Starts from prices by node and shares by edge, as a search over these nodes left them; false
    /// where they are of another network.
    pub(in crate::route) fn recall(&mut self, prices: &[f64], shares: &[f64]) -> bool {
        let same =
            prices.len() == self.network.nodes() && shares.len() == self.network.edges().len();
        let price = |node: &u32| prices[*node as usize];
        if !same || self.nodes.iter().any(|node| price(node) <= 0.0) {
            return false;
        }
        self.logs = self.nodes.iter().map(|node| price(node).ln()).collect();
        self.shares = self.parts.iter().map(|part| shares[part.edge as usize]).collect();
        self.reprice();
        true
    }

    /// The share of each edge by the network's number.
    pub(in crate::route) fn shares(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.network.edges().len()];
        for (part, share) in self.parts.iter().zip(&self.shares) {
            shares[part.edge as usize] = *share;
        }
        shares
    }

    /// Logarithms of the prices at hand, to come back to.
    pub(in crate::route) fn position(&self) -> Vec<f64> {
        self.logs.clone()
    }

    /// Goes back to a position.
    pub(in crate::route) fn return_to(&mut self, logs: &[f64]) {
        self.logs.copy_from_slice(logs);
        self.reprice();
    }

    /// The price of each node by the network's number, zero where the dual has none.
    pub(in crate::route) fn prices(&self) -> Vec<f64> {
        let mut prices = vec![0.0; self.network.nodes()];
        for (&node, &price) in self.nodes.iter().zip(&self.prices) {
            prices[node as usize] = price;
        }
        prices
    }

    pub(super) fn reprice(&mut self) {
        for ((log, price), root) in self.logs.iter().zip(&mut self.prices).zip(&mut self.roots) {
            *root = (0.5 * log).exp();
            *price = *root * *root;
        }
    }
}

/// When a part is worth looking at.
pub(super) fn gate(network: &Network, part: &Part) -> Gate {
    let gate = network.gates[part.edge as usize];
    match part.mode {
        Mode::Out => Gate::CLOSED,
        Mode::In => Gate { over: 0.0, ..gate },
        Mode::Free => Gate { over: gate.over * part.cost.sqrt(), ..gate },
    }
}

/// A scope's edge with the limits that the bound counts with.
fn part(network: &Network, order: &Order, scope: &Scope, edge: u32) -> Part {
    let described = &network.edges()[edge as usize];
    let cost = described.gas * order.gas_price;
    let reach = order.reach.get(described.from).copied().unwrap_or(f64::INFINITY);
    let all = network.limits[edge as usize];
    let limit = if cost > 0.0 { all.min(reach) } else { all };
    // Shares need an end: more than twice what the best path brings is never there.
    let line = network.kernels[edge as usize].is_line();
    let most = 2.0 * order.amount * scope.rate[described.from];
    Part {
        edge,
        mode: if cost > 0.0 { Mode::Free } else { Mode::In },
        cap: if line && limit.is_infinite() { most } else { limit },
        cost,
        line,
        width: 0.0,
        memo: f64::NAN,
    }
}
