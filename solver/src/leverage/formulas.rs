//! What a loop earns, stands and loses: closed forms of `YIELD_AND_RISK`, section 10.
//!
//! `leverage` is collateral over equity: 1 is no loan. Rates are fractions a year, continuously
//! compounded; shares (limit, threshold, discount) are fractions; times are seconds, a year of 365.25
//! days. Rates outside 0 to 10 and shares outside 0 to 1 are errors, never read as something else.

use super::LeverageError;
use crate::{amount::YEAR_S, value::years};

type Result = std::result::Result<f64, LeverageError>;

fn leverage(given: f64) -> Result {
    if given >= 1.0 && given.is_finite() { Ok(given) } else { Err(LeverageError::BelowOne(given)) }
}

fn share(what: &'static str, given: f64) -> Result {
    if (0.0..1.0).contains(&given) { Ok(given) } else { Err(LeverageError::Share { what, given }) }
}

fn health(given: f64) -> Result {
    if given >= 1.0 && given.is_finite() { Ok(given) } else { Err(LeverageError::Unhealthy(given)) }
}

/// A rate that a market can have.
pub fn rate(what: &'static str, given: f64) -> Result {
    if (0.0..=10.0).contains(&given) { Ok(given) } else { Err(LeverageError::Rate { what, given }) }
}

/// A utilisation that a market can have.
pub fn utilisation(given: f64) -> Result {
    if (0.0..=1.0).contains(&given) { Ok(given) } else { Err(LeverageError::OverUsed(given)) }
}

/// The most leverage that a limit on borrowing allows: `1 / (1 - ltv)`.
pub fn most_by_limit(ltv: f64) -> Result {
    Ok(1.0 / (1.0 - share("a loan-to-value limit", ltv)?))
}

/// The most leverage whose health factor is at least `target`: `1 / (1 - threshold / target)`.
pub fn most_by_health(threshold: f64, target: f64) -> Result {
    let (threshold, target) = (share("a liquidation threshold", threshold)?, health(target)?);
    Ok(1.0 / (1.0 - threshold / target))
}

/// The health factor at a leverage; infinite without a loan.
pub fn health_at(at: f64, threshold: f64) -> Result {
    let at = leverage(at)?;
    Ok(share("a liquidation threshold", threshold)? * at / (at - 1.0))
}

/// The loan's share of the collateral at a leverage, where `limit` allows that.
pub fn loan_to_value(at: f64, limit: f64) -> Result {
    let ltv = 1.0 - 1.0 / leverage(at)?;
    let limit = share("a loan-to-value limit", limit)?;
    if ltv <= limit { Ok(ltv) } else { Err(LeverageError::AboveLimit { ltv, limit }) }
}

/// What the equity earns: `L y - (L - 1) b`.
pub fn equity_rate(at: f64, earned: f64, paid: f64) -> Result {
    let at = leverage(at)?;
    Ok(at * rate("a yield", earned)? - (at - 1.0) * rate("a borrow rate", paid)?)
}

/// The borrow rate at which the equity earns nothing: `L / (L - 1) y`; infinite without a loan.
pub fn break_even(at: f64, earned: f64) -> Result {
    let (at, earned) = (leverage(at)?, rate("a yield", earned)?);
    Ok(if at > 1.0 { at / (at - 1.0) * earned } else { f64::INFINITY })
}

/// The fall of the collateral's oracle price at which the loan can be liquidated:
/// `1 - (L - 1) / (L threshold)`. An error where it can be already.
pub fn price_drop(at: f64, threshold: f64) -> Result {
    let (at, threshold) = (leverage(at)?, share("a liquidation threshold", threshold)?);
    let drop = 1.0 - (at - 1.0) / (at * threshold);
    if drop >= 0.0 { Ok(drop) } else { Err(LeverageError::Unhealthy(health_at(at, threshold)?)) }
}

/// The health factor after some seconds, where the oracle follows the collateral's redemption rate:
/// `HF exp((y - b) t)`.
pub fn health_after(start: f64, earned: f64, paid: f64, seconds: u64) -> Result {
    let carry = rate("a yield", earned)? - rate("a borrow rate", paid)?;
    Ok(health(start)? * (carry * years(seconds)).exp())
}

/// Seconds until interest alone makes the loan one that can be liquidated: `ln(HF) / (b - y)`; `None`
/// where the collateral earns at least what the loan costs.
pub fn carry_to_liquidation_s(
    start: f64,
    earned: f64,
    paid: f64,
) -> std::result::Result<Option<f64>, LeverageError> {
    let carry = rate("a borrow rate", paid)? - rate("a yield", earned)?;
    let start = health(start)?;
    Ok((carry > 0.0).then(|| start.ln() / carry * years_s()))
}

/// What of the equity a fall of the collateral by `fall` takes: `L d`. A market discount does on a
/// forced unwinding, slashing does at once.
pub fn equity_loss(at: f64, fall: f64) -> Result {
    Ok(leverage(at)? * share("a fall", fall)?)
}

/// What of the equity is lost where the collateral falls to where the loan can be liquidated and all of it
/// is, at that price: liquidators take `bonus` of what they repay beyond it, so that of collateral worth
/// `(L - 1) / threshold` is left `(L - 1) (1 / threshold - 1 - bonus)`. No more than all.
pub fn liquidation_loss(at: f64, threshold: f64, bonus: f64) -> Result {
    let (at, threshold) = (leverage(at)?, share("a liquidation threshold", threshold)?);
    let taken = 1.0 + share("a liquidation bonus", bonus)?;
    // Without a loan nothing is liquidated.
    let left = if at > 1.0 { (at - 1.0) * (1.0 / threshold - taken) } else { 1.0 };
    Ok((1.0 - left).clamp(0.0, 1.0))
}

fn years_s() -> f64 {
    crate::amount::to_f64(alloy_primitives::U256::from(YEAR_S))
}
