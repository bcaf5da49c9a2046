//! What holding a position brings beside its own growth and its sale: rewards, and the redemption of
//! principal tokens at their expiry.

use alloy_primitives::U256;
use petgraph::graph::NodeIndex;

use super::{Appraiser, Part, Redeemed};
use crate::{
    amount::{RAY, WAD, from_f64, mul_div, to_f64},
    yields::{Earned, Earning, Reward, term::principal},
};

impl Appraiser<'_> {
    /// What principal tokens are redeemed for at an expiry before the horizon, sold: an amount of the
    /// token kept that is worth their face today is worth it then, as its price follows its rate.
    pub(super) fn redeemed(&self, hold: &Part, horizon_s: u64) -> Option<Part> {
        let after_s = hold.earning.until_s.filter(|until| *until <= horizon_s)?;
        let &(token, _) = hold.holdings.first()?;
        let fixed = principal(self.market, token)?;
        let units =
            hold.holdings.iter().try_fold(U256::ZERO, |sum, (_, units)| sum.checked_add(*units))?;
        let kept = fixed.redeemed(units)?;
        let node = self.graph.node_of(fixed.kept)?;
        let holdings = vec![(fixed.kept, kept)];
        let held = self.units(node, &holdings);
        let face = Part::held(holdings, self.redeem(&[(fixed.kept, kept)])?, Earning::NONE);
        let sold = self.sell(&face, self.way_out(node)?, held)?;
        Some(Part {
            sale: sold.sale,
            sold: hold.redeem,
            sale_eth: mul_div(sold.sale_eth, RAY, hold.growth)?,
            redeemed: Some(Redeemed { listing: fixed.listing, after_s }),
            ..hold.clone()
        })
    }

    /// With what holding it is paid until the horizon, or until it waits in a queue.
    pub(super) fn rewarded(&self, node: NodeIndex, part: Part, horizon_s: u64) -> Option<Part> {
        let span_s = part.queue.as_ref().map_or(horizon_s, |q| horizon_s.saturating_sub(q.wait_s));
        let rewards = self.rewards(node, self.units(node, &part.holdings), span_s)?;
        Some(Part { rewards, ..part })
    }

    /// What some units of a node are paid over a time. `None` on overflow.
    fn rewards(&self, node: NodeIndex, units: f64, span_s: u64) -> Option<Vec<Earned>> {
        let here = |token| self.graph.node_of(token) == Some(node);
        let all = self.market.rewards.iter().enumerate().filter(|(_, r)| here(r.position));
        all.map(|(at, reward)| {
            let own = from_f64(units / self.graph.units_of(node, reward.position));
            Earned::of(self.market, at, own, span_s, self.limits.incentives_bps)
        })
        .collect()
    }

    /// What a node's rewards are over a time, for the search: units paid on `x` units of the node are
    /// `pot * x / (all + x)` of each, the gas of claiming aside.
    pub(crate) fn pots(&self, node: NodeIndex, span_s: u64) -> Vec<Pot> {
        let here = |token| self.graph.node_of(token) == Some(node);
        let bps = f64::from(self.limits.incentives_bps.min(10_000)) / 1e4;
        let pot = |reward: &Reward| {
            let paid_s = reward.paid_s(self.market.timestamp, span_s);
            let share = if reward.component(self.market).is_organic() { 1.0 } else { bps };
            let paid = to_f64(reward.per_s) * to_f64(U256::from(paid_s));
            let worth = paid * to_f64(reward.price) / to_f64(WAD);
            let kept = to_f64(reward.kept(paid_s)) / to_f64(RAY);
            let all = to_f64(reward.staked) * self.graph.units_of(node, reward.position);
            Pot { worth: worth * kept * share, all }
        };
        let rewards = self.market.rewards.iter().filter(|r| here(r.position));
        rewards.map(pot).filter(|pot| pot.worth > 0.0).collect()
    }
}

/// What all who share a reward are paid of it, and how much they hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pot {
    worth: f64,
    all: f64,
}

impl Pot {
    /// What each of `x` units is paid.
    pub(crate) fn each(&self, x: f64) -> f64 {
        self.worth / (self.all + x)
    }

    /// What one unit more than `x` adds.
    pub(crate) fn slope(&self, x: f64) -> f64 {
        self.each(x) * self.all / (self.all + x)
    }
}
