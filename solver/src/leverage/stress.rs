//! What becomes of a loop when its lender is used more, or its collateral falls.

use super::{
    Account, Credit, LeverageError,
    formulas::{carry_to_liquidation_s, equity_loss, equity_rate, liquidation_loss, price_drop},
};

/// Utilisations that the lender is stressed to, beyond the one at which its rate turns.
const USED: [f64; 2] = [0.95, 1.0];
/// Market discounts of collateral: stETH in July 2025, in May 2022, and in June 2022 (the event table).
const DISCOUNTS: [(&str, f64); 3] =
    [("July 2025", 0.003), ("May 2022", 0.042), ("June 2022", 0.06)];
/// A slashing of a hundredth of the collateral's validators' stake: a round figure, not a forecast.
const SLASHED: f64 = 0.01;

/// One row of a stress table. Rates are fractions a year.
#[derive(Debug, Clone, PartialEq)]
pub struct Stressed {
    /// What goes wrong, in words.
    pub what: String,
    /// The utilisation of the loan, where it is that.
    pub used: Option<f64>,
    /// The borrow rate then.
    pub paid: Option<f64>,
    /// What the equity earns then.
    pub equity: Option<f64>,
    /// Seconds until interest alone makes the loan one that can be liquidated.
    pub liquidation_s: Option<f64>,
    /// What of the equity is lost at once.
    pub loss: Option<f64>,
    /// Whether collateral can be sold and the loan repaid without waiting for others.
    pub can_leave: bool,
}

pub(super) fn stresses(
    credit: &Credit,
    account: &Account,
    health: f64,
    (leverage, earned): (f64, f64),
) -> Result<Vec<Stressed>, LeverageError> {
    let mut rows = Vec::new();
    for used in std::iter::once(account.kink()).chain(USED) {
        let paid = account.rate_at(used)?;
        rows.push(Stressed {
            what: format!("{:.0} % of the loan's reserve lent out", 100.0 * used),
            used: Some(used),
            paid: Some(paid),
            equity: Some(equity_rate(leverage, earned, paid)?),
            liquidation_s: carry_to_liquidation_s(health, earned, paid)?,
            loss: None,
            // What is repaid is not taken out of the reserve: only the collateral's own has to pay.
            can_leave: true,
        });
    }
    for (when, discount) in DISCOUNTS {
        rows.push(Stressed {
            what: format!("sold {:.1} % under redemption, as stETH in {when}", 100.0 * discount),
            loss: Some(equity_loss(leverage, discount)?.min(1.0)),
            can_leave: leverage * discount < 1.0,
            ..Stressed::none()
        });
    }
    let loss = equity_loss(leverage, SLASHED)?.min(1.0);
    let what = format!("{:.0} % of the collateral slashed", 100.0 * SLASHED);
    rows.push(Stressed { what, loss: Some(loss), ..Stressed::none() });
    rows.extend(liquidated(credit, account, leverage)?);
    Ok(rows)
}

/// All of the loan liquidated as soon as it can be; `None` where nothing tells what liquidators take.
fn liquidated(
    credit: &Credit,
    account: &Account,
    leverage: f64,
) -> Result<Option<Stressed>, LeverageError> {
    let Some(bonus) = credit.bonus() else { return Ok(None) };
    let (_, threshold) = account.limits();
    let fall = price_drop(leverage, threshold)?;
    let what = format!(
        "liquidated after a fall by {:.2} %, {:.2} % of the loan to liquidators",
        100.0 * fall,
        100.0 * bonus
    );
    let loss = Some(liquidation_loss(leverage, threshold, bonus)?);
    Ok(Some(Stressed { what, loss, ..Stressed::none() }))
}

impl Stressed {
    const fn none() -> Self {
        Self {
            what: String::new(),
            used: None,
            paid: None,
            equity: None,
            liquidation_s: None,
            loss: None,
            can_leave: true,
        }
    }
}
