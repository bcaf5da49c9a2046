//! The arithmetic of a market: what a trade of PT moves, to the wei.
//!
//! Source: `MarketMathCore`, `PYIndex`, `SYUtils` and `PMath`
//! (pendle-finance/pendle-core-v2-public). Amounts are in each token's smallest unit, rates and
//! proportions have 18 decimals, divisions truncate towards zero; the one that rounds up is what SY
//! the market is owed. Times are seconds, a year has 365 days.

use alloy_primitives::{I256, U256, uint};

use super::{
    PendleFigures,
    log_exp::{exp, ln},
};
use crate::amount::WAD;

/// One with 18 decimals.
pub(super) const ONE: I256 = I256::from_raw(WAD);
const YEAR_S: U256 = uint!(31_536_000_U256);
/// The most of the market that PT may be: 96 %.
pub(super) const MOST_PROPORTION: I256 = I256::from_raw(uint!(960_000_000_000_000_000_U256));
pub(super) const PERCENT: I256 = I256::from_raw(uint!(100_U256));

/// Why a market does not make a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PendleError {
    /// The market trades until its expiry only.
    #[error("the market has expired")]
    Expired,
    /// No PT, or no SY, lies in the market.
    #[error("the market is empty")]
    Empty,
    /// The trade asks for all the PT there is, or for more.
    #[error("the market has not that much PT")]
    TooLittlePt,
    /// PT would be more than 96 % of the market.
    #[error("PT would be more than 96 % of the market")]
    TooMuchPt,
    /// PT would cost more than what it is redeemed for.
    #[error("PT would cost more than it is redeemed for")]
    RateBelowOne,
    /// The implied rate would be zero.
    #[error("the implied rate would be zero")]
    RateZero,
    /// Not even one unit is had for so little.
    #[error("not even one unit is had for so little")]
    NothingOut,
    /// The fee that stays with liquidity providers would be zero: markets from version 6 refuse it.
    #[error("nothing of the fee would stay in the market")]
    FeeZero,
    /// A product needs more than 255 bits, or a figure is out of the contract's range.
    #[error("the market's arithmetic overflows")]
    Overflow,
}

pub(super) type Result<T> = std::result::Result<T, PendleError>;

/// What a market holds and trades by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pool {
    pub(super) total_pt: I256,
    pub(super) total_sy: I256,
    /// The slope of the curve at one year, with 18 decimals.
    pub(super) scalar_root: I256,
    /// The logarithm of the fee's growth over a year, with 18 decimals.
    pub(super) ln_fee_rate_root: U256,
    /// The treasury's part of the fee.
    pub(super) reserve_fee_percent: I256,
    /// The logarithm of a year's growth that the last trade left, with 18 decimals.
    pub(super) last_ln_implied_rate: U256,
    /// Units of the accounting asset for one of SY, with 18 decimals.
    pub(super) index: U256,
    /// Seconds to expiry.
    pub(super) left: U256,
    /// Whether a trade that leaves nothing of its fee in the market is refused: from version 6 on.
    pub(super) needs_fee: bool,
}

/// What all trades from one state share (`getMarketPreCompute`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Curve {
    pub(super) rate_scalar: I256,
    pub(super) total_asset: I256,
    pub(super) rate_anchor: I256,
    pub(super) fee_rate: I256,
}

/// What a trade moves, seen from the trader (`calcTrade`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    /// SY to the trader; below zero what the trader owes.
    pub(super) sy: I256,
    /// The fee, in SY.
    pub(super) fee: I256,
    /// The treasury's part of it.
    pub(super) reserve: I256,
}

impl Pool {
    /// With these figures; `Err` where one is beyond what the contract counts with.
    pub(super) fn of(figures: &PendleFigures) -> Result<Self> {
        Ok(Self {
            total_pt: int(figures.total_pt)?,
            total_sy: int(figures.total_sy)?,
            scalar_root: int(figures.scalar_root)?,
            ln_fee_rate_root: figures.ln_fee_rate_root,
            reserve_fee_percent: int(figures.reserve_fee_percent)?,
            last_ln_implied_rate: figures.last_ln_implied_rate,
            index: figures.index,
            left: U256::from(figures.expiry.saturating_sub(figures.timestamp)),
            needs_fee: figures.needs_fee,
        })
    }

    /// What is the same for all trades from here.
    pub(super) fn curve(&self) -> Result<Curve> {
        if self.left.is_zero() {
            return Err(PendleError::Expired);
        }
        let year = I256::from_raw(YEAR_S);
        let rate_scalar = checked(self.scalar_root.checked_mul(year))? / int(self.left)?;
        if rate_scalar <= I256::ZERO {
            return Err(PendleError::Overflow);
        }
        let total_asset = self.asset(self.total_sy)?;
        if self.total_pt <= I256::ZERO || total_asset.is_zero() {
            return Err(PendleError::Empty);
        }
        let rate = growth(self.last_ln_implied_rate, self.left)?;
        let total = checked(self.total_pt.checked_add(total_asset))?;
        let logit = log_proportion(div_down(self.total_pt, total)?)?;
        let rate_anchor = checked(rate.checked_sub(div_down(logit, rate_scalar)?))?;
        let fee_rate = growth(self.ln_fee_rate_root, self.left)?;
        Ok(Curve { rate_scalar, total_asset, rate_anchor, fee_rate })
    }

    /// PT for one of the accounting asset, before fees, once `pt` more has gone to the trader.
    pub(super) fn exchange_rate(&self, curve: &Curve, pt: I256) -> Result<I256> {
        let left = less(self.total_pt, pt)?;
        rate_at(left, checked(self.total_pt.checked_add(curve.total_asset))?, curve)
    }

