//! A MetaMorpho vault's books: what it has in each market, its fee, and what a change of them does.
//!
//! Integer steps of `MetaMorpho` (morpho-org/metamorpho 163eb2a) and `MetaMorphoV1_1`
//! (morpho-org/metamorpho-v1.1 0b3d2f4). Within a block no more interest comes, and what is left to
//! follow is rounding: each market keeps what rounding leaves it. Every function is `None` where the
//! contract's arithmetic reverts.

use alloy_primitives::U256;
use smallvec::SmallVec;

use super::super::morpho::{AdaptiveCurve, MorphoTotals};
use crate::amount::{WAD, mul_div};

/// The longest queue that a vault can have.
pub(super) const LONGEST: usize = 30;

/// A market that a vault supplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultMarket {
    /// The market's totals, with interest up to the block.
    pub totals: MorphoTotals,
    /// Its interest rate; `None` where it is of another model, or earns nothing.
    pub curve: Option<AdaptiveCurve>,
    /// The vault's shares of the supply.
    pub shares: U256,
    /// The most that the vault supplies; nothing where zero.
    pub cap: U256,
}

impl VaultMarket {
    /// What the vault has there, rounded down.
    pub(super) fn assets(&self) -> Option<U256> {
        self.totals.supply.assets_down(self.shares)
    }

    /// How much more the vault supplies.
    pub(super) fn room(&self) -> Option<U256> {
        let has = self.totals.supply.assets_up(self.shares)?;
        Some(self.cap.saturating_sub(has))
    }

    /// How much the vault can take out while Morpho has so much of the token.
    fn withdrawable(&self, in_morpho: U256) -> Option<U256> {
        Some(self.assets()?.min(self.totals.liquidity()).min(in_morpho))
    }

    /// A supply; `None` where the market refuses, and the vault goes on to the next.
    fn supplied(&self, assets: U256) -> Option<Self> {
        let shares = self.totals.supply.shares_down(assets)?;
        let supply = self.totals.supply.plus(assets, shares)?;
        let totals = MorphoTotals { supply, ..self.totals };
        Some(Self { totals, shares: self.shares.checked_add(shares)?, ..*self })
    }

    fn withdrawn(&self, assets: U256) -> Option<Self> {
        let shares = self.totals.supply.shares_up(assets)?;
        let supply = self.totals.supply.minus(assets, shares)?;
        let totals = MorphoTotals { supply, ..self.totals };
        Some(Self { totals, shares: self.shares.checked_sub(shares)?, ..*self })
    }
}

/// A vault's figures that a trade changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Books {
    /// Its markets in the order that it withdraws from; beyond `count` there are none.
    pub(super) markets: [Option<VaultMarket>; LONGEST],
    /// Units of the asset in Morpho, all markets and collateral together.
    pub(super) in_morpho: U256,
    /// All shares of the vault.
    pub(super) supply: U256,
    /// The assets that the fee was last taken up to.
    pub(super) last_assets: U256,
    /// What version 1.1 counts as there though it was lost; `None` before it, where a loss shows.
    pub(super) lost: Option<U256>,
    /// Share of the interest, in WAD, that is credited to the fee's recipient as new shares.
    pub(super) fee: U256,
    /// Shares that the maths adds to the supply, beside one unit of the asset.
    pub(super) virtual_shares: U256,
}

/// What a vault's shares are worth at a moment: the ratio of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worth {
    /// All that the vault has, and counts as there.
    pub(super) assets: U256,
    /// All shares, those of the fee included.
    pub(super) supply: U256,
    virtual_shares: U256,
    lost: Option<U256>,
}

impl Worth {
    /// Assets and shares with the virtual units.
    pub(super) fn ratio(&self) -> Option<(U256, U256)> {
        let assets = self.assets.checked_add(U256::ONE)?;
        Some((assets, self.supply.checked_add(self.virtual_shares)?))
    }

    /// Shares for `assets`, rounded down.
    pub(super) fn shares_of(&self, assets: U256) -> Option<U256> {
        let (all, shares) = self.ratio()?;
        mul_div(assets, shares, all)
    }

    /// Assets for `shares`, rounded down.
    pub(super) fn assets_of(&self, shares: U256) -> Option<U256> {
        let (all, of) = self.ratio()?;
        mul_div(shares, all, of)
    }
}

impl Books {
    pub(super) fn markets(&self) -> impl Iterator<Item = &VaultMarket> {
        self.markets.iter().flatten()
    }

