//! Staking by share rate: ETH goes in, a share token comes out, and nothing comes back.
//!
//! Swell (`swETH`, `rswETH`) keeps a stored rate, Mantle (`mETH`) divides totals and keeps a
//! haircut; Renzo's `ezETH` is known by its rate alone (`VENUES`, sections 3, 6, 8 and 13). Each
//! rounds down once.

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

use super::{
    Backing, Call, Capacity, Encoded, Exit, Gain, LegKind, NATIVE, Quote, QuoteError, Step, Swap,
    Trade, Venue, VenueId,
};
use crate::amount::{WAD, mul_div, mul_div_up, to_f64};

sol! {
    function deposit() external payable;
    function stake(uint256 minOut) external payable;
}

const ETH: usize = 0;
const SHARE: usize = 1;
const BPS: U256 = uint!(10_000_U256);

/// What a market says about a share-rate venue.
#[derive(Debug, Clone)]
pub struct ShareRateFigures {
    /// The share token.
    pub share: Address,
    /// How shares follow from ETH.
    pub form: RateForm,
    /// Whether and how ETH is deposited.
    pub deposit: Deposit,
    /// What is unknown about burning shares for ETH, where the contract offers that: such a swap
    /// is refused with these words.
    pub burn_unknown: Option<String>,
    /// Wei that one deposit must have at least.
    pub least_deposit: U256,
    /// How much ETH may be deposited, apart from a supply cap.
    pub capacity: Capacity,
}

/// How shares follow from ETH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateForm {
    /// `eth * 1e18 / rate`, with the rate that the contract stores.
    Rate {
        /// Wei of ETH for a whole share.
        eth_per_share_wad: U256,
    },
    /// `eth * shares * (10000 - haircut) / (assets * 10000)`.
    Totals {
        /// Wei of ETH behind all shares.
        assets: U256,
        /// All shares.
        shares: U256,
        /// Basis points that a deposit leaves to the other holders; at most 10000.
        haircut_bps: u16,
        /// Shares that may exist, where the contract limits that.
        supply_cap: Option<U256>,
    },
    /// A rate to value the token by; no deposit is known.
    Reference {
        /// Wei of ETH for a whole share.
        eth_per_share_wad: U256,
    },
}

/// Whether and how ETH is deposited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deposit {
    /// By this call.
    Open(DepositCall),
    /// The contract takes deposits, but their result depends on this unknown: they are refused.
    Unknown(String),
    /// There is no deposit.
    Closed,
}

/// The call that deposits, and the contract it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepositCall {
    /// `deposit()`.
    Deposit(Address),
    /// `stake(uint256 minOut)`.
    Stake(Address),
}

impl RateForm {
    /// ETH behind so many shares, as a fraction `(wei, shares)` that nothing has rounded.
    pub const fn redemption(&self) -> (U256, U256) {
        match self {
            Self::Rate { eth_per_share_wad } | Self::Reference { eth_per_share_wad } => {
                (*eth_per_share_wad, WAD)
            }
            Self::Totals { assets, shares, .. } => (*assets, *shares),
        }
    }

    /// Shares for ETH as a fraction `(shares, wei)`. `None` on overflow.
    fn shares_per_eth(&self) -> Option<(U256, U256)> {
        match self {
            Self::Rate { eth_per_share_wad } | Self::Reference { eth_per_share_wad } => {
                Some((WAD, *eth_per_share_wad))
            }
            Self::Totals { assets, shares, haircut_bps, .. } => {
                let kept = BPS.checked_sub(U256::from(*haircut_bps))?;
                Some((shares.checked_mul(kept)?, assets.checked_mul(BPS)?))
            }
        }
    }

    /// Shares minted for `eth`, rounded down.
    fn minted(&self, eth: U256) -> Option<U256> {
        let (shares, wei) = self.shares_per_eth()?;
        mul_div(eth, shares, wei)
    }

    /// Shares that may still be minted, where that is limited.
    fn mintable(&self) -> Option<U256> {
        match self {
            Self::Totals { shares, supply_cap, .. } => {
                supply_cap.map(|cap| cap.saturating_sub(*shares))
            }
            Self::Rate { .. } | Self::Reference { .. } => None,
        }
    }

    /// The most wei that mint at most `shares`.
    fn most_eth(&self, shares: U256) -> Option<U256> {
        let (per, wei) = self.shares_per_eth()?;
        mul_div_up(shares.checked_add(U256::ONE)?, wei, per)?.checked_sub(U256::ONE)
    }
}

/// A contract that takes ETH and mints a share token: tokens are ETH and the share, in this order.
#[derive(Debug, Clone)]
pub struct ShareRate {
    id: VenueId,
    tokens: [Address; 2],
    figures: ShareRateFigures,
    exits: Vec<Exit>,
}

