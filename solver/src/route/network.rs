//! The optimiser's view of a market: nodes, and directed edges with a concave gain each.
//!
//! Pure figures in floats, so that one search serves every market: wei of a snapshot, whole tokens
//! of a benchmark, value at a horizon. Units are the caller's; prices follow from them.

use std::sync::Arc;

use super::{
    chunks::Chunks,
    dual::response::{Gate, Kernel, Ratio},
    optimise::Flow,
    topology::Topology,
};
use crate::venues::Gain;

/// One direction of one pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The pool: directions of one pool share its number.
    pub pool: usize,
    /// The node given.
    pub from: usize,
    /// The node wanted.
    pub to: usize,
    /// Units wanted for units given: concave, non-decreasing, nothing for nothing.
    pub gain: Gain,
    /// The most units given; infinite where there is no limit. Holds beside the gain's own cap.
    pub cap: f64,
    /// Gas of using the direction at all.
    pub gas: f64,
}

impl Edge {
    /// The most units given, whichever limit binds.
    pub fn limit(&self) -> f64 {
        self.cap.min(self.gain.cap())
    }
}

/// An exact input: the most of one node for an amount of another.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The node given.
    pub from: usize,
    /// The node wanted.
    pub to: usize,
    /// Units given.
    pub amount: f64,
    /// Units wanted that one unit of gas costs; zero leaves gas out.
    pub gas_price: f64,
    /// For each node, the most units that any route worth considering can hold; empty where nothing
    /// is known. Tightens the bound under gas, never the answer.
    pub reach: Vec<f64>,
}

/// New figures of an edge, as a block brings them.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Position of the edge.
    pub edge: usize,
    /// What it returns from now on.
    pub gain: Gain,
    /// The most units given from now on.
    pub cap: f64,
}

/// Nodes and the edges between them: a snapshot that never changes. Copies are cheap, and so is
/// [`update`](Self::update): snapshots share what did not change.
#[derive(Debug, Clone, Default)]
pub struct Network {
    pub(super) topology: Arc<Topology>,
    edges: Chunks<Edge>,
    /// The edges again, as the search reads them.
    pub(super) slopes: Chunks<f64>,
    pub(super) limits: Chunks<f64>,
    pub(super) gates: Chunks<Gate>,
    pub(super) kernels: Chunks<Kernel>,
    /// Positions of the straight lines.
    lines: Arc<[u32]>,
}

/// The largest amount of an order, and its gas price: products of a few still are figures.
const LARGEST: f64 = 1e200;

