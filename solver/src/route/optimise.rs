//! From a network and an order to a certified route.

use std::time::Instant;

use super::{
    dual::Dual,
    effort::Effort,
    network::{Network, NetworkError, Order},
    scope::{Scope, close, complete},
    single::single,
    subset::Subsets,
};
use crate::certify::network_bound;

/// The gap at which a search is content, relative: a hundredth of a basis point.
const CONTENT: f64 = 1e-6;

/// One leg of a route: an amount through one edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// Position in [`Network::edges`].
    pub edge: usize,
    /// Units given.
    pub amount_in: f64,
    /// Units that the edge's gain returns for them.
    pub amount_out: f64,
}

/// A route, and the proof of how near the best it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Routed {
    /// Legs in an order in which each spends only what is held; at most one for each pool.
    pub legs: Vec<Flow>,
    /// Units of the node wanted, gas not yet paid.
    pub out: f64,
    /// Units of the node wanted, gas paid.
    pub net: f64,
    /// One positive price for each node, in units of the node wanted: what [`crate::certify`] needs
    /// to recompute the bound.
    pub prices: Vec<f64>,
    /// What no route can exceed net of gas, as the prices alone prove it; infinite where they prove
    /// nothing.
    pub bound: f64,
    /// What no route can exceed net of gas, as branch and bound proved it; at most `bound`.
    pub proven: f64,
}

/// Why no route is answered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RouteError {
    /// The order or the network is not well formed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// No edges lead from what is given to what is wanted.
    #[error("no way leads from node {from} to node {to}")]
    NoWay {
        /// The node given.
        from: usize,
        /// The node wanted.
        to: usize,
    },
}

/// Searches one network after another; keeps what one search leaves that makes the next one faster.
#[derive(Debug)]
pub struct Optimiser {
    gap: f64,
    memory: Option<Memory>,
}

/// Where the last search ended.
#[derive(Debug)]
struct Memory {
    from: usize,
    to: usize,
    /// Prices by node, and shares by edge.
    prices: Vec<f64>,
    shares: Vec<f64>,
}

impl Default for Optimiser {
    fn default() -> Self {
        Self::with_gap(CONTENT)
    }
}

impl Optimiser {
    /// An optimiser that is content once its gap is at most `gap`, relative to the bound.
    pub fn with_gap(gap: f64) -> Self {
        Self { gap, memory: None }
    }

    /// The best route that is found before `until`, with its proof; a search without a deadline ends
    /// by itself. Starts from the last answer's prices where the same order class was asked before.
    pub fn solve(
        &mut self,
        network: &Network,
        order: &Order,
        until: Option<Instant>,
    ) -> Result<Routed, RouteError> {
        network.check(order)?;
        let scope = Scope::new(network, order);
        if scope.edges.is_empty() {
            return Err(RouteError::NoWay { from: order.from, to: order.to });
        }
        let mut root = Dual::new(network, order, &scope);
        let warm = self.recall(order, &mut root);
        let effort = Effort::new(self.gap, until);
        let found = Subsets::new(network, order, root, effort).run(warm);
        self.memory = Some(Memory {
            from: order.from,
            to: order.to,
            shares: found.shares,
            prices: found.prices.clone(),
        });
        let mut prices = found.prices;
        let mut legs = found.legs;
        if found.proven - found.net > self.gap * found.proven.abs() {
            let path = single(network, order, &scope.edges, &prices);
            if network.net(order, &path) > found.net {
                legs = path;
            }
        }
        complete(network, &mut prices);
        close(network, order, &mut prices);
        let (out, net) = (network.out(order, &legs), network.net(order, &legs));
        let bound = network_bound(network, order, &prices).unwrap_or(f64::INFINITY);
        // Branching looks at the scope alone, and at no more than can be there where no cycle pays.
        let proven = if scope.arbitrage { bound } else { found.proven.max(net).min(bound) };
        Ok(Routed { legs, out, net, prices, bound, proven })
    }

    /// Puts a dual where the last search for the same nodes ended; whether there was one.
    fn recall(&self, order: &Order, dual: &mut Dual<'_>) -> bool {
        let known = |m: &&Memory| m.from == order.from && m.to == order.to;
        let Some(memory) = self.memory.as_ref().filter(known) else { return false };
        dual.recall(&memory.prices, &memory.shares)
    }
}
