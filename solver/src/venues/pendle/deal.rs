//! What each direction of a market comes to: trades of PT, and of YT by way of PT.
//!
//! Source: `PendleMarketV3` to `V7`, the router's `ActionBase` and `ActionCallbackV3`, and
//! `PendleYieldToken.mintPY` and `redeemPYMulti` (pendle-finance/pendle-core-v2-public).

use alloy_primitives::{I256, U256};

use super::{
    limits::{most_pt_in, pays_for_more_pt, pays_for_more_yt},
    pool::{Curve, Moved, ONE, PendleError, Pool, Result, checked, int},
    search::{Found, most},
};

/// A trade, and the market after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deal {
    /// What the trader gets.
    pub(super) out: U256,
    /// PT that change sides in the market: what the router is told to try first.
    pub(super) pt: U256,
    pub(super) pool: Pool,
}

impl Pool {
    /// Exact PT for SY.
    pub(super) fn sell_pt(&self, curve: &Curve, pt: U256) -> Result<Deal> {
        let given = int(pt)?;
        let moved = self.moves(curve, -given)?;
        if !pays_for_more_pt(self, curve, given)? {
            return Err(PendleError::TooMuchPt);
        }
        let out = positive(moved.sy)?;
        Ok(Deal { out, pt, pool: self.after(curve, -given, &moved)? })
    }

    /// Exact SY for the most PT that they pay. SY beyond their cost stays in the market.
    pub(super) fn buy_pt(&self, curve: &Curve, sy: U256) -> Result<Deal> {
        // PT cost no more than what they are redeemed for.
        let first = self.asset(int(sy)?)?.into_raw();
        let found = most(sy, first, self.total_pt.into_raw(), |pt| {
            let moved = self.moves(curve, int(pt).ok()?).ok()?;
            Some((positive(-moved.sy).ok()?, moved))
        });
        let found = match found {
            Some(found) => found,
            None => return Err(self.least(curve, I256::ONE)),
        };
        if !found.more && found.cost < sy {
            return Err(PendleError::TooLittlePt);
        }
        let (pt, moved) = (int(found.units)?, found.with);
        Ok(Deal { out: found.units, pt: found.units, pool: self.after(curve, pt, &moved)? })
    }

    /// Exact YT for SY: PT come out of the market as a loan, are redeemed together with the YT, and
    /// a part of the SY pays them.
    pub(super) fn sell_yt(&self, curve: &Curve, yt: U256) -> Result<Deal> {
        let given = int(yt)?;
        let moved = self.moves(curve, given)?;
        if !pays_for_more_yt(self, curve, given)? {
            return Err(PendleError::TooLittlePt);
        }
        // So much is redeemed for the market, the rest for the trader.
        let owed = self.asset_up(-moved.sy)?;
        let rest = positive(checked(given.checked_sub(owed))?)?;
        let out = self.sy(int(rest)?)?.into_raw();
        Ok(Deal { out, pt: yt, pool: self.after(curve, given, &moved)? })
    }

    /// Exact SY for YT: PT that are minted with them are sold at once, for SY that mint more.
    /// `floating` SY lie with the yield token unclaimed, and are minted too.
    pub(super) fn buy_yt(&self, curve: &Curve, sy: U256, floating: U256) -> Result<Deal> {
        // What they would cost if they moved no price.
        let rate = self.exchange_rate(curve, I256::ZERO)?;
        let asset = self.asset(int(sy)?)?;
        let first = checked(asset.checked_mul(rate))?;
        let first = first.checked_div(rate - ONE).unwrap_or(asset).into_raw();
        let below = |limit: I256| {
            most(sy, first, limit.into_raw(), |pt| {
                let (pull, moved) = self.pull(curve, int(pt).ok()?).ok()?;
                Some((pull.into_raw(), moved))
            })
        };
        let within = |found: &Found<Moved>| {
            int(found.units).and_then(|pt| pays_for_more_pt(self, curve, pt + I256::ONE))
        };
        let mut found = below(curve.total_asset);
        // Near to the end of what the market takes, that end bounds the search.
        if found.as_ref().is_some_and(|found| !within(found).unwrap_or(false)) {
            found = below(most_pt_in(self, curve)? + I256::ONE);
        }
        let found = match found {
            Some(found) => found,
            None => return Err(self.least(curve, -I256::ONE)),
        };
        if !found.more && found.cost < sy {
            return Err(PendleError::TooMuchPt);
        }
        let (pt, moved) = (int(found.units)?, found.with);
        let minted = checked(sy.checked_add(floating))?;
        let minted = checked(minted.checked_add(moved.sy.into_raw()))?;
        let out = self.asset(int(minted)?)?.into_raw();
        Ok(Deal { out, pt: found.units, pool: self.after(curve, -pt, &moved)? })
    }

    /// SY that mint `pt` beyond those that selling `pt` brings: what as many YT cost.
    pub(super) fn pull(&self, curve: &Curve, pt: I256) -> Result<(I256, Moved)> {
        let moved = self.moves(curve, -pt)?;
        let pull = checked(self.sy_up(pt)?.checked_sub(moved.sy))?;
        positive(pull).and_then(int).map(|pull| (pull, moved))
    }

    /// Why not even one unit is traded: it costs more than is given, or the market refuses it.
    fn least(&self, curve: &Curve, pt: I256) -> PendleError {
        self.moves(curve, pt).err().unwrap_or(PendleError::NothingOut)
    }
}

/// An amount that the contract casts to `uint256`.
fn positive(amount: I256) -> Result<U256> {
    if amount.is_negative() { Err(PendleError::Overflow) } else { Ok(amount.into_raw()) }
}
