//! What an answer says of objectives that are not the plain ones, and of several holdings.

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};
use tenor_solver::{
    intent::{Goal, Intent, Objective},
    market::Market,
    solution::Solution,
    turnover::turnover,
};

/// An amount of a token given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct HoldingDto {
    pub token: String,
    pub amount: String,
}

impl HoldingDto {
    pub(super) fn new((token, amount): &(Address, U256)) -> Self {
        Self { token: token.to_string(), amount: amount.to_string() }
    }

    /// All of them in words, for comparing.
    pub(super) fn all(holdings: &[Self]) -> String {
        let words = holdings.iter().map(|held| format!("{} of {}", held.amount, held.token));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// How much of several holdings a plan moves.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct TurnoverDto {
    pub moved_wei: String,
    pub whole_wei: String,
    pub share_bps: String,
    /// What the trades add, below zero where they take; gas included, and part of the net yield.
    pub cost_wei: String,
}

impl TurnoverDto {
    pub(super) fn new(market: &Market, intent: &Intent, plan: &Solution) -> Option<Self> {
        let turned = intent.is_rebalance().then(|| turnover(market, intent, plan))??;
        Some(Self {
            moved_wei: turned.moved.to_string(),
            whole_wei: turned.whole.to_string(),
            share_bps: format!("{:.4}", turned.share_bps()),
            cost_wei: turned.cost.to_string(),
        })
    }
}

/// The schema's word for what a yield intent asks for.
pub(super) const fn objective(intent: &Intent) -> Option<&'static str> {
    let Goal::Yield { objective, .. } = intent.goal else { return None };
    Some(match objective {
        Objective::Net => "net",
        Objective::NetOrganic => "net_organic",
        Objective::RiskAdjusted => "risk_adjusted",
        Objective::LeastRisk { .. } => "least_risk",
        Objective::FixedRate => "fixed_rate",
    })
}

/// What a reader must know of an intent of this kind.
pub(super) fn disclosures(intent: &Intent) -> Vec<String> {
    let mut lines = Vec::new();
    if intent.is_rebalance() {
        lines.push(
            "A rebalance is sent from your own account: version 1 of the signed intent takes in one \
             asset."
                .to_owned(),
        );
    }
    match intent.goal {
        Goal::Yield { objective: Objective::LeastRisk { .. }, .. } => lines.push(
            "The target is a net organic rate a year, continuously compounded as all rates here; the \
             proof bounds what can be earned, not the risk."
                .to_owned(),
        ),
        Goal::Yield { objective: Objective::FixedRate, .. } => lines.push(
            "A fixed rate is had by holding to the expiry: who leaves before sells at that day's \
             price."
                .to_owned(),
        ),
        Goal::Yield { .. } | Goal::Swap { .. } | Goal::Exit { .. } => {}
    }
    lines
}
