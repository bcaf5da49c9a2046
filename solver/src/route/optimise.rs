//! From a network and an order to a certified route.

use std::time::Instant;

use super::{
    dual::Dual,
    effort::{Effort, FINE},
    network::{Network, NetworkError, Order},
    scope::{Block, Scope, close, complete},
    single::single,
    subset::{COLD, Found, Known, STILL, Subsets},
    tighten::tighten,
};
use crate::certify::network_bound;

/// The gap at which a search is content, relative: a fortieth of a basis point, below which another
/// edge's gas is about all there is to gain.
const CONTENT: f64 = 2.5e-6;

/// The gap, relative, above which a search that began near the last answer is taken to be lost.
const LOST: f64 = 2e-5;

/// Edges among which the route that ignores gas takes next to no time.
const FEW: usize = 256;

/// The gap, relative, above which prices are worth moving one by one: half a basis point.
const LOOSE: f64 = 5e-5;

/// Orders of amounts within this factor are alike: the prices of one are near the other's.
const ALIKE: f64 = 4.0;

/// Amounts that differ by less than this share are the same order's, the market having moved.
const SAME: f64 = 0.01;

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

/// Where a relaxation is best.
#[derive(Debug)]
pub(crate) struct Relaxed {
    /// The marginal price of each node, in units of the node wanted.
    pub(crate) prices: Vec<f64>,
    /// Units given to each edge.
    pub(crate) given: Vec<f64>,
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
    /// The block of the last order.
    block: Option<Block>,
}

/// Where the last search ended.
#[derive(Debug)]
struct Memory {
    from: usize,
    to: usize,
    amount: f64,
    /// Prices by node, and shares by edge.
    prices: Vec<f64>,
    shares: Vec<f64>,
    /// Edges of the route, in ascending order, and the gap that it left.
    edges: Vec<usize>,
    left: f64,
}

impl Default for Optimiser {
    fn default() -> Self {
        Self::with_gap(CONTENT)
    }
}

impl Optimiser {
    /// An optimiser that is content once its gap is at most `gap`, relative to the bound.
    pub fn with_gap(gap: f64) -> Self {
        Self { gap, memory: None, block: None }
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
        let known = self.block.take().filter(|block| block.serves(network, order));
        let block = self.block.insert(known.unwrap_or_else(|| Block::new(network, order)));
        let scope = Scope::new(network, order, block);
        if scope.edges.is_empty() {
            return Err(RouteError::NoWay { from: order.from, to: order.to });
        }
        let found = self.search(network, order, &scope, until);
        let mut edges: Vec<usize> = found.legs.iter().map(|leg| leg.edge).collect();
        edges.sort_unstable();
        self.memory = Some(Memory {
            from: order.from,
            to: order.to,
            amount: order.amount,
            shares: found.shares,
            prices: found.prices.clone(),
            edges,
            left: found.left,
        });
        let mut prices = found.prices;
        let mut legs = found.legs;
        if found.proven - found.net > self.gap.min(FINE) * found.proven.abs() {
            let path = single(network, order, &scope.edges, &prices);
            let blind = self.blind(network, order, &scope, until);
            let best = network.net(order, &legs);
            legs = [path, blind]
                .into_iter()
                .map(|other| (network.net(order, &other), other))
                .fold((best, legs), |best, other| if other.0 > best.0 { other } else { best })
                .1;
        }
        complete(network, &mut prices);
        close(network, order, &mut prices);
        let (out, net) = (network.out(order, &legs), network.net(order, &legs));
        let mut bound = network_bound(network, order, &prices).unwrap_or(f64::INFINITY);
        if bound - net > self.gap.max(LOOSE) * bound.abs() {
            let mut tightened = prices.clone();
            tighten(network, order, &mut tightened, 0.01 * self.gap * bound);
            let lower = network_bound(network, order, &tightened).unwrap_or(f64::INFINITY);
            if lower < bound {
                (prices, bound) = (tightened, lower);
            }
        }
        // Branching looks at the scope alone, and at no more than can be there where no cycle pays.
        let proven = if scope.arbitrage { bound } else { found.proven.max(net).min(bound) };
        Ok(Routed { legs, out, net, prices, bound, proven })
    }

    /// An order's relaxation, in which edges pay a part of their gas, without a route.
    pub(crate) fn relaxed(&self, network: &Network, order: &Order) -> Result<Relaxed, RouteError> {
        network.check(order)?;
        let scope = Scope::new(network, order, &Block::new(network, order));
        if scope.edges.is_empty() {
            return Err(RouteError::NoWay { from: order.from, to: order.to });
        }
        let mut dual = Dual::new(network, order, &scope);
        dual.minimise(self.gap, COLD);
        let mut prices = dual.prices();
        let mut given = vec![0.0; network.edges().len()];
        for (at, &edge) in scope.edges.iter().enumerate() {
            given[edge as usize] = dual.planned(at).0;
        }
        complete(network, &mut prices);
        close(network, order, &mut prices);
        Ok(Relaxed { prices, given })
    }

