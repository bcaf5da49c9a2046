//! How much of several holdings a plan moves, and what moving takes.

use alloy_primitives::{I256, U256};
use petgraph::graph::NodeIndex;

use crate::{
    amount::to_f64, graph::Graph, intent::Intent, market::Market, solution::Solution,
    value::TRANSACTION_GAS,
};

/// What a plan moves, in wei of ETH at today's redemption rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turnover {
    /// What of the holdings is no longer held as what it was.
    pub moved: U256,
    /// All of them.
    pub whole: U256,
    /// What the trades add, below zero where they take: their impact and fees against redemption, and
    /// the gas of entering. The plan's net yield has it in it.
    pub cost: I256,
}

impl Turnover {
    /// The moved part in basis points of the whole.
    pub fn share_bps(&self) -> f64 {
        if self.whole.is_zero() { 0.0 } else { 1e4 * to_f64(self.moved) / to_f64(self.whole) }
    }
}

/// The turnover of a plan; `None` where the market cannot tell what something is worth. Tokens that
/// convert into each other exactly are one holding.
pub fn turnover(market: &Market, intent: &Intent, plan: &Solution) -> Option<Turnover> {
    let graph = Graph::new(market);
    let mut worth: Vec<(NodeIndex, U256, U256)> = Vec::new();
    let mut add = |token, before: U256, after: U256| {
        let node = graph.node_of(token)?;
        match worth.iter_mut().find(|(n, ..)| *n == node) {
            Some((_, a, b)) => (*a, *b) = (a.checked_add(before)?, b.checked_add(after)?),
            None => worth.push((node, before, after)),
        }
        Some(())
    };
    for (token, amount) in intent.holdings() {
        add(token, market.redeem_value(token, amount)?, U256::ZERO)?;
    }
    for held in plan.end.iter().filter(|held| !held.balance.is_zero()) {
        add(held.token, U256::ZERO, market.redeem_value(held.token, held.balance)?)?;
    }
    let sum = |part: fn(&(NodeIndex, U256, U256)) -> U256| {
        worth.iter().try_fold(U256::ZERO, |sum, row| sum.checked_add(part(row)))
    };
    let (whole, left) = (sum(|row| row.1)?, sum(|row| row.2)?);
    // Without a trade only rounding could differ.
    if plan.legs.is_empty() {
        return Some(Turnover { moved: U256::ZERO, whole, cost: I256::ZERO });
    }
    let moved = sum(|row| row.1.saturating_sub(row.2))?.min(whole);
    let gas: u64 = plan.legs.iter().map(|leg| leg.gas).sum();
    let gas = U256::from(gas.checked_add(TRANSACTION_GAS)?).checked_mul(market.gas_price)?;
    let cost = I256::try_from(left).ok()?.checked_sub(I256::try_from(whole).ok()?)?;
    Some(Turnover { moved, whole, cost: cost.checked_sub(I256::try_from(gas).ok()?)? })
}
