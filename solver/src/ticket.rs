//! The minimum ticket: what is entered is worth entering. ETH is no position, whatever is left of it.

use alloy_primitives::U256;
use petgraph::graph::NodeIndex;

use crate::{
    amount::{decimal, to_f64},
    candidates::Candidates,
    solution::{LimitKind, Solution, Violation},
};

/// How much more than it held before a plan leaves of an asset that it enters: conversions round.
const MORE: f64 = 1e-9;

/// Steps towards the amount that is worth a ticket: what is entered is nearly worth its share, and each
/// step leaves a small part of what the last one missed.
const APPROACHES: usize = 8;

/// By how much of itself that amount may be missed.
const NEAR: f64 = 1e-9;

impl Candidates<'_, '_> {
    /// What a position in a node must redeem for, in wei of ETH.
    pub(crate) fn least_in(&self, node: NodeIndex) -> U256 {
        let is_ether = self.appraiser.graph.eth() == Some(node);
        if is_ether { U256::ZERO } else { self.intent.limits.least_position }
    }

    /// The smallest position that a plan enters, where it is less than a ticket, and what it redeems for.
    fn smallest(&self, plan: &Solution) -> Option<(U256, NodeIndex)> {
        if self.intent.limits.least_position.is_zero() {
            return None;
        }
        let entered = plan.worth.parts.iter().filter_map(|part| {
            let (token, _) = part.holdings.first()?;
            let node = self.appraiser.graph.node_of(*token)?;
            let given = self.sources.iter().find(|s| s.node == node).map_or(0.0, |s| s.units);
            let more = self.appraiser.units(node, &part.holdings) > given * (1.0 + MORE);
            (more && part.redeem < self.least_in(node)).then_some((part.redeem, node))
        });
        entered.min_by_key(|(redeem, _)| *redeem)
    }

    /// By how much of itself the smallest position of a plan is less than a ticket; zero where none is.
    /// What is next to nothing lacks no more than the whole of it.
    pub(crate) fn short_of_ticket(&self, plan: &Solution) -> f64 {
        let short = self
            .smallest(plan)
            .map_or(0.0, |(redeem, node)| to_f64(self.least_in(node)) / to_f64(redeem) - 1.0);
        short.min(1.0)
    }

    /// That the smallest position that a plan enters is less than a ticket.
    pub(crate) fn too_small(&self, plan: &Solution) -> Option<Violation> {
        let (redeem, node) = self.smallest(plan)?;
        let least = self.intent.limits.least_position;
        let whole = |wei| decimal(wei, 18);
        let detail = format!(
            "{} ETH of {} ETH at least in {}",
            whole(redeem),
            whole(least),
            self.name(node)
        );
        Some(Violation { limit: LimitKind::Ticket, detail })
    }

    /// The least amount, found by `redeems`, that a position in a node must be entered with, a little
    /// more where the plan leaves some behind; zero where any will do, `None` where none is enough.
    pub(crate) fn least_entry(
        &self,
        node: NodeIndex,
        (most, spare): (f64, f64),
        redeems: impl Fn(f64) -> Option<f64>,
    ) -> Option<f64> {
        let least = to_f64(self.least_in(node)) * (1.0 + spare);
        if least <= 0.0 {
            return Some(0.0);
        }
        let mut amount = most;
        for _ in 0..APPROACHES {
            let worth = redeems(amount)?;
            let next = amount * least / worth;
            if worth <= 0.0 || next > most {
                return None;
            }
            let done = (next / amount - 1.0).abs() <= NEAR;
            amount = next;
            if done {
                break;
            }
        }
        Some(amount)
    }
}
