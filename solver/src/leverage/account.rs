//! What venues lend against collateral, and an account that uses it.

use alloy_primitives::{Address, U256, uint};

use super::{
    AaveLoan, AaveTerms, LeverageError, MorphoLoan, MorphoTerms,
    formulas::{rate, utilisation},
};
use crate::{
    amount::{RAY, WAD, YEAR_S, mul_div, to_f64},
    market::{AsOf, Market, TokenInfo},
    venues::{VenueId, liquidation_incentive},
};

/// The scale of Morpho's prices.
const MORPHO_PRICE: U256 = uint!(1_000_000_000_000_000_000_000_000_000_000_000_000_U256);
/// Lenders count a year of 365 days.
const LENDING_YEAR_S: f64 = 31_536_000.0;

/// What one venue lends against one collateral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The venue that lends: a reserve, a market.
    pub venue: VenueId,
    /// Who runs it.
    pub protocol: String,
    /// When its figures were read.
    pub as_of: AsOf,
    /// The token pledged.
    pub collateral: Address,
    /// The token borrowed.
    pub loan: Address,
    /// On what terms.
    pub terms: Terms,
}

/// The terms of one kind of venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terms {
    /// Aave v3, and forks of it such as Spark.
    Aave(Box<AaveTerms>),
    /// Morpho Blue.
    Morpho(Box<MorphoTerms>),
}

impl Credit {
    /// What stands for what is pledged, and for what is owed: tokens, or the names of the entries that
    /// the venue has of both in its own books.
    pub fn position_tokens(&self) -> [Address; 2] {
        match &self.terms {
            Terms::Aave(terms) => [terms.a_token, terms.debt_token],
            Terms::Morpho(terms) => terms.params.secured(),
        }
    }

    /// The same in words, counted as the tokens that are pledged and owed. `None` where `market` does not
    /// list those.
    pub fn positions(&self, market: &Market) -> Option<[TokenInfo; 2]> {
        let [pledged, owed] = self.position_tokens();
        let (collateral, loan) = (market.token(self.collateral)?, market.token(self.loan)?);
        let info = |address, of: &TokenInfo, how: &str| TokenInfo {
            address,
            symbol: format!("{} {how} {}", of.symbol, self.venue),
            decimals: of.decimals,
        };
        Some([info(pledged, collateral, "pledged at"), info(owed, loan, "owed to")])
    }

    /// The part of what is repaid that a liquidator takes in collateral beyond it; `None` where the venue
    /// does not tell.
    pub fn bonus(&self) -> Option<f64> {
        match &self.terms {
            Terms::Aave(terms) => terms.bonus_bps.map(|bonus| to_f64(bonus) / 1e4),
            Terms::Morpho(terms) => {
                liquidation_incentive(terms.params.lltv).map(|all| to_f64(all) / to_f64(WAD) - 1.0)
            }
        }
    }
}

/// An account at a venue that lends, and the venue as the account leaves it. Every change is what the
/// contract would do, to the wei, or an error where it would refuse; after an error nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// Of Aave v3 or a fork.
    Aave(Box<AaveLoan>),
    /// Of Morpho Blue.
    Morpho(Box<MorphoLoan>),
}

impl Account {
    /// An account that has nothing there yet.
    pub fn new(terms: &Terms) -> Self {
        match terms {
            Terms::Aave(terms) => Self::Aave(Box::new(AaveLoan::new((**terms).clone()))),
            Terms::Morpho(terms) => Self::Morpho(Box::new(MorphoLoan::new(**terms))),
        }
    }

    /// Pledges so many units of collateral.
    pub fn pledge(&mut self, amount: U256) -> Result<(), LeverageError> {
        match self {
            Self::Aave(loan) => loan.supply(amount),
            Self::Morpho(loan) => loan.pledge(amount),
        }
    }

    /// Borrows so many units.
    pub fn borrow(&mut self, amount: U256) -> Result<(), LeverageError> {
        match self {
            Self::Aave(loan) => loan.borrow(amount),
            Self::Morpho(loan) => loan.borrow(amount),
        }
    }

    /// Repays, at most what is owed; returns the units paid.
    pub fn repay(&mut self, amount: U256) -> Result<U256, LeverageError> {
        match self {
            Self::Aave(loan) => loan.repay(amount),
            Self::Morpho(loan) => loan.repay(amount),
        }
    }

    /// Takes so many units of collateral out.
    pub fn release(&mut self, amount: U256) -> Result<(), LeverageError> {
        match self {
            Self::Aave(loan) => loan.withdraw(amount),
            Self::Morpho(loan) => loan.release(amount),
        }
    }

    /// Units of collateral pledged.
    pub fn collateral(&self) -> Option<U256> {
        match self {
            Self::Aave(loan) => loan.collateral(),
            Self::Morpho(loan) => Some(loan.loan.collateral),
        }
    }

    /// Units of the loan owed.
    pub fn owed(&self) -> Option<U256> {
        match self {
            Self::Aave(loan) => loan.owed(),
            Self::Morpho(loan) => loan.owed(),
        }
    }

    /// What the chain stores of what is pledged and of what is owed: scaled balances, or units and shares.
    pub fn stored(&self) -> [U256; 2] {
        match self {
            Self::Aave(loan) => [loan.scaled, loan.scaled_debt],
            Self::Morpho(loan) => [loan.loan.collateral, loan.loan.borrow_shares],
        }
    }

