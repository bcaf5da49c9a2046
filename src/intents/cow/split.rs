//! Routes over several paths at once: searched in real numbers, pushed in integers.

use std::time::Instant;

use alloy_primitives::U256;
use tenor_solver::{
    amount::{from_f64, to_f64},
    route::{Flow, Network, NetworkEdge, Optimiser, Order as RouteOrder},
    venues::Gain,
};

use super::{market::Market, plan::Plan};

/// How near the best a route has to be, relative.
const GAP: f64 = 1e-7;

/// Halvings of the interval that an input for an exact output lies in.
const HALVINGS: usize = 48;

/// Routes between two nodes.
#[derive(Debug, Clone, Copy)]
pub struct Split<'m> {
    /// The market.
    pub market: &'m Market,
    /// From which node to which.
    pub ends: (usize, usize),
    /// Units of the node wanted that a unit of gas costs.
    pub gas_price: f64,
    /// When to stop.
    pub until: Option<Instant>,
}

impl Split<'_> {
    fn flows(&self, network: &Network, amount: f64) -> Option<(Vec<Flow>, f64)> {
        let (from, to) = self.ends;
        let order = RouteOrder { from, to, amount, gas_price: self.gas_price, reach: Vec::new() };
        let routed = Optimiser::with_gap(GAP).solve(network, &order, self.until).ok()?;
        let price = routed.prices.get(from).copied().unwrap_or_default();
        // The driver executes one leg with each liquidity; its names may stand twice.
        (!routed.legs.is_empty() && self.distinct(&routed.legs)).then_some((routed.legs, price))
    }

    fn distinct(&self, flows: &[Flow]) -> bool {
        let pool = |flow: &Flow| self.market.directions.get(flow.edge).map(|d| d.pool);
        let mut ids: Vec<Option<&str>> = flows
            .iter()
            .map(|flow| pool(flow).and_then(|at| self.market.pools.get(at)).map(|p| p.id.as_str()))
            .collect();
        ids.sort_unstable();
        ids.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// The most for an input.
    pub fn most(&self, input: U256) -> Option<Plan> {
        let (flows, _) = self.flows(&self.market.network, to_f64(input))?;
        Plan::split(self.market, self.ends, &flows, input)
    }

    /// The least input that buys `output`, of which `known` is one that does.
    pub fn least(&self, output: U256, known: U256) -> Option<Plan> {
        let network = &self.market.network;
        let (flows, price) = self.flows(network, to_f64(known))?;
        let real = |flows: &[Flow]| -> f64 {
            let arrives = |flow: &&Flow| self.market.directions[flow.edge].to == self.ends.1;
            flows.iter().filter(arrives).map(|flow| flow.amount_out).sum()
        };
        let spare = real(&flows) - to_f64(output);
        let nearer = to_f64(known) - spare.max(0.0) / price.max(f64::MIN_POSITIVE);
        let again = (spare > 0.0 && nearer > 0.0)
            .then(|| self.flows(network, nearer).map(|(flows, _)| flows))
            .flatten();
        let trimmed = |flows: &[Flow]| self.trimmed(flows, output, known);
        [Some(flows), again]
            .into_iter()
            .flatten()
            .filter_map(|f| trimmed(&f))
            .min_by_key(|p| p.input)
    }

    /// The least input that buys `output` where it is divided as `flows` are.
    fn trimmed(&self, flows: &[Flow], output: U256, known: U256) -> Option<Plan> {
        let plan = |input| {
            Plan::split(self.market, self.ends, flows, input).filter(|p| p.output >= output)
        };
        let (mut low, mut high) = (U256::ZERO, known);
        let mut best = plan(high)?;
        for _ in 0..HALVINGS.max(known.bit_len()) {
            let middle = low + (high - low) / U256::from(2);
            if middle == low {
                break;
            }
            match plan(middle) {
                Some(found) => (high, best) = (middle, found),
                None => low = middle,
            }
        }
        Some(best)
    }

    /// How much of `amount` to trade where the rest is worth `limit` units of the node wanted each, and
    /// how: what pays less than the limit is not traded.
    pub fn part(&self, amount: U256, limit: f64) -> Option<Plan> {
        let (from, to) = self.ends;
        let kept = self.market.directions.len();
        let mut edges: Vec<NetworkEdge> = self.market.network.edges().iter().cloned().collect();
        let pool = self.market.pools.len();
        let gain = Gain::Linear { rate: limit, cap: f64::INFINITY };
        edges.push(NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas: 0.0 });
        let network = Network::new(self.market.tokens.len(), edges).ok()?;
        let order = RouteOrder {
            from,
            to,
            amount: to_f64(amount),
            gas_price: self.gas_price,
            reach: Vec::new(),
        };
        let routed = Optimiser::with_gap(GAP).solve(&network, &order, self.until).ok()?;
        let traded: Vec<Flow> = routed.legs.into_iter().filter(|leg| leg.edge != kept).collect();
        let given = |flow: &&Flow| self.market.directions[flow.edge].from == from;
        let input: f64 = traded.iter().filter(given).map(|flow| flow.amount_in).sum();
        let input = from_f64(input).min(amount);
        (!traded.is_empty() && self.distinct(&traded) && !input.is_zero())
            .then(|| Plan::split(self.market, self.ends, &traded, input))
            .flatten()
    }
}
