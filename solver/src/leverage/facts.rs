//! What an answer tells of a plan that owes something.

use alloy_primitives::U256;

use super::{
    Account, Credit, LeverageError, MOST_USED, Stressed, Unwinding,
    formulas::{
        break_even, carry_to_liquidation_s, equity_rate, health_after, liquidation_loss, price_drop,
    },
    stress::stresses,
};
use crate::amount::{WAD, to_f64};

/// A plan's leverage: rates are fractions a year, continuously compounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Leverage {
    /// What lends.
    pub credit: Credit,
    /// The account after the plan.
    pub account: Account,
    /// Collateral over equity, by the venue's oracle.
    pub leverage: f64,
    /// The most that the intent asked for.
    pub asked: f64,
    /// Units of collateral.
    pub collateral: U256,
    /// Units owed at the start.
    pub owed: U256,
    /// What is owed at the horizon.
    pub owed_at_horizon: U256,
    /// The health factor at the start, in WAD, as the contract computes it.
    pub health: U256,
    /// The health factor that every step keeps at least.
    pub target_health: f64,
    /// The health factor at the horizon, by the rates below.
    pub health_at_horizon: f64,
    /// What the collateral earns.
    pub earned: f64,
    /// The borrow rate before the plan, and with its own loan.
    pub paid: [f64; 2],
    /// The utilisation of the loan before the plan, and with its own loan.
    pub used: [f64; 2],
    /// The borrow rate at which the equity earns nothing.
    pub break_even: f64,
    /// What the equity earns, entering and leaving aside.
    pub equity: f64,
    /// The fall of the collateral's oracle price at which the loan can be liquidated.
    pub price_drop: f64,
    /// What of the equity is lost where that happens and all of the loan is liquidated at that price;
    /// `None` where the venue does not tell what liquidators take.
    pub liquidation_loss: Option<f64>,
    /// Seconds until interest alone gets there; `None` where it never does.
    pub liquidation_s: Option<f64>,
    /// Units of the loan token that lie at the venue after the plan.
    pub available: U256,
    /// Units of collateral that could be taken out there.
    pub withdrawable: U256,
    /// The way out, today.
    pub unwinding: Unwinding,
    /// What becomes of the plan when something goes wrong.
    pub stress: Vec<Stressed>,
}

/// What a plan's facts follow from.
#[derive(Debug)]
pub(super) struct Stand<'a> {
    pub(super) credit: &'a Credit,
    pub(super) account: &'a Account,
    pub(super) unwinding: &'a Unwinding,
    pub(super) asked: f64,
    pub(super) target_health: f64,
    pub(super) earned: f64,
    pub(super) horizon_s: u64,
    pub(super) owed_at_horizon: U256,
}

impl Leverage {
    pub(super) fn new(of: &Stand<'_>) -> Result<Self, LeverageError> {
        let Stand { credit, account, earned, .. } = *of;
        let before = Account::new(&credit.terms);
        let (_, threshold) = account.limits();
        let leverage = account.leverage().ok_or(LeverageError::Unsecured(U256::ZERO))?;
        let health = account.health().ok_or(LeverageError::Nothing)?;
        let lost = credit.bonus().map(|bonus| liquidation_loss(leverage, threshold, bonus));
        let (start, paid) = (to_f64(health) / to_f64(WAD), account.rate()?);
        Ok(Self {
            credit: credit.clone(),
            account: account.clone(),
            leverage,
            asked: of.asked,
            collateral: account.collateral().ok_or(LeverageError::Overflow)?,
            owed: account.owed().ok_or(LeverageError::Overflow)?,
            owed_at_horizon: of.owed_at_horizon,
            health,
            target_health: of.target_health,
            health_at_horizon: health_after(start, earned, paid, of.horizon_s)?,
            earned,
            paid: [before.rate()?, paid],
            used: [before.used()?, account.used()?],
            break_even: break_even(leverage, earned)?,
            equity: equity_rate(leverage, earned, paid)?,
            price_drop: price_drop(leverage, threshold)?,
            liquidation_loss: lost.transpose()?,
            liquidation_s: carry_to_liquidation_s(start, earned, paid)?,
            available: account.available(),
            withdrawable: account.withdrawable(),
            unwinding: of.unwinding.clone(),
            stress: stresses(credit, account, start, (leverage, earned))?,
        })
    }

    /// What stops such a plan, in words.
    pub(super) fn objections(&self) -> Vec<String> {
        let mut found = Vec::new();
        let percent = |rate: f64| format!("{:.2} %", 100.0 * rate);
        if self.paid[1] > self.break_even {
            found.push(format!(
                "borrowing costs {} a year, more than the {} at which leverage {:.2} breaks even",
                percent(self.paid[1]),
                percent(self.break_even),
                self.leverage
            ));
        }
        if self.used[1] > MOST_USED {
            found.push(format!(
                "{} of what {} lends would be lent out, more than {}: lenders could not be paid",
                percent(self.used[1]),
                self.credit.venue,
                percent(MOST_USED)
            ));
        }
        if self.available < self.owed {
            found.push(format!(
                "leaving at once needs {} units of the loan and {} lie at {}",
                self.owed, self.available, self.credit.venue
            ));
        }
        if self.withdrawable < self.collateral {
            found.push(format!(
                "leaving takes out {} units of collateral and {} lie there",
                self.collateral, self.withdrawable
            ));
        }
        found
    }

    /// Whether the plan is more than the leverage asked for allows: rounding aside.
    pub(super) fn exceeds(&self) -> bool {
        self.leverage > self.asked + 1e-9
    }
}
