//! The best net of an order between two figures: one that a route returns, one that none exceeds.

use tenor_solver::route::{Network, Order};

use super::{
    model::{Gate, Model},
    problem::{Executed, Problem},
};

/// Programs solved in one node before it is left as it is.
const ROUNDS: usize = 60;
/// Nodes visited before an order counts as too hard.
const NODES: usize = 5000;
/// How near the figures are brought, in units of value.
const NEAR: f64 = 1e-9;
/// Value that the rounding of the linear programs can hide from the upper figure: ten times the
/// worst seen in ten thousand orders.
pub(super) const SLACK: f64 = 2e-7;

/// What the best route returns net of gas, in units of the node wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    /// A route returns this much.
    pub(super) lower: f64,
    /// No route returns more.
    pub(super) upper: f64,
    /// What the order could return at reference prices: the scale of both figures' rounding.
    pub(super) scale: f64,
    /// Legs of the route that returns the lower figure.
    pub(super) legs: usize,
    /// Nodes of the tree over gates.
    pub(super) nodes: usize,
}

/// Branch and cut: each node of a tree over the gates is a linear program, to which tangents are
/// added until it promises no more than a route returns or a gate must be decided.
pub(super) fn bracket(network: &Network, order: &Order, prices: &[f64]) -> Bracket {
    let problem = Problem::new(network, order, prices);
    let mut tree = Tree {
        problem: &problem,
        model: Model::new(&problem),
        best: Executed::default(),
        nodes: 0,
    };
    let upper = tree.visit(&vec![Gate::Free; problem.lanes.len()], f64::INFINITY);
    let net = tree.best.net();
    assert!(net <= upper + SLACK, "{net} is returned, but {upper} cannot be exceeded");
    Bracket {
        lower: net * problem.unit,
        upper: (upper.max(net) + SLACK) * problem.unit,
        scale: problem.unit,
        legs: tree.best.legs,
        nodes: tree.nodes,
    }
}

struct Tree<'a> {
    problem: &'a Problem<'a>,
    model: Model<'a>,
    best: Executed,
    nodes: usize,
}

impl Tree<'_> {
    /// What no route with these gates exceeds, as long as it matters; routes found are kept.
    fn visit(&mut self, gates: &[Gate], above: f64) -> f64 {
        self.nodes += 1;
        let mut upper = above;
        let mut undecided = None;
        for _ in 0..ROUNDS {
            let plan = self.model.solve(gates, self.best.net());
            let gained = upper - plan.value;
            upper = upper.min(plan.value);
            self.best = self.best.better(self.problem.execute(&plan.inputs()));
            if self.closed(upper) || self.nodes > NODES {
                return upper;
            }
            undecided = least_decided(gates, &plan.gates());
            let stuck = gained <= 0.1 * (upper - self.best.net());
            if !self.model.cut(&plan) || (stuck && undecided.is_some()) {
                break;
            }
        }
        let Some(lane) = undecided else { return upper };
        let open = self.visit(&self.opened(gates, lane), upper);
        let mut shut = gates.to_vec();
        shut[lane] = Gate::Shut;
        open.max(self.visit(&shut, upper))
    }

    /// Whether `upper` promises no more than has been found.
    fn closed(&self, upper: f64) -> bool {
        upper - self.best.net() <= near(self.best.net())
    }

    /// With a lane open, the other direction of its pool is shut: both at once never pay.
    fn opened(&self, gates: &[Gate], lane: usize) -> Vec<Gate> {
        let lanes = &self.problem.lanes;
        let decide = |(at, gate): (usize, &Gate)| match gate {
            _ if at == lane => Gate::Open,
            Gate::Free if lanes[at].pool == lanes[lane].pool => Gate::Shut,
            gate => *gate,
        };
        gates.iter().enumerate().map(decide).collect()
    }
}

/// The free gate that stands furthest from both open and shut; none where all are decided.
fn least_decided(gates: &[Gate], shares: &[f64]) -> Option<usize> {
    let doubt = |at: &usize| shares[*at].min(1.0 - shares[*at]);
    let free = (0..gates.len()).filter(|&at| gates[at] == Gate::Free && doubt(&at) > 0.0);
    free.max_by(|a, b| doubt(a).total_cmp(&doubt(b)))
}

/// How near is near enough for a figure.
fn near(value: f64) -> f64 {
    NEAR.max(1e-8 * value)
}

/// The best route found over `open` lanes, and what no route over them exceeds while all of them
/// pay: the convex problem, by Kelley's cutting planes.
pub(super) fn converge(
    problem: &Problem<'_>,
    model: &mut Model<'_>,
    open: &[bool],
) -> (Executed, f64) {
    let gates: Vec<Gate> =
        open.iter().map(|open| if *open { Gate::Open } else { Gate::Shut }).collect();
    let paying = problem.lanes.iter().zip(open).filter(|(_, open)| **open);
    let owed: f64 = paying.map(|(lane, _)| lane.gas).sum();
    let (mut best, mut upper) = (Executed::default(), f64::INFINITY);
    for _ in 0..ROUNDS {
        let plan = model.solve(&gates, best.out - owed);
        let found = problem.execute(&plan.inputs());
        best = best.better(found);
        upper = upper.min(plan.value);
        if upper + owed - found.out <= near(found.out) / 10.0 || !model.cut(&plan) {
            break;
        }
    }
    (best, upper)
}
