//! How much a market takes, and up to where more brings more.
//!
//! A whole trade is made at the rate that it ends at. So a seller of PT, or of YT, can go beyond the
//! amount that returns the most: the contract would still trade, and pay less for more. Nobody is
//! quoted that.

use alloy_primitives::{I256, U256, uint};

use super::{
    log_exp::ln,
    pool::{Curve, MOST_PROPORTION, ONE, PERCENT, Pool, Result, checked, div_down},
};

const TWO: I256 = I256::from_raw(uint!(2_U256));

/// The largest amounts from one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// PT that may be bought.
    pub(super) pt_out: U256,
    /// SY that they cost.
    pub(super) sy_for_pt: U256,
    /// PT that may be sold while more brings more.
    pub(super) pt_in: U256,
    /// YT that may be sold while more brings more.
    pub(super) yt_in: U256,
    /// SY that buy as many YT as there may be PT sold.
    pub(super) sy_for_yt: U256,
}

impl Limits {
    /// All zero: of a market that does not trade.
    pub(super) const NONE: Self = Self {
        pt_out: U256::ZERO,
        sy_for_pt: U256::ZERO,
        pt_in: U256::ZERO,
        yt_in: U256::ZERO,
        sy_for_yt: U256::ZERO,
    };

    /// Those of a market.
    pub(super) fn of(pool: &Pool, curve: &Curve) -> Result<Self> {
        if keeps_nothing(pool, curve) {
            return Ok(Self::NONE);
        }
        // Else what is too small says nothing of what is too large.
        let pool = &Pool { needs_fee: false, ..*pool };
        let sells =
            |pt| pool.moves(curve, pt).and_then(|moved| pool.after(curve, pt, &moved)).is_ok();
        let pt_out = last(pool.total_pt, sells);
        let cost = if pt_out.is_zero() { I256::ZERO } else { -pool.moves(curve, pt_out)?.sy };
        let pt_in = most_pt_in(pool, curve)?;
        let yt_in =
            last(pt_out + I256::ONE, |pt| pays_for_more_yt(pool, curve, pt).unwrap_or(false));
        let pull = if pt_in.is_zero() { I256::ZERO } else { pool.pull(curve, pt_in)?.0 };
        Ok(Self {
            pt_out: pt_out.into_raw(),
            sy_for_pt: cost.into_raw(),
            pt_in: pt_in.into_raw(),
            yt_in: yt_in.into_raw(),
            sy_for_yt: pull.into_raw(),
        })
    }
}

/// Whether no trade is made, of any size: where all of the fee is the treasury's, or none is charged,
/// nothing is left of any.
pub(super) fn keeps_nothing(pool: &Pool, curve: &Curve) -> bool {
    pool.needs_fee && !(pool.reserve_fee_percent < PERCENT && curve.fee_rate > ONE)
}

/// The last number below `end` for which `holds`, which does so up to somewhere; zero where for none.
pub(super) fn last(end: I256, holds: impl Fn(I256) -> bool) -> I256 {
    let (mut low, mut high) = (I256::ZERO, end);
    while high - low > I256::ONE {
        let middle = low + (high - low) / TWO;
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

/// The most PT that may come in: 96 % of the market, and not beyond where more returns less.
pub(super) fn most_pt_in(pool: &Pool, curve: &Curve) -> Result<I256> {
    let total = checked(pool.total_pt.checked_add(curve.total_asset))?;
    // The largest numerator whose proportion, rounded down, is still 96 %.
    let beyond = checked((MOST_PROPORTION + I256::ONE).checked_mul(total))?;
    let within = (beyond - I256::ONE) / ONE;
    let most = checked(within.checked_sub(pool.total_pt))?.max(I256::ZERO);
    if pays_for_more_pt(pool, curve, most)? {
        return Ok(most);
    }
    Ok(last(most, |pt| pays_for_more_pt(pool, curve, pt).unwrap_or(false)))
}

/// Whether more PT than `pt` would bring more of the asset (`calcSlope` of the router's
/// `MarketApproxLib`, which bounds its own search by it).
pub(super) fn pays_for_more_pt(pool: &Pool, curve: &Curve, pt: I256) -> Result<bool> {
    let asset = checked(curve.total_asset.checked_sub(pt))?;
    if !asset.is_positive() {
        return Ok(false);
    }
    let sum = checked(pt.checked_add(pool.total_pt))?;
    let turn = turn(pool, curve, pt, sum, asset)?;
    let logit = checked(ln(div_down(sum, asset)?.into_raw()))?;
    let scale = ONE * ONE / curve.rate_scalar;
    let bend = checked(checked(turn.checked_sub(logit))?.checked_mul(scale))? / ONE;
    Ok(curve.rate_anchor > bend)
}

/// Whether more YT than `yt` would bring more SY. Each lets one PT out of the market, for which
/// `yt * fee / rate` is paid and one of the asset is got back: the next one pays while
/// `fee * (rate + turn / scalar)` is below `rate^2`.
pub(super) fn pays_for_more_yt(pool: &Pool, curve: &Curve, yt: I256) -> Result<bool> {
    let left = checked(pool.total_pt.checked_sub(yt))?;
    if !left.is_positive() {
        return Ok(false);
    }
    let rate = pool.exchange_rate(curve, yt)?;
    let turn = turn(pool, curve, yt, left, checked(curve.total_asset.checked_add(yt))?)?;
    let steeper = checked(rate.checked_add(div_down(turn, curve.rate_scalar)?))?;
    Ok(checked(curve.fee_rate.checked_mul(steeper))? < checked(rate.checked_mul(rate))?)
}

/// By how much the logit turns over a trade of `size` that ends at `pt` and `asset`, were it all as
/// steep as its end.
fn turn(pool: &Pool, curve: &Curve, size: I256, pt: I256, asset: I256) -> Result<I256> {
    let total = checked(pool.total_pt.checked_add(curve.total_asset))?;
    div_down(checked(size.checked_mul(total))?, checked(pt.checked_mul(asset))?)
}
