//! All orders at once: which are filled, which pools are used, and at which prices nothing is left.
//!
//! The relaxation tells where to begin: with the orders that it fills and the pools that it uses. While
//! all orders may be filled in part there are prices for them (`exchange`); those that have to be filled as a
//! whole and are filled by less than half are left out, the worst first. What is left is then filled
//! as a whole, orders that miss what they ask are left out in the same way, and last the pools
//! that are not worth their gas.

mod exchange;
mod legs;
mod newton;
mod sparse;
mod tilts;

use std::{collections::BTreeMap, time::Instant};

use self::exchange::{Exchange, State};
use super::{
    Batch,
    prices::Relaxation,
    settle::{ROUNDING, Settled, settled},
};

/// The share of an order from which on the relaxation fills it: one that may be filled in part, and
/// one that may not.
const SOME: f64 = 1e-6;
const HALF: f64 = 0.5;

/// The shares below which orders are left out, until what is left can be filled as a whole: at the
/// last it just has been.
const SHARES: [f64; 3] = [HALF, 0.9, 1.0];

/// Of the orders that miss something, one in so many is left out at once, those first that miss most:
/// others may get enough without them.
const FEW: usize = 2;

/// How often pools are left out, fewer each time that this is not worth it.
const CHEAPER: u32 = 8;

/// Orders that are settled together, and what they ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joint<'a> {
    pub(super) batch: &'a Batch<'a>,
    /// The least rate of each order; infinite where it is not to be settled.
    pub(super) least: &'a [f64],
    /// What each order is told to get alone.
    pub(super) alone: &'a [f64],
    pub(super) until: Option<Instant>,
}

/// Orders and edges that may be used together.
#[derive(Debug, Clone, Default)]
struct Set {
    orders: Vec<usize>,
    edges: Vec<usize>,
}

/// A settlement of a set, and the marginal price of each node of the network.
#[derive(Debug)]
struct Found {
    set: Set,
    settled: Settled,
    prices: Vec<f64>,
}

