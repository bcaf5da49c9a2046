//! Clearing prices of orders over more than two nodes.
//!
//! Orders alone are an exchange in which everybody sells a fixed amount; pools trade until their
//! marginal price is the market's. At one price for each node, both to the orders and to the pools,
//! what the pools earn would be left over. So orders trade at the pools' marginal prices tilted by one
//! figure: the price of a node rises by `tilt` times the share of it that goes to pools, and falls by
//! the share that comes from them, in logarithms. The pools then pay their average and nothing is
//! left: as many equations, one for each node, as prices and tilt.
//!
//! Newton's method solves them; where it does not, the orders are settled otherwise.

use super::{
    Batch, Kind,
    linear::solve,
    pools::Pools,
    settle::{Settled, Taken, settled},
};
use crate::{
    route::{Flow, NetworkEdge},
    venues::Gain,
};

/// Steps of Newton's method, and halvings of one.
const STEPS: u32 = 60;
const HALVINGS: u32 = 20;

/// The largest change of the logarithm of a price in one step.
const LEAP: f64 = 0.5;

/// What nodes may have left over, as a share of what is traded.
const EXACT: f64 = 1e-13;
const GOOD: f64 = 1e-11;

/// What a node may lack, as a share of what is traded there.
const SHORT: f64 = 1e-10;

/// The change of a logarithm of prices over which a straight line opens.
const BEND: f64 = 1e-4;

/// A small change of a logarithm, to tell slopes.
const STEP: f64 = 1e-6;

/// Shares of what is traded below this are not sent.
const DUST: f64 = 1e-13;

/// Most pools that are left out again because they are not worth their gas.
const LEAVINGS: usize = 8;

/// Nodes that orders and a few pools connect, and how they balance.
struct Exchange<'a> {
    batch: &'a Batch<'a>,
    taken: &'a [Taken],
    edges: Vec<(usize, &'a NetworkEdge)>,
    /// The network's number of each node.
    nodes: Vec<usize>,
    /// How far each node's price is tilted.
    tilts: Vec<f64>,
    /// Value of all that orders give.
    scale: f64,
    pooled: bool,
}

/// Where a search stands: logarithms of marginal prices beside values, and the tilt.
#[derive(Debug, Clone)]
struct State {
    logs: Vec<f64>,
    tilt: f64,
}

/// What each node has left over, and how that changes.
struct Left {
    units: Vec<f64>,
    /// By the logarithm of each marginal price, row by row.
    by_price: Vec<Vec<f64>>,
    by_tilt: Vec<f64>,
}

/// The settlement of all of `taken`, filled just so, over the pools of a few edges; `None` where no
/// prices are found or a limit is not met. Pools that are not worth their gas are left out.
pub(super) fn several(
    batch: &Batch<'_>,
    taken: &[Taken],
    pools: &Pools,
    alone: &[f64],
) -> Option<Settled> {
    let all = pools.named_edges();
    let mut out: Vec<usize> = Vec::new();
    let attempt = |out: &[usize]| {
        let edges = all.iter().filter(|(at, _)| !out.contains(at)).copied().collect();
        Exchange::new(batch, taken, edges).settle(alone)
    };
    let mut best = attempt(&out)?;
    for _ in 0..LEAVINGS {
        let least = best.settlement.legs.iter().min_by(|a, b| {
            let value =
                |leg: &Flow| leg.amount_in * batch.values[batch.network.edges()[leg.edge].from];
            value(a).total_cmp(&value(b))
        });
        let Some(least) = least.filter(|_| batch.gas_price > 0.0) else { break };
        out.push(least.edge);
        match attempt(&out) {
            Some(found) if found.net() > best.net() => best = found,
            _ => break,
        }
    }
    Some(best)
}

