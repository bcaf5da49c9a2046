//! Which plan is best for who gets what others leave: outputs, and what comes back of the backrun, less gas
//! and what attackers are expected to take.

use alloy_primitives::{I256, U256};

use super::plan::{exposure, prices};
use crate::{
    amount::{from_f64, to_f64},
    market::Market,
    solution::Solution,
};

/// What counts beside what a plan returns. Shares are between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of what a backrun gains, the part that comes back.
    pub captured: f64,
    /// How likely an attacker sees the plan before it lands: 1 in public.
    pub seen: f64,
}

/// A plan and what it is worth, in wei.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighed {
    /// Its place among those that were weighed.
    pub plan: usize,
    /// What it leaves its owner with.
    pub output: U256,
    /// Its gas.
    pub gas: U256,
    /// What comes back of what it leaves to a backrun.
    pub backrun: U256,
    /// What attackers are expected to take from its owner.
    pub lost: U256,
    /// All of it together.
    pub worth: I256,
}

/// Weighs plans, the best one first; of equals those that came first. Plans that end in tokens without a
/// price are left out.
pub fn weigh(
    market: &Market,
    plans: &[&Solution],
    slippage_bps: u32,
    weights: Weights,
) -> Vec<Weighed> {
    let prices = prices(market);
    let mut all: Vec<Weighed> = plans
        .iter()
        .enumerate()
        .filter_map(|(nth, plan)| {
            let worth = plan.end.iter().map(|held| {
                let redeemed = market.redeem_value(held.token, held.balance);
                redeemed.or_else(|| {
                    let price = prices.iter().find(|(token, _)| *token == held.token)?;
                    Some(from_f64(to_f64(held.balance) * price.1))
                })
            });
            let output = worth.sum::<Option<U256>>()?;
            let gas = market.gas_price.saturating_mul(U256::from(plan.gas));
            let told = exposure(market, plan, slippage_bps);
            let (mut backrun, mut lost) = (U256::ZERO, U256::ZERO);
            if let Some(told) = told {
                backrun = from_f64(to_f64(told.backrun) * weights.captured);
                let pays = told.legs.iter().filter(|leg| leg.net.is_some_and(|net| !net.is_zero()));
                let loss: U256 = pays.filter_map(|leg| leg.loss).sum();
                lost = from_f64(to_f64(loss) * weights.seen);
            }
            let signed = |amount| I256::try_from(amount).ok();
            let worth = signed(output.checked_add(backrun)?)?;
            let worth = worth.checked_sub(signed(gas)?)?.checked_sub(signed(lost)?)?;
            Some(Weighed { plan: nth, output, gas, backrun, lost, worth })
        })
        .collect();
    all.sort_by_key(|weighed| std::cmp::Reverse(weighed.worth));
    all
}
