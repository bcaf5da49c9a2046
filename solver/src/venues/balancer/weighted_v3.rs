//! Balancer v3's weighted pools.
//!
//! Source: `WeightedPool.onSwap` (balancer-v3-monorepo). More than 30 % of the balance is refused. The
//! pools of 2026 raise the balance given by one and keep a least balance of each token; those before do
//! neither.

use alloy_primitives::U256;

use super::{
    super::{Gain, Swap},
    books_v3::{BalancerV3Error, BalancerV3Figures, BalancerV3Token},
    fixed_point::{Powers, mul_down},
    pool_v3::{Formula, Halt, PoolV3},
    weighted_math::{MOST_RATIO, Side, out_given_in},
};
use crate::amount::{WAD, to_f64};

/// The figures of a pool at one block.
#[derive(Debug, Clone)]
pub struct BalancerWeightedV3Figures {
    /// What the vault says.
    pub pool: BalancerV3Figures,
    /// Each token's share of the pool's value, in 18 decimals.
    pub weights: Vec<U256>,
    /// The least balances that the pool keeps, in 18 decimals and with rates: of the pools of 2026, which
    /// raise the balance given by one too.
    pub least: Option<Vec<U256>>,
}

/// A weighted pool of Balancer's third vault.
pub type BalancerWeightedV3 = PoolV3<Weighted>;

/// The weights of a pool.
#[derive(Debug, Clone)]
pub struct Weighted {
    weights: Box<[U256]>,
    least: Option<Box<[U256]>>,
}

impl BalancerWeightedV3 {
    /// A pool with these figures; `Err` says which of them cannot be.
    pub fn new(figures: BalancerWeightedV3Figures) -> Result<Self, BalancerV3Error> {
        let BalancerWeightedV3Figures { pool, weights, least } = figures;
        Self::of(pool, Weighted { weights: weights.into(), least: least.map(Vec::into) })
    }
}

impl Weighted {
    fn weight(&self, at: usize) -> Option<U256> {
        self.weights.get(at).copied()
    }

    fn least(&self, at: usize) -> U256 {
        let least = self.least.as_ref().and_then(|least| least.get(at));
        least.copied().unwrap_or_default()
    }

    /// The balance given as the pool counts it.
    fn balance_in(&self, given: &BalancerV3Token) -> Option<U256> {
        given.live()?.checked_add(U256::from(u8::from(self.least.is_some())))
    }

    fn unchecked(&self, figures: &BalancerV3Figures, swap: Swap, net: U256) -> Option<[U256; 2]> {
        let (given, wanted) = (figures.tokens.get(swap.from)?, figures.tokens.get(swap.to)?);
        let held = wanted.live()?;
        let from = Side { balance: self.balance_in(given)?, weight: self.weight(swap.from)? };
        let to = Side { balance: held, weight: self.weight(swap.to)? };
        let out = out_given_in(from, to, net, Powers::Shortcuts)?;
        Some([out, held.checked_sub(out)?])
    }
}

impl Formula for Weighted {
    const BOUND: &'static str = "30 % of the pool's balance of the token given";

    fn measure(&mut self, figures: &BalancerV3Figures) -> Result<(), BalancerV3Error> {
        let n = figures.tokens.len();
        let sum = self.weights.iter().fold(U256::ZERO, |sum, weight| sum.saturating_add(*weight));
        let told = self.weights.len() == n && self.least.as_ref().is_none_or(|l| l.len() == n);
        if !told || sum != WAD || self.weights.iter().any(U256::is_zero) {
            return Err(BalancerV3Error::Formula(sum));
        }
        Ok(())
    }

    fn takes(&self, figures: &BalancerV3Figures, from: usize, net: U256) -> Option<bool> {
        Some(net <= mul_down(self.balance_in(figures.tokens.get(from)?)?, MOST_RATIO)?)
    }

    fn out(&self, figures: &BalancerV3Figures, swap: Swap, net: U256) -> Result<U256, Halt> {
        let kept = |at: usize| {
            let scaling = figures.tokens.get(at).map_or(U256::ONE, |token| token.scaling);
            Halt::Least(self.least(at) / scaling)
        };
        let given = figures.tokens.get(swap.from).and_then(|given| self.balance_in(given));
        if given.ok_or(Halt::Overflow)? < self.least(swap.from) {
            return Err(kept(swap.from));
        }
        let [out, left] = self.unchecked(figures, swap, net).ok_or(Halt::Overflow)?;
        if left < self.least(swap.to) { Err(kept(swap.to)) } else { Ok(out) }
    }

    fn gain(&self, figures: &BalancerV3Figures, from: usize, to: usize) -> Option<Gain> {
        let balance = |at: usize| Some(to_f64(figures.tokens.get(at)?.balance));
        Some(Gain::Weighted {
            x: balance(from)?,
            y: balance(to)?,
            power: to_f64(self.weight(from)?) / to_f64(self.weight(to)?),
            keep: 1.0 - to_f64(figures.swap_fee) / to_f64(WAD),
        })
    }
}