    /// Searches from where the last search ended; from the first prices too where that was elsewhere
    /// or has not led near the bound.
    fn search(
        &self,
        network: &Network,
        order: &Order,
        scope: &Scope,
        until: Option<Instant>,
    ) -> Found {
        let run = |root, known| {
            Subsets::new(network, order, root, Effort::new(self.gap, until)).run(known)
        };
        let mut root = Dual::new(network, order, scope);
        let Some(known) = self.recall(order, &mut root) else { return run(root, None) };
        let warm = run(root, Some(known));
        if warm.proven - warm.net <= LOST.max(STILL * known.left) * warm.proven.abs() {
            return warm;
        }
        let cold = run(Dual::new(network, order, scope), None);
        let (proof, other) = if cold.proven <= warm.proven { (cold, warm) } else { (warm, cold) };
        if other.net > proof.net {
            Found { legs: other.legs, net: other.net, ..proof }
        } else {
            proof
        }
    }

    /// The route that ignores gas, where it is found in no time: to look at gas should never do worse
    /// than to look away. A set of all edges is not that route: what gas it pays tells it which of
    /// many routes as good to take.
    fn blind(
        &self,
        network: &Network,
        order: &Order,
        scope: &Scope,
        until: Option<Instant>,
    ) -> Vec<Flow> {
        let effort = Effort::new(self.gap, until);
        if order.gas_price <= 0.0 || scope.edges.len() > FEW || effort.is_late() {
            return Vec::new();
        }
        let free = Order { gas_price: 0.0, ..order.clone() };
        let root = Dual::new(network, &free, scope);
        Subsets::new(network, &free, root, effort).run(None).legs
    }

    /// Puts a dual where the last search for the same nodes and about the same amount ended, if there
    /// was one; what that found.
    fn recall(&self, order: &Order, dual: &mut Dual<'_>) -> Option<Known<'_>> {
        let known = |m: &&Memory| {
            let near = order.amount >= m.amount / ALIKE && order.amount <= m.amount * ALIKE;
            m.from == order.from && m.to == order.to && near
        };
        let memory = self.memory.as_ref().filter(known)?;
        let recalled = dual.recall(&memory.prices, &memory.shares);
        // What gas leaves of one amount says little of another.
        let same = (order.amount - memory.amount).abs() <= SAME * memory.amount;
        let left = if same { memory.left } else { 0.0 };
        recalled.then_some(Known { edges: &memory.edges, left })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::network::{Change, Edge},
        *,
    };
    use crate::venues::Gain;

    const NODES: usize = 12;

    /// A constant-product pool's two directions for each pair of nodes; depths follow no pattern.
    fn edges() -> Vec<Edge> {
        let pairs = (0..NODES).flat_map(|i| (0..i).map(move |j| (i, j)));
        let pools = pairs.enumerate().flat_map(|(pool, (i, j))| {
            let depth = |salt| 900.0 + ((i * 37 + j * 61) * salt % 211) as f64;
            [(i, j, depth(1), depth(3)), (j, i, depth(3), depth(1))].map(|(from, to, x, y)| {
                let gain = Gain::ConstantProduct { x, y, keep: 0.9 };
                Edge { pool, from, to, gain, cap: f64::INFINITY, gas: 1.0 }
            })
        });
        pools.collect()
    }

    fn order() -> Order {
        Order { from: 0, to: 1, amount: 300.0, gas_price: 0.0, reach: Vec::new() }
    }

    /// What trades in the first pools change.
    fn block(edges: &[Edge]) -> Vec<Change> {
        let changed = edges.iter().enumerate().take(6);
        changed
            .map(|(at, edge)| Change {
                edge: at,
                gain: edge.gain.rescaled(1.0001, 1.0001),
                cap: edge.cap,
            })
            .collect()
    }

    #[test]
    fn an_updated_network_routes_like_one_built_anew() {
        let mut edges = edges();
        let changes = block(&edges);
        let updated = Network::new(NODES, edges.clone()).unwrap().update(changes.clone()).unwrap();
        for Change { edge, gain, cap } in changes {
            edges[edge] = Edge { gain, cap, ..edges[edge].clone() };
        }
        let anew = Network::new(NODES, edges).unwrap();
        for gas_price in [0.0, 0.01] {
            let order = Order { gas_price, ..order() };
            let answer = |network| Optimiser::default().solve(network, &order, None).unwrap();
            assert_eq!(answer(&updated), answer(&anew));
        }
    }

    #[test]
    fn prices_survive_an_update() {
        let edges = edges();
        let network = Network::new(NODES, edges.clone()).unwrap();
        let mut optimiser = Optimiser::default();
        optimiser.solve(&network, &order(), None).unwrap();
        let next = network.update(block(&edges)).unwrap();
        assert!(optimiser.block.as_ref().unwrap().serves(&next, &order()));
        let scope = Scope::new(&next, &order(), optimiser.block.as_ref().unwrap());
        let [cold, warm] = [false, true].map(|warm| {
            let mut dual = Dual::new(&next, &order(), &scope);
            assert!(!warm || optimiser.recall(&order(), &mut dual).is_some());
            dual.minimise(1e-10, 1.0);
            assert!(dual.imbalance() <= 1e-10);
            dual.visits
        });
        assert!(2 * warm <= cold, "{warm} visits warm, {cold} cold");
    }

    #[test]
    fn another_network_is_searched_from_nothing() {
        let edges = edges();
        let mut optimiser = Optimiser::default();
        let network = Network::new(NODES, edges.clone()).unwrap();
        optimiser.solve(&network, &order(), None).unwrap();
        let fewer = Network::new(NODES, edges[2..].to_vec()).unwrap();
        let fresh = Optimiser::default().solve(&fewer, &order(), None).unwrap();
        assert_eq!(optimiser.solve(&fewer, &order(), None).unwrap(), fresh);
    }
}
