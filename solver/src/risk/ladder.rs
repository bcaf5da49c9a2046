//! The exit ladder: how much of a plan is ETH again within a time, and at what cost.
//!
//! Of a queue, the wait counts that nineteen of twenty do not exceed. At half the depth, a sale of some
//! amount is half of what twice the amount brings: the average price of twice as much. Proceeds are
//! concave, so this is no more than what the amount brings at the whole depth; and of a pool whose
//! reserves are halved it is exactly what the smaller pool pays, as pools price by proportions.

use std::cmp::Reverse;

use alloy_primitives::U256;
use petgraph::graph::NodeIndex;

use crate::{
    amount::{RAY, mul_div, to_f64},
    intent::Depth,
    ledger::Ledger,
    queues::Queue,
    root::falling,
    route::Concave as _,
    value::{Appraiser, Holdings, Part},
    yields::Earning,
};

/// The ladder's rungs: one hour, one day, seven days, thirty days.
pub const LADDER_S: [u64; 4] = [3_600, 86_400, 7 * 86_400, 30 * 86_400];

/// What can be ETH again within a time, at the depth of the market's block.
#[derive(Debug, Clone, PartialEq)]
pub struct Rung {
    /// Seconds.
    pub within_s: u64,
    /// ETH that comes out, before gas; `None` when nothing is known to.
    pub eth: Option<U256>,
    /// The share of the plan's redemption value that this leaves with, in basis points.
    pub share_bps: Option<f64>,
    /// What leaving costs against redemption, in basis points of that share.
    pub cost_bps: Option<f64>,
    /// Why the rest, or all of it, stays.
    pub reason: Option<String>,
}

/// What of one asset can leave at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving {
    node: NodeIndex,
    units: f64,
    redeem: U256,
    eth: U256,
    gone: U256,
}

