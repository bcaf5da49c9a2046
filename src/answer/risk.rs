//! What a plan risks, and whether it is paid for it.

use serde::Serialize;
use tenor_solver::{
    intent::Intent,
    market::Market,
    risk::{Driver, Forced, PositionRisk, Report, Risk, Rung, WaitTold, report},
    solution::Solution,
};

use super::{RungDto, build::bps};

/// Tier, losses and what is paid for them. Rates are annual; all of it rests on priors.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct RiskDto {
    pub tier: String,
    pub expected_loss_bps: String,
    /// By how much a year usually misses the expected loss; what positions share counts once.
    pub unexpected_loss_bps: String,
    /// What a yield adjusted for risk is charged: the expected loss, and the unexpected as often as the
    /// profile says.
    pub charge_bps: String,
    pub caution: String,
    /// The chance that nothing held breaks until the horizon.
    pub survival_bps: String,
    /// What the priors are called.
    pub priors: String,
    pub drivers: Vec<String>,
    pub hazards: Vec<HazardDto>,
    pub benchmark: Option<BenchmarkDto>,
    pub positions: Vec<PositionRiskDto>,
    pub forced_sale: Option<ForcedDto>,
    pub waits: Vec<WaitDto>,
    /// Protocols of which the worst is assumed, because no priors name them.
    pub unknown: Vec<String>,
}

/// One hazard of something that the plan rests on.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct HazardDto {
    pub node: String,
    pub kind: String,
    pub hazard: String,
    /// How often in ten thousand years.
    pub rate_bps: String,
    /// What is then lost of the whole.
    pub severity_bps: String,
    pub loss_bps: String,
}

/// The rate that spreads are over.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct BenchmarkDto {
    pub rate_bps: String,
    pub basis: String,
}

/// One position against what it would have to pay.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct PositionRiskDto {
    pub token: String,
    pub share_bps: String,
    pub tier: String,
    pub expected_loss_bps: String,
    pub unexpected_loss_bps: String,
    pub net_bps: String,
    pub spread_bps: Option<String>,
    pub liquidity_premium_bps: Option<String>,
    pub fair_spread_bps: Option<String>,
    pub paid_for_risk: Option<bool>,
}

/// What having to sell may lose.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ForcedDto {
    pub alpha_bps: String,
    pub share_bps: String,
    pub discount_bps: String,
    pub loss_bps: String,
}

/// How long a queue takes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct WaitDto {
    pub token: String,
    pub name: &'static str,
    pub venue: String,
    pub q50_s: Option<u64>,
    pub q95_s: Option<u64>,
    pub basis: String,
    pub transferable: bool,
}

/// The risk of a plan, and its ladder with what leaves at half the depth.
pub(super) fn told(market: &Market, intent: &Intent, plan: &Solution) -> (RiskDto, Vec<RungDto>) {
    let report = report(market, intent, plan);
    let ladder = plan.ladder.iter().zip(&report.halved);
    let ladder = ladder.map(|(whole, half)| RungDto::new(whole, half)).collect();
    (RiskDto::new(&plan.risk, &report), ladder)
}

impl RiskDto {
    fn new(risk: &Risk, report: &Report) -> Self {
        Self {
            tier: format!("{:?}", risk.tier),
            expected_loss_bps: bps(risk.expected_loss_bps),
            unexpected_loss_bps: bps(risk.unexpected_loss_bps),
            charge_bps: bps(risk.charge_bps()),
            caution: risk.caution.to_string(),
            survival_bps: bps(1e4 * report.survival),
            priors: report.label.clone(),
            drivers: drivers(&risk.drivers),
            hazards: risk.drivers.iter().map(HazardDto::new).collect(),
            benchmark: report
                .benchmark
                .as_ref()
                .map(|(rate, basis)| BenchmarkDto { rate_bps: bps(*rate), basis: basis.clone() }),
            positions: report.positions.iter().map(PositionRiskDto::new).collect(),
            forced_sale: report.forced.as_ref().map(ForcedDto::new),
            waits: report.waits.iter().map(WaitDto::new).collect(),
            unknown: risk.unknown.clone(),
        }
    }
}

/// One line for each node: what it costs the whole, and by which hazards.
fn drivers(all: &[Driver]) -> Vec<String> {
    let mut nodes: Vec<&str> = all.iter().map(|driver| driver.node.as_str()).collect();
    nodes.dedup();
    let line = |node: &str| {
        let of: Vec<&Driver> = all.iter().filter(|driver| driver.node == node).collect();
        let sum: f64 = of.iter().map(|driver| driver.loss_bps()).sum();
        let each = of.iter().map(|d| format!("{} {:.1}", d.hazard, d.loss_bps()));
        format!("{node}: {sum:.1} bp a year, prior ({})", each.collect::<Vec<_>>().join(", "))
    };
    nodes.into_iter().map(line).collect()
}

impl HazardDto {
    fn new(driver: &Driver) -> Self {
        Self {
            node: driver.node.clone(),
            kind: driver.kind.to_string(),
            hazard: driver.hazard.to_string(),
            rate_bps: bps(1e4 * driver.rate),
            severity_bps: bps(1e4 * driver.loss),
            loss_bps: bps(driver.loss_bps()),
        }
    }
}

impl PositionRiskDto {
    fn new(position: &PositionRisk) -> Self {
        Self {
            token: position.token.to_string(),
            share_bps: bps(position.share_bps),
            tier: format!("{:?}", position.tier),
            expected_loss_bps: bps(position.expected_loss_bps),
            unexpected_loss_bps: bps(position.unexpected_loss_bps),
            net_bps: bps(position.net_bps),
            spread_bps: position.spread_bps.map(bps),
            liquidity_premium_bps: position.liquidity_premium_bps.map(bps),
            fair_spread_bps: position.fair_bps().map(bps),
            paid_for_risk: position.paid(),
        }
    }
}

impl ForcedDto {
    fn new(forced: &Forced) -> Self {
        Self {
            alpha_bps: bps(1e4 * forced.alpha),
            share_bps: bps(forced.share_bps),
            discount_bps: bps(forced.discount_bps),
            loss_bps: bps(forced.loss_bps),
        }
    }
}

impl WaitDto {
    fn new(wait: &WaitTold) -> Self {
        Self {
            token: wait.token.to_string(),
            name: wait.name,
            venue: wait.venue.to_string(),
            q50_s: wait.quantiles.map(|q| q.q50_s),
            q95_s: wait.quantiles.map(|q| q.q95_s),
            basis: wait.basis.clone(),
            transferable: wait.transferable,
        }
    }
}

impl RungDto {
    fn new(whole: &Rung, half: &Rung) -> Self {
        Self {
            within_s: whole.within_s,
            eth_wei: whole.eth.map(|eth| eth.to_string()),
            share_bps: whole.share_bps.map(bps),
            cost_bps: whole.cost_bps.map(bps),
            half_depth_share_bps: half.share_bps.map(bps),
            half_depth_cost_bps: half.cost_bps.map(bps),
            half_depth_eth_wei: half.eth.map(|eth| eth.to_string()),
            reason: whole.reason.clone(),
        }
    }
}
