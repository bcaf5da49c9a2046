//! Prices at which given orders and given pools leave nothing over.
//!
//! Pools trade until their marginal price is the market's; so each returns more for what it takes than
//! its last unit does, and at marginal prices for everybody that would be left over. Orders therefore
//! clear at other prices: a node's clearing price is its marginal one times `exp(spread * tilt)`, with
//! a tilt for each node (`tilts` finds them) and one `spread` for all. As many equations, one for
//! each node, as prices and spread; Newton's method solves them.
//!
//! What may be filled in part is filled as far as both prices allow: the last unit that goes to pools
//! has to be worth it too.

use std::time::Instant;

use crate::{
    batch::{Batch, Kind},
    route::NetworkEdge,
    venues::Gain,
};

/// The change of a logarithm of prices over which an order is filled that may be filled in part: what
/// that leaves on the table is of second order.
const BEND: f64 = 1e-3;

/// The same over which a straight line opens.
const OPENS: f64 = 2e-4;

/// Orders and pools, and the nodes between which they trade.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) batch: &'a Batch<'a>,
    /// Positions of the orders, and the least rate of each order of the batch.
    pub(super) orders: &'a [usize],
    pub(super) least: &'a [f64],
    /// Positions of the edges.
    pub(super) edges: &'a [usize],
    /// The network's number of each node; those that trade with few others first.
    pub(super) nodes: Vec<usize>,
    /// The nodes of each order, and of each edge.
    pub(super) order_ends: Vec<(usize, usize)>,
    pub(super) edge_ends: Vec<(usize, usize)>,
    /// The orders and the edges of each node.
    pub(super) around: Vec<(Vec<usize>, Vec<usize>)>,
    /// How far each node's clearing price is tilted.
    pub(super) tilts: Vec<f64>,
    /// Whether all orders may be filled in part.
    pub(super) elastic: bool,
    /// Value of all that orders give.
    pub(super) scale: f64,
    pub(super) until: Option<Instant>,
}

/// Where a search stands: logarithms of marginal prices, and the spread.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) logs: Vec<f64>,
    pub(super) spread: f64,
}

/// What an order sells and buys, and how both change with the logarithm of its rate and with the
/// spread.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trade {
    pub(super) sold: f64,
    pub(super) bought: f64,
    pub(super) by_rate: (f64, f64),
    pub(super) by_spread: (f64, f64),
}

impl<'a> Exchange<'a> {
    pub(super) fn new(
        batch: &'a Batch<'a>,
        orders: &'a [usize],
        least: &'a [f64],
        edges: &'a [usize],
    ) -> Self {
        let network = batch.network;
        let mut degree = vec![0u32; network.nodes()];
        let ends = |order: &usize| (batch.orders[*order].sell, batch.orders[*order].buy);
        let joins = |edge: &usize| (network.edges()[*edge].from, network.edges()[*edge].to);
        for (a, b) in orders.iter().map(ends).chain(edges.iter().map(joins)) {
            degree[a] += 1;
            degree[b] += 1;
        }
        let mut nodes: Vec<usize> = (0..degree.len()).filter(|&node| degree[node] > 0).collect();
        nodes.sort_by_key(|&node| degree[node]);
        let mut local = vec![0; degree.len()];
        nodes.iter().enumerate().for_each(|(at, &node)| local[node] = at);
        let named = |(a, b): (usize, usize)| (local[a], local[b]);
        let order_ends: Vec<_> = orders.iter().map(ends).map(named).collect();
        let edge_ends: Vec<_> = edges.iter().map(joins).map(named).collect();
        let mut around = vec![(Vec::new(), Vec::new()); nodes.len()];
        for (at, &(sell, buy)) in order_ends.iter().enumerate() {
            around[sell].0.push(at);
            around[buy].0.push(at);
        }
        for (at, &(from, to)) in edge_ends.iter().enumerate() {
            around[from].1.push(at);
            around[to].1.push(at);
        }
        let scale = orders.iter().map(|at| batch.orders[*at].worth(batch.values)).sum();
        let tilts = vec![0.0; nodes.len()];
        Self {
            batch,
            orders,
            least,
            edges,
            nodes,
            order_ends,
            edge_ends,
            around,
            tilts,
            elastic: false,
            scale,
            until: None,
        }
    }

