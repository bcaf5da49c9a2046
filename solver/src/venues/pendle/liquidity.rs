//! Adding liquidity to a market for SY alone, and taking it out for SY alone.
//!
//! Who gives SY buys PT with a part of them and has LP minted for these and the rest; who gives LP has
//! both back, and sells the PT to what is left of the market, or has them redeemed from the expiry on.
//!
//! Source: `addLiquidityCore` and `removeLiquidityCore` of `MarketMathCore`, `addLiquiditySingleSy` and
//! `removeLiquiditySingleSy` of the router's `ActionAddRemoveLiqV3`, `approxSwapSyToAddLiquidity` of its
//! `MarketApproxLib` (pendle-finance/pendle-core-v2-public).

use alloy_primitives::{I256, U256, uint};

use super::{
    pool::{Curve, Moved, ONE, PendleError, Pool, Result, checked, div_down, int, less},
    search::most,
};
use crate::amount::{WAD, mul_div_up};

/// LP that are nobody's: minted with the first liquidity, they are never burnt.
pub(super) const LOCKED: I256 = I256::from_raw(uint!(1_000_U256));
const TWO: U256 = uint!(2_U256);

/// A market, and the LP that there are of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Liquidity {
    pub(super) pool: Pool,
    pub(super) total_lp: I256,
    /// Whether what goes with the scarcer of both tokens is rounded up: from version 6 on, not in
    /// version 3.
    pub(super) rounds_up: bool,
}

/// LP for SY alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Added {
    pub(super) lp: U256,
    pub(super) first: First,
    pub(super) after: Liquidity,
}

/// What the router is told to try first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct First {
    /// PT that are bought.
    pub(super) pt: U256,
    /// By what part, with 18 decimals, the SY that are left exceed what goes with these PT: the router
    /// makes do with as much.
    pub(super) apart: U256,
}

/// Some PT bought with a part of the SY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bought {
    moved: Moved,
    /// SY that go with the PT as the market then is, rounded up.
    beside: U256,
}

impl Liquidity {
    /// Exact SY for LP: the most PT are bought with which the SY that are left go.
    pub(super) fn add(&self, curve: &Curve, sy: U256) -> Result<Added> {
        // A market as it is, of which a purchase moves nothing.
        let total = checked(curve.total_asset.checked_add(self.pool.total_pt))?;
        let part = div_down(self.pool.total_pt, total)?;
        let guess = checked(self.pool.asset(int(sy)?)?.checked_mul(part))? / ONE;
        let found = most(sy, guess.into_raw(), self.pool.total_pt.into_raw(), |pt| {
            let bought = self.buys(curve, int(pt).ok()?).ok()?;
            Some((bought.cost().ok()?, bought))
        });
        let found = match found {
            Some(found) => found,
            None => {
                return Err(self.buys(curve, I256::ONE).err().unwrap_or(PendleError::NothingOut));
            }
        };
        let (pt, moved) = (int(found.units)?, found.with.moved);
        let left = checked(int(sy)?.checked_add(moved.sy))?;
        let pool = self.pool.after(curve, pt, &moved)?;
        let bought = Self { pool, ..*self };
        let first = First { pt: found.units, apart: bought.apart(left, pt)? };
        let (lp, after) = bought.mint(left, pt)?;
        Ok(Added { lp, first, after })
    }

    /// SY that `pt` cost, and those that go with them.
    pub(super) fn cost(&self, curve: &Curve, pt: I256) -> Result<U256> {
        self.buys(curve, pt)?.cost()
    }

    fn buys(&self, curve: &Curve, pt: I256) -> Result<Bought> {
        let moved = self.pool.moves(curve, pt)?;
        let total_sy = less(self.pool.total_sy, checked(moved.sy.checked_add(moved.reserve))?)?;
        let left = less(self.pool.total_pt, pt)?;
        let beside = mul_div_up(pt.into_raw(), total_sy.into_raw(), left.into_raw());
        Ok(Bought { moved, beside: checked(beside)? })
    }

    /// By what part of what goes with `pt`, with 18 decimals and rounded up, `sy` exceed it
    /// (`PMath.isAApproxB`, which overflows where this does). Beyond all of it the router does not go.
    fn apart(&self, sy: I256, pt: I256) -> Result<U256> {
        let given = checked(sy.checked_mul(self.pool.total_pt))?.into_raw();
        let goes = checked(pt.checked_mul(self.pool.total_sy))?.into_raw();
        checked(given.checked_mul(TWO * WAD))?;
        let apart = mul_div_up(checked(given.checked_sub(goes))?, WAD, goes);
        apart.filter(|apart| *apart <= WAD).ok_or(PendleError::NothingOut)
    }