    /// What may be owed over what is owed, in WAD, as the contract computes it; `None` without debt.
    pub fn health(&self) -> Option<U256> {
        match self {
            Self::Aave(loan) => loan.sums().and_then(|sums| sums.health),
            Self::Morpho(loan) => loan.health(),
        }
    }

    /// Units of the loan that so many of collateral are worth by the venue's oracle, rounded down.
    pub fn worth(&self, collateral: U256) -> Option<U256> {
        match self {
            Self::Aave(loan) => {
                let AaveTerms { collateral_price, collateral_unit, loan_price, loan_unit, .. } =
                    loan.terms;
                let value = collateral_price.checked_mul(loan_unit)?;
                mul_div(collateral, value, collateral_unit.checked_mul(loan_price)?)
            }
            Self::Morpho(loan) => mul_div(collateral, loan.terms.price, MORPHO_PRICE),
        }
    }

    /// Collateral over equity, by the venue's oracle; `None` without equity.
    pub fn leverage(&self) -> Option<f64> {
        let held = to_f64(self.worth(self.collateral()?)?);
        let equity = held - to_f64(self.owed()?);
        (equity > 0.0).then(|| held / equity)
    }

    /// The shares of the collateral that may be borrowed, and be owed.
    pub fn limits(&self) -> (f64, f64) {
        match self {
            Self::Aave(loan) => {
                let AaveTerms { ltv_bps, threshold_bps, .. } = loan.terms;
                (to_f64(ltv_bps) / 1e4, to_f64(threshold_bps) / 1e4)
            }
            Self::Morpho(loan) => {
                let limit = to_f64(loan.terms.params.lltv) / to_f64(WAD);
                (limit, limit)
            }
        }
    }

    /// Units of the loan that can be borrowed, or taken out by whoever supplied them.
    pub fn available(&self) -> U256 {
        match self {
            Self::Aave(loan) => loan.terms.available,
            Self::Morpho(loan) => loan.terms.totals.liquidity(),
        }
    }

    /// Units of the collateral that could be taken out if nothing were owed.
    pub fn withdrawable(&self) -> U256 {
        match self {
            Self::Aave(loan) => loan.terms.collateral_available,
            Self::Morpho(loan) => loan.loan.collateral,
        }
    }

    /// The share of what was supplied of the loan that is lent out.
    pub fn used(&self) -> Result<f64, LeverageError> {
        let used = match self {
            Self::Aave(loan) => {
                let (debt, left) = (to_f64(loan.terms.total_debt), to_f64(loan.terms.available));
                if debt > 0.0 { debt / (debt + left) } else { 0.0 }
            }
            Self::Morpho(loan) => {
                let used = loan.terms.totals.utilisation().ok_or(LeverageError::Overflow)?;
                to_f64(used) / to_f64(WAD)
            }
        };
        utilisation(used)
    }

    /// The borrow rate at a utilisation: a fraction a year of 365.25 days, continuously compounded, as
    /// interest accrues on interest with every block.
    pub fn rate_at(&self, used: f64) -> Result<f64, LeverageError> {
        let used = utilisation(used)?;
        let scaled = |one: U256| crate::amount::from_f64(used * to_f64(one)).min(one);
        let simple = match self {
            Self::Aave(loan) => {
                let simple = loan.terms.curve.borrow_rate(scaled(RAY));
                to_f64(simple.ok_or(LeverageError::Overflow)?) / to_f64(RAY)
            }
            Self::Morpho(loan) => {
                let each_second = loan.terms.curve.borrow_rate(scaled(WAD));
                let each_second = to_f64(each_second.ok_or(LeverageError::Overflow)?);
                each_second / to_f64(WAD) * LENDING_YEAR_S
            }
        };
        let year = to_f64(U256::from(YEAR_S)) / LENDING_YEAR_S;
        rate("a borrow rate", simple * year)
    }

    /// The borrow rate as the account leaves the venue, its own loan counted.
    pub fn rate(&self) -> Result<f64, LeverageError> {
        self.rate_at(self.used()?)
    }

    /// The utilisation up to which the rate rises slowly.
    pub fn kink(&self) -> f64 {
        match self {
            Self::Aave(loan) => to_f64(loan.terms.curve.optimal) / to_f64(RAY),
            Self::Morpho(_) => 0.9,
        }
    }

    /// The most units up to `wanted` that can be borrowed and leave a health factor of at least
    /// `least`, in WAD.
    pub fn most_borrow(&self, wanted: U256, least: U256) -> U256 {
        largest(wanted.min(self.available()), |amount| {
            let mut after = self.clone();
            after.borrow(amount).is_ok() && after.health().is_some_and(|health| health >= least)
        })
    }

    /// The most units of collateral up to `wanted` that can be taken out and leave a health factor of
    /// at least `least`, in WAD.
    pub fn most_release(&self, wanted: U256, least: U256) -> U256 {
        largest(wanted.min(self.withdrawable()), |amount| {
            let mut after = self.clone();
            after.release(amount).is_ok() && after.health().is_none_or(|health| health >= least)
        })
    }
}

/// The largest amount up to `most` that is good, where all below a good one are; zero if none is.
fn largest(most: U256, good: impl Fn(U256) -> bool) -> U256 {
    if good(most) {
        return most;
    }
    let (mut low, mut high) = (U256::ZERO, most);
    while high.saturating_sub(low) > U256::ONE {
        let middle = low + (high - low) / U256::from(2);
        if good(middle) { low = middle } else { high = middle }
    }
    low
}