    /// Takes the fee on what came in since it was last taken: `_accrueFee`, `_accrueInterest`.
    pub(super) fn worth(&self) -> Option<Worth> {
        let real = self.markets().try_fold(U256::ZERO, |sum, m| sum.checked_add(m.assets()?))?;
        let last = self.last_assets;
        let lost = match self.lost {
            Some(lost) if real < last.checked_sub(lost)? => Some(last.checked_sub(real)?),
            lost => lost,
        };
        let assets = real.checked_add(lost.unwrap_or_default())?;
        let interest = match lost {
            Some(_) => assets.checked_sub(last)?,
            None => assets.saturating_sub(last),
        };
        let fee = mul_div(interest, self.fee, WAD)?;
        let virtual_shares = self.virtual_shares;
        let before =
            Worth { assets: assets.checked_sub(fee)?, supply: self.supply, virtual_shares, lost };
        let supply = self.supply.checked_add(before.shares_of(fee)?)?;
        Some(Worth { assets, supply, ..before })
    }

    /// The most that can be withdrawn: what the markets have that is not lent out.
    pub(super) fn withdrawable(&self) -> Option<U256> {
        let all = self.markets().try_fold(U256::ZERO, |sum, market| {
            sum.checked_add(market.withdrawable(self.in_morpho)?)
        })?;
        Some(all.min(self.in_morpho))
    }

    /// Shares for a deposit of `assets`, and the books afterwards. `queue` has positions of markets.
    /// `None` also where the caps take less.
    pub(super) fn deposited(&self, assets: U256, queue: &[usize]) -> Option<(U256, Self)> {
        let worth = self.worth()?;
        let shares = worth.shares_of(assets)?;
        let mut after = self.taken_over(&worth, worth.assets.checked_add(assets)?);
        after.supply = after.supply.checked_add(shares)?;
        after.in_morpho = after.in_morpho.checked_add(assets)?;
        let mut left = assets;
        for market in queue {
            let market = after.markets.get_mut(*market)?.as_mut()?;
            if market.cap.is_zero() {
                continue;
            }
            let more = market.room()?.min(left);
            if let Some(supplied) = market.supplied(more).filter(|_| !more.is_zero()) {
                *market = supplied;
                left = left.checked_sub(more)?;
            }
        }
        left.is_zero().then_some((shares, after))
    }

    /// What the caps leave of markets in a queue. One that stands there again is visited again, and may
    /// have a unit of room left by the rounding of its shares.
    pub(super) fn suppliable(&self, queue: &[usize]) -> Option<U256> {
        let mut filled: SmallVec<[(usize, VaultMarket); 4]> = SmallVec::new();
        let mut sum = U256::ZERO;
        for (at, number) in queue.iter().enumerate() {
            let before = filled.iter().rposition(|(of, _)| of == number);
            let market = match before {
                Some(before) => filled.swap_remove(before).1,
                None => (*self.markets.get(*number)?)?,
            };
            let room = market.room()?;
            sum = sum.checked_add(room)?;
            if queue[at + 1..].contains(number) {
                let after = market.supplied(room).filter(|_| !room.is_zero());
                filled.push((*number, after.unwrap_or(market)));
            }
        }
        Some(sum)
    }

    /// Assets for `shares`, and the books afterwards. `None` also where less can be withdrawn.
    pub(super) fn redeemed(&self, shares: U256) -> Option<(U256, Self)> {
        let worth = self.worth()?;
        let assets = worth.assets_of(shares)?;
        let mut after = self.taken_over(&worth, worth.assets.saturating_sub(assets));
        after.supply = after.supply.checked_sub(shares)?;
        let mut left = assets;
        for market in after.markets.iter_mut().flatten() {
            let less = market.withdrawable(after.in_morpho)?.min(left);
            if let Some(withdrawn) = market.withdrawn(less).filter(|_| !less.is_zero()) {
                *market = withdrawn;
                left = left.checked_sub(less)?;
                after.in_morpho = after.in_morpho.checked_sub(less)?;
            }
        }
        left.is_zero().then_some((assets, after))
    }

    /// The books once the fee is taken, with the assets that it is next taken up to.
    const fn taken_over(&self, worth: &Worth, last_assets: U256) -> Self {
        let Worth { supply, lost, .. } = *worth;
        Self { supply, lost, last_assets, ..*self }
    }
}
