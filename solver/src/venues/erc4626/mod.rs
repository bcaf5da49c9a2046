//! ERC-4626 vaults: an asset goes in, shares come out, and back.
//!
//! Shares are `assets * supply / total_assets` and assets `shares * total_assets / supply`, both
//! rounded down, without fees (`VENUES`, sections 5, 15 and 25). Two families differ in detail:
//! sfrxETH lets rewards in linearly over a cycle; vaults on OpenZeppelin 5, such as pufETH, add
//! virtual units to both totals. What vaults take or refuse when they redeem is told by [`Redeeming`].

mod opening;
mod redeeming;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

pub(super) use self::opening::{ANYBODY, KINDS, figures};
use self::redeeming::Paid;
pub use self::redeeming::Redeeming;
use super::{
    Backing, Call, Capacity, Encoded, Exit, Gain, Hazard, LegKind, NATIVE, Quote, QuoteError, Step,
    Swap, Trade, Venue, VenueId,
};
use crate::amount::{mul_div, mul_div_checked, to_f64};

sol! {
    function deposit(uint256 assets, address receiver) external returns (uint256);
    function depositETH(address receiver) external payable returns (uint256);
    function redeem(uint256 shares, address receiver, address owner) external returns (uint256);
}

const ASSET: usize = 0;
const SHARE: usize = 1;
const ETH: usize = 2;

/// What a market says about a vault.
#[derive(Debug, Clone)]
pub struct Erc4626Figures {
    /// The token that goes in.
    pub asset: Address,
    /// The vault, which is also its share token.
    pub vault: Address,
    /// Whether the vault takes native ETH too, by `depositETH`: it must then wrap WETH.
    pub takes_eth: bool,
    /// Units of the asset behind all shares, apart from the rewards of a running cycle.
    pub stored_assets: U256,
    /// All shares.
    pub total_supply: U256,
    /// Shares that the vault adds to the supply in its maths, beside one unit of the asset:
    /// `10 ** decimalsOffset` on OpenZeppelin 5, zero where neither is added. Vaults that add
    /// nothing (solmate's) refuse swaps that would return nothing.
    pub virtual_shares: U256,
    /// Rewards that are still coming in.
    pub cycle: Option<RewardCycle>,
    /// Unix seconds of the market's block.
    pub timestamp: u64,
    /// How much of the asset the vault takes.
    pub deposit_limit: Capacity,
    /// How many shares it redeems at once; `None` where redeeming is not a swap without fee.
    pub redeem_limit: Option<Capacity>,
}

/// Rewards that a vault lets in linearly (xERC4626, as sfrxETH does).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RewardCycle {
    /// Units of the asset that come in over the cycle.
    pub last_reward: U256,
    /// Unix seconds at which the cycle began.
    pub last_sync: u64,
    /// Unix seconds at which it ends.
    pub cycle_end: u64,
}

impl RewardCycle {
    /// Rewards in by `timestamp`, rounded down; all of them from the end of the cycle on.
    ///
    /// `None` when `timestamp` is before the cycle, or on overflow: the contract reverts.
    pub fn unlocked(&self, timestamp: u64) -> Option<U256> {
        let Self { last_reward, last_sync, cycle_end } = *self;
        if timestamp >= cycle_end {
            return Some(last_reward);
        }
        let passed = U256::from(timestamp.checked_sub(last_sync)?);
        mul_div_checked(last_reward, passed, U256::from(cycle_end - last_sync))
    }
}

/// A vault: tokens are the asset, the share and, where it takes ETH itself, ETH, in this order.
///
/// A vault whose way of redeeming is not known is listed without a redeem limit, so only deposits are
/// traded.
#[derive(Debug, Clone)]
pub struct Erc4626 {
    id: VenueId,
    tokens: Vec<Address>,
    figures: Erc4626Figures,
    redeeming: Redeeming,
    exits: Vec<Exit>,
    /// Whether this state is that of a transaction in which somebody has deposited.
    deposited: bool,
}

impl Erc4626 {
    /// The vault with these figures.
    pub fn new(id: VenueId, figures: Erc4626Figures) -> Self {
        let mut tokens = vec![figures.asset, figures.vault];
        if figures.takes_eth {
            tokens.push(NATIVE);
        }
        let (redeeming, exits) = (Redeeming::PLAIN, Vec::new());
        Self { id, tokens, figures, redeeming, exits, deposited: false }
    }

