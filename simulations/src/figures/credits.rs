//! What lending reserves lend against each other's tokens: terms that no file holds, so all of it rests
//! on assumptions.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    leverage::{AaveTerms, Credit, Terms},
    market::Assumption,
    venues::{AaveFigures, Capacity, DebtIndex, VenueId},
};

use super::{
    Figures, VenueFigures, VenueKind,
    build::{Builder, Seed},
    deployed::debt_token,
    error::Refusal,
};

impl Figures {
    /// What can be borrowed on the terms that are assumed. Prices are in wei of ETH, where the real
    /// oracle's are in hundred-millionths of a dollar: their ratio, the redemption rate, is what counts.
    pub(super) fn credits(&self, assumptions: &[Assumption]) -> Result<Vec<Credit>, Refusal> {
        let mut credits = Vec::new();
        for assumption in assumptions {
            credits.extend(self.credit(assumption, assumptions)?);
        }
        Ok(credits)
    }

    fn credit(
        &self,
        assumption: &Assumption,
        assumptions: &[Assumption],
    ) -> Result<Option<Credit>, Refusal> {
        let Assumption::Collateral {
            venue,
            lender,
            ltv_bps,
            threshold_bps,
            bonus_bps,
            category,
            supply_room,
            borrow_room,
            ..
        } = assumption
        else {
            return Ok(None);
        };
        let row = |id: &VenueId| self.venues.iter().find(|row| row.id == *id);
        let (Some(takes), Some(lends)) = (row(venue), row(lender)) else { return Ok(None) };
        let (Some(taken), Some(lent)) =
            (self.reserve(takes, assumptions)?, self.reserve(lends, assumptions)?)
        else {
            return Ok(None);
        };
        let VenueKind::Lending { borrow_index, .. } = lends.kind else { return Ok(None) };
        let (Some(curve), Some(total_debt), Some(debt_token)) =
            (lent.curve, lent.total_debt, debt_token(lent.pool, lent.underlying))
        else {
            return Ok(None);
        };
        let (Some(collateral), Some(loan)) =
            (self.priced(taken.underlying), self.priced(lent.underlying))
        else {
            return Ok(None);
        };
        let limited = |amount: &U256, what| Capacity::Limited {
            amount: *amount,
            what,
            refill_per_block: None,
        };
        let terms = AaveTerms {
            pool: lent.pool,
            a_token: taken.a_token,
            debt_token,
            liquidity_index: taken.liquidity_index,
            debt: DebtIndex { index: borrow_index, rounding: lent.rounding },
            collateral_price: collateral.0,
            collateral_unit: collateral.1,
            loan_price: loan.0,
            loan_unit: loan.1,
            ltv_bps: U256::from(*ltv_bps),
            threshold_bps: U256::from(*threshold_bps),
            bonus_bps: bonus_bps.map(U256::from),
            category: *category,
            loan_category: *category,
            supply_room: limited(supply_room, "assumed supply cap"),
            borrow_room: limited(borrow_room, "assumed borrow cap"),
            collateral_available: taken.available,
            available: lent.available,
            total_debt,
            curve,
        };
        Ok(Some(Credit {
            venue: lender.clone(),
            protocol: lends.protocol.clone(),
            as_of: lends.as_of.clone(),
            collateral: taken.underlying,
            loan: lent.underlying,
            terms: Terms::Aave(Box::new(terms)),
        }))
    }

    fn reserve(
        &self,
        figures: &VenueFigures,
        assumptions: &[Assumption],
    ) -> Result<Option<AaveFigures>, Refusal> {
        let seed = Builder { figures, all: self, assumptions }.seed()?;
        Ok(match seed {
            Some(Seed::Reserve(reserve)) => Some(reserve),
            _ => None,
        })
    }

    /// Wei of ETH that a whole token redeems for, rounded down, and its units.
    fn priced(&self, token: Address) -> Option<(U256, U256)> {
        let decimals = self.tokens.iter().find(|t| t.address == token)?.decimals;
        let unit = U256::from(10).checked_pow(U256::from(decimals))?;
        let rate = self.redemptions().into_iter().find(|r| r.token == token)?;
        Some((tenor_solver::amount::mul_div(unit, rate.eth, rate.units)?, unit))
    }
}
