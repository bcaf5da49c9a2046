//! Kelp: ETH deposited for rsETH at a stored price. Denied unless its place says otherwise.
//!
//! Source: `LRTDepositPool.depositETH` and `getRsETHAmountToMint` (Kelp-DAO/LRT-rsETH c289b81, of before
//! the event): `amount * assetPrice / rsETHPrice`, rounded down, and ETH is worth one. On 18 April 2026
//! some 116,500 rsETH were released unbacked through its bridge (`VENUES`, sections 14 and 26).

mod opening;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Call, Capacity, Door, Encoded, Issuer, LegKind, NATIVE, Step, Trade, VenueId, issuer::Form,
};
use crate::amount::{WAD, mul_div_checked, to_f64};

sol! {
    function depositETH(uint256 minRSETHAmountExpected, string referralId) external payable;
}

/// Why it is not used.
const DENIED: &str = "rsETH is denied: on 18 April 2026 some 116,500 of it were released unbacked through \
                      its bridge; whoever has checked what is behind it allows it with the constant \
                      `allowed` in its place";

/// Kelp's deposit pool.
pub type Kelp = Issuer<StoredPrice>;

/// The price that Kelp's oracle stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredPrice {
    /// `LRTDepositPool`.
    pub pool: Address,
    /// Wei of ETH for a whole rsETH.
    pub price: U256,
    /// Wei that one deposit must have at least.
    pub least: U256,
}

impl Kelp {
    /// Kelp: denied, or open as far as `room` says.
    pub fn kelp(id: VenueId, rseth: Address, stored: StoredPrice, room: Option<Capacity>) -> Self {
        let deposits = match room {
            None => Door::Unknown(DENIED.into()),
            Some(capacity) => Door::Open { least: stored.least, most: None, capacity },
        };
        Self::new(id, [NATIVE, rseth], stored, [deposits, Door::None], Vec::new())
    }
}

impl Form for StoredPrice {
    const REFUSES_NOTHING: bool = false;

    fn issued(&self, amount: U256) -> Option<U256> {
        mul_div_checked(amount, WAD, self.price)
    }

    fn issue(&mut self, _amount: U256, _out: U256) -> Option<()> {
        Some(())
    }

    fn issue_rate(&self) -> f64 {
        to_f64(WAD) / to_f64(self.price)
    }

    fn backing(&self) -> (U256, U256) {
        (self.price, WAD)
    }

    fn step(&self, _issues: bool) -> Step {
        Step { kind: LegKind::Stake, gas: 200_000, approves: false }
    }

    fn encode(&self, trade: &Trade, _tokens: &[Address; 2]) -> Encoded {
        let deposit =
            depositETHCall { minRSETHAmountExpected: trade.min_out, referralId: String::new() };
        Encoded::one(Call::new(self.pool, trade.swap.amount, &deposit))
    }
}