    pub(super) fn size(&self) -> usize {
        self.nodes.len()
    }

    /// Where marginal prices of the network's nodes are.
    pub(super) fn start(&self, prices: &[f64]) -> State {
        State { logs: self.nodes.iter().map(|&node| prices[node].ln()).collect(), spread: 1.0 }
    }

    /// Tells the network's nodes their marginal prices.
    pub(super) fn tell(&self, state: &State, prices: &mut [f64]) {
        for (&node, log) in self.nodes.iter().zip(&state.logs) {
            prices[node] = log.exp();
        }
    }

    pub(super) fn edge(&self, at: usize) -> &'a NetworkEdge {
        &self.batch.network.edges()[self.edges[at]]
    }

    /// The logarithms of an order's rate at marginal and at clearing prices.
    pub(super) fn rates(&self, state: &State, at: usize) -> (f64, f64) {
        let (sell, buy) = self.order_ends[at];
        let marginal = state.logs[sell] - state.logs[buy];
        (marginal, marginal + state.spread * (self.tilts[sell] - self.tilts[buy]))
    }

    /// The logarithm of the least rate of an order.
    pub(super) fn asked(&self, at: usize) -> f64 {
        self.least[self.orders[at]].ln()
    }

    /// The share of an order that is filled, and how it changes with the logarithm of the rate that
    /// decides; whether that is the clearing one.
    pub(super) fn share(&self, state: &State, at: usize) -> (f64, f64, bool) {
        let (marginal, clearing) = self.rates(state, at);
        if !(self.elastic || self.batch.orders[self.orders[at]].partial) {
            return (1.0, 0.0, true);
        }
        let open = (marginal.min(clearing) - self.asked(at)) / BEND;
        let slope = if open > 0.0 && open < 1.0 { 1.0 / BEND } else { 0.0 };
        (open.clamp(0.0, 1.0), slope, clearing < marginal)
    }

    pub(super) fn trade(&self, state: &State, at: usize) -> Trade {
        let order = &self.batch.orders[self.orders[at]];
        let (sell, buy) = self.order_ends[at];
        let (share, slope, by_clearing) = self.share(state, at);
        let rate = self.rates(state, at).1.exp();
        let tilt = self.tilts[sell] - self.tilts[buy];
        let own = if by_clearing { slope } else { 0.0 };
        let amount = order.amount;
        match order.kind {
            Kind::Sell => Trade {
                sold: amount * share,
                bought: amount * share * rate,
                by_rate: (amount * slope, amount * rate * (slope + share)),
                by_spread: (amount * own * tilt, amount * rate * (own + share) * tilt),
            },
            Kind::Buy => Trade {
                sold: amount * share / rate,
                bought: amount * share,
                by_rate: (amount / rate * (slope - share), amount * slope),
                by_spread: (amount / rate * (own - share) * tilt, amount * own * tilt),
            },
        }
    }

    /// Units through an edge at marginal prices: given, wanted, and how the given change with the
    /// logarithm of the price wanted.
    pub(super) fn flow(&self, state: &State, at: usize) -> (f64, f64, f64) {
        let (from, to) = self.edge_ends[at];
        let log = state.logs[to] - state.logs[from];
        let edge = self.edge(at);
        if let Gain::Linear { rate, .. } = edge.gain {
            let most = edge.limit().min(2.0 * self.scale / state.logs[from].exp());
            let open = 1.0 / (1.0 + (-(rate.ln() + log) / OPENS).exp());
            return (most * open, rate * most * open, most * open * (1.0 - open) / OPENS);
        }
        self.batch.network.best(self.edges[at], log)
    }

    /// What each node has left over, in units.
    pub(super) fn left(&self, state: &State) -> Vec<f64> {
        let mut left = vec![0.0; self.nodes.len()];
        for (at, &(sell, buy)) in self.order_ends.iter().enumerate() {
            let Trade { sold, bought, .. } = self.trade(state, at);
            left[sell] += sold;
            left[buy] -= bought;
        }
        for (at, &(from, to)) in self.edge_ends.iter().enumerate() {
            let (given, wanted, _) = self.flow(state, at);
            left[from] -= given;
            left[to] += wanted;
        }
        left
    }
}
