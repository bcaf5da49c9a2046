//! Morpho Blue: the loan token of one market is supplied for shares of what it lends out.
//!
//! A supply is credited to an account in Morpho's own books, not as a token: nobody can transfer or
//! approve it, and only the account, or whom it has authorized, withdraws. Here it is named by the
//! last 20 bytes of the market's id, an address at which no contract is, and counted in supply
//! shares, about a million for each unit of the loan token. [`SharesBy::Position`] says how it is
//! measured.

mod borrow;
mod irm;
mod opening;
mod terms;
mod totals;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256, uint};
use alloy_sol_types::{SolValue as _, sol};

pub(super) use self::opening::{KINDS, accrued};
pub use self::{
    borrow::{Loan, Seizure, incentive},
    irm::{Adapted, AdaptiveCurve},
    terms::morpho_terms,
    totals::{MorphoTotals, Side},
};
use super::{
    Backing, Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, SharesBy, Step, Swap,
    Trade, Venue, VenueId,
};
use crate::amount::{WAD, mul_div, mul_div_checked, to_f64};

sol! {
    /// What makes a market one of its kind, and never changes.
    #[derive(Debug, Copy, PartialEq, Eq)]
    struct MarketParams {
        address loanToken;
        address collateralToken;
        address oracle;
        address irm;
        uint256 lltv;
    }

    function supply(
        MarketParams params, uint256 assets, uint256 shares, address onBehalf, bytes data
    ) external returns (uint256, uint256);
    function withdraw(
        MarketParams params, uint256 assets, uint256 shares, address onBehalf, address receiver
    ) external returns (uint256, uint256);
}

const LOAN: usize = 0;
const POSITION: usize = 1;
const YEAR_S: U256 = uint!(31_536_000_U256);
const WAD_TO_RAY: U256 = uint!(1_000_000_000_U256);

impl MarketParams {
    /// The market's id: the hash of its parameters.
    pub fn id(&self) -> B256 {
        keccak256(self.abi_encode())
    }

    /// The name of a supply to this market where a token's address is asked for.
    pub fn position(&self) -> Address {
        Address::from_word(self.id())
    }

    /// The names of what an account has pledged in this market and of what it owes: Morpho's books have
    /// both beside the supply. No contract is there either.
    pub fn secured(&self) -> [Address; 2] {
        let id = self.id();
        ["collateral", "debt"]
            .map(|what| Address::from_word(keccak256([id.as_slice(), what.as_bytes()].concat())))
    }
}

/// What a chain says about a market.
#[derive(Debug, Clone)]
pub struct MorphoFigures {
    /// The venue's name.
    pub id: VenueId,
    /// The contract that all markets are in.
    pub morpho: Address,
    /// Which market.
    pub params: MarketParams,
    /// Its totals, with interest up to the block.
    pub totals: MorphoTotals,
    /// Its interest rate at the block; `None` where it is of another model.
    pub curve: Option<AdaptiveCurve>,
}

/// One market: tokens are the loan token and the position, in this order.
#[derive(Debug, Clone)]
pub struct MorphoMarket {
    tokens: [Address; 2],
    market_id: B256,
    figures: MorphoFigures,
}

impl MorphoMarket {
    /// The market with these figures.
    pub fn new(figures: MorphoFigures) -> Self {
        let params = &figures.params;
        Self { tokens: [params.loanToken, params.position()], market_id: params.id(), figures }
    }

    /// The totals as they are now.
    pub const fn totals(&self) -> &MorphoTotals {
        &self.figures.totals
    }

    fn overflow(&self) -> QuoteError {
        QuoteError::Overflow(self.figures.id.clone())
    }

    /// What comes out, and the totals afterwards. `None` where the contract's arithmetic reverts.
    fn traded(&self, swap: Swap) -> Option<(U256, MorphoTotals)> {
        let totals = self.figures.totals;
        if swap.from == LOAN {
            let shares = totals.supply.shares_down(swap.amount)?;
            let supply = totals.supply.plus(swap.amount, shares)?;
            return Some((shares, MorphoTotals { supply, ..totals }));
        }
        let assets = totals.supply.assets_down(swap.amount)?;
        let supply = totals.supply.minus(assets, swap.amount)?;
        Some((assets, MorphoTotals { supply, ..totals }))
    }

    /// The most shares that are worth no more than what is not lent out.
    fn redeemable(&self) -> Option<U256> {
        let MorphoTotals { supply, .. } = &self.figures.totals;
        let (assets, shares) = supply.ratio()?;
        let below = self.figures.totals.liquidity().checked_add(U256::ONE)?;
        let product = below.checked_mul(shares)?.checked_sub(U256::ONE)?;
        Some(product.checked_div(assets)?.min(supply.shares))
    }

