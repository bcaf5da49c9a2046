//! Prices that prove how near the best a batch is settled.
//!
//! An order is an edge from what it buys to what it sells, a straight line of the slope of its limit,
//! and what is left over of a node that is bought is worth its value. The optimiser's dual of that
//! network, without any order of its own, has the marginal prices of the batch. Where they prove
//! less than the values themselves do, these are the proof.

use super::{Batch, BatchOrder, Kind, Proof};
use crate::{
    certify::batch_bound,
    route::{Network, NetworkEdge, Optimiser, Order, Relaxed},
    venues::Gain,
};

/// Value that the optimiser's own order brings, as a share of what all orders give.
const NOTHING: f64 = 1e-12;

/// More than is ever left over of a node, in parts of what all orders give.
const ENOUGH: f64 = 4.0;

/// How well the search balances nodes, as a share of the value at stake: the bound is flat there.
const EXACT: f64 = 1e-6;

/// Share of what is traded by which an answer may exceed its bound by rounding.
const ROUNDING: f64 = 1e-12;

/// Where the batch would stand if orders and pools could be used in part, and each node traded at its
/// marginal price.
#[derive(Debug)]
pub(super) struct Relaxation {
    /// The marginal price of each node, in value.
    pub(super) prices: Vec<f64>,
    /// The share of each order that is filled.
    pub(super) filled: Vec<f64>,
    /// Units given to each edge.
    pub(super) given: Vec<f64>,
}

/// The best prices that are found, and what they prove.
pub(super) fn prove(batch: &Batch<'_>, net: f64, relaxed: Option<Relaxation>) -> Proof {
    let mut plain = batch.values.to_vec();
    lift(batch, &mut plain);
    let mut best = (bound(batch, &plain), plain);
    if let Some(Relaxation { mut prices, .. }) = relaxed {
        lift(batch, &mut prices);
        let found = bound(batch, &prices);
        if found < best.0 {
            best = (found, prices);
        }
    }
    let (bound, prices) = best;
    // Surplus is a difference: of all that is traded, floats forget some.
    let rounding = ROUNDING * given(batch);
    let bound = if net > bound && net - bound <= rounding { net } else { bound };
    Proof { prices, bound, net }
}

fn bound(batch: &Batch<'_>, prices: &[f64]) -> f64 {
    batch_bound(batch, prices).unwrap_or(f64::INFINITY)
}

/// Value of all that orders may give.
fn given(batch: &Batch<'_>) -> f64 {
    batch.orders.iter().map(|order| order.worth(batch.values)).sum()
}

/// Lifts prices to the value of what sellers buy.
fn lift(batch: &Batch<'_>, prices: &mut [f64]) {
    for order in batch.orders.iter().filter(|order| order.kind == Kind::Sell) {
        prices[order.buy] = prices[order.buy].max(batch.values[order.buy]);
    }
}

/// The relaxation of a batch; `None` where no way leads from anything to anything.
pub(super) fn relax(batch: &Batch<'_>) -> Option<Relaxation> {
    let mut lines = Lines::new(batch.network);
    let first = |order: &BatchOrder| lines.order(order, batch.values[order.buy]);
    let places: Vec<usize> = batch.orders.iter().map(first).collect();
    let all = given(batch);
    for (node, value) in batch.values.iter().enumerate() {
        if lines.traded[node] {
            lines.add((lines.start, node), 1.0 / value, f64::INFINITY, 0.0);
        }
        if lines.bought[node] {
            // An end, or the search takes the little that its own order brings for one.
            lines.add((node, lines.end), *value, ENOUGH * all / value, 0.0);
        }
    }
    let (from, to, amount) = (lines.start, lines.end, NOTHING * all);
    let order = Order { from, to, amount, gas_price: batch.gas_price, reach: Vec::new() };
    let network = Network::new(lines.places, lines.edges).ok()?;
    let Relaxed { mut prices, given } =
        Optimiser::with_gap(EXACT).relaxed(&network, &order).ok()?;
    let unit = prices[to];
    prices.truncate(batch.values.len());
    prices.iter_mut().for_each(|price| *price /= unit);
    let filled = places.iter().map(|&at| given[at] / network.edges()[at].limit()).collect();
    let given = given.into_iter().take(batch.network.edges().len()).collect();
    Some(Relaxation { prices, filled, given })
}

/// A batch's market with its orders as straight lines.
struct Lines {
    edges: Vec<NetworkEdge>,
    pool: usize,
    /// How many nodes there are, and those of the optimiser's own order.
    places: usize,
    start: usize,
    end: usize,
    /// Nodes that orders name, and those that sellers buy.
    traded: Vec<bool>,
    bought: Vec<bool>,
}

impl Lines {
    fn new(network: &Network) -> Self {
        let edges: Vec<NetworkEdge> = network.edges().iter().cloned().collect();
        let pool = edges.iter().map(|edge| edge.pool + 1).max().unwrap_or(0);
        let nodes = network.nodes();
        let (traded, bought) = (vec![false; nodes], vec![false; nodes]);
        Self { edges, pool, places: nodes + 2, start: nodes, end: nodes + 1, traded, bought }
    }

    fn add(&mut self, (from, to): (usize, usize), rate: f64, cap: f64, gas: f64) {
        let (pool, gain) = (self.pool, Gain::Linear { rate, cap });
        self.edges.push(NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas });
        self.pool += 1;
    }

    /// Adds an order that buys what is worth `value` a unit; the edge that its units go through.
    fn order(&mut self, order: &BatchOrder, value: f64) -> usize {
        let first = self.edges.len();
        let &BatchOrder { sell, buy, kind, amount, limit, partial: _, gas } = order;
        (self.traded[sell], self.traded[buy]) = (true, true);
        match kind {
            Kind::Sell => {
                self.add((buy, sell), 1.0 / limit, amount * limit, gas);
                self.bought[buy] = true;
            }
            // What it need not pay is worth what it would have bought.
            Kind::Buy => {
                let place = self.places;
                self.places += 1;
                self.add((buy, place), 1.0, amount, gas);
                self.add((place, sell), 1.0 / limit, amount, 0.0);
                self.add((place, self.end), value, amount, 0.0);
            }
        }
        first
    }
}
