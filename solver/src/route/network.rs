//! The optimiser's view of a market: nodes, and directed edges with a concave gain each.
//!
//! Pure figures in floats, so that one search serves every market: wei of a snapshot, whole tokens
//! of a benchmark, value at a horizon. Units are the caller's; prices follow from them.

use super::{dual::response::Kernel, optimise::Flow};
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

/// Nodes and the edges between them.
#[derive(Debug, Clone, Default)]
pub struct Network {
    nodes: usize,
    edges: Vec<Edge>,
    /// The edges again, as the search reads them.
    pub(super) ends: Vec<(u32, u32)>,
    pub(super) slopes: Vec<f64>,
    pub(super) kernels: Vec<Kernel>,
    /// Nodes, those with few edges first.
    pub(super) by_degree: Vec<u32>,
    /// The place of each node in that order.
    pub(super) rank: Vec<u32>,
}

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
    /// A figure of an order that is not a number, negative or infinite.
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
        let kernels: Vec<Kernel> = edges.iter().map(|e| Kernel::new(&e.gain)).collect();
        let mut degree = vec![0usize; nodes];
        for edge in &edges {
            degree[edge.from] += 1;
            degree[edge.to] += 1;
        }
        let mut by_degree: Vec<u32> = (0..nodes).map(narrow).collect();
        by_degree.sort_by_key(|&node| degree[node as usize]);
        let mut rank = vec![0; nodes];
        for (at, &node) in (0..).zip(&by_degree) {
            rank[node as usize] = at;
        }
        Ok(Self {
            nodes,
            rank,
            ends: edges.iter().map(|e| (narrow(e.from), narrow(e.to))).collect(),
            slopes: edges.iter().zip(&kernels).map(|(e, k)| first(e, k)).collect(),
            kernels,
            by_degree,
            edges,
        })
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The edges, in the order given.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Units of the node wanted that a route's legs bring.
    pub(super) fn out(&self, order: &Order, legs: &[Flow]) -> f64 {
        let arrives = |leg: &&Flow| self.edges[leg.edge].to == order.to;
        legs.iter().filter(arrives).map(|leg| leg.amount_out).sum()
    }

    /// What they bring net of gas.
    pub(super) fn net(&self, order: &Order, legs: &[Flow]) -> f64 {
        let gas: f64 = legs.iter().map(|leg| self.edges[leg.edge].gas).sum();
        self.out(order, legs) - gas * order.gas_price
    }

    /// Checks that an order's figures fit this network.
    pub fn check(&self, order: &Order) -> Result<(), NetworkError> {
        for node in [order.from, order.to] {
            if node >= self.nodes {
                return Err(NetworkError::Node { node, nodes: self.nodes });
            }
        }
        if order.from == order.to {
            return Err(NetworkError::Same(order.from));
        }
        for (what, value) in [("amount", order.amount), ("gas price", order.gas_price)] {
            if !value.is_finite() || value < 0.0 {
                return Err(NetworkError::Order { what, value });
            }
        }
        if !order.reach.is_empty() && order.reach.len() != self.nodes {
            return Err(NetworkError::Reach { given: order.reach.len(), nodes: self.nodes });
        }
        let bad = order.reach.iter().find(|reach| reach.is_nan() || **reach < 0.0);
        bad.map_or(Ok(()), |&value| Err(NetworkError::Order { what: "reach", value }))
    }
}

/// The first unit's return; zero where nothing can be given.
fn first(edge: &Edge, kernel: &Kernel) -> f64 {
    if edge.limit() > 0.0 { kernel.first_marginal() } else { 0.0 }
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