impl ShareRate {
    /// The venue with these figures.
    pub fn new(id: VenueId, figures: ShareRateFigures) -> Self {
        Self { id, tokens: [NATIVE, figures.share], figures, exits: Vec::new() }
    }

    /// With the queues out of the share.
    pub fn leaving(self, exits: Vec<Exit>) -> Self {
        Self { exits, ..self }
    }

    /// ETH behind so many shares, as a fraction `(wei, shares)` that nothing has rounded.
    pub const fn redemption(&self) -> (U256, U256) {
        self.figures.form.redemption()
    }

    fn call(&self) -> Option<DepositCall> {
        match (&self.figures.deposit, &self.figures.form) {
            (_, RateForm::Reference { .. }) => None,
            (Deposit::Open(call), RateForm::Rate { .. } | RateForm::Totals { .. }) => Some(*call),
            (Deposit::Unknown(_) | Deposit::Closed, _) => None,
        }
    }

    /// Why `swap` is refused whatever its amount.
    fn refusal(&self, swap: Swap) -> QuoteError {
        let unknown = match (swap.from, swap.to, &self.figures.deposit) {
            (ETH, SHARE, Deposit::Unknown(what)) => Some(what),
            (SHARE, ETH, _) => self.figures.burn_unknown.as_ref(),
            _ => None,
        };
        match unknown {
            Some(what) => QuoteError::Unknown { venue: self.id.clone(), what: what.clone() },
            None => QuoteError::not_traded(&self.id, swap),
        }
    }

    fn check_supply(&self, minted: U256) -> Result<(), QuoteError> {
        match self.figures.form.mintable() {
            Some(limit) if minted > limit => {
                Err(QuoteError::Limit { venue: self.id.clone(), what: "supply cap", limit })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Of two limits the tighter; an unknown one hides the other.
    fn deposit_capacity(&self) -> Capacity {
        let given = self.figures.capacity.clone();
        let most = self.figures.form.mintable().and_then(|left| self.figures.form.most_eth(left));
        let Some(most) = most else { return given };
        match given {
            Capacity::Limited { amount, .. } if amount <= most => given,
            Capacity::Unknown(_) => given,
            Capacity::Limited { .. } | Capacity::Unlimited => {
                Capacity::Limited { amount: most, what: "supply cap", refill_per_block: None }
            }
        }
    }
}

impl Venue for ShareRate {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        if (swap.from, swap.to) != (ETH, SHARE) || self.call().is_none() {
            return Err(self.refusal(swap));
        }
        let ShareRateFigures { form, least_deposit, capacity, .. } = &self.figures;
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if swap.amount < *least_deposit {
            return Err(QuoteError::BelowMinimum { venue: self.id.clone(), least: *least_deposit });
        }
        capacity.check(&self.id, swap.amount)?;
        let (wei, shares) = form.redemption();
        let minted = form.minted(swap.amount).filter(|_| !shares.is_zero());
        let minted = minted.ok_or_else(|| QuoteError::failed(&self.id, [wei, shares]))?;
        self.check_supply(minted)?;
        Ok(Quote::of(minted))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        if let RateForm::Totals { assets, shares, .. } = &mut self.figures.form {
            let after = assets.checked_add(swap.amount).zip(shares.checked_add(quote.out));
            (*assets, *shares) = after.ok_or_else(|| QuoteError::Overflow(self.id.clone()))?;
        }
        self.figures.capacity.spend(swap.amount);
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        if (from, to) != (ETH, SHARE) {
            return None;
        }
        self.call()?;
        let (shares, wei) = self.figures.form.shares_per_eth()?;
        let cap = self.deposit_capacity().cap();
        Gain::linear(to_f64(shares) / to_f64(wei), cap)
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let unknown = match (from, to, &self.figures.deposit) {
            (ETH, SHARE, _) if self.call().is_some() => return self.deposit_capacity(),
            (ETH, SHARE, Deposit::Unknown(what)) => Some(what),
            (SHARE, ETH, _) => self.figures.burn_unknown.as_ref(),
            _ => None,
        };
        unknown.map_or_else(|| Capacity::none("not traded"), |what| Capacity::Unknown(what.clone()))
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        let kind = if from == ETH { LegKind::Stake } else { LegKind::Redeem };
        Step { kind, gas: 90_000, approves: false }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        match self.call() {
            Some(_) if (from, to) != (ETH, SHARE) => Encoded::nothing(),
            Some(DepositCall::Deposit(target)) => {
                Encoded::one(Call::new(target, amount, &depositCall {}))
            }
            Some(DepositCall::Stake(target)) => {
                Encoded::one(Call::new(target, amount, &stakeCall { minOut: trade.min_out }))
            }
            None => Encoded::nothing(),
        }
    }

    fn exits(&self, token: usize) -> Vec<Exit> {
        if token == SHARE { self.exits.clone() } else { Vec::new() }
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        let (amount, units) = self.figures.form.redemption();
        (token == SHARE).then_some(Backing { asset: ETH, amount, units })
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