impl<'a> Exchange<'a> {
    fn new(batch: &'a Batch<'a>, taken: &'a [Taken], edges: Vec<(usize, &'a NetworkEdge)>) -> Self {
        let ends = |one: &Taken| [batch.orders[one.order].sell, batch.orders[one.order].buy];
        let mut nodes: Vec<usize> = taken.iter().flat_map(ends).collect();
        nodes.extend(edges.iter().flat_map(|(_, edge)| [edge.from, edge.to]));
        nodes.sort_unstable();
        nodes.dedup();
        let pooled = !edges.is_empty();
        let tilts = vec![0.0; nodes.len()];
        let mut exchange = Self { batch, taken, edges, nodes, tilts, scale: 0.0, pooled };
        let (over, sums) = exchange.at_values();
        exchange.scale = sums.iter().sum::<f64>() * 0.5;
        exchange.tilts =
            over.iter().zip(&sums).map(|(o, s)| if *s > 0.0 { o / s } else { 0.0 }).collect();
        exchange
    }

    /// At the values of reference: what orders bring of each node less what they take, and both
    /// together.
    fn at_values(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut over, mut sums) = (vec![0.0; self.nodes.len()], vec![0.0; self.nodes.len()]);
        for one in self.taken {
            let order = &self.batch.orders[one.order];
            let fixed = if order.kind == Kind::Sell { order.sell } else { order.buy };
            let value = order.amount * one.share * self.batch.values[fixed];
            for (node, sign) in [(order.sell, 1.0), (order.buy, -1.0)] {
                let at = self.at(node);
                over[at] += sign * value;
                sums[at] += value;
            }
        }
        (over, sums)
    }

    fn at(&self, node: usize) -> usize {
        self.nodes.partition_point(|other| *other < node)
    }

    /// A node's clearing price.
    fn price(&self, state: &State, at: usize) -> f64 {
        self.value(at) * (state.logs[at] + state.tilt * self.tilts[at]).exp()
    }

    /// The marginal price of what an edge gives, in units of what it takes.
    fn ratio(&self, state: &State, from: usize, to: usize) -> f64 {
        self.value(to) / self.value(from) * (state.logs[to] - state.logs[from]).exp()
    }

    fn value(&self, at: usize) -> f64 {
        self.batch.values[self.nodes[at]]
    }

    /// What goes through an edge at marginal prices, and how that changes with the logarithm of their
    /// ratio.
    fn response(&self, edge: &NetworkEdge, ratio: f64) -> (f64, f64) {
        let limit = edge.limit();
        if let Gain::Linear { rate, .. } = edge.gain {
            let most = limit.min(2.0 * self.scale / self.batch.values[edge.from]);
            let open = 1.0 / (1.0 + (-((rate * ratio).ln() / BEND)).exp());
            return (most * open, most * open * (1.0 - open) / BEND);
        }
        let given = |ratio: f64| edge.gain.input_at(1.0 / ratio).min(limit);
        let (here, less, more) =
            (given(ratio), given(ratio * (1.0 - STEP)), given(ratio * (1.0 + STEP)));
        (here, (more - less) / (2.0 * STEP))
    }

    fn left(&self, state: &State) -> Left {
        let n = self.nodes.len();
        let (units, by_tilt) = (vec![0.0; n], vec![0.0; n]);
        let mut left = Left { units, by_price: vec![vec![0.0; n]; n], by_tilt };
        self.taken.iter().for_each(|one| self.add_order(&mut left, state, one));
        self.edges.iter().for_each(|(_, edge)| self.add_pool(&mut left, state, edge));
        left
    }

    fn add_order(&self, left: &mut Left, state: &State, one: &Taken) {
        let order = &self.batch.orders[one.order];
        let (sell, buy) = (self.at(order.sell), self.at(order.buy));
        let rate = self.price(state, sell) / self.price(state, buy);
        let (sold, bought) = one.amounts(order, rate);
        left.units[sell] += sold;
        left.units[buy] -= bought;
        // What is not fixed moves with the ratio of prices.
        let (at, by) = match order.kind {
            Kind::Sell => (buy, -bought),
            Kind::Buy => (sell, -sold),
        };
        left.by_price[at][sell] += by;
        left.by_price[at][buy] -= by;
        left.by_tilt[at] += by * (self.tilts[sell] - self.tilts[buy]);
    }

    fn add_pool(&self, left: &mut Left, state: &State, edge: &NetworkEdge) {
        let (from, to) = (self.at(edge.from), self.at(edge.to));
        let (given, growth) = self.response(edge, self.ratio(state, from, to));
        if given <= 0.0 {
            return;
        }
        left.units[from] -= given;
        left.units[to] += edge.gain.out(given);
        let slope = edge.gain.marginal(given) * growth;
        left.by_price[from][to] -= growth;
        left.by_price[from][from] += growth;
        left.by_price[to][to] += slope;
        left.by_price[to][from] -= slope;
    }

    /// The largest value that a node has left over or lacks, as a share of all.
    fn off(&self, units: &[f64]) -> f64 {
        let value = |(at, units): (usize, &f64)| (units * self.value(at)).abs();
        units.iter().enumerate().map(value).fold(0.0, f64::max) / self.scale
    }

    /// Newton's step; `None` where nothing tells it.
    fn step(&self, left: &Left) -> Option<State> {
        let n = self.nodes.len();
        let weight = |at: usize| self.value(at) / self.scale;
        let mut rows = Vec::with_capacity(n + 1);
        let mut right = Vec::with_capacity(n + 1);
        for at in 0..n {
            let mut row: Vec<f64> = left.by_price[at].iter().map(|by| by * weight(at)).collect();
            row.push(left.by_tilt[at] * weight(at));
            // A node that nothing moves yet stays.
            row[at] += 1e-12;
            rows.push(row);
            right.push(-left.units[at] * weight(at));
        }
        // Prices have no scale of their own; without pools, no tilt either.
        let mut gauge = vec![1.0; n];
        gauge.push(0.0);
        if self.pooled {
            rows.push(gauge);
        } else {
            let mut none = vec![0.0; n];
            none.push(1.0);
            *rows.last_mut()? = gauge;
            *right.last_mut()? = 0.0;
            rows.push(none);
        }
        right.push(0.0);
        let mut logs = solve(rows, right)?;
        let tilt = logs.pop()?;
        Some(State { logs, tilt })
    }

    /// Prices that leave nothing.
    fn balance(&self) -> Option<State> {
        let mut state = State { logs: vec![0.0; self.nodes.len()], tilt: 0.0 };
        let mut left = self.left(&state);
        for _ in 0..STEPS {
            let off = self.off(&left.units);
            if off <= EXACT {
                break;
            }
            let step = self.step(&left)?;
            let longest = step.logs.iter().fold(step.tilt.abs(), |m, d| m.max(d.abs()));
            let mut by = (LEAP / longest).min(1.0);
            let mut moved = false;
            for _ in 0..HALVINGS {
                let next = State {
                    logs: state.logs.iter().zip(&step.logs).map(|(log, d)| log + by * d).collect(),
                    tilt: state.tilt + by * step.tilt,
                };
                let then = self.left(&next);
                if self.off(&then.units) < off {
                    (state, left, moved) = (next, then, true);
                    break;
                }
                by *= 0.5;
            }
            if !moved {
                break;
            }
        }
        (self.off(&left.units) <= GOOD).then_some(state)
    }

    /// Settles at prices that leave nothing.
    fn settle(&self, alone: &[f64]) -> Option<Settled> {
        let state = self.balance()?;
        let legs = self.legs(&state)?;
        if self.lacks(&state, &legs) {
            return None;
        }
        let price = |node: usize| self.price(&state, self.at(node));
        settled(self.batch, self.taken, price, legs, alone)
    }

    /// Whether a node gives more than it gets: little of all that is traded may be much of it.
    fn lacks(&self, state: &State, legs: &[Flow]) -> bool {
        let (mut held, mut moved) = (vec![0.0; self.nodes.len()], vec![0.0; self.nodes.len()]);
        let mut add = |node: usize, units: f64| {
            held[self.at(node)] += units;
            moved[self.at(node)] += units.abs();
        };
        for one in self.taken {
            let order = &self.batch.orders[one.order];
            let [sell, buy] = [order.sell, order.buy].map(|n| self.price(state, self.at(n)));
            let (sold, bought) = one.amounts(order, sell / buy);
            add(order.sell, sold);
            add(order.buy, -bought);
        }
        for leg in legs {
            let edge = &self.batch.network.edges()[leg.edge];
            add(edge.from, -leg.amount_in);
            add(edge.to, leg.amount_out);
        }
        held.iter().zip(moved).any(|(held, moved)| *held < -SHORT * moved)
    }

    /// What goes through pools, in an order in which it can; `None` where something goes round or a
    /// pool is used twice.
    fn legs(&self, state: &State) -> Option<Vec<Flow>> {
        let mut open = Vec::new();
        for (number, edge) in &self.edges {
            let (from, to) = (self.at(edge.from), self.at(edge.to));
            let (given, _) = self.response(edge, self.ratio(state, from, to));
            if given * self.batch.values[edge.from] > DUST * self.scale {
                let out = edge.gain.out(given);
                open.push((Flow { edge: *number, amount_in: given, amount_out: out }, *edge));
            }
        }
        let mut pools: Vec<usize> = open.iter().map(|(_, edge)| edge.pool).collect();
        pools.sort_unstable();
        if pools.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        let mut legs = Vec::with_capacity(open.len());
        while !open.is_empty() {
            let ready = |at: &usize| open.iter().all(|(_, edge)| edge.to != open[*at].1.from);
            let next = (0..open.len()).find(ready)?;
            legs.push(open.remove(next).0);
        }
        Some(legs)
    }
}