    fn answer(&self, swap: Swap) -> Result<(U256, MorphoTotals), QuoteError> {
        let Swap { from, to, amount } = swap;
        if from + to != 1 {
            return Err(QuoteError::not_traded(&self.figures.id, swap));
        }
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        self.capacity(from, to).check(&self.figures.id, amount)?;
        self.traded(swap).ok_or_else(|| self.overflow())
    }
}

impl Venue for MorphoMarket {
    fn id(&self) -> &VenueId {
        &self.figures.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    /// Assets are supplied, and shares withdrawn: both as they are given, to the unit. What is worth
    /// less than a unit returns nothing, as the contract has it.
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        Ok(Quote::of(self.answer(swap)?.0))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let (out, totals) = self.answer(swap)?;
        self.figures.totals = totals;
        Ok(Quote::of(out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (assets, shares) = self.figures.totals.supply.ratio()?;
        let (assets, shares) = (to_f64(assets), to_f64(shares));
        let rate = match (from, to) {
            (LOAN, POSITION) => shares / assets,
            (POSITION, LOAN) => assets / shares,
            _ => return None,
        };
        Gain::linear(rate, self.capacity(from, to).cap())
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match (from, to) {
            (LOAN, POSITION) => Capacity::Unlimited,
            (POSITION, LOAN) => Capacity::Limited {
                amount: self.redeemable().unwrap_or_default(),
                what: "liquidity that is not lent out",
                refill_per_block: None,
            },
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        if from == LOAN {
            Step { kind: LegKind::Deposit, gas: 120_000, approves: true }
        } else {
            Step { kind: LegKind::Redeem, gas: 110_000, approves: false }
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let MorphoFigures { morpho, params, .. } = self.figures;
        let Swap { from, to, amount } = trade.swap;
        let on_behalf = trade.recipient;
        match (from, to) {
            (LOAN, POSITION) => {
                let supply = supplyCall {
                    params,
                    assets: amount,
                    shares: U256::ZERO,
                    onBehalf: on_behalf,
                    data: Bytes::new(),
                };
                Encoded::one(Call::new(morpho, U256::ZERO, &supply)).allowing(
                    params.loanToken,
                    morpho,
                    amount,
                )
            }
            (POSITION, LOAN) => {
                let withdraw = withdrawCall {
                    params,
                    assets: U256::ZERO,
                    shares: amount,
                    onBehalf: on_behalf,
                    receiver: on_behalf,
                };
                Encoded::one(Call::new(morpho, U256::ZERO, &withdraw))
            }
            _ => Encoded::nothing(),
        }
    }

    fn shares_by(&self, token: usize) -> Option<SharesBy> {
        let by = SharesBy::Position { of: self.figures.morpho, market: self.market_id };
        (token == POSITION).then_some(by)
    }

    /// The virtual units count as a holder's: what they are worth nobody gets.
    fn redemption(&self, token: usize) -> Option<Backing> {
        let (amount, units) = self.figures.totals.supply.ratio()?;
        (token == POSITION).then_some(Backing { asset: LOAN, amount, units })
    }

    /// `added` is in shares, as all amounts of the position are.
    fn rate_after(&self, token: usize, added: U256) -> Option<U256> {
        if token != POSITION {
            return None;
        }
        let mut totals = self.figures.totals;
        let assets = totals.supply.assets_down(added)?;
        totals.supply = totals.supply.plus(assets, added)?;
        let utilisation = totals.utilisation()?;
        let borrow = self.figures.curve?.borrow_rate(utilisation)?;
        let earned = mul_div(borrow.checked_mul(YEAR_S)?, utilisation, WAD)?;
        let kept = WAD.checked_sub(totals.fee)?;
        mul_div_checked(earned.checked_mul(WAD_TO_RAY)?, kept, WAD)
    }

    /// At the nine tenths that the adaptive curve aims at.
    fn rate_at_target(&self, token: usize) -> Option<U256> {
        let curve = self.figures.curve.filter(|_| token == POSITION)?;
        let borrow = curve.rate_at_target.checked_mul(YEAR_S)?;
        let earned = mul_div(borrow, AdaptiveCurve::TARGET, WAD)?;
        let kept = WAD.checked_sub(self.figures.totals.fee)?;
        mul_div_checked(earned.checked_mul(WAD_TO_RAY)?, kept, WAD)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
