//! An order on a network in figures that a linear program can hold: every flow counted in value at
//! reference prices, about one where the order is.

use tenor_solver::{
    route::{Network, NetworkEdge, Order},
    venues::Gain,
};

/// One direction of a pool that a best route may use, in units of value.
#[derive(Debug)]
pub(super) struct Lane<'a> {
    pub(super) pool: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    /// The most value in that a best route may send.
    pub(super) most: f64,
    /// Value that using the lane at all costs.
    pub(super) gas: f64,
    gain: &'a Gain,
    unit_in: f64,
    unit_out: f64,
}

impl Lane<'_> {
    /// Value out for value in.
    pub(super) fn out(&self, a: f64) -> f64 {
        self.gain.out(a * self.unit_in) / self.unit_out
    }

    /// Value out for the next value in.
    pub(super) fn slope(&self, a: f64) -> f64 {
        self.gain.marginal(a * self.unit_in) * self.unit_in / self.unit_out
    }
}

/// An order and the lanes that matter to it.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) nodes: usize,
    pub(super) lanes: Vec<Lane<'a>>,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Value given.
    pub(super) amount: f64,
    /// Units of the node wanted in one unit of value.
    pub(super) unit: f64,
}

impl<'a> Problem<'a> {
    /// Scales `order` by reference prices: what one unit of each node is worth.
    ///
    /// At these prices no trade may gain, so no cycle pays: nothing leads into what is given or out
    /// of what is wanted, and no lane carries more than the order is worth.
    pub(super) fn new(network: &'a Network, order: &Order, prices: &[f64]) -> Self {
        let useful = |edge: &&NetworkEdge| {
            edge.to != order.from && edge.from != order.to && edge.limit() > 0.0
        };
        let edges: Vec<&NetworkEdge> = network.edges().iter().filter(useful).collect();
        let whole = order.amount * prices[order.from];
        let most = |edge: &NetworkEdge| edge.limit().min(whole / prices[edge.from]);
        let wanted = edges.iter().filter(|edge| edge.to == order.to);
        let returned = wanted.map(|edge| edge.gain.out(most(edge)) * prices[order.to]).sum();
        // One unit of value is what may come out: a large order on a small market returns little.
        let value = if returned > 0.0 { whole.min(returned) } else { whole };
        let unit = |node: usize| value / prices[node];
        let lane = |edge: &'a NetworkEdge| {
            let (unit_in, unit_out) = (unit(edge.from), unit(edge.to));
            let rate = edge.gain.marginal(0.0) * unit_in / unit_out;
            assert!(rate <= 1.0 + 1e-12, "a trade gains at reference prices: {rate}");
            Lane {
                pool: edge.pool,
                from: edge.from,
                to: edge.to,
                most: most(edge) / unit_in,
                gas: edge.gas * order.gas_price / unit(order.to),
                gain: &edge.gain,
                unit_in,
                unit_out,
            }
        };
        Self {
            nodes: network.nodes(),
            lanes: edges.into_iter().map(lane).collect(),
            from: order.from,
            to: order.to,
            amount: whole / value,
            unit: unit(order.to),
        }
    }

    /// Executes flows near `inputs`: every node gives on what it holds, in the proportions asked
    /// for.
    pub(super) fn execute(&self, inputs: &[f64]) -> Executed {
        let mut used: Vec<usize> = (0..self.lanes.len()).filter(|&l| inputs[l] > DUST).collect();
        let mut left: Vec<usize> = (0..self.nodes).collect();
        let (mut held, mut gas, mut legs) = (vec![0.0; self.nodes], 0.0, 0);
        held[self.from] = self.amount;
        while let Some(node) = self.next_node(&left, &mut used, inputs) {
            left.retain(|&other| other != node);
            let (spending, rest): (Vec<usize>, Vec<usize>) =
                used.into_iter().partition(|&l| self.lanes[l].from == node);
            used = rest;
            let asked: f64 = spending.iter().map(|&l| inputs[l]).sum();
            for l in spending {
                let lane = &self.lanes[l];
                let input = (held[node] * inputs[l] / asked).min(lane.most);
                if input > 0.0 {
                    held[lane.to] += lane.out(input);
                    gas += lane.gas;
                    legs += 1;
                }
            }
        }
        Executed { out: held[self.to], gas, legs }
    }

    /// The next node that nothing more flows into. Where only cycles are left, the smallest flow
    /// among them is dropped.
    fn next_node(&self, left: &[usize], used: &mut Vec<usize>, inputs: &[f64]) -> Option<usize> {
        loop {
            let fed = |&&node: &&usize| used.iter().all(|&l| self.lanes[l].to != node);
            if left.is_empty() {
                return None;
            }
            if let Some(&node) = left.iter().find(fed) {
                return Some(node);
            }
            let smallest = used.iter().copied().min_by(|&l, &m| inputs[l].total_cmp(&inputs[m]));
            used.retain(|&l| Some(l) != smallest);
        }
    }
}

/// What flows do when they are executed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Executed {
    /// Value wanted.
    pub(super) out: f64,
    /// Value that the lanes used cost.
    pub(super) gas: f64,
    /// Lanes used.
    pub(super) legs: usize,
}

impl Executed {
    pub(super) fn net(&self) -> f64 {
        self.out - self.gas
    }

    pub(super) fn better(self, other: Self) -> Self {
        if other.net() > self.net() { other } else { self }
    }
}

/// Value below which a linear program's flow is its rounding.
const DUST: f64 = 1e-11;
