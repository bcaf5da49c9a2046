//! ether.fi's instant redemptions: eETH or weETH for ETH at once, less a fee, out of the pool's own
//! liquidity above a watermark, as far as a bucket that refills allows.
//!
//! Source: `EtherFiRedemptionManager._calcRedemption`, `canRedeem`, `_redeem`, `LiquidityPool.withdraw`
//! and `EETH.burnShares` (etherfi-protocol/smart-contracts b4a0968).

use alloy_primitives::{Address, U256, uint};

use crate::{
    amount::{mul_div, mul_div_up},
    venues::{Capacity, Rebase},
};

const BPS: U256 = uint!(10_000_U256);

/// What the bucket counts in, in wei.
const BUCKET_UNIT: U256 = uint!(1_000_000_000_000_U256);

/// What the limit on burnt eETH counts in, in wei.
const GWEI: U256 = uint!(1_000_000_000_U256);

/// Shares that must be left.
const LEAST_SHARES: U256 = GWEI;

/// What is known of instant redemptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redemptions {
    /// Open, as far as these figures let them.
    Open(RedemptionFigures),
    /// The manager, the pool or the token is paused.
    Paused,
    /// Unknown, in words.
    Unknown(String),
}

/// The figures of `EtherFiRedemptionManager` for ETH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionFigures {
    /// The manager.
    pub manager: Address,
    /// The fee on the shares given, in basis points.
    pub fee_bps: U256,
    /// The treasury's part of the fee, in basis points; the rest is burnt.
    pub treasury_bps: U256,
    /// The part of all pooled ETH that must be liquid, in basis points.
    pub watermark_bps: U256,
    /// Wei in the pool (`totalValueInLp`).
    pub liquid: U256,
    /// What is in the bucket, in units of 1e12 wei.
    pub bucket: U256,
    /// Gwei of eETH that may be burnt; `None` where the token sets no such limit.
    pub burnable_gwei: Option<U256>,
}

/// What a redemption does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Redeemed {
    /// Wei paid.
    pub(super) out: U256,
    /// Shares that are gone: those paid out, and the part of the fee that is burnt.
    burnt: U256,
}

impl RedemptionFigures {
    /// The most eETH that is redeemed at once: liquidity above the watermark, the bucket, and the
    /// limit on burning, less the two gwei by which its roundings can exceed the amount.
    pub(super) fn most_eeth(&self, totals: &Rebase) -> Option<U256> {
        let watermark = mul_div(totals.assets, self.watermark_bps, BPS)?;
        let above = self.liquid.saturating_sub(watermark);
        let most = above.min(self.bucket.checked_mul(BUCKET_UNIT)?);
        let Some(gwei) = self.burnable_gwei else { return Some(most) };
        Some(most.min(gwei.saturating_sub(uint!(2_U256)).checked_mul(GWEI)?))
    }

    /// The same as a capacity in eETH, or in weETH where `wrapped`.
    pub(super) fn capacity(&self, totals: &Rebase, wrapped: bool) -> Capacity {
        let most = self.most_eeth(totals).and_then(|most| {
            if !wrapped {
                return Some(most);
            }
            // The most weETH that unwraps to at most that.
            let beyond = most.checked_add(U256::ONE)?;
            mul_div_up(beyond, totals.shares, totals.assets)?.checked_sub(U256::ONE)
        });
        let amount = most.unwrap_or_default();
        Capacity::Limited {
            amount,
            what: "instant redemptions of ether.fi",
            refill_per_block: None,
        }
    }

    /// Redeems `eeth`; `None` where the contracts' arithmetic refuses.
    pub(super) fn redeem(&self, totals: &Rebase, eeth: U256) -> Option<Redeemed> {
        let Rebase { assets, shares, .. } = *totals;
        let given = mul_div(eeth, shares, assets)?;
        let paid = mul_div(given, BPS.checked_sub(self.fee_bps)?, BPS)?;
        let out = mul_div(paid, assets, shares)?;
        let for_out = mul_div_up(out, shares, assets)?;
        let fee = given.checked_sub(for_out)?;
        let to_treasury = mul_div(fee, self.treasury_bps, BPS)?;
        let burnt = for_out.checked_add(fee.checked_sub(to_treasury)?)?;
        let left = shares.checked_sub(burnt)?;
        let fits = !out.is_zero() && out <= self.liquid && left >= LEAST_SHARES;
        fits.then_some(Redeemed { out, burnt })
    }

    /// Books a redemption of `eeth` here and in the totals.
    pub(super) fn book(&mut self, totals: &mut Rebase, eeth: U256, done: Redeemed) -> Option<()> {
        self.liquid = self.liquid.checked_sub(done.out)?;
        self.bucket = self.bucket.checked_sub(eeth.div_ceil(BUCKET_UNIT))?;
        if let Some(gwei) = &mut self.burnable_gwei {
            // Two burns, each rounded up: at most the amount and two gwei.
            let amount = mul_div(done.burnt, totals.assets, totals.shares)?;
            *gwei = gwei.saturating_sub(amount.div_ceil(GWEI) + U256::ONE);
        }
        let assets = totals.assets.checked_sub(done.out)?;
        *totals = Rebase::down(assets, totals.shares.checked_sub(done.burnt)?);
        Some(())
    }
}