    /// LP for both tokens, as far as they go together (`addLiquidityCore`). What does not is left in the
    /// market and is nobody's.
    fn mint(&self, sy: I256, pt: I256) -> Result<(U256, Self)> {
        let Pool { total_pt, total_sy, .. } = self.pool;
        let by = |given: I256, total| {
            checked(checked(given.checked_mul(self.total_lp))?.checked_div(total))
        };
        let (by_pt, by_sy) = (by(pt, total_pt)?, by(sy, total_sy)?);
        let (lp, sy, pt) = if by_pt < by_sy {
            (by_pt, self.goes(total_sy, by_pt)?, pt)
        } else {
            (by_sy, sy, self.goes(total_pt, by_sy)?)
        };
        if [lp, sy, pt].iter().any(|amount| !amount.is_positive()) {
            return Err(PendleError::NothingOut);
        }
        let total_pt = checked(total_pt.checked_add(pt))?;
        let total_sy = checked(total_sy.checked_add(sy))?;
        let total_lp = checked(self.total_lp.checked_add(lp))?;
        if total_pt.bits() > 128 || total_sy.bits() > 128 {
            return Err(PendleError::Overflow);
        }
        let pool = Pool { total_pt, total_sy, ..self.pool };
        Ok((lp.into_raw(), Self { pool, total_lp, ..*self }))
    }

    /// What of a total goes with LP that are minted.
    fn goes(&self, total: I256, lp: I256) -> Result<I256> {
        let whole = checked(total.checked_mul(lp))?;
        let up = if self.rounds_up { self.total_lp - I256::ONE } else { I256::ZERO };
        checked(checked(whole.checked_add(up))?.checked_div(self.total_lp))
    }

    /// Exact LP for SY, before the expiry: SY, and what the PT bring in what is left of the market.
    pub(super) fn remove(&self, lp: U256) -> Result<(U256, Self)> {
        let (sy, pt, left) = self.burn(lp)?;
        let sold = left.pool.sell_pt(&left.pool.curve()?, pt)?;
        let out = checked(sy.checked_add(sold.out))?;
        Ok((out, Self { pool: sold.pool, ..left }))
    }

    /// Exact LP for SY, from the expiry on: SY, and those that the yield token gives for the PT and for
    /// `floating` ones that lie there. Both apart, in this order.
    pub(super) fn redeem(&self, lp: U256, floating: U256) -> Result<(U256, U256, Self)> {
        let (sy, pt, left) = self.burn(lp)?;
        let redeemed = self.pool.sy(int(checked(pt.checked_add(floating))?)?)?;
        Ok((sy, redeemed.into_raw(), left))
    }

    /// SY and PT for LP, both rounded down (`removeLiquidityCore`).
    fn burn(&self, lp: U256) -> Result<(U256, U256, Self)> {
        let lp = int(lp)?;
        let part =
            |total: I256| checked(checked(lp.checked_mul(total))?.checked_div(self.total_lp));
        let (sy, pt) = (part(self.pool.total_sy)?, part(self.pool.total_pt)?);
        if sy.is_zero() && pt.is_zero() {
            return Err(PendleError::NothingOut);
        }
        let total_pt = less(self.pool.total_pt, pt)?;
        let total_sy = less(self.pool.total_sy, sy)?;
        let pool = Pool { total_pt, total_sy, ..self.pool };
        let total_lp = less(self.total_lp, lp)?;
        Ok((sy.into_raw(), pt.into_raw(), Self { pool, total_lp, ..*self }))
    }

    /// What lies behind all LP, in SY: PT before the expiry at the price that the market implies, from
    /// it on as they are redeemed.
    pub(super) fn worth(&self, curve: Option<&Curve>) -> Result<U256> {
        let Pool { total_pt, total_sy, .. } = self.pool;
        let asset = match curve {
            Some(curve) => div_down(total_pt, self.pool.exchange_rate(curve, I256::ZERO)?)?,
            None => total_pt,
        };
        Ok(checked(total_sy.checked_add(self.pool.sy(asset)?))?.into_raw())
    }
}

impl Bought {
    fn cost(&self) -> Result<U256> {
        checked(less(I256::ZERO, self.moved.sy)?.into_raw().checked_add(self.beside))
    }
}