    /// What a trade moves that gives `pt` to the trader, or takes it where below zero.
    pub(super) fn moves(&self, curve: &Curve, pt: I256) -> Result<Moved> {
        if self.total_pt <= pt {
            return Err(PendleError::TooLittlePt);
        }
        let rate = self.exchange_rate(curve, pt)?;
        let before_fee = -div_down(pt, rate)?;
        let fee = if pt.is_positive() {
            if div_down(rate, curve.fee_rate)? < ONE {
                return Err(PendleError::RateBelowOne);
            }
            checked(before_fee.checked_mul(ONE - curve.fee_rate))? / ONE
        } else {
            let grown = checked(before_fee.checked_mul(ONE - curve.fee_rate))?;
            -checked(grown.checked_div(curve.fee_rate))?
        };
        let reserve = checked(fee.checked_mul(self.reserve_fee_percent))? / PERCENT;
        let asset = checked(before_fee.checked_sub(fee))?;
        let sy = if asset.is_negative() { self.sy_up(asset)? } else { self.sy(asset)? };
        Ok(Moved { sy, fee: self.sy(fee)?, reserve: self.sy(reserve)? })
    }

    /// The market after a trade, or why it refuses the trade (`_setNewMarketStateTrade`).
    pub(super) fn after(&self, curve: &Curve, pt: I256, moved: &Moved) -> Result<Self> {
        let total_pt = less(self.total_pt, pt)?;
        let total_sy = less(self.total_sy, checked(moved.sy.checked_add(moved.reserve))?)?;
        let asset = self.asset(total_sy)?;
        let rate = rate_at(total_pt, checked(total_pt.checked_add(asset))?, curve)?;
        let grown = checked(ln(rate.into_raw()))?.into_raw();
        let rate = checked(grown.checked_mul(YEAR_S))? / self.left;
        if rate.is_zero() {
            return Err(PendleError::RateZero);
        }
        // As they are stored: int128, int128 and uint96.
        let stored = total_pt.bits() <= 128 && total_sy.bits() <= 128 && rate.bit_len() <= 96;
        if !stored || moved.fee.is_negative() || moved.reserve.is_negative() {
            return Err(PendleError::Overflow);
        }
        if self.needs_fee && self.asset(less(moved.fee, moved.reserve)?)?.is_zero() {
            return Err(PendleError::FeeZero);
        }
        Ok(Self { total_pt, total_sy, last_ln_implied_rate: rate, ..*self })
    }

    /// SY in units of the accounting asset, rounded towards zero.
    pub(super) fn asset(&self, sy: I256) -> Result<I256> {
        signed(sy, checked(sy.unsigned_abs().checked_mul(self.index))? / WAD)
    }

    /// The same of SY that is not negative, rounded up.
    pub(super) fn asset_up(&self, sy: I256) -> Result<I256> {
        let scaled = checked(sy.unsigned_abs().checked_mul(self.index))?;
        int(checked(scaled.checked_add(WAD - U256::ONE))? / WAD)
    }

    /// Units of the accounting asset in SY, rounded towards zero.
    pub(super) fn sy(&self, asset: I256) -> Result<I256> {
        let scaled = checked(asset.unsigned_abs().checked_mul(WAD))?;
        signed(asset, checked(scaled.checked_div(self.index))?)
    }

    /// The same, rounded away from zero.
    pub(super) fn sy_up(&self, asset: I256) -> Result<I256> {
        let scaled = checked(asset.unsigned_abs().checked_mul(WAD))?;
        let raised = checked(scaled.checked_add(self.index.saturating_sub(U256::ONE)))?;
        signed(asset, checked(raised.checked_div(self.index))?)
    }
}

/// PT for one of the accounting asset where `pt` lies among `total`.
fn rate_at(pt: I256, total: I256, curve: &Curve) -> Result<I256> {
    let proportion = div_down(pt, total)?;
    if proportion > MOST_PROPORTION {
        return Err(PendleError::TooMuchPt);
    }
    let slope = div_down(log_proportion(proportion)?, curve.rate_scalar)?;
    let rate = checked(slope.checked_add(curve.rate_anchor))?;
    if rate < ONE { Err(PendleError::RateBelowOne) } else { Ok(rate) }
}

/// `ln(p / (1 - p))`.
fn log_proportion(proportion: I256) -> Result<I256> {
    let other = checked(ONE.checked_sub(proportion))?;
    let odds = div_down(proportion, other)?;
    if odds.is_negative() { Err(PendleError::Overflow) } else { checked(ln(odds.into_raw())) }
}

/// `e^(rate * left / year)` with 18 decimals, of a rate with 18 decimals.
pub(super) fn growth(rate: U256, left: U256) -> Result<I256> {
    let grown = checked(rate.checked_mul(left))? / YEAR_S;
    int(checked(exp(grown))?)
}

/// `a / b` with 18 decimals (`divDown`).
pub(super) fn div_down(a: I256, b: I256) -> Result<I256> {
    checked(checked(a.checked_mul(ONE))?.checked_div(b))
}

/// `a - b` where `a` is at least `b` (`subNoNeg`).
pub(super) fn less(a: I256, b: I256) -> Result<I256> {
    if a < b { Err(PendleError::Overflow) } else { checked(a.checked_sub(b)) }
}

/// A size with the sign of another number.
fn signed(like: I256, size: U256) -> Result<I256> {
    let size = int(size)?;
    Ok(if like.is_negative() { -size } else { size })
}

/// An amount as a signed number, where it is one.
pub(super) fn int(amount: U256) -> Result<I256> {
    checked(I256::try_from(amount).ok())
}

pub(super) fn checked<T>(value: Option<T>) -> Result<T> {
    value.ok_or(PendleError::Overflow)
}
