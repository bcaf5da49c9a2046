//! Aave v3: a token is supplied for its aToken, whose balance grows with the liquidity index.
//!
//! Integer steps of `WadRayMath`, `PercentageMath`, `TokenMath` and
//! `DefaultReserveInterestRateStrategyV2` (aave-dao/aave-v3-origin; `VENUES`, section 18). Up to version
//! 3.4 balances round half up; from 3.5 on against the holder: shares minted and balances shown down,
//! shares burned up.

mod borrow;
mod curve;
mod opening;
mod rates;
mod terms;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use self::curve::ray_div;
pub(super) use self::opening::KINDS;
pub use self::{
    borrow::{AaveAccount, DebtIndex, Pledge, Priced},
    curve::{RateCurve, inferred_debt},
    terms::aave_terms,
};
use super::{
    Backing, Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Rebase, Rounding, SharesBy,
    Step, Swap, Trade, Venue, VenueId,
};
use crate::amount::{RAY, mul_div};

sol! {
    function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode) external;
    function withdraw(address asset, uint256 amount, address to) external returns (uint256);
}

const UNDERLYING: usize = 0;
const A_TOKEN: usize = 1;

/// What a market says about one reserve.
#[derive(Debug, Clone)]
pub struct AaveFigures {
    /// The venue's name.
    pub id: VenueId,
    /// The pool contract.
    pub pool: Address,
    /// The token supplied.
    pub underlying: Address,
    /// The token received.
    pub a_token: Address,
    /// Underlying behind a unit of scaled balance, in RAY.
    pub liquidity_index: U256,
    /// How the aToken rounds: half up, or against the holder.
    pub rounding: Rounding,
    /// How rates follow from utilisation, where known.
    pub curve: Option<RateCurve>,
    /// Units of the underlying that are lent out, where known or inferred.
    pub total_debt: Option<U256>,
    /// Units of the underlying that suppliers are owed and nobody owes: bad debt, and what was minted
    /// without backing. They lower the supply rate.
    pub unbacked: U256,
    /// Units of the underlying that lie in the pool.
    pub available: U256,
    /// How much may still be supplied.
    pub supply_cap: Capacity,
}

/// One reserve: tokens are the underlying and its aToken, in this order.
///
/// Holders own scaled balances; `balanceOf` is `scaled * index / RAY`, rounded as the version does.
#[derive(Debug, Clone)]
pub struct AaveV3 {
    tokens: [Address; 2],
    figures: AaveFigures,
}

impl AaveV3 {
    /// The reserve with these figures.
    pub fn new(figures: AaveFigures) -> Self {
        Self { tokens: [figures.underlying, figures.a_token], figures }
    }

    /// What turns scaled balances into shown ones, and back.
    const fn index(&self) -> Rebase {
        Rebase::ray(self.figures.liquidity_index, self.figures.rounding)
    }

    /// Share of the reserve lent out once `added` units more lie in it, and of what suppliers are
    /// owed, in RAY. `None` where the debt is unknown.
    fn utilisation(&self, added: U256) -> Option<(U256, U256)> {
        let debt = self.figures.total_debt?;
        if debt.is_zero() {
            return Some((U256::ZERO, U256::ZERO));
        }
        let all = self.figures.available.checked_add(added)?.checked_add(debt)?;
        Some((ray_div(debt, all)?, ray_div(debt, all.checked_add(self.figures.unbacked)?)?))
    }

    /// The scaled balance that a supply mints.
    fn minted(&self, amount: U256) -> Option<U256> {
        match self.figures.rounding {
            Rounding::HalfUp => self.index().shares_of(amount),
            Rounding::AgainstHolder | Rounding::Down | Rounding::Whole => {
                mul_div(amount, RAY, self.figures.liquidity_index)
            }
        }
    }

    fn overflow(&self) -> QuoteError {
        QuoteError::failed(&self.figures.id, [self.figures.liquidity_index, RAY])
    }

    fn check_available(&self, amount: U256) -> Result<(), QuoteError> {
        let limit = self.figures.available;
        if amount > limit {
            let venue = self.figures.id.clone();
            return Err(QuoteError::Limit { venue, what: "available liquidity", limit });
        }
        Ok(())
    }
}

