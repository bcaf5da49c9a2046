//! What vaults do when they redeem that the standard does not: fees, liquid assets alone, and no
//! redemption in the transaction of a deposit.
//!
//! Sources: `PufferVaultV5.redeem` and `maxRedeem` (PufferFinance/puffer-contracts 3806000), whose two
//! fees are each rounded up; `AutoPxEth.previewRedeem` (dinero-protocol/pirex-eth-contracts 2375b47),
//! whose penalty is rounded up and stays in the vault; it spares whoever redeems the last share, which is
//! not modelled: such a redemption is beyond the limit here.

use alloy_primitives::U256;

use crate::{
    amount::{mul_div, mul_div_up},
    venues::exit::most_within,
};

/// How a vault redeems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redeeming {
    /// What fees are parts of.
    pub of: U256,
    /// The fee that stays in the vault, rounded up.
    pub kept: U256,
    /// The fee that leaves it, rounded up.
    pub leaving: U256,
    /// Units of the asset that the vault holds and can pay; `None` where all that it counts is.
    pub liquid: Option<U256>,
    /// Whether nobody may deposit and redeem in one transaction.
    pub apart: bool,
}

/// What a redemption pays, and what else leaves the vault with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paid {
    pub(super) out: U256,
    pub(super) fee: U256,
}

impl Redeeming {
    /// Without fee, of everything, at any time: as the standard has it.
    pub const PLAIN: Self =
        Self { of: U256::ONE, kept: U256::ZERO, leaving: U256::ZERO, liquid: None, apart: false };

    /// What is paid of `gross`, what shares are worth. `None` where fees exceed it.
    pub(super) fn paid(&self, gross: U256) -> Option<Paid> {
        let kept = mul_div_up(gross, self.kept, self.of)?;
        let fee = mul_div_up(gross, self.leaving, self.of)?;
        Some(Paid { out: gross.checked_sub(kept)?.checked_sub(fee)?, fee })
    }

    /// The most shares that the liquid assets let redeem, of so many assets behind so many shares: what
    /// leaves the vault is within them, and so is the vault's own bound.
    pub(super) fn most_shares(&self, assets: U256, shares: U256) -> Option<U256> {
        let liquid = self.liquid?;
        let stays = self.of.checked_sub(self.kept)?;
        let gross = most_within(liquid, stays, self.of)?;
        let told = mul_div_up(mul_div(liquid, self.of, stays)?, shares, assets)?;
        Some(most_within(gross, assets, shares)?.min(told))
    }

    /// The part of what shares are worth that is paid, never understated.
    pub(super) fn rate(&self) -> f64 {
        let part = |fee| crate::amount::to_f64(fee) / crate::amount::to_f64(self.of);
        1.0 - part(self.kept) - part(self.leaving)
    }
}
