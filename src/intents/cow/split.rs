//! Routes over several paths at once: searched in real numbers, pushed in integers.

use std::time::{Duration, Instant};

use alloy_primitives::U256;
use tenor_solver::{
    amount::{from_f64, to_f64},
    route::{Flow, Network, NetworkEdge, Optimiser, Order as RouteOrder},
    venues::Gain,
};

use super::{
    market::Market,
    plan::Plan,
    scope::{self, Scope},
};

/// How near the best a route has to be, relative.
const GAP: f64 = 1e-7;

/// The longest that one search takes where there is an end to all: what it has by then is good. Less
/// where less than eight times as much is left.
const LONGEST: Duration = Duration::from_millis(250);
const PART: u32 = 8;

/// Routes between two nodes.
#[derive(Debug)]
pub struct Split<'m> {
    market: &'m Market,
    ends: (usize, usize),
    gas_price: f64,
    until: Option<Instant>,
    scope: Scope,
}

impl<'m> Split<'m> {
    /// Routes for about `amount`, of which a unit is worth `limit` units of the node wanted at least. A unit
    /// of gas costs `gas_price` of these. `None` where nothing returns as much.
    pub fn new(
        market: &'m Market,
        ends: (usize, usize),
        (amount, limit): (U256, f64),
        gas_price: f64,
        until: Option<Instant>,
    ) -> Option<Self> {
        let edges = scope::edges(market, ends, amount, limit)?;
        let scope = Scope::of(market, edges, &[ends.0, ends.1])?;
        Some(Self { market, ends, gas_price, until, scope })
    }

    /// Flows of the market for `amount`, over the scope or a network that begins with it, and the price
    /// of the node given.
    fn flows(&self, network: &Network, amount: f64) -> Option<(Vec<Flow>, f64)> {
        let (from, to) = (self.scope.node(self.ends.0)?, self.scope.node(self.ends.1)?);
        let order = RouteOrder { from, to, amount, gas_price: self.gas_price, reach: Vec::new() };
        // Without an end to all, a search ends by itself: the same is found every time.
        let now = Instant::now();
        let part = |until: Instant| (until.saturating_duration_since(now) / PART).min(LONGEST);
        let until = self.until.map(|until| now + part(until));
        let routed = Optimiser::with_gap(GAP).solve(network, &order, until).ok()?;
        let price = routed.prices.get(from).copied().unwrap_or_default();
        let flows = self.scope.flows(&routed.legs);
        (!flows.is_empty() && self.distinct(&flows)).then_some((flows, price))
    }

    /// The driver executes one leg with each liquidity, and its names may stand twice.
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
        let (flows, _) = self.flows(&self.scope.network, to_f64(input))?;
        Plan::split(self.market, self.ends, &flows, input)
    }

    /// The least input that buys `output`, of which `known` is about one that does.
    pub fn least(&self, output: U256, known: U256) -> Option<Plan> {
        let network = &self.scope.network;
        let (flows, price) = self.flows(network, to_f64(known))?;
        let arrives = |flow: &&Flow| self.market.directions[flow.edge].to == self.ends.1;
        let real: f64 = flows.iter().filter(arrives).map(|flow| flow.amount_out).sum();
        let spare = real - to_f64(output);
        let nearer = to_f64(known) - spare.max(0.0) / price.max(f64::MIN_POSITIVE);
        let again = (spare > 0.0 && nearer > 0.0)
            .then(|| self.flows(network, nearer).map(|(flows, _)| flows))
            .flatten();
        let trimmed = |flows: Vec<Flow>| self.trimmed(&flows, output, known);
        let tried = [Some(flows), again].into_iter().flatten();
        tried.filter_map(trimmed).min_by_key(|plan| plan.input)
    }

    /// The least input that buys `output` where it is divided as `flows` are.
    fn trimmed(&self, flows: &[Flow], output: U256, known: U256) -> Option<Plan> {
        let plan = |input| {
            Plan::split(self.market, self.ends, flows, input).filter(|p| p.output >= output)
        };
        let (mut low, mut high) = (U256::ZERO, known);
        let mut best = plan(high)?;
        for _ in 0..known.bit_len() {
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
        let mut edges: Vec<NetworkEdge> = self.scope.network.edges().iter().cloned().collect();
        let (from, to) = (self.scope.node(self.ends.0)?, self.scope.node(self.ends.1)?);
        let gain = Gain::Linear { rate: limit, cap: f64::INFINITY };
        // A pool and an edge beyond all others: what goes through it is kept.
        let pool = self.market.pools.len();
        edges.push(NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas: 0.0 });
        let network = Network::new(self.scope.network.nodes(), edges).ok()?;
        let (flows, _) = self.flows(&network, to_f64(amount))?;
        let given = |flow: &&Flow| self.market.directions[flow.edge].from == self.ends.0;
        let input: f64 = flows.iter().filter(given).map(|flow| flow.amount_in).sum();
        let input = from_f64(input).min(amount);
        (!input.is_zero()).then(|| Plan::split(self.market, self.ends, &flows, input)).flatten()
    }
}
