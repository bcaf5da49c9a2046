//! Symbiotic: a collateral deposited into a vault for shares of its active stake, which stay with the
//! account.
//!
//! Source: `Vault.deposit`, `redeem` and `claim`, `ERC4626Math` (symbioticfi/core 25a065a): one unit more
//! of shares and of stake counts, products have 512 bits, and are rounded down. What is redeemed leaves
//! with the end of the next epoch, and can be slashed until then.

mod opening;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Bound, Call, Capacity, Door, Encoded, Exit, ExitFee, ExitRate, Issuer, LegKind, RateRule, Step,
    Ticket, Trade, VenueId, Wait, issuer::Form,
};
use crate::amount::{mul_div, to_f64};

sol! {
    function deposit(address onBehalfOf, uint256 amount) external
        returns (uint256 depositedAmount, uint256 mintedShares);
}

/// A vault.
pub type Symbiotic = Issuer<ActiveStake>;

/// The active stake of a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveStake {
    /// The vault.
    pub vault: Address,
    /// Units of the collateral that are active.
    pub stake: U256,
    /// All active shares.
    pub shares: U256,
}

impl Symbiotic {
    /// A vault of `collateral`, with what is known of deposits and of the seconds until the next epoch
    /// ends. Its shares stand under the vault's address.
    pub fn symbiotic(
        id: VenueId,
        collateral: Address,
        active: ActiveStake,
        deposits: Door,
        wait: &Wait,
    ) -> Self {
        let (out, units) = active.backing();
        let exit = Exit {
            name: "Symbiotic withdrawal",
            to: 0,
            rule: RateRule::SlashableInQueue,
            rate: ExitRate { out, units },
            fee: ExitFee::None,
            least: Bound::None,
            most: Bound::None,
            capacity: Capacity::Unlimited,
            least_wait: wait.clone(),
            expected_wait: wait.clone(),
            ticket: Ticket::Bound,
        };
        Self::new(id, [collateral, active.vault], active, [deposits, Door::None], vec![exit])
    }
}

impl Form for ActiveStake {
    const REFUSES_NOTHING: bool = false;
    // What services pay is claimed apart, and is data of its own.
    const CARRIES: bool = true;

    fn issued(&self, amount: U256) -> Option<U256> {
        let (stake, shares) = (self.stake.checked_add(U256::ONE)?, self.shares);
        mul_div(amount, shares.checked_add(U256::ONE)?, stake)
    }

    fn issue(&mut self, amount: U256, out: U256) -> Option<()> {
        self.stake = self.stake.checked_add(amount)?;
        self.shares = self.shares.checked_add(out)?;
        Some(())
    }

    fn issue_rate(&self) -> f64 {
        let (stake, shares) = self.backing();
        to_f64(shares) / to_f64(stake)
    }

    fn backing(&self) -> (U256, U256) {
        (self.stake.saturating_add(U256::ONE), self.shares.saturating_add(U256::ONE))
    }

    fn step(&self, _issues: bool) -> Step {
        Step { kind: LegKind::Deposit, gas: 180_000, approves: true }
    }

    fn encode(&self, trade: &Trade, [collateral, _]: &[Address; 2]) -> Encoded {
        let amount = trade.swap.amount;
        let deposit = depositCall { onBehalfOf: trade.recipient, amount };
        Encoded::one(Call::new(self.vault, U256::ZERO, &deposit)).allowing(
            *collateral,
            self.vault,
            amount,
        )
    }
}
