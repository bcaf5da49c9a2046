//! A plan to trade one token for another: legs in the order in which they are executed, in integers.

use alloy_primitives::U256;
use tenor_solver::{
    amount::{from_f64, to_f64},
    route::Flow,
};

use super::market::Market;

/// A trade with one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// The direction's position in the market.
    pub edge: usize,
    /// Units given.
    pub input: U256,
    /// Units that the pool returns for them.
    pub output: U256,
}

/// How an amount becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The legs; no pool stands in two of them.
    pub legs: Vec<Leg>,
    /// Units given.
    pub input: U256,
    /// Units that arrive.
    pub output: U256,
    /// Gas of all legs.
    pub gas: u64,
}

/// Flows smaller than this share of what leaves their node are dust of the search.
const DUST: f64 = 1e-9;

impl Plan {
    /// Pushes `input` along a path.
    pub fn along(market: &Market, path: &[usize], input: U256) -> Option<Self> {
        let mut plan = Self { legs: Vec::with_capacity(path.len()), input, output: input, gas: 0 };
        for edge in path {
            let direction = market.directions.get(*edge)?;
            let output = market.out(direction, plan.output)?;
            plan.legs.push(Leg { edge: *edge, input: plan.output, output });
            plan.gas = plan.gas.checked_add(direction.gas)?;
            plan.output = output;
        }
        Some(plan)
    }

    /// Whether another plan trades with the same pools the same way.
    pub fn is_along(&self, other: &Self) -> bool {
        let edges = |plan: &Self| {
            let mut edges: Vec<usize> = plan.legs.iter().map(|leg| leg.edge).collect();
            edges.sort_unstable();
            edges
        };
        edges(self) == edges(other)
    }

    /// The path backwards: the input that buys at least `output` along it, leg by leg.
    pub fn asked(market: &Market, path: &[usize], output: U256) -> Option<U256> {
        path.iter()
            .rev()
            .try_fold(output, |amount, edge| market.input(market.directions.get(*edge)?, amount))
    }

    /// Pushes `input` from node to node as `flows` divide it; the last flow that leaves a node takes
    /// what is left there. `flows` stand in an order in which each spends only what is held.
    pub fn split(
        market: &Market,
        (from, to): (usize, usize),
        flows: &[Flow],
        input: U256,
    ) -> Option<Self> {
        let mut shares = Shares::new(market, flows)?;
        let mut held = vec![U256::ZERO; market.tokens.len()];
        *held.get_mut(from)? = input;
        let mut legs = Vec::with_capacity(flows.len());
        let mut gas: u64 = 0;
        for flow in flows {
            let direction = market.directions.get(flow.edge)?;
            let Some(given) = shares.take(direction.from, flow.amount_in, held[direction.from])
            else {
                continue;
            };
            let output = market.out(direction, given)?;
            held[direction.from] = held[direction.from].checked_sub(given)?;
            held[direction.to] = held[direction.to].checked_add(output)?;
            gas = gas.checked_add(direction.gas)?;
            legs.push(Leg { edge: flow.edge, input: given, output });
        }
        // What is left where it was given is not given.
        let input = input.checked_sub(*held.get(from)?)?;
        Some(Self { legs, input, output: *held.get(to)?, gas })
            .filter(|plan| !plan.output.is_zero())
    }
}

/// How what is held at each node is divided over the flows that leave it.
struct Shares {
    /// Of each node, real units that are still to leave, and all that leave.
    open: Vec<(f64, f64)>,
}

impl Shares {
    fn new(market: &Market, flows: &[Flow]) -> Option<Self> {
        let mut open = vec![(0.0, 0.0); market.tokens.len()];
        for flow in flows {
            let (left, all) = open.get_mut(market.directions.get(flow.edge)?.from)?;
            *left += flow.amount_in;
            *all = *left;
        }
        Some(Self { open })
    }

    /// The integer share of a flow of `held`; `None` where it is dust.
    fn take(&mut self, node: usize, flow: f64, held: U256) -> Option<U256> {
        let (left, all) = self.open.get_mut(node)?;
        let before = *left;
        *left -= flow;
        if flow <= DUST * *all {
            return None;
        }
        let last = *left <= DUST * *all;
        let given = if last { held } else { from_f64(to_f64(held) * (flow / before)).min(held) };
        (!given.is_zero()).then_some(given)
    }
}
