//! Queues out of a position: which pay in ETH after a wait that is known or assumed, and how much.

use alloy_primitives::U256;
use petgraph::graph::NodeIndex;

use crate::{
    amount::{RAY, growth, mul_div, to_f64},
    graph::Graph,
    market::{Assumption, Market},
    risk::{Quantiles, QueueHistory},
    venues::{Bound, Capacity, Exit, RateRule, VenueId},
};

/// Typical gas of one withdrawal request and of its claim.
pub(crate) const REQUEST_GAS: u64 = 200_000;
pub(crate) const CLAIM_GAS: u64 = 100_000;

/// A queue of which everything is known, or assumed, that valuing it takes.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub(crate) exit: Exit,
    pub(crate) venue: VenueId,
    /// Seconds between request and payment.
    pub(crate) wait_s: u64,
    /// Seconds that nineteen of twenty requests do not exceed, as far as its history is known: never
    /// less than what is expected.
    pub(crate) q95_s: u64,
    /// The most that it takes, in units of the node.
    pub(crate) cap: f64,
    /// The part of a claim that its fee leaves, in RAY.
    pub(crate) kept: U256,
    /// The most of one request, in units of the node.
    per_request: f64,
    /// The least of one request, in units of the node.
    least: f64,
}

/// All queues out of a node that pay in ETH: of known fee and limit, and known or assumed wait.
///
/// Tokens of one node that a venue takes are one claim there: the first counts.
pub(crate) fn queues(market: &Market, graph: &Graph, node: NodeIndex) -> Vec<Queue> {
    let mut found = Vec::new();
    for listing in market.listings.iter().filter(|listing| listing.disabled.is_none()) {
        let tokens = listing.venue.tokens();
        let held = |token| graph.node(node).tokens.iter().any(|(t, _)| t == token);
        let Some(at) = tokens.iter().position(held) else { continue };
        let unit = graph.units_of(node, tokens[at]);
        for exit in listing.venue.exits(at) {
            let paid = tokens.get(exit.to).and_then(|token| graph.node_of(*token));
            if paid.is_some() && paid == graph.eth() {
                found.extend(Queue::known(market, exit, listing.venue.id(), unit));
            }
        }
    }
    found
}

impl Queue {
    /// `None` where something is neither known nor assumed.
    fn known(market: &Market, exit: Exit, venue: &VenueId, unit: f64) -> Option<Self> {
        let wait_s = assumed_wait(market, venue).or(exit.expected_wait.seconds())?;
        let q95_s = history(market, venue).map_or(wait_s, |seen| seen.q95_s.max(wait_s));
        let kept = exit.fee.left(RAY)?;
        let cap = match &exit.capacity {
            Capacity::Unlimited => f64::INFINITY,
            Capacity::Limited { amount, .. } => to_f64(*amount) * unit,
            Capacity::Unknown(_) => return None,
        };
        let units = |bound: &Bound, otherwise| match bound {
            Bound::At(amount) => to_f64(*amount) * unit,
            Bound::None | Bound::Unknown(_) => otherwise,
        };
        let (least, per_request) = (units(&exit.least, 0.0), units(&exit.most, f64::INFINITY));
        Some(Self { exit, venue: venue.clone(), wait_s, q95_s, cap, kept, per_request, least })
    }

    /// By how much a claim grows, in RAY, requested so that it is paid at the horizon; `None` where the
    /// wait is longer than that.
    pub(crate) fn claim_growth(&self, rate: U256, horizon_s: u64) -> Option<U256> {
        queue_growth(self.exit.rule, rate, self.wait_s, horizon_s)
    }

    /// The same, net of the fee.
    pub(crate) fn paid(&self, rate: U256, horizon_s: u64) -> Option<U256> {
        mul_div(self.claim_growth(rate, horizon_s)?, self.kept, RAY)
    }

    /// Whether so many units of the node, in as many requests as they take, are within its limits.
    pub(crate) fn takes(&self, units: f64) -> bool {
        units >= self.least && units <= self.cap * (1.0 + 1e-12)
    }

    /// How many requests so many units of the node take. Where the most of one is not known, as many
    /// as of a thousand ETH each, of which `redeem` is the value.
    pub(crate) fn requests(&self, units: f64, redeem: U256) -> u64 {
        const MOST: f64 = 1e9;
        if self.per_request.is_finite() && self.per_request > 0.0 {
            let requests = (units / self.per_request * (1.0 - 1e-12)).ceil().clamp(1.0, MOST);
            return u64::try_from(crate::amount::from_f64(requests)).unwrap_or(u64::MAX);
        }
        let thousands = redeem.div_ceil(crate::amount::WAD * U256::from(1000));
        u64::try_from(thousands).unwrap_or(u64::MAX / REQUEST_GAS / 4)
    }
}

/// The wait that an assumption supplies for a venue's queue.
pub(crate) fn assumed_wait(market: &Market, venue: &VenueId) -> Option<u64> {
    market.assumptions.iter().find_map(|assumption| match assumption {
        Assumption::QueueWait { venue: about, wait_s, .. } if about == venue => Some(*wait_s),
        Assumption::QueueWait { .. } | Assumption::DepositLimit { .. } => None,
    })
}

/// What is known of the waits of a venue's queue.
pub(crate) fn history(market: &Market, venue: &VenueId) -> Option<Quantiles> {
    let seen = market.hazards.priors().queues.iter().find(|of| of.venue == venue.as_str());
    seen.map(QueueHistory::quantiles)
}

/// By how much what is queued grows, in RAY, requested so that it is paid at the horizon: held and
/// earning until the request, and from then as its rule says. `None` where the wait is longer.
pub(crate) fn queue_growth(
    rule: RateRule,
    rate: U256,
    wait_s: u64,
    horizon_s: u64,
) -> Option<U256> {
    let at_request = growth(rate, horizon_s.checked_sub(wait_s)?)?;
    Some(rule.paid(at_request, growth(rate, horizon_s)?))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::uint;

    use super::*;

    const DAY: u64 = 86_400;
    /// Three per cent a year.
    const RATE: U256 = uint!(30_000_000_000_000_000_000_000_000_U256);

    fn grown(rule: RateRule, wait_days: u64) -> U256 {
        queue_growth(rule, RATE, wait_days * DAY, 90 * DAY).unwrap()
    }

    #[test]
    fn only_the_rule_that_accrues_earns_while_it_waits() {
        let [all, until] = [90, 50].map(|days| growth(RATE, days * DAY).unwrap());
        for rule in [
            RateRule::MinRequestSettle,
            RateRule::FixedAtRequest,
            RateRule::SlashableInQueue,
            RateRule::Spot,
        ] {
            assert_eq!(grown(rule, 40), until, "{rule:?}");
            assert_eq!(grown(rule, 90), RAY, "{rule:?}: waiting all the time earns nothing");
        }
        assert_eq!(grown(RateRule::AccruesInQueue, 40), all);
        assert_eq!(grown(RateRule::AccruesInQueue, 90), all);
        assert!(all > until && until > RAY);
    }

    #[test]
    fn a_queue_that_is_longer_than_the_horizon_pays_nothing() {
        for rule in [RateRule::MinRequestSettle, RateRule::AccruesInQueue] {
            assert_eq!(queue_growth(rule, RATE, 91 * DAY, 90 * DAY), None, "{rule:?}");
        }
    }
}
