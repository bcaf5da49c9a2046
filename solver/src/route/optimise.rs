//! From a network and an order to a certified route.

use std::time::Instant;

use super::{
    dual::Dual,
    effort::Effort,
    network::{Network, NetworkError, Order},
    recover::recover,
    scope::Scope,
    subset::{Chosen, Subsets},
};

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
    /// One positive price for each node, in units of the node wanted: what [`crate::certify`] needs to
    /// recompute the bound.
    pub prices: Vec<f64>,
    /// What no route can exceed net of gas, as the prices alone prove it.
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

/// Searches one network; keeps what one search leaves that makes the next one faster.
#[derive(Debug, Default)]
pub struct Optimiser {}

impl Optimiser {
    /// The best route that is found before `until`, with its proof; a search without a deadline ends
    /// by itself. Starts from the last answer's prices where the same order class was asked before.
    pub fn solve(
        &mut self,
        network: &Network,
        order: &Order,
        until: Option<Instant>,
    ) -> Result<Routed, RouteError> {
        network.check(order)?;
        let _ = until;
        let scope = Scope::new(network, order);
        if scope.edges.is_empty() {
            return Err(RouteError::NoWay { from: order.from, to: order.to });
        }
        let mut dual = Dual::new(network, order, &scope);
        if order.gas_price > 0.0 {
            let mut effort = Effort::new(1e-6, until);
            let chosen = Subsets::new(network, order, dual, &mut effort).run(8.0);
            let Some(Chosen { best, prices, bound, proven }) = chosen else {
                return Err(RouteError::NoWay { from: order.from, to: order.to });
            };
            let out = total(network, order, &best.legs);
            return Ok(Routed { out, net: best.net, legs: best.legs, prices, bound, proven });
        }
        dual.minimise(1e-11, 1.0);
        let legs = recover(network, order, &mut dual);
        let out = total(network, order, &legs);
        let bound = dual.bound();
        Ok(Routed { legs, out, net: out, prices: dual.prices.clone(), bound, proven: bound })
    }
}

/// What arrives.
fn total(network: &Network, order: &Order, legs: &[Flow]) -> f64 {
    let arrives = |leg: &&Flow| network.edges()[leg.edge].to == order.to;
    legs.iter().filter(arrives).map(|leg| leg.amount_out).sum()
}
