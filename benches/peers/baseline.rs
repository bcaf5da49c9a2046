//! Simple methods that every router is measured against: the best single path, and equal chunks on
//! the best path given the earlier ones. Paths have at most three hops.

use tenor_solver::route::{Network, Order};

use crate::{evaluate::Leg, flows};

const HOPS: usize = 3;

/// Places `chunks` equal parts of the order one after the other, each on the path that is best then.
/// `values` are the nodes' values in units wanted; with them, gas of newly used pools is weighed in
/// the choice. What cannot be placed stays.
pub(crate) fn greedy(
    network: &Network,
    order: &Order,
    values: Option<&[f64]>,
    chunks: u32,
) -> Vec<Leg> {
    let mut placed = Placed::new(network, order);
    let part = order.amount / f64::from(chunks);
    for _ in 0..chunks {
        if let Some(path) = placed.best_path(values, part) {
            placed.put(&path, part);
        }
    }
    flows::as_given(network, &placed.used).unwrap_or_else(|| {
        let asked = (order.from, order.to, order.amount);
        let level = vec![1.0; network.nodes()];
        flows::pushed(network, asked, values.unwrap_or(&level), &placed.used, 0.0)
    })
}

/// A search under way: what earlier chunks put where.
struct Placed<'a> {
    network: &'a Network,
    order: &'a Order,
    /// Units given to each edge.
    used: Vec<f64>,
    /// Units that each edge returned for them.
    gained: Vec<f64>,
    /// For each pool, the edge in use.
    direction: Vec<Option<usize>>,
}

/// The best way so far to one node.
#[derive(Clone, Copy)]
struct Way {
    amount: f64,
    /// Gas of newly used pools, in units wanted.
    cost: f64,
    /// What ways are compared by.
    score: f64,
    /// The edges, as many as the layer's number.
    path: [usize; HOPS],
}

impl<'a> Placed<'a> {
    fn new(network: &'a Network, order: &'a Order) -> Self {
        let edges = network.edges();
        let pools = edges.iter().map(|edge| edge.pool + 1).max().unwrap_or(0);
        let (used, gained) = (vec![0.0; edges.len()], vec![0.0; edges.len()]);
        Self { network, order, used, gained, direction: vec![None; pools] }
    }

    /// The edges of the best path for `amount`.
    fn best_path(&self, values: Option<&[f64]>, amount: f64) -> Option<Vec<usize>> {
        let (from, to) = (self.order.from, self.order.to);
        let mut layer = vec![None; self.network.nodes()];
        layer[from] = Some(Way { amount, cost: 0.0, score: 0.0, path: [usize::MAX; HOPS] });
        let mut best: Option<(f64, Vec<usize>)> = None;
        for hop in 0..HOPS {
            layer = self.next(&layer, hop, values);
            if let Some(way) = layer[to].take()
                && best.as_ref().is_none_or(|(score, _)| way.score > *score)
            {
                best = Some((way.score, way.path[..=hop].to_vec()));
            }
        }
        best.map(|(_, path)| path)
    }

    /// The best ways one hop further.
    fn next(&self, layer: &[Option<Way>], hop: usize, values: Option<&[f64]>) -> Vec<Option<Way>> {
        let mut next: Vec<Option<Way>> = vec![None; layer.len()];
        for (at, edge) in self.network.edges().iter().enumerate() {
            let Some(way) = layer[edge.from] else { continue };
            let in_use = self.direction[edge.pool];
            let again = |&other: &usize| self.network.edges()[other].pool == edge.pool;
            if edge.to == self.order.from
                || in_use.is_some_and(|other| other != at)
                || way.path[..hop].iter().any(again)
            {
                continue;
            }
            let given = way.amount.min(edge.limit() - self.used[at]);
            if given <= 0.0 {
                continue;
            }
            let amount = edge.gain.out(self.used[at] + given) - self.gained[at];
            let (cost, score) = match values {
                None => (0.0, amount),
                Some(values) => {
                    let gas = if in_use.is_some() { 0.0 } else { edge.gas * self.order.gas_price };
                    (way.cost + gas, amount * values[edge.to] - way.cost - gas)
                }
            };
            if next[edge.to].is_none_or(|other| score > other.score) {
                let mut path = way.path;
                path[hop] = at;
                next[edge.to] = Some(Way { amount, cost, score, path });
            }
        }
        next
    }

    /// Sends `amount` along a path.
    fn put(&mut self, path: &[usize], mut amount: f64) {
        for &at in path {
            let edge = &self.network.edges()[at];
            self.direction[edge.pool] = Some(at);
            self.used[at] = (self.used[at] + amount).min(edge.limit());
            let gained = edge.gain.out(self.used[at]);
            amount = gained - std::mem::replace(&mut self.gained[at], gained);
        }
    }
}
