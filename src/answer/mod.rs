//! The answer, schema `tenor.answer/1`: one form for the command line, the API and records.
//!
//! Amounts are decimal strings in wei, yields decimal strings in basis points with four places,
//! annual and continuously compounded. [`build()`] makes it from what the solver and the EVM said;
//! `terminal` prints it for people.

mod build;
mod certificate;
pub mod check;
mod components;
mod disclosures;
mod exposure;
mod leverage;
mod numbers;
mod objectives;
mod risk;
pub mod terminal;
mod ways;

use std::collections::BTreeMap;

use serde::Serialize;

pub use build::{Timings, build};
pub(crate) use build::{bps, plan_dto as plan};
pub use certificate::{CertificateDto, PriceDto};
pub use components::{ComponentDto, RewardDto};
pub use exposure::{ExposedDto, ExposureDto};
pub use leverage::{LeverageDto, StressDto, UnwindingDto};
pub use objectives::{HoldingDto, TurnoverDto};
pub use risk::{BenchmarkDto, ForcedDto, HazardDto, PositionRiskDto, RiskDto, WaitDto};
pub use ways::{BoundDto, WayDto, WaysDto};

/// The whole answer.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(
    missing_docs,
    reason = "the field names are the schema; DESIGN of the answer describes them"
)]
pub struct AnswerDto {
    pub schema: &'static str,
    pub market: MarketDto,
    pub tokens: BTreeMap<String, TokenDto>,
    pub intent: IntentDto,
    pub plan: PlanDto,
    #[serde(rename = "yield")]
    pub yields: Option<YieldDto>,
    pub exit: Option<ExitDto>,
    pub risk: Option<RiskDto>,
    pub exit_ladder: Vec<RungDto>,
    pub ways_out: Vec<WaysDto>,
    pub binding: Vec<BindingDto>,
    pub alternatives: Vec<AlternativeDto>,
    pub unranked: Vec<UnrankedDto>,
    pub infeasible: Option<InfeasibleDto>,
    pub simulation: Option<SimulationDto>,
    pub exposure: Option<ExposureDto>,
    pub certificate: Option<CertificateDto>,
    /// Of several holdings: how much of them moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turnover: Option<TurnoverDto>,
    /// What the plan owes and stands; `None` where it owes nothing.
    pub leverage: Option<LeverageDto>,
    pub disclosures: Vec<String>,
    pub timings_us: Timings,
    /// Whether the market tells of anything that positions are paid beside their own growth.
    #[serde(skip)]
    pub incentives_known: bool,
}

/// The market that was asked.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct MarketDto {
    pub chain_id: u64,
    pub block: u64,
    pub timestamp: u64,
    pub utc: String,
    pub source: String,
    pub hash: String,
    pub gas_price_wei: String,
}

/// A token that the answer mentions, by address.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct TokenDto {
    pub symbol: String,
    pub decimals: u8,
}

/// The intent as it was understood.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct IntentDto {
    pub sentence: String,
    pub canonical: String,
    pub goal: &'static str,
    /// What makes one plan of a yield better than another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objective: Option<&'static str>,
    pub asset: String,
    pub amount: String,
    /// What a rebalance may move besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<HoldingDto>,
    pub filled: Vec<FilledDto>,
}

/// A value that the profile supplied.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct FilledDto {
    pub name: &'static str,
    pub value: String,
}

/// What to do.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct PlanDto {
    pub kind: &'static str,
    pub way: &'static str,
    pub label: String,
    pub legs: Vec<LegDto>,
    pub outputs: Vec<OutputDto>,
    pub approvals: Vec<ApprovalDto>,
    pub gas: u64,
}

/// One trade.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct LegDto {
    pub venue: String,
    pub kind: &'static str,
    pub token_in: String,
    pub token_out: String,
    pub amount_in: String,
    pub amount_out: String,
    pub gas: u64,
}

/// What the account holds afterwards.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct OutputDto {
    pub token: String,
    pub amount: String,
    /// Shares, where the token rebases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<String>,
    /// Whether this is a part of what was given that the plan leaves where it is.
    pub unallocated: bool,
}

/// An allowance that the plan needs.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ApprovalDto {
    pub token: String,
    pub spender: String,
    pub amount: String,
}

/// The yield and its parts.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct YieldDto {
    pub net_bps: String,
    pub organic_bps: String,
    pub incentive_bps: String,
    pub cost_bps: String,
    pub net_wei: String,
    pub organic_wei: String,
    pub incentive_wei: String,
    pub cost_wei: String,
    pub principal_wei: String,
    pub horizon_s: u64,
    pub break_even_s: Option<u64>,
    /// By who pays; these add up to the net.
    pub components: Vec<ComponentDto>,
    /// What was paid beside the positions' own growth.
    pub rewards: Vec<RewardDto>,
}

/// How the plan's end is valued at the horizon.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ExitDto {
    pub eth_wei: String,
    pub gas: u64,
    pub parts: Vec<PartDto>,
}

/// One asset's way out at the horizon; sales in today's amounts.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct PartDto {
    pub holdings: Vec<OutputDto>,
    pub redeem_wei: String,
    pub rate_ray: String,
    pub basis: String,
    pub growth_ray: String,
    pub sale: Vec<LegDto>,
    pub sale_eth_wei: String,
    pub queue: Option<QueueDto>,
    /// What counts of payments beside its own growth.
    pub rewards_wei: String,
    /// Seconds after which principal tokens are redeemed; the sale is of what they are redeemed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redeemed_after_s: Option<u64>,
}

/// A redemption through a queue.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct QueueDto {
    pub name: &'static str,
    pub venue: String,
    pub redeem_wei: String,
    pub eth_wei: String,
    pub wait_s: u64,
}

/// One rung of the exit ladder.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct RungDto {
    pub within_s: u64,
    pub eth_wei: Option<String>,
    pub share_bps: Option<String>,
    pub cost_bps: Option<String>,
    /// The same at half the depth: of twice the amount sold, half of what comes out.
    pub half_depth_eth_wei: Option<String>,
    pub half_depth_share_bps: Option<String>,
    pub half_depth_cost_bps: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A limit that shapes the answer.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct BindingDto {
    pub limit: String,
    pub detail: String,
    pub cost_bps: Option<String>,
    /// What one more unit of it would add, in units of what is wanted.
    pub shadow_price: Option<String>,
}

/// What else could be done.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct AlternativeDto {
    pub kind: &'static str,
    pub label: String,
    pub outputs: Vec<OutputDto>,
    pub net_bps: String,
    pub net_wei: String,
    /// Net wei less the winner's: negative is what it would cost.
    pub adds_wei: Option<String>,
    pub violates: Vec<String>,
}

/// An asset that could not be ranked.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct UnrankedDto {
    pub token: String,
    pub yields: Option<String>,
    pub missing: Vec<String>,
}

/// Why there is no plan.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct InfeasibleDto {
    pub reason: String,
    pub relaxations: Vec<RelaxationDto>,
}

/// A change that makes the intent feasible.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct RelaxationDto {
    pub limit: String,
    pub to: String,
    pub net_bps: String,
}

/// What the EVM run measured.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct SimulationDto {
    /// Gas of the run: of the contracts that ran, not an estimate for a live chain.
    pub gas: u64,
    pub difference_wei: String,
}
