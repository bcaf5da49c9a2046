//! The market as a graph: tokens as nodes, venues as edges.
//!
//! Tokens that convert into each other exactly (ETH and WETH, stETH and wstETH) share a node, so
//! the optimiser never splits over a conversion; the plan inserts conversions where legs need them.

use alloy_primitives::Address;
use petgraph::{
    graph::{DiGraph, EdgeIndex, NodeIndex},
    visit::EdgeRef as _,
};

use crate::{
    amount::to_f64,
    market::Market,
    venues::{Capacity, Gain, NATIVE},
};

/// Most venues in a row that a route may use.
const MAX_HOPS: usize = 4;

/// Tokens that are one asset.
#[derive(Debug, Clone)]
pub struct Node {
    /// The tokens, with the units of the first that one unit of each is worth.
    pub tokens: Vec<(Address, f64)>,
}

/// One direction of one venue.
#[derive(Debug, Clone)]
pub struct Edge {
    /// Position in [`Market::listings`].
    pub listing: usize,
    /// Position of the token given.
    pub from: usize,
    /// Position of the token wanted.
    pub to: usize,
    /// The optimiser's view, in token units.
    pub gain: Gain,
    /// The most that the venue takes, in units of the token given.
    pub cap: f64,
    /// Units of the token given for one unit of its node.
    pub given: f64,
    /// Units of the target node for one unit of the token wanted.
    pub wanted: f64,
}

/// The market's tokens and venues, connected.
#[derive(Debug, Clone)]
pub struct Graph {
    inner: DiGraph<Node, Edge>,
}

impl Graph {
    /// Connects every enabled venue of a market whose limits are known. Directions with unknown
    /// limits are left out: what is unknown is never assumed to be there.
    pub fn new(market: &Market) -> Self {
        let mut graph = Self { inner: DiGraph::new() };
        for token in &market.tokens {
            graph.inner.add_node(Node { tokens: vec![(token.address, 1.0)] });
        }
        let enabled: Vec<usize> =
            (0..market.listings.len()).filter(|&i| market.listings[i].disabled.is_none()).collect();
        for &listing in &enabled {
            graph.contract(market, listing);
        }
        for &listing in &enabled {
            graph.connect(market, listing);
        }
        graph
    }

    fn contract(&mut self, market: &Market, listing: usize) {
        let venue = &market.listings[listing].venue;
        for &(into, from) in venue.exact_pairs() {
            let (a, b) = (venue.tokens()[into], venue.tokens()[from]);
            let Some(Gain::Linear { rate, .. }) = venue.gain(from, into) else { continue };
            let (Some(keep), Some(merge)) = (self.node_of(a), self.node_of(b)) else { continue };
            if keep == merge {
                continue;
            }
            let scale = rate * self.units_of(keep, a);
            // The emptied node stays behind without tokens or edges: removing it would renumber.
            let moved = std::mem::take(&mut self.inner[merge].tokens);
            self.inner[keep].tokens.extend(moved.into_iter().map(|(t, r)| (t, r * scale)));
        }
    }

    fn connect(&mut self, market: &Market, listing: usize) {
        let venue = &market.listings[listing].venue;
        for from in 0..venue.tokens().len() {
            for to in 0..venue.tokens().len() {
                let Some(gain) = venue.gain(from, to).filter(|_| from != to) else { continue };
                let cap = match venue.capacity(from, to) {
                    Capacity::Unknown(_) => continue,
                    Capacity::Limited { amount, .. } => to_f64(amount).min(gain.cap()),
                    Capacity::Unlimited => gain.cap(),
                };
                let (Some(a), Some(b)) =
                    (self.node_of(venue.tokens()[from]), self.node_of(venue.tokens()[to]))
                else {
                    continue;
                };
                // A venue that reaches one node by two of its tokens is one venue: its limit is
                // shared, and the tokens convert.
                let known =
                    self.inner.edges_connecting(a, b).any(|e| e.weight().listing == listing);
                if a != b && !known {
                    let given = 1.0 / self.units_of(a, venue.tokens()[from]);
                    let wanted = self.units_of(b, venue.tokens()[to]);
                    self.inner.add_edge(a, b, Edge { listing, from, to, gain, cap, given, wanted });
                }
            }
        }
    }

    /// How many nodes there are, emptied ones included.
    pub fn len(&self) -> usize {
        self.inner.node_count()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.inner.node_count() == 0
    }

    /// The node that holds a token.
    pub fn node_of(&self, token: Address) -> Option<NodeIndex> {
        self.inner.node_indices().find(|&n| self.inner[n].tokens.iter().any(|(t, _)| *t == token))
    }

    /// The node of ETH itself.
    pub fn eth(&self) -> Option<NodeIndex> {
        self.node_of(NATIVE)
    }

    /// Node units that one unit of `token` is worth; one for a token that is not there.
    pub fn units_of(&self, node: NodeIndex, token: Address) -> f64 {
        self.inner[node].tokens.iter().find(|(t, _)| *t == token).map_or(1.0, |(_, rate)| *rate)
    }

    /// A node's tokens.
    pub fn node(&self, node: NodeIndex) -> &Node {
        &self.inner[node]
    }

    /// An edge's venue direction.
    pub fn edge(&self, edge: EdgeIndex) -> &Edge {
        &self.inner[edge]
    }

    /// Every edge with the nodes that it leads from and to, in the order they were added.
    pub fn edges(&self) -> impl Iterator<Item = (EdgeIndex, NodeIndex, NodeIndex)> {
        self.inner.edge_references().map(|e| (e.id(), e.source(), e.target()))
    }

    /// The node that an edge leads from.
    pub(crate) fn source(&self, edge: EdgeIndex) -> Option<NodeIndex> {
        self.inner.edge_endpoints(edge).map(|(from, _)| from)
    }

    /// Nodes that hold tokens.
    pub fn nodes(&self) -> impl Iterator<Item = NodeIndex> {
        self.inner.node_indices().filter(|&n| !self.inner[n].tokens.is_empty())
    }

    /// The edges from one node to another that `allowed` lets through, in market order.
    pub fn between(
        &self,
        from: NodeIndex,
        to: NodeIndex,
        allowed: &dyn Fn(&Edge) -> bool,
    ) -> Vec<EdgeIndex> {
        let mut edges: Vec<EdgeIndex> = self
            .inner
            .edges_connecting(from, to)
            .filter(|e| allowed(e.weight()))
            .map(|e| e.id())
            .collect();
        edges.sort_unstable();
        edges
    }

    /// Every way from one node to another over at most four venues, as node sequences.
    pub fn ways(&self, from: NodeIndex, to: NodeIndex) -> Vec<Vec<NodeIndex>> {
        let mut ways = Vec::new();
        if from != to {
            self.extend(&mut vec![from], to, &mut ways);
        }
        ways
    }

    /// Depth first, over nodes rather than edges: parallel venues make one way, not many.
    fn extend(&self, way: &mut Vec<NodeIndex>, to: NodeIndex, ways: &mut Vec<Vec<NodeIndex>>) {
        let Some(&last) = way.last() else { return };
        let mut next: Vec<NodeIndex> = self.inner.neighbors(last).collect();
        next.sort_unstable();
        next.dedup();
        for node in next {
            if node == to {
                ways.push(way.iter().copied().chain([to]).collect());
            } else if way.len() < MAX_HOPS && !way.contains(&node) {
                way.push(node);
                self.extend(way, to, ways);
                way.pop();
            }
        }
    }
}
