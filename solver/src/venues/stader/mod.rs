//! Stader: ETH deposited for ETHx at the totals that its oracle reported.
//!
//! Source: `StaderStakePoolsManager.deposit`, `_convertToShares` and `_convertToAssets`,
//! `UserWithdrawManager.requestWithdraw` and `finalizeUserWithdrawalRequest` (stader-labs/ethx 9d4a921):
//! one division, rounded down. Deposits do not move the reported totals. Requests wait in one line;
//! whoever calls settles those whose delay has passed and for which the pool holds ETH, at the smaller of
//! the rates, to the account that asked.

mod opening;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Bound, Call, Capacity, Door, Encoded, Exit, ExitFee, ExitRate, Issuer, LegKind, NATIVE,
    RateRule, Step, Ticket, Trade, VenueId, Wait, exit::SLOT_S, issuer::Form,
};
use crate::amount::{mul_div, to_f64};

sol! {
    function deposit(address receiver) external payable returns (uint256);
}

const NO_QUEUE: &str = "bounds, delay and length of Stader's withdrawal queue";
const BEHIND: &str = "when Stader's pool will hold the ETH that requests in line are owed";

/// Stader's pools.
pub type Stader = Issuer<Reported>;

/// Totals that an oracle reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// `StaderStakePoolsManager`.
    pub manager: Address,
    /// Wei behind all shares.
    pub assets: U256,
    /// All shares.
    pub shares: U256,
}

/// What is known of the withdrawal queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaderQueue {
    /// The least and the most wei that one request may be worth.
    pub bounds: [U256; 2],
    /// Blocks before which no request is settled.
    pub delay_blocks: u64,
    /// Wei that requests in line are owed.
    pub owed: U256,
    /// Wei that the pool holds.
    pub held: U256,
}

impl Stader {
    /// Stader with what is known of deposits and of the queue.
    pub fn stader(
        id: VenueId,
        ethx: Address,
        totals: Reported,
        deposits: Door,
        queue: Option<StaderQueue>,
    ) -> Self {
        let exit = totals.exit(queue);
        Self::new(id, [NATIVE, ethx], totals, [deposits, Door::None], vec![exit])
    }
}

impl Reported {
    fn exit(&self, queue: Option<StaderQueue>) -> Exit {
        let rate = ExitRate { out: self.assets, units: self.shares };
        let least = queue.and_then(|q| rate.least(q.bounds[0]));
        let most = queue.and_then(|q| rate.most(q.bounds[1]));
        let wait_s = queue.map(|q| q.delay_blocks.saturating_mul(SLOT_S));
        let (expected_wait, capacity) = match queue.zip(wait_s) {
            Some((q, s)) => Wait::covered(s, q.held.saturating_sub(q.owed), rate, BEHIND),
            None => (Wait::Unknown(NO_QUEUE.into()), Capacity::Unlimited),
        };
        Exit {
            name: "Stader withdrawal queue",
            to: 0,
            rule: RateRule::MinRequestSettle,
            rate,
            fee: ExitFee::None,
            least: Bound::told(least, NO_QUEUE),
            most: Bound::told(most, NO_QUEUE),
            capacity,
            least_wait: Wait::told(wait_s.map(U256::from), NO_QUEUE),
            expected_wait,
            ticket: Ticket::Bound,
        }
    }
}

impl Form for Reported {
    const REFUSES_NOTHING: bool = false;

    fn issued(&self, amount: U256) -> Option<U256> {
        if self.shares.is_zero() {
            return Some(amount);
        }
        mul_div(amount, self.shares, self.assets)
    }

    fn issue(&mut self, _amount: U256, _out: U256) -> Option<()> {
        Some(())
    }

    fn issue_rate(&self) -> f64 {
        if self.shares.is_zero() { 1.0 } else { to_f64(self.shares) / to_f64(self.assets) }
    }

    fn backing(&self) -> (U256, U256) {
        (self.assets, self.shares)
    }

    fn step(&self, _issues: bool) -> Step {
        Step { kind: LegKind::Stake, gas: 130_000, approves: false }
    }

    fn encode(&self, trade: &Trade, _tokens: &[Address; 2]) -> Encoded {
        let deposit = depositCall { receiver: trade.recipient };
        Encoded::one(Call::new(self.manager, trade.swap.amount, &deposit))
    }
}