impl Joint<'_> {
    /// Settlements that share no node, as far as they are found in time.
    pub(super) fn settle(&self, relaxed: &Relaxation) -> Vec<Settled> {
        let mut parts = self.apart(&self.first(relaxed));
        parts.sort_by_key(|part| std::cmp::Reverse(part.orders.len()));
        let found = parts.iter().filter_map(|part| self.attempt(part, &relaxed.prices));
        let cheaper = found.map(|found| self.cheaper(found).settled);
        cheaper.filter(|settled| settled.net() > 0.0).collect()
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// What the relaxation uses, each pool in one direction.
    fn first(&self, relaxed: &Relaxation) -> Set {
        let Batch { network, orders, .. } = self.batch;
        let fills = |at: &usize| {
            let least = if orders[*at].partial { SOME } else { HALF };
            relaxed.filled[*at] >= least && self.least[*at].is_finite()
        };
        let orders = (0..orders.len()).filter(fills).collect();
        let mut most = BTreeMap::<usize, (usize, f64)>::new();
        for (at, given) in relaxed.given.iter().enumerate().filter(|(_, given)| **given > 0.0) {
            let edge = &network.edges()[at];
            let worth = given * relaxed.prices[edge.from];
            let known = most.entry(edge.pool).or_insert((at, worth));
            if worth > known.1 {
                *known = (at, worth);
            }
        }
        let mut edges: Vec<usize> = most.into_values().map(|(at, _)| at).collect();
        edges.sort_unstable();
        Set { orders, edges }
    }

    /// A set's parts that share no node.
    fn apart(&self, set: &Set) -> Vec<Set> {
        let network = self.batch.network;
        let order = |at: &usize| (self.batch.orders[*at].sell, self.batch.orders[*at].buy);
        let edge = |at: &usize| (network.edges()[*at].from, network.edges()[*at].to);
        let mut heads: Vec<usize> = (0..network.nodes()).collect();
        for (a, b) in set.orders.iter().map(order).chain(set.edges.iter().map(edge)) {
            let (a, b) = (head(&mut heads, a), head(&mut heads, b));
            heads[a] = b;
        }
        let mut parts = BTreeMap::<usize, Set>::new();
        for &at in &set.orders {
            parts.entry(head(&mut heads, order(&at).0)).or_default().orders.push(at);
        }
        for &at in &set.edges {
            if let Some(part) = parts.get_mut(&head(&mut heads, edge(&at).0)) {
                part.edges.push(at);
            }
        }
        // Where nothing but orders meet, others know better which prices are fair.
        parts.into_values().filter(|part| !part.edges.is_empty()).collect()
    }

    /// The settlement of a set, without the orders that no prices serve. Each try has half of the time
    /// that is left: the next ones ask for less, and are sooner done.
    fn attempt(&self, set: &Set, prices: &[f64]) -> Option<Found> {
        let (mut set, mut prices) = (set.clone(), prices.to_vec());
        SHARES.into_iter().find_map(|least| {
            let until = if least < 1.0 { half(self.until) } else { self.until };
            let soon = Joint { until, ..*self };
            soon.thin(&mut set, &mut prices, least)?;
            soon.whole(&set, &prices)
        })
    }

    fn exchange<'s>(&'s self, set: &'s Set) -> Exchange<'s> {
        let exchange = Exchange::new(self.batch, &set.orders, self.least, &set.edges);
        Exchange { until: self.until, ..exchange }
    }

    /// Leaves out the orders that are filled by less than a share where all may be filled in part.
    fn thin(&self, set: &mut Set, prices: &mut [f64], least: f64) -> Option<()> {
        while !set.orders.is_empty() && !self.is_late() {
            let exchange = Exchange { elastic: true, ..self.exchange(set) };
            let state = exchange.hold(exchange.start(prices))?;
            exchange.tell(&state, prices);
            let out = scant(&exchange, &state, least);
            if out.is_empty() {
                return Some(());
            }
            leave(set, out);
        }
        None
    }

    /// The settlement of a set at prices that leave nothing, without the orders that miss what they ask
    /// there.
    fn whole(&self, set: &Set, prices: &[f64]) -> Option<Found> {
        let (mut set, mut prices) = (set.clone(), prices.to_vec());
        while !set.orders.is_empty() && !self.is_late() {
            let mut exchange = self.exchange(&set);
            let state = exchange.hold(exchange.start(&prices))?;
            exchange.tilts = tilts::tilts(&exchange, &state)?;
            let state = exchange.balance(state)?;
            exchange.tell(&state, &mut prices);
            let out = short(&exchange, &state);
            if out.is_empty() {
                let legs = exchange.legs(&state)?;
                let price = |node| exchange.price(&state, node);
                let taken = exchange.taken(&state);
                let settled = settled(self.batch, &taken, price, legs, self.alone)?;
                return Some(Found { set, settled, prices });
            }
            leave(&mut set, out);
        }
        None
    }

    /// Leaves out pools that are not worth their gas, as long as that is worth more.
    fn cheaper(&self, mut best: Found) -> Found {
        let mut most = usize::MAX;
        for _ in 0..CHEAPER {
            let legs = &best.settled.settlement.legs;
            let carry: Vec<usize> = legs.iter().map(|leg| leg.edge).collect();
            let worth = carry.iter().map(|&at| (at, self.profit(at, &best.prices)));
            let mut poor: Vec<(usize, f64)> = worth.filter(|(_, profit)| *profit < 0.0).collect();
            poor.sort_by(|a, b| a.1.total_cmp(&b.1));
            poor.truncate(poor.len().div_ceil(FEW).min(most));
            if poor.is_empty() || self.is_late() {
                break;
            }
            let mut set = best.set.clone();
            let stays = |at: &usize| carry.contains(at) && poor.iter().all(|(out, _)| out != at);
            set.edges.retain(stays);
            match self.whole(&set, &best.prices) {
                Some(found) if found.settled.net() > best.settled.net() => best = found,
                _ if poor.len() == 1 => break,
                _ => most = poor.len() / FEW,
            }
        }
        best
    }

    /// What an edge earns at prices, its gas paid.
    fn profit(&self, at: usize, prices: &[f64]) -> f64 {
        let edge = &self.batch.network.edges()[at];
        let (give, want) = (prices[edge.from], prices[edge.to]);
        let (given, wanted, _) = self.batch.network.best(at, (want / give).ln());
        want * wanted - give * given - edge.gas * self.batch.gas_price
    }
}

/// Half of the time that is left.
fn half(until: Option<Instant>) -> Option<Instant> {
    let now = Instant::now();
    until.map(|until| now + until.saturating_duration_since(now) / 2)
}

/// The node that stands for all that a node is connected with.
fn head(heads: &mut [usize], mut node: usize) -> usize {
    while heads[node] != node {
        heads[node] = heads[heads[node]];
        node = heads[node];
    }
    node
}

/// Leaves out those orders that miss most.
fn leave(set: &mut Set, mut out: Vec<(usize, f64)>) {
    out.sort_by(|a, b| a.1.total_cmp(&b.1));
    out.truncate(out.len().div_ceil(FEW));
    let out: Vec<usize> = out.iter().map(|(at, _)| set.orders[*at]).collect();
    set.orders.retain(|order| !out.contains(order));
}

/// Orders that have to be filled as a whole, by position in the exchange.
fn wholes(exchange: &Exchange<'_>) -> impl Iterator<Item = usize> {
    let is_whole = |at: &usize| !exchange.batch.orders[exchange.orders[*at]].partial;
    (0..exchange.orders.len()).filter(is_whole)
}

/// Those that are filled by less than a share where they need not be filled as a whole, and how much.
fn scant(exchange: &Exchange<'_>, state: &State, least: f64) -> Vec<(usize, f64)> {
    let share = |at: usize| (at, exchange.share(state, at).0);
    wholes(exchange).map(share).filter(|(_, share)| *share < least).collect()
}

/// Those that miss what they ask, and by how much, in logarithms.
fn short(exchange: &Exchange<'_>, state: &State) -> Vec<(usize, f64)> {
    let over = |at: usize| (at, exchange.rates(state, at).1 - exchange.asked(at));
    wholes(exchange).map(over).filter(|(_, over)| *over < -ROUNDING).collect()
}
