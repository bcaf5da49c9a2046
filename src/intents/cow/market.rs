//! An auction as a market: tokens as nodes, pools as edges both in integers and in real numbers.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::to_f64,
    route::{Network, NetworkEdge, NetworkError},
    venues::{NATIVE, Venue},
};

use super::{
    chain::Native,
    pools::{Maths, Pool},
    wire::Auction,
};

/// What one unit in 18 decimals is, in real numbers.
const WAD: f64 = 1e18;

/// One direction of one pool. The network's edges are in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Direction {
    /// Position of the pool.
    pub pool: usize,
    /// Positions of the two tokens among the pool's.
    pub ends: (usize, usize),
    /// Nodes of the two tokens.
    pub from: usize,
    /// The node wanted.
    pub to: usize,
    /// Gas of using it.
    pub gas: u64,
}

/// What an auction can be settled with.
#[derive(Debug)]
pub struct Market {
    /// Tokens by node.
    pub tokens: Vec<Address>,
    nodes: BTreeMap<Address, usize>,
    /// Pools by position.
    pub pools: Vec<Pool>,
    /// Directions by edge of the network.
    pub directions: Vec<Direction>,
    /// Edges that leave each node.
    pub leaving: Vec<Vec<usize>>,
    /// Edges that enter each node.
    pub entering: Vec<Vec<usize>>,
    /// The real-valued view.
    pub network: Network,
    /// The native token.
    pub native: Native,
    /// Wei a unit of gas.
    pub gas_price: U256,
    /// Liquidity whose figures are of no pool that trades.
    pub unusable: usize,
}

impl Market {
    /// The market of an auction, and of venues of our own.
    pub fn new(auction: &Auction, native: Native, ours: &[Arc<dyn Venue>]) -> Self {
        let mut pools: Vec<Pool> = Vec::with_capacity(auction.liquidity.known.len());
        let mut unusable = 0;
        for liquidity in &auction.liquidity.known {
            // The driver reads the names of liquidity that is used as numbers.
            let named = liquidity.id().parse::<usize>().is_ok();
            match Pool::of(liquidity).filter(|_| named) {
                Some(pool) => pools.push(pool),
                None => unusable += 1,
            }
        }
        pools.extend(ours.iter().map(|venue| Pool::ours(Arc::clone(venue))));
        let orders = auction.orders.iter().flat_map(|order| [order.sell_token, order.buy_token]);
        let mut market = Self {
            tokens: Vec::new(),
            nodes: BTreeMap::new(),
            pools,
            directions: Vec::new(),
            leaving: Vec::new(),
            entering: Vec::new(),
            network: Network::default(),
            native,
            gas_price: auction.effective_gas_price.0,
            unusable,
        };
        for token in orders {
            market.name(token);
        }
        market.connect();
        market
    }

    /// The node of a token; orders for the native token are settled in the wrapped one.
    pub fn node(&self, token: Address) -> Option<usize> {
        self.nodes.get(&settled_in(token, self.native)).copied()
    }

    fn name(&mut self, token: Address) -> usize {
        let token = settled_in(token, self.native);
        let next = self.tokens.len();
        let node = *self.nodes.entry(token).or_insert(next);
        if node == next {
            self.tokens.push(token);
        }
        node
    }

    fn connect(&mut self) {
        let pools = std::mem::take(&mut self.pools);
        let mut edges = Vec::new();
        for (at, pool) in pools.iter().enumerate() {
            // A venue's own native token is not what orders call it: that one is unwrapped by the driver.
            let nodes: Vec<Option<usize>> =
                pool.tokens.iter().map(|token| self.traded(pool, *token)).collect();
            for (i, from) in nodes.iter().enumerate() {
                for (j, to) in nodes.iter().enumerate().filter(|(j, _)| *j != i) {
                    let (Some(from), Some(to)) = (*from, *to) else { continue };
                    let Some((gain, cap)) = pool.gain(i, j) else { continue };
                    let gas = pool.gas(i, j);
                    let real = to_f64(U256::from(gas));
                    edges.push(NetworkEdge { pool: at, from, to, gain, cap, gas: real });
                    self.directions.push(Direction { pool: at, ends: (i, j), from, to, gas });
                }
            }
        }
        self.pools = pools;
        self.network = self.sound(edges);
        let nodes = self.tokens.len();
        (self.leaving, self.entering) = (vec![Vec::new(); nodes], vec![Vec::new(); nodes]);
        for (edge, direction) in self.directions.iter().enumerate() {
            self.leaving[direction.from].push(edge);
            self.entering[direction.to].push(edge);
        }
    }

    fn traded(&mut self, pool: &Pool, token: Address) -> Option<usize> {
        let native = matches!(pool.maths, Maths::Ours(_)) && token == NATIVE;
        (!native).then(|| self.name(token))
    }

    /// The network, without edges whose figures it refuses: those are left out here too.
    fn sound(&mut self, mut edges: Vec<NetworkEdge>) -> Network {
        loop {
            match Network::new(self.tokens.len(), edges.clone()) {
                Ok(network) => return network,
                Err(NetworkError::Figure { edge, .. } | NetworkError::Loop(edge))
                    if edge < edges.len() =>
                {
                    edges.remove(edge);
                    self.directions.remove(edge);
                    self.unusable += 1;
                }
                Err(_) => {
                    self.directions.clear();
                    return Network::default();
                }
            }
        }
    }

    /// The name of the pool of an edge.
    pub fn id(&self, edge: usize) -> &str {
        let pool = self.directions.get(edge).and_then(|direction| self.pools.get(direction.pool));
        pool.map_or("", |pool| pool.id.as_str())
    }

    /// Units that a direction gives for an input.
    pub fn out(&self, direction: &Direction, amount: U256) -> Option<U256> {
        self.pools.get(direction.pool)?.out(direction.ends.0, direction.ends.1, amount)
    }

    /// Units that a direction asks for an output.
    pub fn input(&self, direction: &Direction, amount: U256) -> Option<U256> {
        self.pools.get(direction.pool)?.input(direction.ends.0, direction.ends.1, amount)
    }

    /// Units of a token that a unit of gas costs, at its reference price.
    pub fn gas_in(&self, price: Option<U256>) -> f64 {
        let price = price.map(to_f64).filter(|price| *price > 0.0);
        price.map_or(0.0, |price| to_f64(self.gas_price) * WAD / price)
    }
}

/// The token that an order for `token` is settled in.
pub fn settled_in(token: Address, native: Native) -> Address {
    if token == NATIVE { native.wrapped } else { token }
}
