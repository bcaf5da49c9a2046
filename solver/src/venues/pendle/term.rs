//! What a market says of interest until its expiry.

use alloy_primitives::U256;

use super::{
    pool::{Curve, Pool},
    view::View,
};
use crate::amount::{WAD, to_f64};

/// The fixed rate that a market implies at one block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedTerm {
    /// The continuously compounded annual rate, of a year of 365 days as Pendle counts it: PT are
    /// worth `exp(-rate * seconds_left / 31_536_000)` of the accounting asset.
    pub rate: f64,
    /// What a PT is worth in the accounting asset, before fees and for a trade of nothing.
    pub pt_price: f64,
    /// The part of the year's growth that buying or selling costs, continuously compounded: what the
    /// rate is less for who buys, and more for who sells.
    pub fee_rate: f64,
    /// Unix seconds.
    pub expiry: u64,
    /// Seconds until then.
    pub seconds_left: u64,
    /// Units of the accounting asset that lie in the market as SY.
    pub asset: U256,
    /// PT that lie in the market.
    pub pt: U256,
    /// Units of the accounting asset for one of SY, with 18 decimals.
    pub index: U256,
}

impl FixedTerm {
    pub(super) fn new(pool: &Pool, curve: &Curve, expiry: u64, timestamp: u64) -> Self {
        Self {
            rate: to_f64(pool.last_ln_implied_rate) / to_f64(WAD),
            pt_price: View::new(pool, curve).pt_price(),
            fee_rate: to_f64(pool.ln_fee_rate_root) / to_f64(WAD),
            expiry,
            seconds_left: expiry.saturating_sub(timestamp),
            asset: curve.total_asset.into_raw(),
            pt: pool.total_pt.into_raw(),
            index: pool.index,
        }
    }

    /// Days until the expiry.
    pub fn days_left(&self) -> f64 {
        const DAY_S: f64 = 86_400.0;
        self.seconds_left as f64 / DAY_S
    }

    /// What lies in the market in units of the accounting asset, PT at their price.
    pub fn liquidity(&self) -> f64 {
        to_f64(self.asset) + to_f64(self.pt) * self.pt_price
    }
}