/// Why figures do not make a network, or do not fit one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// A node that is not there.
    #[error("node {node} of {nodes}: nodes count from zero")]
    Node {
        /// The node named.
        node: usize,
        /// How many there are.
        nodes: usize,
    },
    /// An edge that is not there.
    #[error("edge {edge} of {edges}: edges count from zero")]
    Edge {
        /// The edge named.
        edge: usize,
        /// How many there are.
        edges: usize,
    },
    /// An edge from a node to itself.
    #[error("edge {0} leads from a node to itself")]
    Loop(usize),
    /// A figure of an edge that is not a number, negative, or infinite where it may not be.
    #[error("edge {edge}: {what} is {value}")]
    Figure {
        /// Position of the edge.
        edge: usize,
        /// Which figure.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A figure of an order that is not a number, negative, or beyond 1e200.
    #[error("order: {what} is {value}")]
    Order {
        /// Which figure.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// More nodes or edges than are counted in 32 bits.
    #[error("{nodes} nodes and {edges} edges are more than 32 bits count")]
    Size {
        /// Nodes given.
        nodes: usize,
        /// Edges given.
        edges: usize,
    },
    /// An order from a node to itself.
    #[error("the order gives and wants the same node {0}")]
    Same(usize),
    /// `reach` has neither none nor one figure for each node.
    #[error("reach has {given} figures for {nodes} nodes")]
    Reach {
        /// Figures given.
        given: usize,
        /// Nodes there are.
        nodes: usize,
    },
}

impl Network {
    /// Connects `nodes` nodes; every figure is checked.
    pub fn new(nodes: usize, edges: Vec<Edge>) -> Result<Self, NetworkError> {
        let most = u32::MAX as usize;
        if nodes > most || edges.len() > most {
            return Err(NetworkError::Size { nodes, edges: edges.len() });
        }
        for (at, edge) in edges.iter().enumerate() {
            check_edge(nodes, at, edge)?;
        }
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let ends = edges.iter().map(|e| (narrow(e.from), narrow(e.to))).collect();
        let kernels: Chunks<Kernel> = edges.iter().map(|e| Kernel::new(&e.gain)).collect();
        let limits: Chunks<f64> = edges.iter().map(Edge::limit).collect();
        let firsts = kernels.iter().zip(limits.iter()).map(|(kernel, &limit)| first(kernel, limit));
        let (slopes, gates): (Vec<f64>, Vec<Gate>) = firsts.unzip();
        Ok(Self {
            topology: Arc::new(Topology::new(nodes, ends)),
            slopes: slopes.into_iter().collect(),
            gates: gates.into_iter().collect(),
            lines: lines(&kernels),
            limits,
            kernels,
            edges: edges.into_iter().collect(),
        })
    }

    /// The network with other figures for some edges, checked like the first ones: it shares with
    /// this one which edges lead where, and the figures of nearly all others.
    pub fn update(&self, changes: impl IntoIterator<Item = Change>) -> Result<Self, NetworkError> {
        let mut next = self.clone();
        let mut bent = false;
        for Change { edge: at, gain, cap } in changes {
            let known = next.edges.get(at).cloned();
            let edges = next.edges.len();
            let edge = known.ok_or(NetworkError::Edge { edge: at, edges })?;
            let edge = Edge { gain, cap, ..edge };
            check_edge(self.nodes(), at, &edge)?;
            let (kernel, limit) = (Kernel::new(&edge.gain), edge.limit());
            bent |= kernel.is_line() != next.kernels[at].is_line();
            let (slope, gate) = first(&kernel, limit);
            next.slopes.set(at, slope);
            next.gates.set(at, gate);
            next.limits.set(at, limit);
            next.kernels.set(at, kernel);
            next.edges.set(at, edge);
        }
        if bent {
            next.lines = lines(&next.kernels);
        }
        Ok(next)
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.topology.nodes
    }

    /// The edges, in the order given.
    pub fn edges(&self) -> &Chunks<Edge> {
        &self.edges
    }

    /// What is best for an edge alone where the node wanted costs `exp(log)` of the node given: units
    /// given, units wanted, and by how much the units given grow with `log`. Nothing of a straight
    /// line, which has no best amount.
    pub(crate) fn best(&self, edge: usize, log: f64) -> (f64, f64, f64) {
        let root = (0.5 * log).exp();
        if self.slopes[edge] * root * root <= 1.0 {
            return (0.0, 0.0, 0.0);
        }
        let limit = self.limits[edge];
        let mut memo = f64::NAN;
        let ratio = Ratio { value: root * root, root, log };
        let best = self.kernels[edge].respond(ratio, &mut memo);
        if best.given <= limit {
            return (best.given, best.wanted, best.growth);
        }
        (limit, self.edges[edge].gain.out(limit), 0.0)
    }

    /// The edges that are straight lines.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Edge> {
        self.lines.iter().map(|&at| &self.edges[at as usize])
    }

    /// Units of the node wanted that a route's legs bring.
    pub(super) fn out(&self, order: &Order, legs: &[Flow]) -> f64 {
        let arrives = |leg: &&Flow| self.edges[leg.edge].to == order.to;
        // An empty sum is negative zero.
        legs.iter().filter(arrives).map(|leg| leg.amount_out).sum::<f64>() + 0.0
    }

    /// What they bring net of gas.
    pub(super) fn net(&self, order: &Order, legs: &[Flow]) -> f64 {
        let gas: f64 = legs.iter().map(|leg| self.edges[leg.edge].gas).sum();
        self.out(order, legs) - (gas + 0.0) * order.gas_price
    }

    /// Checks that an order's figures fit this network.
    pub fn check(&self, order: &Order) -> Result<(), NetworkError> {
        for node in [order.from, order.to] {
            if node >= self.nodes() {
                return Err(NetworkError::Node { node, nodes: self.nodes() });
            }
        }
        if order.from == order.to {
            return Err(NetworkError::Same(order.from));
        }
        for (what, value) in [("amount", order.amount), ("gas price", order.gas_price)] {
            if !(0.0..=LARGEST).contains(&value) {
                return Err(NetworkError::Order { what, value });
            }
        }
        if !order.reach.is_empty() && order.reach.len() != self.nodes() {
            return Err(NetworkError::Reach { given: order.reach.len(), nodes: self.nodes() });
        }
        let bad = order.reach.iter().find(|reach| reach.is_nan() || **reach < 0.0);
        bad.map_or(Ok(()), |&value| Err(NetworkError::Order { what: "reach", value }))
    }
}

