//! MetaMorpho vaults, 1.0 and 1.1: an asset is lent out over markets of Morpho Blue.
//!
//! ERC-4626 in its calls. What a share is worth is exact: every market with its interest up to the
//! block, and the fee on it. What a vault takes is what its caps leave along its supply queue; what it
//! pays at once is what its markets have not lent out, along its withdraw queue.

mod books;
mod opening;

use alloy_primitives::{Address, U256, uint};

pub use self::books::VaultMarket;
use self::books::{Books, LONGEST};
pub(super) use self::opening::KINDS;
use super::{
    Backing, Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue,
    VenueId,
    erc4626::{depositCall, redeemCall},
};
use crate::amount::{WAD, mul_div, to_f64};

const ASSET: usize = 0;
const SHARE: usize = 1;
const YEAR_S: U256 = uint!(31_536_000_U256);
const WAD_TO_RAY: U256 = uint!(1_000_000_000_U256);

/// What a chain says about a vault.
#[derive(Debug, Clone)]
pub struct MetaMorphoFigures {
    /// The venue's name.
    pub id: VenueId,
    /// The vault, which is also its share token.
    pub vault: Address,
    /// The token that goes in.
    pub asset: Address,
    /// Its markets, in the order that it withdraws from.
    pub markets: Vec<VaultMarket>,
    /// Positions of the markets that it supplies, in the order that it does.
    pub supply_queue: Vec<usize>,
    /// Units of the asset in Morpho, all markets and collateral together.
    pub in_morpho: U256,
    /// All shares.
    pub supply: U256,
    /// The assets that the fee was last taken up to.
    pub last_assets: U256,
    /// What version 1.1 counts as there though it was lost; `None` before it.
    pub lost: Option<U256>,
    /// Share of the interest that the fee's recipient gets, in WAD.
    pub fee: U256,
    /// Ten to the digits that shares have beyond the asset's.
    pub virtual_shares: U256,
}

/// One vault: tokens are the asset and the share, in this order.
#[derive(Debug, Clone)]
pub struct MetaMorpho {
    id: VenueId,
    tokens: [Address; 2],
    supply_queue: Box<[usize]>,
    books: Box<Books>,
}

impl MetaMorpho {
    /// The vault with these figures. `None` where a queue is longer than a vault's can be, or names
    /// a market that is not there.
    pub fn new(figures: MetaMorphoFigures) -> Option<Self> {
        let MetaMorphoFigures { id, vault, asset, markets, supply_queue, .. } = figures;
        let known = supply_queue.iter().all(|market| *market < markets.len());
        if !known || supply_queue.len() > LONGEST || markets.len() > LONGEST {
            return None;
        }
        let mut listed = [None; LONGEST];
        for (place, market) in listed.iter_mut().zip(markets) {
            *place = Some(market);
        }
        let books = Books {
            markets: listed,
            in_morpho: figures.in_morpho,
            supply: figures.supply,
            last_assets: figures.last_assets,
            lost: figures.lost,
            fee: figures.fee,
            virtual_shares: figures.virtual_shares,
        };
        let supply_queue = supply_queue.into();
        Some(Self { id, tokens: [asset, vault], supply_queue, books: Box::new(books) })
    }

    /// What the caps leave.
    fn suppliable(&self) -> Option<U256> {
        self.books.suppliable(&self.supply_queue)
    }

    /// The most shares that are worth no more than what can be withdrawn.
    fn redeemable(&self) -> Option<U256> {
        let worth = self.books.worth()?;
        let (assets, shares) = worth.ratio()?;
        let below = self.books.withdrawable()?.checked_add(U256::ONE)?;
        // One less than the shares worth a unit more, rounded up.
        let enough = crate::amount::mul_div_up(below, shares, assets)?;
        Some(enough.checked_sub(U256::ONE)?.min(worth.supply))
    }

    fn answer(&self, swap: Swap) -> Result<(U256, Books), QuoteError> {
        let Swap { from, to, amount } = swap;
        if from + to != 1 {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        self.capacity(from, to).check(&self.id, amount)?;
        let answer = if from == ASSET {
            self.books.deposited(amount, &self.supply_queue)
        } else {
            self.books.redeemed(amount)
        };
        answer.ok_or_else(|| QuoteError::Overflow(self.id.clone()))
    }

    /// What all markets pay the vault in a year, in units of the asset times WAD.
    fn income(books: &Books) -> Option<U256> {
        books.markets().try_fold(U256::ZERO, |sum, market| {
            let assets = market.assets()?;
            if assets.is_zero() || market.totals.borrow.assets.is_zero() {
                return Some(sum);
            }
            let utilisation = market.totals.utilisation()?;
            let a_year = market.curve?.borrow_rate(utilisation)?.checked_mul(YEAR_S)?;
            let earned = mul_div(a_year, utilisation, WAD)?;
            let kept = mul_div(earned, WAD.checked_sub(market.totals.fee)?, WAD)?;
            sum.checked_add(assets.checked_mul(kept)?)
        })
    }
}

impl Venue for MetaMorpho {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        Ok(Quote::of(self.answer(swap)?.0))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let (out, books) = self.answer(swap)?;
        *self.books = books;
        Ok(Quote::of(out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (assets, shares) = self.books.worth()?.ratio()?;
        let (assets, shares) = (to_f64(assets), to_f64(shares));
        let rate = match (from, to) {
            (ASSET, SHARE) => shares / assets,
            (SHARE, ASSET) => assets / shares,
            _ => return None,
        };
        Gain::linear(rate, self.capacity(from, to).cap())
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let (amount, what) = match (from, to) {
            (ASSET, SHARE) => (self.suppliable(), "caps of the vault's markets"),
            (SHARE, ASSET) => (self.redeemable(), "liquidity of the vault's markets"),
            _ => return Capacity::none("not traded"),
        };
        Capacity::Limited { amount: amount.unwrap_or_default(), what, refill_per_block: None }
    }

    /// A vault visits markets until the amount is placed: gas for two of them.
    fn step(&self, from: usize, _to: usize) -> Step {
        if from == ASSET {
            Step { kind: LegKind::Deposit, gas: 350_000, approves: true }
        } else {
            Step { kind: LegKind::Redeem, gas: 350_000, approves: false }
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let ([asset, vault], receiver) = (self.tokens, trade.recipient);
        match (from, to) {
            (ASSET, SHARE) => {
                let deposit = depositCall { assets: amount, receiver };
                Encoded::one(Call::new(vault, U256::ZERO, &deposit)).allowing(asset, vault, amount)
            }
            (SHARE, ASSET) => {
                let redeem = redeemCall { shares: amount, receiver, owner: receiver };
                Encoded::one(Call::new(vault, U256::ZERO, &redeem))
            }
            _ => Encoded::nothing(),
        }
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        let (amount, units) = self.books.worth()?.ratio()?;
        (token == SHARE).then_some(Backing { asset: ASSET, amount, units })
    }

    /// `added` is in shares. What the caps do not take earns nothing here: `None` then.
    fn rate_after(&self, token: usize, added: U256) -> Option<U256> {
        if token != SHARE {
            return None;
        }
        let assets = self.books.worth()?.assets_of(added)?;
        let after = if assets.is_zero() {
            *self.books
        } else {
            self.books.deposited(assets, &self.supply_queue)?.1
        };
        let all = after.worth()?.assets;
        if all.is_zero() {
            return Some(U256::ZERO);
        }
        let kept = WAD.checked_sub(after.fee)?;
        let rate = Self::income(&after)?.checked_div(all)?;
        mul_div(rate.checked_mul(WAD_TO_RAY)?, kept, WAD)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