impl Venue for AaveV3 {
    fn id(&self) -> &VenueId {
        &self.figures.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    /// A supply returns the balance that the minted scaled balance shows by itself: within a unit
    /// of `amount`, either way, or from version 3.5 on as much as two less. Beside an older balance
    /// both are rounded once, together, so the sum shown may differ by one more unit. A withdrawal
    /// pays exactly `amount`.
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        let Swap { from, to, amount } = swap;
        if from + to != 1 {
            return Err(QuoteError::not_traded(&self.figures.id, swap));
        }
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if from == UNDERLYING {
            self.figures.supply_cap.check(&self.figures.id, amount)?;
        } else {
            self.check_available(amount)?;
        }
        let scaled =
            if from == UNDERLYING { self.minted(amount) } else { self.index().shares_of(amount) };
        let scaled = scaled.ok_or_else(|| self.overflow())?;
        if scaled.is_zero() {
            return Err(QuoteError::NothingOut(self.figures.id.clone()));
        }
        if from == A_TOKEN {
            return Ok(Quote::of(amount));
        }
        let out = self.index().balance(scaled).ok_or_else(|| self.overflow())?;
        Ok(Quote { out, shares: Some(scaled) })
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        let available = self.figures.available;
        let after = if swap.from == UNDERLYING {
            // The pool rounds all that was supplied once, together: that may be a unit more.
            let counted = quote.out.max(swap.amount).saturating_add(U256::ONE);
            self.figures.supply_cap.spend(counted);
            available.checked_add(swap.amount)
        } else {
            available.checked_sub(swap.amount)
        };
        self.figures.available = after.ok_or_else(|| self.overflow())?;
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        (from + to == 1).then(|| Gain::Linear { rate: 1.0, cap: self.capacity(from, to).cap() })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match (from, to) {
            (UNDERLYING, A_TOKEN) => self.figures.supply_cap.clone(),
            (A_TOKEN, UNDERLYING) => Capacity::Limited {
                amount: self.figures.available,
                what: "available liquidity",
                refill_per_block: None,
            },
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        if from == UNDERLYING {
            Step { kind: LegKind::Deposit, gas: 150_000, approves: true }
        } else {
            Step { kind: LegKind::Redeem, gas: 185_000, approves: false }
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let AaveFigures { pool, underlying: asset, .. } = self.figures;
        let Swap { from, to, amount } = trade.swap;
        match (from, to) {
            (UNDERLYING, A_TOKEN) => {
                let supply =
                    supplyCall { asset, amount, onBehalfOf: trade.recipient, referralCode: 0 };
                Encoded::one(Call::new(pool, U256::ZERO, &supply)).allowing(asset, pool, amount)
            }
            (A_TOKEN, UNDERLYING) => {
                let withdraw = withdrawCall { asset, amount, to: trade.recipient };
                Encoded::one(Call::new(pool, U256::ZERO, &withdraw))
            }
            _ => Encoded::nothing(),
        }
    }

    fn rate_after(&self, token: usize, added: U256) -> Option<U256> {
        if token != A_TOKEN {
            return None;
        }
        let (utilisation, lent) = self.utilisation(added)?;
        self.figures.curve?.supply_rate_of(utilisation, lent)
    }

    fn rate_at_target(&self, token: usize) -> Option<U256> {
        let curve = self.figures.curve.filter(|_| token == A_TOKEN)?;
        curve.supply_rate(curve.optimal)
    }

    fn borrow_rate(&self) -> Option<U256> {
        self.figures.curve?.borrow_rate(self.utilisation(U256::ZERO)?.0)
    }

    /// Where the debt is unknown, all can be lent out, and nothing else be said.
    fn lent(&self, utilisation: U256) -> Option<Box<dyn Venue>> {
        let mut after = self.clone();
        after.figures.available = match self.figures.total_debt {
            Some(debt) => {
                let all = self.figures.available.checked_add(debt)?;
                let lent = mul_div(all, utilisation, RAY)?;
                after.figures.total_debt = Some(lent);
                all.checked_sub(lent)?
            }
            None if utilisation == RAY => U256::ZERO,
            None => return None,
        };
        Some(Box::new(after))
    }

    fn rebase(&self, token: usize) -> Option<Rebase> {
        (token == A_TOKEN).then(|| self.index())
    }

    fn shares_by(&self, token: usize) -> Option<SharesBy> {
        (token == A_TOKEN).then_some(SharesBy::ScaledBalanceOf)
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        (token == A_TOKEN).then_some(Backing::one(UNDERLYING))
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
