//! What a plan owes, what it stands, and how it is left.

use alloy_primitives::U256;
use serde::Serialize;
use tenor_solver::{
    amount::{WAD, to_f64},
    leverage::{Leverage, Stressed, Unwinding},
};

use super::build::bps;

/// A plan's leverage. `leverage` and health factors are decimal strings with four places, rates in
/// basis points a year, continuously compounded.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct LeverageDto {
    pub venue: String,
    pub collateral_token: String,
    pub loan_token: String,
    /// What stands for what is pledged and what is owed among the plan's outputs: tokens, or the names of
    /// entries in the venue's own books.
    pub position_tokens: Vec<String>,
    /// The share of the collateral that may be owed.
    pub threshold_bps: String,
    /// Whose price of the collateral counts.
    pub oracle: &'static str,
    pub leverage: String,
    pub asked: String,
    pub collateral_amount: String,
    pub debt_amount: String,
    pub debt_at_horizon: String,
    pub health: String,
    /// As the contract computes it, times 1e18.
    pub health_wad: String,
    pub target_health: String,
    pub health_at_horizon: String,
    /// The fall of the collateral's oracle price at which the loan can be liquidated.
    pub liquidation_drop_bps: String,
    /// The part of what is repaid that liquidators take beyond it; null where the venue does not tell.
    pub liquidation_bonus_bps: Option<String>,
    /// What of the equity is lost where the price falls so far and all of the loan is liquidated at it.
    pub liquidation_loss_bps: Option<String>,
    /// Seconds until interest alone gets there; null where it never does.
    pub carry_to_liquidation_s: Option<u64>,
    pub collateral_bps: String,
    pub borrow_before_bps: String,
    /// With the plan's own loan.
    pub borrow_bps: String,
    /// The borrow rate at which the equity earns nothing.
    pub break_even_borrow_bps: String,
    pub equity_bps: String,
    pub used_before_bps: String,
    pub used_bps: String,
    /// Units of the loan and of the collateral that lie at the venue after the plan.
    pub loan_available: String,
    pub collateral_available: String,
    pub unwinding: UnwindingDto,
    pub stress: Vec<StressDto>,
}

/// The way out, today.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct UnwindingDto {
    pub rounds: usize,
    /// Units of collateral that have to be taken out, all together and at most at once.
    pub needs_amount: String,
    pub most_at_once: String,
    /// Units of the loan token that are left once all is repaid and sold, before gas.
    pub left_amount: String,
    pub gas: u64,
}

/// One row of the stress table.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct StressDto {
    pub what: String,
    pub used_bps: Option<String>,
    pub borrow_bps: Option<String>,
    pub equity_bps: Option<String>,
    pub carry_to_liquidation_s: Option<u64>,
    pub equity_loss_bps: Option<String>,
    pub can_leave: bool,
}

fn four(value: f64) -> String {
    format!("{value:.4}")
}

fn rate(fraction: f64) -> String {
    bps(fraction * 1e4)
}

/// Whole seconds, down.
fn whole(seconds: f64) -> u64 {
    u64::try_from(tenor_solver::amount::from_f64(seconds)).unwrap_or(u64::MAX)
}

impl LeverageDto {
    pub(super) fn new(of: &Leverage) -> Self {
        Self {
            venue: of.credit.venue.to_string(),
            collateral_token: of.credit.collateral.to_string(),
            loan_token: of.credit.loan.to_string(),
            position_tokens: of.credit.position_tokens().iter().map(ToString::to_string).collect(),
            threshold_bps: rate(of.account.limits().1),
            // Of what the market itself tells; another oracle's price would be read.
            oracle: "redemption",
            leverage: four(of.leverage),
            asked: four(of.asked),
            collateral_amount: of.collateral.to_string(),
            debt_amount: of.owed.to_string(),
            debt_at_horizon: of.owed_at_horizon.to_string(),
            health: four(to_f64(of.health) / to_f64(WAD)),
            health_wad: of.health.to_string(),
            target_health: four(of.target_health),
            health_at_horizon: four(of.health_at_horizon),
            liquidation_drop_bps: rate(of.price_drop),
            liquidation_bonus_bps: of.credit.bonus().map(rate),
            liquidation_loss_bps: of.liquidation_loss.map(rate),
            carry_to_liquidation_s: of.liquidation_s.map(whole),
            collateral_bps: rate(of.earned),
            borrow_before_bps: rate(of.paid[0]),
            borrow_bps: rate(of.paid[1]),
            break_even_borrow_bps: rate(of.break_even),
            equity_bps: rate(of.equity),
            used_before_bps: rate(of.used[0]),
            used_bps: rate(of.used[1]),
            loan_available: of.available.to_string(),
            collateral_available: of.withdrawable.to_string(),
            unwinding: UnwindingDto::new(&of.unwinding),
            stress: of.stress.iter().map(StressDto::new).collect(),
        }
    }
}

impl UnwindingDto {
    fn new(of: &Unwinding) -> Self {
        let needs = of.rounds.iter().fold(U256::ZERO, |sum, r| sum.saturating_add(r.released));
        Self {
            rounds: of.rounds.len(),
            needs_amount: needs.to_string(),
            most_at_once: of.most.to_string(),
            left_amount: of.left.to_string(),
            gas: of.gas,
        }
    }
}

impl StressDto {
    fn new(of: &Stressed) -> Self {
        Self {
            what: of.what.clone(),
            used_bps: of.used.map(rate),
            borrow_bps: of.paid.map(rate),
            equity_bps: of.equity.map(rate),
            carry_to_liquidation_s: of.liquidation_s.map(whole),
            equity_loss_bps: of.loss.map(rate),
            can_leave: of.can_leave,
        }
    }
}
