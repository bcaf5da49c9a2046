//! The best net of an order by trying every set of directions: slow, and with no gates to trust.

use tenor_solver::route::{Network, Order};

use super::{bracket::converge, model::Model, problem::Problem};

/// The best net over all sets of directions, in units of the node wanted.
///
/// Every pool is shut, open forth or open back, one after the other. A branch ends where even
/// without the gas of the pools not yet decided it promises less than what has been found.
pub(super) fn enumerated(network: &Network, order: &Order, prices: &[f64]) -> f64 {
    let problem = Problem::new(network, order, prices);
    let mut search = Enumeration {
        problem: &problem,
        model: Model::new(&problem),
        best: 0.0,
        pools: Vec::new(),
    };
    for lane in &problem.lanes {
        if !search.pools.contains(&lane.pool) {
            search.pools.push(lane.pool);
        }
    }
    search.visit(0, &mut vec![true; problem.lanes.len()]);
    search.best * problem.unit
}

/// Value that is not worth another branch.
const NEAR: f64 = 1e-9;

struct Enumeration<'a> {
    problem: &'a Problem<'a>,
    model: Model<'a>,
    best: f64,
    pools: Vec<usize>,
}

impl Enumeration<'_> {
    /// Decides the pools from `at` on.
    fn visit(&mut self, at: usize, open: &mut Vec<bool>) {
        let (found, upper) = converge(self.problem, &mut self.model, open);
        self.best = self.best.max(found.net());
        // The convex problem pays for all that is open; what is not decided may yet be shut.
        let lanes = self.problem.lanes.iter().zip(open.iter()).filter(|(_, open)| **open);
        let may_shut = |pool: usize| !self.pools[..at].contains(&pool);
        let spared: f64 =
            lanes.filter(|(lane, _)| may_shut(lane.pool)).map(|(lane, _)| lane.gas).sum();
        let promising = upper + spared > self.best + NEAR;
        let Some(&pool) = self.pools.get(at).filter(|_| promising) else { return };
        let own: Vec<usize> =
            (0..open.len()).filter(|&l| self.problem.lanes[l].pool == pool).collect();
        for only in own.iter().map(Some).chain([None]) {
            let before = open.clone();
            for &l in &own {
                open[l] = Some(&l) == only;
            }
            self.visit(at + 1, open);
            *open = before;
        }
    }
}
