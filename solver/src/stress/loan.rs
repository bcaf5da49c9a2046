//! A loan against collateral: its health, what it owes over time, and what a liquidation leaves.

use alloy_primitives::{Address, U256};

use super::{After, Part, PositionError};
use crate::{
    amount::{RAY, WAD, YEAR_S, growth, mul_div, mul_div_up, to_f64},
    market::Market,
    venues::{AaveAccount, Pledge, Priced, Rounding, VenueId},
};

const BPS: U256 = U256::from_limbs([10_000, 0, 0, 0]);

/// Seconds in the year of a lending pool's simple rates.
const LENDING_YEAR_S: u64 = 31_536_000;

/// Where a liquidation's price of the collateral comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceSource {
    /// The protocol's own rate: a discount on exchanges does not show, a loss of backing does.
    Redemption,
    /// Exchanges.
    Market,
    /// One exchange's own book.
    Book,
}

/// Collateral with debt against it, as data. Both must redeem for ETH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// The lending pool's venue of the token owed.
    pub venue: VenueId,
    /// The token posted, and units of it.
    pub collateral: (Address, U256),
    /// The token owed, and units of it now.
    pub debt: (Address, U256),
    /// Basis points of the collateral's value that may be owed.
    pub threshold_bps: u32,
    /// What liquidators are paid, in basis points of the debt.
    pub bonus_bps: u32,
    /// What the debt costs a year, continuously compounded, in RAY.
    pub rate: U256,
    /// Whose price counts.
    pub price: PriceSource,
}

/// How a loan stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Health {
    /// The health factor at once; below one it can be liquidated.
    pub now: f64,
    /// The health factor at the horizon, the collateral's own yield not counted.
    pub horizon: f64,
    /// What the debt costs a year while what happened lasts, continuously compounded, in RAY.
    pub rate: U256,
}

impl Loan {
    /// Refuses a loan that the market cannot price, or that could be liquidated as it is.
    pub(super) fn check(&self, market: &Market) -> Result<(), PositionError> {
        if market.listing(&self.venue).is_none() {
            return Err(PositionError::UnknownVenue(self.venue.to_string()));
        }
        let health = self.health(&After::nothing(market), 0)?.now;
        if health < 1.0 {
            return Err(PositionError::Unhealthy { venue: self.venue.to_string(), health });
        }
        Ok(())
    }

    pub(super) fn health(&self, after: &After, horizon_s: u64) -> Result<Health, PositionError> {
        let unpriced = || PositionError::Unpriced(self.venue.to_string());
        let at = |owed: U256| self.factor(after, owed).ok_or_else(unpriced);
        let later = self.owed(after, horizon_s).ok_or(PositionError::Overflow)?;
        Ok(Health { now: at(self.debt.1)?, horizon: at(later)?, rate: self.shocked(after).0 })
    }

    /// The health factor with `owed` units of debt, as Aave computes it.
    fn factor(&self, after: &After, owed: U256) -> Option<f64> {
        let pledge = Pledge {
            held: Priced { amount: self.collateral.1, price: self.price_of(after)?, unit: WAD },
            ltv_bps: U256::ZERO,
            threshold_bps: U256::from(self.threshold_bps),
        };
        let price = after.market.redeem_value(self.debt.0, WAD)?;
        let debt = Priced { amount: owed, price, unit: WAD };
        let account = AaveAccount::of(&[pledge], &[debt], Rounding::AgainstHolder)?;
        Some(to_f64(account.health?) / to_f64(WAD))
    }

    /// Wei of ETH that the oracle gives for 10^18 units of the collateral.
    fn price_of(&self, after: &After) -> Option<U256> {
        let redeem = after.market.redeem_value(self.collateral.0, WAD)?;
        let seen = match self.price {
            PriceSource::Redemption => return Some(redeem),
            PriceSource::Market => &after.discounts,
            PriceSource::Book => &after.books,
        };
        let of = seen.iter().filter(|(token, _)| *token == self.collateral.0);
        let worst = of.map(|(_, by)| *by).max().map_or(WAD, Part::rest);
        mul_div(redeem, worst, WAD)
    }

    /// What the debt costs while what happened lasts, and for how long.
    fn shocked(&self, after: &After) -> (U256, Option<u64>) {
        let set = after.rates.iter().rev().find(|(venue, ..)| *venue == self.venue);
        if let Some((_, rate, for_s)) = set {
            return (*rate, *for_s);
        }
        let used = after.used.iter().rev().find(|(venue, ..)| *venue == self.venue);
        let Some((_, before, now, for_s)) = used else { return (self.rate, None) };
        let year = |simple: U256| mul_div(simple, U256::from(YEAR_S), U256::from(LENDING_YEAR_S));
        let more = year(now.saturating_sub(*before)).unwrap_or_default();
        let less = year(before.saturating_sub(*now)).unwrap_or_default();
        (self.rate.saturating_add(more).saturating_sub(less), *for_s)
    }

    /// Units owed after a time: at the shocked rate while it lasts, then at its own. Rounded up.
    pub(super) fn owed(&self, after: &After, horizon_s: u64) -> Option<U256> {
        let (rate, for_s) = self.shocked(after);
        let shocked_s = for_s.unwrap_or(horizon_s).min(horizon_s);
        let then = mul_div_up(self.debt.1, growth(rate, shocked_s)?, RAY)?;
        mul_div_up(then, growth(self.rate, horizon_s - shocked_s)?, RAY)
    }

    /// Units of debt at which the health factor is one.
    pub(super) fn most_owed(&self, after: &After) -> Result<U256, PositionError> {
        let most = || {
            let value = mul_div(self.collateral.1, self.price_of(after)?, WAD)?;
            let allowed = mul_div(value, U256::from(self.threshold_bps), BPS)?;
            mul_div(allowed, WAD, after.market.redeem_value(self.debt.0, WAD)?)
        };
        most().ok_or_else(|| PositionError::Unpriced(self.venue.to_string()))
    }

    /// The collateral that is left once `owed` units of debt have been liquidated at the oracle's price.
    pub(super) fn seized(
        &self,
        after: &After,
        owed: U256,
    ) -> Result<(Address, U256), PositionError> {
        let left = || {
            let owed = after.market.redeem_value(self.debt.0, owed)?;
            let paid = mul_div_up(owed, BPS.checked_add(U256::from(self.bonus_bps))?, BPS)?;
            let units = mul_div_up(paid, WAD, self.price_of(after)?)?;
            Some((self.collateral.0, self.collateral.1.saturating_sub(units)))
        };
        left().ok_or_else(|| PositionError::Unpriced(self.venue.to_string()))
    }
}
