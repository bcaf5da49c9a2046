//! The best single path, in integers: for an input the most that arrives, for an output the least that
//! it takes, for each number of legs.
//!
//! What a node holds after so many legs is worth more the more it is, so the best of fewer legs is
//! extended by one. A path visits no node and no pool twice.

use std::time::Instant;

use alloy_primitives::U256;
use tenor_solver::amount::to_f64;

use super::market::Market;

/// The most legs of a path.
pub const MOST_LEGS: usize = 4;

/// Floats overstate integers by at most this share, and two units.
const NEAR: f64 = 1e-9;

/// The best known at a node, and the edge by which it was reached.
#[derive(Debug, Clone, Copy)]
struct Reached {
    amount: U256,
    edge: usize,
}

type Layer = Vec<Option<Reached>>;

/// Which way a search goes, and what is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From an input: more is better.
    Forth,
    /// From an output: less is better.
    Back,
}

/// A search from one node.
struct Search<'m> {
    market: &'m Market,
    way: Way,
    start: usize,
    /// Legs from each node to the other end, at least.
    far: Vec<usize>,
    layers: Vec<Layer>,
}

/// For each number of legs that serves, the path from `from` to `to` on which most of `amount` arrives.
pub fn most(
    market: &Market,
    (from, to): (usize, usize),
    amount: U256,
    until: Option<Instant>,
) -> Vec<Vec<usize>> {
    Search::new(market, Way::Forth, from, to).run(amount, to, until)
}

/// For each number of legs that serves, the path from `from` to `to` that takes least for `amount`.
pub fn least(
    market: &Market,
    (from, to): (usize, usize),
    amount: U256,
    until: Option<Instant>,
) -> Vec<Vec<usize>> {
    let mut paths = Search::new(market, Way::Back, to, from).run(amount, from, until);
    paths.iter_mut().for_each(|path| path.reverse());
    paths
}

impl<'m> Search<'m> {
    fn new(market: &'m Market, way: Way, start: usize, end: usize) -> Self {
        let mut search =
            Self { market, way, start, far: vec![usize::MAX; market.tokens.len()], layers: vec![] };
        // Distances from the end, against the way.
        let (mut reached, mut next) = (vec![end], Vec::new());
        for legs in 0..=MOST_LEGS {
            for node in reached.drain(..) {
                if search.far[node] != usize::MAX {
                    continue;
                }
                search.far[node] = legs;
                let (edges, _) = search.edges(node, true);
                next.extend(edges.iter().map(|edge| search.end(*edge, true)));
            }
            std::mem::swap(&mut reached, &mut next);
        }
        search
    }

    /// The edges at a node that lead on, or back.
    fn edges(&self, node: usize, back: bool) -> (&'m [usize], bool) {
        let leaving = (self.way == Way::Forth) != back;
        let edges = if leaving { &self.market.leaving } else { &self.market.entering };
        (&edges[node], leaving)
    }

    /// The other end of an edge that leads on, or back.
    fn end(&self, edge: usize, back: bool) -> usize {
        let direction = &self.market.directions[edge];
        if (self.way == Way::Forth) == back { direction.from } else { direction.to }
    }

    fn run(mut self, amount: U256, end: usize, until: Option<Instant>) -> Vec<Vec<usize>> {
        let mut first: Layer = vec![None; self.market.tokens.len()];
        first[self.start] = Some(Reached { amount, edge: usize::MAX });
        self.layers.push(first);
        for legs in 1..=MOST_LEGS {
            if until.is_some_and(|until| Instant::now() >= until) {
                break;
            }
            let layer = self.extended(legs, end);
            self.layers.push(layer);
        }
        (1..self.layers.len()).filter_map(|legs| self.path(legs, end)).collect()
    }

    fn extended(&self, legs: usize, end: usize) -> Layer {
        let mut layer: Layer = vec![None; self.market.tokens.len()];
        let known = self.layers[legs - 1].iter().enumerate();
        for (node, reached) in known.filter_map(|(node, at)| at.map(|at| (node, at))) {
            if node == end {
                continue;
            }
            for &edge in self.edges(node, false).0 {
                let next = self.end(edge, false);
                let near = self.far[next] <= MOST_LEGS - legs;
                if near && !self.visited(legs - 1, node, edge, next) {
                    self.offer(&mut layer[next], edge, reached.amount);
                }
            }
        }
        layer
    }

    /// Keeps what an edge makes of an amount, if it is better than what is known.
    fn offer(&self, best: &mut Option<Reached>, edge: usize, amount: U256) {
        let direction = &self.market.directions[edge];
        if let (Some(best), Way::Forth) = (&best, self.way) {
            // Floats are quick, and never below the integers.
            let gain = &self.market.network.edges()[edge].gain;
            let most = gain.out(to_f64(amount)) * (1.0 + NEAR) + 2.0;
            if most < to_f64(best.amount) {
                return;
            }
        }
        let made = match self.way {
            Way::Forth => self.market.out(direction, amount),
            Way::Back => self.market.input(direction, amount),
        };
        let Some(amount) = made else { return };
        let better = best.is_none_or(|best| match self.way {
            Way::Forth => amount > best.amount,
            Way::Back => amount < best.amount,
        });
        if better {
            *best = Some(Reached { amount, edge });
        }
    }

    /// Whether the path to `node` has been at `next`, or through the edge's pool.
    fn visited(&self, legs: usize, node: usize, edge: usize, next: usize) -> bool {
        let pool = self.market.directions[edge].pool;
        let mut at = node;
        for layer in self.layers[..=legs].iter().rev() {
            let Some(reached) = layer[at] else { return true };
            if at == next {
                return true;
            }
            if reached.edge == usize::MAX {
                return false;
            }
            let id = |pool: usize| &self.market.pools[pool].id;
            if id(self.market.directions[reached.edge].pool) == id(pool) {
                return true;
            }
            at = self.end(reached.edge, true);
        }
        false
    }

    fn path(&self, legs: usize, end: usize) -> Option<Vec<usize>> {
        let (mut at, mut path) = (end, Vec::with_capacity(legs));
        for layer in self.layers[1..=legs].iter().rev() {
            let edge = layer[at]?.edge;
            path.push(edge);
            at = self.end(edge, true);
        }
        path.reverse();
        Some(path)
    }
}