impl Appraiser<'_> {
    /// What of a ledger can leave at once, asset by asset.
    pub(crate) fn leaving(&self, ledger: &Ledger) -> Vec<Leaving> {
        self.leaving_at(ledger, Depth::Whole)
    }

    /// The same at some depth.
    pub(crate) fn leaving_at(&self, ledger: &Ledger, depth: Depth) -> Vec<Leaving> {
        let groups = self.by_node(ledger).unwrap_or_default();
        groups
            .iter()
            .map(|(node, holdings)| {
                let redeem = self.redeem(holdings).unwrap_or_default();
                let (eth, gone) = self.instant(*node, holdings, redeem, depth);
                Leaving { node: *node, units: self.units(*node, holdings), redeem, eth, gone }
            })
            .collect()
    }

    /// What can leave within the intent's time at the depth that it asks for, in basis points.
    pub(crate) fn liquid_bps(&self, ledger: &Ledger) -> f64 {
        let leaving = self.leaving_at(ledger, self.limits.liquid_depth);
        self.rung(&leaving, self.limits.liquid_within_s).share_bps.unwrap_or(0.0)
    }

    /// One rung of the exit ladder: what sells within the highest exit cost, and what a queue of
    /// known wait pays in time.
    pub(crate) fn rung(&self, leaving: &[Leaving], within_s: u64) -> Rung {
        let (mut eth, mut left, mut total) = (U256::ZERO, U256::ZERO, U256::ZERO);
        let mut reasons: Vec<String> = Vec::new();
        for &Leaving { node, units, redeem, eth: mut out, mut gone } in leaving {
            total = total.saturating_add(redeem);
            if gone < redeem {
                let rest = redeem.saturating_sub(gone);
                let left = units * to_f64(rest) / to_f64(redeem);
                let queue = self.queue_surely(node, within_s).filter(|queue| queue.takes(left));
                match queue.and_then(|queue| mul_div(rest, queue.kept, RAY)) {
                    Some(paid) => {
                        out = out.saturating_add(paid);
                        gone = redeem;
                    }
                    None => reasons.push(self.stays(node, gone, within_s)),
                }
            }
            eth = eth.saturating_add(out);
            left = left.saturating_add(gone);
        }
        let share = |part: U256, of: U256| 1e4 * to_f64(part) / to_f64(of);
        let some = !left.is_zero();
        Rung {
            within_s,
            eth: some.then_some(eth),
            share_bps: some.then(|| share(left, total)),
            cost_bps: some.then(|| 1e4 - share(eth, left)),
            reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
        }
    }

    /// As [`Appraiser::queue`], of those that nearly surely pay within a time.
    pub(crate) fn queue_surely(&self, node: NodeIndex, within_s: u64) -> Option<&Queue> {
        let in_time = self.queues(node).iter().filter(|queue| queue.q95_s <= within_s);
        in_time.min_by_key(|queue| (Reverse(queue.kept), queue.q95_s))
    }

    /// ETH from selling at once what sells within the highest exit cost, and what of the
    /// redemption value that leaves with.
    fn instant(
        &self,
        node: NodeIndex,
        holdings: &Holdings,
        redeem: U256,
        depth: Depth,
    ) -> (U256, U256) {
        if Some(node) == self.graph.eth() {
            return (redeem, redeem);
        }
        let held = self.units(node, holdings);
        let times = match depth {
            Depth::Whole => 1u64,
            Depth::Half => 2,
        };
        let factor = U256::from(times);
        // Twice the amount of which the average is what half the depth pays.
        let most = held * to_f64(factor);
        let sold = self.sellable(node, most, to_f64(redeem) / held);
        let part = self.way_out(node).filter(|_| sold > 0.0).and_then(|search| {
            let earning = Earning::NONE;
            let twice = holdings.iter().map(|(t, amount)| (*t, amount.saturating_mul(factor)));
            let redeem = redeem.saturating_mul(factor);
            self.sell(&Part::held(twice.collect(), redeem, earning), search, sold)
        });
        part.map_or((U256::ZERO, U256::ZERO), |part| (part.sale_eth / factor, part.sold / factor))
    }

    /// As [`Appraiser::sellable`], at some depth.
    pub(crate) fn sellable_at(
        &self,
        node: NodeIndex,
        (held, value): (f64, f64),
        depth: Depth,
    ) -> f64 {
        match depth {
            Depth::Whole => self.sellable(node, held, value),
            // Twice the amount of which the average is what half the depth pays.
            Depth::Half => self.sellable(node, 2.0 * held, value) / 2.0,
        }
    }

    /// The most node units, up to `held`, that sell at an average cost within the highest exit
    /// cost, where one unit redeems for `value`.
    pub(crate) fn sellable(&self, node: NodeIndex, held: f64, value: f64) -> f64 {
        let Some(search) = self.way_out(node) else { return 0.0 };
        let least = value * (1.0 - f64::from(self.limits.max_exit_cost_bps) / 1e4);
        let most = held.min(search.cap());
        let spare = |units: f64| search.out(units) / (least * units) - 1.0;
        // Who may lose all of it may sell at any price.
        if least <= 0.0 || spare(most) >= 0.0 {
            most
        } else if spare(most * 1e-9) <= 0.0 {
            0.0
        } else {
            falling(spare, most * 1e-9, most, 1e-12).0
        }
    }

    fn stays(&self, node: NodeIndex, gone: U256, within_s: u64) -> String {
        let symbol = self
            .graph
            .node(node)
            .tokens
            .first()
            .map(|(t, _)| self.market.symbol(*t))
            .unwrap_or_default();
        let sale = if gone.is_zero() {
            format!("{symbol}: no sale is known")
        } else {
            format!("{symbol}: more would cost over {} bp", self.limits.max_exit_cost_bps)
        };
        match self.queues(node).iter().map(|queue| queue.q95_s).min() {
            Some(wait_s) if wait_s > within_s => {
                format!("{sale}; the queue is assumed to take {} days", wait_s / 86_400)
            }
            Some(_) => format!("{sale}; the queue does not take so much"),
            None => format!("{sale}; no queue of known wait"),
        }
    }
}
