//! What others could take from the plan, in the schema's words.

use serde::Serialize;
use tenor_solver::{
    market::Market,
    mev::plan::{Exposed, exposure},
    solution::Solution,
};

use super::LegDto;

/// What others could take if they saw the plan's transactions.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ExposureDto {
    /// The slippage that it is told for: the intent's.
    pub slippage_bps: String,
    /// What sandwichers gain of all swaps, gas paid; without those whose tokens have no price.
    pub sandwich_wei: String,
    /// What the account loses by the attacks that pay.
    pub loss_wei: String,
    /// What trading around the market afterwards gains, gas paid.
    pub backrun_wei: String,
    pub legs: Vec<ExposedDto>,
    /// Positions of legs of which nobody knows what others could take: in no sum above.
    pub unknown: Vec<usize>,
}

/// What others could take from one swap.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ExposedDto {
    /// Position among the plan's legs.
    pub leg: usize,
    /// Units of the token given that the best attack trades first.
    pub front: String,
    /// Units of it that the attack gains, gas not paid.
    pub taken: String,
    /// Units of the token wanted that the account loses by it.
    pub loss: String,
    /// What the attack gains once its gas is paid; null where the token has no price in ETH.
    pub sandwich_wei: Option<String>,
    /// The widest slippage at which no attack pays its gas; null where none does at any up to a half.
    pub safe_slippage_bps: Option<String>,
}

/// Tells a plan's exposure; nothing for a plan that swaps nothing.
pub(super) fn told(market: &Market, plan: &Solution, slippage_bps: u32) -> Option<ExposureDto> {
    let found = exposure(market, plan, slippage_bps)?;
    let pays = |leg: &&Exposed| leg.net.is_some_and(|net| !net.is_zero());
    let sandwich: alloy_primitives::U256 = found.legs.iter().filter_map(|leg| leg.net).sum();
    let loss: alloy_primitives::U256 =
        found.legs.iter().filter(pays).filter_map(|leg| leg.loss).sum();
    Some(ExposureDto {
        slippage_bps: format!("{slippage_bps}.0000"),
        sandwich_wei: sandwich.to_string(),
        loss_wei: loss.to_string(),
        backrun_wei: found.backrun.to_string(),
        legs: found.legs.iter().map(exposed).collect(),
        unknown: found.unknown,
    })
}

fn exposed(leg: &Exposed) -> ExposedDto {
    ExposedDto {
        leg: leg.leg,
        front: leg.taken.front.to_string(),
        taken: leg.taken.profit.to_string(),
        loss: leg.taken.loss.to_string(),
        sandwich_wei: leg.net.map(|net| net.to_string()),
        safe_slippage_bps: leg.safe.map(floored),
    }
}

/// Basis points with four places, rounded down: what is told to be safe must be.
fn floored(share: f64) -> String {
    format!("{:.4}", (share * 1e8).floor() / 1e4)
}

impl ExposureDto {
    /// The narrowest of the swaps' safe slippages, and whose it is.
    pub(super) fn narrowest<'l>(&self, legs: &'l [LegDto]) -> Option<(&str, &'l LegDto)> {
        let safe =
            self.legs.iter().filter_map(|leg| Some((leg.safe_slippage_bps.as_deref()?, leg)));
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::INFINITY);
        let (bps, leg) = safe.min_by(|a, b| number(a.0).total_cmp(&number(b.0)))?;
        Some((bps, legs.get(leg.leg)?))
    }
}