fn lines(kernels: &Chunks<Kernel>) -> Arc<[u32]> {
    (0..).zip(kernels.iter()).filter(|(_, kernel)| kernel.is_line()).map(|(at, _)| at).collect()
}

/// The first unit's return, and when it pays; zero and never where nothing can be given.
fn first(kernel: &Kernel, limit: f64) -> (f64, Gate) {
    if limit > 0.0 { (kernel.first_marginal(), kernel.gate()) } else { (0.0, Gate::CLOSED) }
}

fn check_edge(nodes: usize, at: usize, edge: &Edge) -> Result<(), NetworkError> {
    for node in [edge.from, edge.to] {
        if node >= nodes {
            return Err(NetworkError::Node { node, nodes });
        }
    }
    if edge.from == edge.to {
        return Err(NetworkError::Loop(at));
    }
    if edge.cap.is_nan() || edge.cap < 0.0 {
        return Err(NetworkError::Figure { edge: at, what: "cap", value: edge.cap });
    }
    if !edge.gas.is_finite() || edge.gas < 0.0 {
        return Err(NetworkError::Figure { edge: at, what: "gas", value: edge.gas });
    }
    edge.gain
        .fault()
        .map_or(Ok(()), |(what, value)| Err(NetworkError::Figure { edge: at, what, value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> Network {
        let edge = |from, to| {
            let gain = Gain::ConstantProduct { x: 9.0, y: 36.0, keep: 1.0 };
            Edge { pool: 0, from, to, gain, cap: f64::INFINITY, gas: 0.0 }
        };
        Network::new(2, vec![edge(0, 1), edge(1, 0)]).unwrap()
    }

    #[test]
    fn a_snapshot_stays_as_it_was() {
        let before = network();
        let gain = Gain::Linear { rate: 3.0, cap: 5.0 };
        let after = before.update([Change { edge: 1, gain, cap: 4.0 }]).unwrap();
        assert_eq!((before.slopes[1], before.limits[1]), (4.0, f64::INFINITY));
        assert_eq!((after.slopes[1], after.limits[1]), (3.0, 4.0));
        assert_eq!((before.lines().count(), after.lines().count()), (0, 1));
        assert!(Arc::ptr_eq(&before.topology, &after.topology));
    }

    #[test]
    fn changes_are_checked() {
        let change = |edge, rate, cap| Change { edge, gain: Gain::Linear { rate, cap: 1.0 }, cap };
        let refused = |change| network().update([change]).unwrap_err();
        assert_eq!(refused(change(2, 1.0, 1.0)), NetworkError::Edge { edge: 2, edges: 2 });
        let figure = |what, value| NetworkError::Figure { edge: 1, what, value };
        assert_eq!(refused(change(1, -1.0, 1.0)), figure("rate", -1.0));
        assert_eq!(refused(change(1, 1.0, -2.0)), figure("cap", -2.0));
    }
}
