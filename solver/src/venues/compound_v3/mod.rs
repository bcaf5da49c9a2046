//! Compound III: the base token of a Comet is supplied, and its balance grows with an index.
//!
//! What an account has stored, its principal, is rounded down from the whole balance whenever the
//! balance changes. Suppliers' interest follows a curve of its own, not the borrowers'; COMP is an
//! incentive and no part of it. Whoever withdraws more than he has borrows: nobody here does.

mod borrow;
mod opening;
mod totals;

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
pub use self::{
    borrow::{BasePrice, Collateral, Limit, bought},
    totals::{CometTotals, Kinked},
};
use super::{
    Backing, Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Rebase, Rounding, SharesBy,
    Step, Swap, Trade, Venue, VenueId,
};

sol! {
    function supplyTo(address dst, address asset, uint256 amount) external;
    function withdrawTo(address to, address asset, uint256 amount) external;
}

const BASE: usize = 0;
const COMET: usize = 1;
const YEAR_S: U256 = uint!(31_536_000_U256);
const WAD_TO_RAY: U256 = uint!(1_000_000_000_U256);

/// What a chain says about a Comet.
#[derive(Debug, Clone)]
pub struct CompoundFigures {
    /// The venue's name.
    pub id: VenueId,
    /// The contract, which is also the supplier's token.
    pub comet: Address,
    /// The token supplied.
    pub base: Address,
    /// Its totals, with interest up to the block.
    pub totals: CometTotals,
    /// What suppliers earn.
    pub supply_rate: Kinked,
    /// Units of the base token in the contract.
    pub cash: U256,
    /// Whether nothing can be supplied.
    pub supply_paused: bool,
    /// Whether nothing can be withdrawn.
    pub withdraw_paused: bool,
}

/// One market: tokens are the base token and the Comet, in this order.
#[derive(Debug, Clone)]
pub struct CompoundV3 {
    tokens: [Address; 2],
    figures: CompoundFigures,
}

impl CompoundV3 {
    /// The market with these figures.
    pub const fn new(figures: CompoundFigures) -> Self {
        Self { tokens: [figures.base, figures.comet], figures }
    }

    const fn index(&self) -> Rebase {
        let CometTotals { supply_index, .. } = self.figures.totals;
        Rebase { assets: supply_index, shares: totals::INDEX, rounding: Rounding::Whole }
    }

    fn overflow(&self) -> QuoteError {
        QuoteError::failed(&self.figures.id, [self.index().assets, U256::ONE])
    }

    /// What an account without anything gets for a supply: what is stored, and the balance it shows.
    fn supplied(&self, amount: U256) -> Option<Quote> {
        let totals = &self.figures.totals;
        let principal = totals.supply_principal_of(amount)?;
        totals.plus(principal)?;
        Some(Quote { out: totals.supplied(principal)?, shares: Some(principal) })
    }
}

impl Venue for CompoundV3 {
    fn id(&self) -> &VenueId {
        &self.figures.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    /// A supply returns what it shows by itself, at most a unit less than `amount`; an account that
    /// has some already has both rounded together. A withdrawal pays exactly `amount`.
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        let Swap { from, to, amount } = swap;
        let CompoundFigures { id, supply_paused, withdraw_paused, .. } = &self.figures;
        if from + to != 1 {
            return Err(QuoteError::not_traded(id, swap));
        }
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        let paused = if from == BASE { supply_paused } else { withdraw_paused };
        if *paused {
            return Err(QuoteError::Paused(id.clone()));
        }
        self.capacity(from, to).check(id, amount)?;
        if from == BASE {
            return self.supplied(amount).ok_or_else(|| self.overflow());
        }
        Ok(Quote::of(amount))
    }

    /// After a withdrawal the totals are as if the account had had nothing else: within a unit.
    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        let CompoundFigures { totals, cash, .. } = &self.figures;
        let after = match quote.shares {
            Some(principal) => cash.checked_add(swap.amount).zip(totals.plus(principal)),
            None => {
                let principal = self.index().fewest_shares(swap.amount);
                let principal = principal.map(|p| p.min(totals.supply_principal));
                let left = principal.and_then(|principal| totals.minus(principal));
                cash.checked_sub(swap.amount).zip(left)
            }
        };
        let (cash, totals) = after.ok_or_else(|| self.overflow())?;
        (self.figures.cash, self.figures.totals) = (cash, totals);
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        (from + to == 1).then(|| Gain::Linear { rate: 1.0, cap: self.capacity(from, to).cap() })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let CompoundFigures { cash, supply_paused, withdraw_paused, .. } = self.figures;
        match (from, to) {
            (BASE, COMET) if supply_paused => Capacity::none("supplying is paused"),
            (BASE, COMET) => Capacity::Unlimited,
            (COMET, BASE) if withdraw_paused => Capacity::none("withdrawing is paused"),
            (COMET, BASE) => Capacity::Limited {
                amount: cash,
                what: "base token in the contract",
                refill_per_block: None,
            },
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        if from == BASE {
            Step { kind: LegKind::Deposit, gas: 120_000, approves: true }
        } else {
            Step { kind: LegKind::Redeem, gas: 130_000, approves: false }
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let CompoundFigures { comet, base: asset, .. } = self.figures;
        let Swap { from, to, amount } = trade.swap;
        match (from, to) {
            (BASE, COMET) => {
                let supply = supplyToCall { dst: trade.recipient, asset, amount };
                Encoded::one(Call::new(comet, U256::ZERO, &supply)).allowing(asset, comet, amount)
            }
            (COMET, BASE) => {
                let withdraw = withdrawToCall { to: trade.recipient, asset, amount };
                Encoded::one(Call::new(comet, U256::ZERO, &withdraw))
            }
            _ => Encoded::nothing(),
        }
    }

    fn rebase(&self, token: usize) -> Option<Rebase> {
        (token == COMET).then(|| self.index())
    }

    fn shares_by(&self, token: usize) -> Option<SharesBy> {
        (token == COMET).then_some(SharesBy::UserBasic)
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        (token == COMET).then_some(Backing::one(BASE))
    }

    fn rate_after(&self, token: usize, added: U256) -> Option<U256> {
        if token != COMET {
            return None;
        }
        let CompoundFigures { totals, supply_rate, .. } = &self.figures;
        let after = totals.plus(totals.supply_principal_of(added)?)?;
        let a_year = supply_rate.at(after.utilisation()?)?.checked_mul(YEAR_S)?;
        a_year.checked_mul(WAD_TO_RAY)
    }

    fn rate_at_target(&self, token: usize) -> Option<U256> {
        let rate = self.figures.supply_rate;
        let a_year = rate.at(rate.kink)?.checked_mul(YEAR_S)?;
        (token == COMET).then(|| a_year.checked_mul(WAD_TO_RAY))?
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