    /// With its own way of redeeming, and the queues out of its shares.
    pub fn leaving(self, redeeming: Redeeming, exits: Vec<Exit>) -> Self {
        Self { redeeming, exits, ..self }
    }

    /// Units of the asset behind all shares at the market's timestamp: what `totalAssets()`
    /// returns. `None` on overflow.
    pub fn total_assets(&self) -> Option<U256> {
        let Erc4626Figures { stored_assets, cycle, timestamp, .. } = &self.figures;
        match cycle {
            Some(cycle) => stored_assets.checked_add(cycle.unlocked(*timestamp)?),
            None => Some(*stored_assets),
        }
    }

    fn overflow(&self) -> QuoteError {
        let (assets, shares) = self.totals().unwrap_or((U256::ONE, U256::ONE));
        QuoteError::failed(&self.id, [assets, shares])
    }

    fn is_deposit(&self, from: usize, to: usize) -> bool {
        to == SHARE && (from == ASSET || (from == ETH && self.figures.takes_eth))
    }

    fn is_redeem(&self, from: usize, to: usize) -> bool {
        (from, to) == (SHARE, ASSET) && self.figures.redeem_limit.is_some()
    }

    /// Assets and shares of the vault's maths, virtual units included.
    fn totals(&self) -> Option<(U256, U256)> {
        let Erc4626Figures { total_supply, virtual_shares, .. } = &self.figures;
        let virtual_asset = U256::from(!virtual_shares.is_zero());
        let assets = self.total_assets()?.checked_add(virtual_asset)?;
        Some((assets, total_supply.checked_add(*virtual_shares)?))
    }

    /// Shares for `amount` of the asset, rounded down; a vault without shares gives one for one.
    fn shares_of(&self, amount: U256) -> Option<U256> {
        let (assets, shares) = self.totals()?;
        if shares.is_zero() { Some(amount) } else { mul_div(amount, shares, assets) }
    }

    /// Units of the asset for `amount` of shares, rounded down.
    fn assets_of(&self, amount: U256) -> Option<U256> {
        let (assets, shares) = self.totals()?;
        mul_div(amount, assets, shares)
    }

    /// What a redemption of `amount` of shares pays. `None` on overflow.
    fn paid(&self, amount: U256) -> Option<Paid> {
        self.redeeming.paid(self.assets_of(amount)?)
    }

    /// How many shares are redeemed at once.
    fn redeem_capacity(&self, limit: &Capacity) -> Capacity {
        let most = self.totals().and_then(|(a, s)| self.redeeming.most_shares(a, s));
        match (most, limit) {
            (Some(most), Capacity::Limited { amount, .. }) if *amount <= most => limit.clone(),
            (Some(amount), Capacity::Limited { .. } | Capacity::Unlimited) => {
                let what = "what the vault holds to redeem at once";
                Capacity::Limited { amount, what, refill_per_block: None }
            }
            _ => limit.clone(),
        }
    }

    /// Units of the asset that a redemption can take: rewards of a running cycle are not among
    /// them, as the vault subtracts what it pays from what it has stored.
    fn payable(&self) -> Option<U256> {
        match self.figures.cycle {
            Some(cycle) if self.figures.timestamp < cycle.cycle_end => {
                Some(self.figures.stored_assets)
            }
            Some(_) | None => self.total_assets(),
        }
    }

    fn check_payable(&self, out: U256) -> Result<(), QuoteError> {
        let limit = self.payable().ok_or_else(|| self.overflow())?;
        if out > limit {
            let what = "assets outside the running reward cycle";
            return Err(QuoteError::Limit { venue: self.id.clone(), what, limit });
        }
        Ok(())
    }

    /// What the vault does at the first deposit or redemption after a cycle: all rewards are in,
    /// and those of the new cycle, which begins now, are still out.
    fn sync(&mut self) {
        let Erc4626Figures { stored_assets, cycle: Some(cycle), timestamp, .. } = &mut self.figures
        else {
            return;
        };
        if *timestamp >= cycle.cycle_end {
            *stored_assets += cycle.last_reward;
            cycle.last_reward = U256::ZERO;
        }
    }

