//! How a net yield divides, to the wei.

use alloy_primitives::{I256, U256};

use super::{
    payers::{Component, Organic},
    signed,
};
use crate::amount::{YEAR_S, to_f64};

/// A net yield and its parts. The wei parts are over the horizon and add up exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YieldSplit {
    /// ETH at the end less what the asset given redeems for now.
    pub net_wei: I256,
    /// ETH paid by the protocol, its borrowers or its traders.
    pub organic_wei: I256,
    /// ETH's worth of tokens that venues or sponsors mint, as far as it counts.
    pub incentive_wei: I256,
    /// Entering, leaving and gas: zero or negative.
    pub cost_wei: I256,
    /// What adds up to the organic part; a gain from price, by buying below what is redeemed, is a
    /// discount and so the term's.
    pub organic: Organic,
    /// What the asset given redeems for now, in wei of ETH.
    pub principal_wei: U256,
    /// Seconds the yield is over.
    pub horizon_s: u64,
}

impl YieldSplit {
    /// Divides the way from `principal` to `end` where `organic` accrued and `incentive` was paid.
    /// What is left of the difference is cost; a gain from price, which no cost is, counts as
    /// organic.
    pub fn new(
        principal: U256,
        end: I256,
        organic: Organic,
        incentive: U256,
        horizon_s: u64,
    ) -> Option<Self> {
        let net_wei = end.checked_sub(I256::try_from(principal).ok()?)?;
        let incentive_wei = I256::try_from(incentive).ok()?;
        let accrued = I256::try_from(organic.total()?).ok()?;
        let rest = net_wei.checked_sub(accrued)?.checked_sub(incentive_wei)?;
        let gained = Organic::only(Component::Term, rest.max(I256::ZERO).into_raw());
        let cost_wei = rest.min(I256::ZERO);
        Some(Self {
            net_wei,
            organic_wei: net_wei.checked_sub(cost_wei)?.checked_sub(incentive_wei)?,
            incentive_wei,
            cost_wei,
            organic: organic.plus(&gained)?,
            principal_wei: principal,
            horizon_s,
        })
    }

    /// What a component adds, in wei over the horizon.
    pub fn wei(&self, component: Component) -> I256 {
        match component {
            Component::Incentive => self.incentive_wei,
            Component::Cost => self.cost_wei,
            organic => I256::try_from(self.organic.get(organic)).unwrap_or(I256::MAX),
        }
    }

    /// Net annual yield in basis points, continuously compounded; zero over no time.
    pub fn net_bps(&self) -> f64 {
        self.annual(self.net_wei)
    }

    /// The organic part's annual yield in basis points.
    pub fn organic_bps(&self) -> f64 {
        self.annual(self.organic_wei)
    }

    /// The incentive part's annual yield in basis points.
    pub fn incentive_bps(&self) -> f64 {
        self.annual(self.incentive_wei)
    }

    /// What costs take off the yield, so that the parts add up to the net.
    pub fn cost_bps(&self) -> f64 {
        self.net_bps() - self.organic_bps() - self.incentive_bps()
    }

    /// A component's share of the annual yield of the part that it belongs to, in basis points: these
    /// add up as the wei do.
    pub fn component_bps(&self, component: Component) -> f64 {
        match component {
            Component::Incentive => self.incentive_bps(),
            Component::Cost => self.cost_bps(),
            organic if self.organic_wei.is_zero() => signed(self.wei(organic)),
            organic => self.organic_bps() * signed(self.wei(organic)) / signed(self.organic_wei),
        }
    }

    fn annual(&self, gain: I256) -> f64 {
        if self.horizon_s == 0 || self.principal_wei.is_zero() {
            return 0.0;
        }
        let share = signed(gain) / to_f64(self.principal_wei);
        let years = seconds(self.horizon_s) / seconds(YEAR_S);
        share.max(-1.0 + 1e-9).ln_1p() / years * 1e4
    }
}

fn seconds(s: u64) -> f64 {
    to_f64(U256::from(s))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the figures: net is organic, incentive and cost, organic is its components, and
        /// cost is no gain.
        #[test]
        fn parts_add_up(
            principal in 1u128..1 << 100,
            end in any::<i64>(),
            accrued in any::<[u32; 5]>(),
            incentive in any::<u32>(),
        ) {
            let organic = Component::ORGANIC.iter().zip(accrued).try_fold(
                Organic::default(),
                |sum, (c, wei)| sum.plus(&Organic::only(*c, U256::from(wei))),
            ).unwrap();
            let end = I256::try_from(principal).unwrap() + I256::try_from(end).unwrap();
            let split =
                YieldSplit::new(U256::from(principal), end, organic, U256::from(incentive), 9)
                    .unwrap();
            let parts = Component::ORGANIC.map(|c| split.wei(c));
            let organic: I256 = parts.into_iter().sum();
            prop_assert_eq!(organic, split.organic_wei);
            let sum = split.organic_wei + split.incentive_wei + split.cost_wei;
            prop_assert_eq!(sum, split.net_wei);
            prop_assert_eq!(split.net_wei, end - I256::try_from(principal).unwrap());
            prop_assert!(split.cost_wei <= I256::ZERO);
        }
    }
}
