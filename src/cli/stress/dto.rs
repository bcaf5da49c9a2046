//! What a stress says, schema `tenor.stress/1`. Amounts are wei in decimal; basis points have four places.

use serde::Serialize;

/// The report.
#[derive(Debug, Serialize)]
pub(super) struct StressDto {
    pub(super) schema: &'static str,
    pub(super) market: MarketDto,
    pub(super) canonical: String,
    pub(super) plan: PlanDto,
    pub(super) horizon_s: u64,
    pub(super) before: StateDto,
    pub(super) scenarios: Vec<EventDto>,
    pub(super) disclosures: Vec<String>,
    pub(super) took_us: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct MarketDto {
    pub(super) chain_id: u64,
    pub(super) block: u64,
    pub(super) utc: String,
    pub(super) source: String,
    pub(super) hash: String,
}

#[derive(Debug, Serialize)]
pub(super) struct PlanDto {
    pub(super) label: String,
    pub(super) holdings: Vec<AmountDto>,
    pub(super) loans: Vec<LoanDto>,
}

#[derive(Debug, Serialize)]
pub(super) struct AmountDto {
    pub(super) token: String,
    pub(super) symbol: String,
    pub(super) amount: String,
    /// Whole tokens, for people.
    #[serde(skip)]
    pub(super) shown: String,
}

#[derive(Debug, Serialize)]
pub(super) struct LoanDto {
    pub(super) venue: String,
    pub(super) collateral: AmountDto,
    pub(super) debt: AmountDto,
    pub(super) threshold_bps: u32,
    pub(super) bonus_bps: u32,
    pub(super) rate_bps: String,
    pub(super) oracle: &'static str,
}

/// What the plan is worth.
#[derive(Debug, Serialize)]
pub(super) struct StateDto {
    /// By redemption rates, debt taken off; never income by itself.
    pub(super) redeem_wei: Option<String>,
    /// At the horizon, by the one valuation rule, gas and debt paid.
    pub(super) horizon_wei: Option<String>,
    pub(super) reach: Vec<ReachDto>,
    pub(super) health: Vec<HealthDto>,
}

#[derive(Debug, Serialize)]
pub(super) struct ReachDto {
    pub(super) within_s: u64,
    /// At any price, debt repaid.
    pub(super) eth_wei: Option<String>,
    /// What leaves within the limits' highest exit cost.
    pub(super) within_cost_bps: Option<String>,
    pub(super) reason: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct HealthDto {
    pub(super) venue: String,
    pub(super) factor: String,
    /// At the horizon, with the debt grown and the collateral as it is.
    pub(super) factor_at_horizon: String,
    pub(super) borrow_bps: String,
    pub(super) liquidated: bool,
}

/// One scenario.
#[derive(Debug, Serialize)]
pub(super) struct EventDto {
    pub(super) scenario: String,
    pub(super) name: String,
    pub(super) date: String,
    pub(super) source: String,
    pub(super) unverified: Vec<String>,
    pub(super) happens: Vec<String>,
    pub(super) left_out: Vec<String>,
    pub(super) after: StateDto,
    pub(super) loss: LossDto,
}

/// Of what the plan was worth before, in basis points; `None` where nothing is known to come out.
#[derive(Debug, Serialize)]
pub(super) struct LossDto {
    pub(super) redeem_bps: Option<String>,
    pub(super) horizon_bps: Option<String>,
    pub(super) reach_bps: Vec<Option<String>>,
}