    fn book(&mut self, swap: Swap, out: U256) -> Option<()> {
        let leaves = if swap.to == SHARE { U256::ZERO } else { self.paid(swap.amount)?.fee };
        self.sync();
        let Redeeming { liquid, apart, .. } = &mut self.redeeming;
        if let Some(liquid) = liquid {
            *liquid = match swap.to {
                SHARE => liquid.checked_add(swap.amount)?,
                _ => liquid.checked_sub(out)?.checked_sub(leaves)?,
            };
        }
        self.deposited |= *apart && swap.to == SHARE;
        let Erc4626Figures { stored_assets, total_supply, deposit_limit, redeem_limit, .. } =
            &mut self.figures;
        if swap.to == SHARE {
            *stored_assets = stored_assets.checked_add(swap.amount)?;
            *total_supply = total_supply.checked_add(out)?;
            deposit_limit.spend(swap.amount);
        } else {
            *stored_assets = stored_assets.checked_sub(out)?.checked_sub(leaves)?;
            *total_supply = total_supply.checked_sub(swap.amount)?;
            if let Some(limit) = redeem_limit {
                limit.spend(swap.amount);
            }
        }
        Some(())
    }
}

impl Venue for Erc4626 {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        let Swap { from, to, amount } = swap;
        if !self.is_deposit(from, to) && !self.is_redeem(from, to) {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if to == ASSET && self.deposited {
            return Err(QuoteError::OneTransaction(self.id.clone()));
        }
        self.capacity(from, to).check(&self.id, amount)?;
        let out = if to == SHARE {
            self.shares_of(amount)
        } else {
            self.paid(amount).map(|paid| paid.out)
        };
        let out = out.ok_or_else(|| self.overflow())?;
        if out.is_zero() && self.figures.virtual_shares.is_zero() {
            return Err(QuoteError::NothingOut(self.id.clone()));
        }
        if to == ASSET {
            self.check_payable(out)?;
        }
        Ok(Quote::of(out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        let mut after = self.clone();
        after.book(swap, quote.out).ok_or_else(|| self.overflow())?;
        *self = after;
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (assets, shares) = self.totals()?;
        let rate = match (self.is_deposit(from, to), self.is_redeem(from, to)) {
            (true, _) if shares.is_zero() => 1.0,
            (true, _) => to_f64(shares) / to_f64(assets),
            (_, true) => self.redeeming.rate() * to_f64(assets) / to_f64(shares),
            _ => return None,
        };
        Gain::linear(rate, self.capacity(from, to).cap())
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match &self.figures.redeem_limit {
            _ if self.is_deposit(from, to) => self.figures.deposit_limit.clone(),
            Some(limit) if self.is_redeem(from, to) => self.redeem_capacity(limit),
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, to: usize) -> Step {
        if to == SHARE {
            Step { kind: LegKind::Deposit, gas: 110_000, approves: from == ASSET }
        } else {
            Step { kind: LegKind::Redeem, gas: 110_000, approves: false }
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let Erc4626Figures { asset, vault, .. } = self.figures;
        let receiver = trade.recipient;
        if self.is_redeem(from, to) {
            let redeem = redeemCall { shares: amount, receiver, owner: receiver };
            return Encoded::one(Call::new(vault, U256::ZERO, &redeem));
        }
        match (self.is_deposit(from, to), from) {
            (true, ETH) => Encoded::one(Call::new(vault, amount, &depositETHCall { receiver })),
            (true, _) => {
                let deposit = depositCall { assets: amount, receiver };
                Encoded::one(Call::new(vault, U256::ZERO, &deposit)).allowing(asset, vault, amount)
            }
            _ => Encoded::nothing(),
        }
    }

    fn hazards(&self, _from: usize, _to: usize) -> &'static [Hazard] {
        if self.redeeming.apart { &[Hazard::OneTransaction] } else { &[] }
    }

    fn exits(&self, token: usize) -> Vec<Exit> {
        if token == SHARE { self.exits.clone() } else { Vec::new() }
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        let (amount, units) = (self.total_assets()?, self.figures.total_supply);
        let some = token == SHARE && !units.is_zero();
        some.then_some(Backing { asset: ASSET, amount, units })
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
