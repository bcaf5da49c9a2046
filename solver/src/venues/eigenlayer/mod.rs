//! EigenLayer: a token deposited into a strategy for shares of it, which stay with the account.
//!
//! Source: `StrategyManager.depositIntoStrategy`, `StrategyBase.deposit` and `withdraw`,
//! `StrategyBaseTVLLimits`, `DelegationManager.queueWithdrawals` (Layr-Labs/eigenlayer-contracts f84a515).
//! Both ways count a thousand units more of shares and of the token, in 256 bits, rounded down. Shares
//! are no token: they cannot be sold. What is queued is paid after a delay, less what is slashed until
//! then; the strategy's token goes on with whatever it earns by itself.
//!
//! Tokens that rebase are not opened: a transfer moves a wei or two less than it says, and shares follow
//! from what arrives.

mod opening;

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Bound, Call, Capacity, Door, Encoded, Exit, ExitFee, ExitRate, Issuer, LegKind, RateRule, Step,
    Ticket, Trade, VenueId, Wait, exit::SLOT_S, issuer::Form,
};
use crate::amount::{mul_div_checked, to_f64};

sol! {
    function depositIntoStrategy(address strategy, address token, uint256 amount) external
        returns (uint256 depositShares);
}

/// `SHARES_OFFSET` and `BALANCE_OFFSET`.
const OFFSET: U256 = uint!(1_000_U256);

/// `MAX_TOTAL_SHARES`.
const MOST_SHARES: U256 = uint!(99_999_999_999_999_999_999_999_999_999_999_999_999_U256);

const NO_DELAY: &str = "EigenLayer's withdrawal delay";

/// A strategy.
pub type EigenLayer = Issuer<Strategy>;

/// The totals of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strategy {
    /// `StrategyManager`.
    pub manager: Address,
    /// The strategy.
    pub strategy: Address,
    /// Units of the token that it holds.
    pub balance: U256,
    /// All its shares.
    pub shares: U256,
}

impl EigenLayer {
    /// A strategy of `token`, with what is known of deposits and, in blocks, of the withdrawal delay.
    /// Its shares stand under the strategy's address.
    pub fn eigenlayer(
        id: VenueId,
        token: Address,
        totals: Strategy,
        deposits: Door,
        delay_blocks: Option<u64>,
    ) -> Self {
        let exit = totals.exit(delay_blocks);
        Self::new(id, [token, totals.strategy], totals, [deposits, Door::None], vec![exit])
    }
}

impl Strategy {
    fn exit(&self, delay_blocks: Option<u64>) -> Exit {
        let wait = delay_blocks.map(|blocks| U256::from(blocks.saturating_mul(SLOT_S)));
        let (out, units) = self.backing();
        Exit {
            name: "EigenLayer withdrawal",
            to: 0,
            rule: RateRule::SlashableInQueue,
            rate: ExitRate { out, units },
            fee: ExitFee::None,
            least: Bound::None,
            most: Bound::None,
            capacity: Capacity::Unlimited,
            least_wait: Wait::told(wait, NO_DELAY),
            expected_wait: Wait::told(wait, NO_DELAY),
            ticket: Ticket::Bound,
        }
    }
}

impl Form for Strategy {
    const REFUSES_NOTHING: bool = true;
    // What services pay is claimed apart, and is data of its own.
    const CARRIES: bool = true;

    fn issued(&self, amount: U256) -> Option<U256> {
        let shares = self.shares.checked_add(OFFSET)?;
        let issued = mul_div_checked(amount, shares, self.balance.checked_add(OFFSET)?)?;
        (self.shares.checked_add(issued)? <= MOST_SHARES).then_some(issued)
    }

    fn issue(&mut self, amount: U256, out: U256) -> Option<()> {
        self.balance = self.balance.checked_add(amount)?;
        self.shares = self.shares.checked_add(out)?;
        Some(())
    }

    fn issue_rate(&self) -> f64 {
        to_f64(self.shares.saturating_add(OFFSET)) / to_f64(self.balance.saturating_add(OFFSET))
    }

    fn backing(&self) -> (U256, U256) {
        (self.balance.saturating_add(OFFSET), self.shares.saturating_add(OFFSET))
    }

    fn step(&self, _issues: bool) -> Step {
        Step { kind: LegKind::Deposit, gas: 180_000, approves: true }
    }

    fn encode(&self, trade: &Trade, [token, _]: &[Address; 2]) -> Encoded {
        let (strategy, amount) = (self.strategy, trade.swap.amount);
        let deposit = depositIntoStrategyCall { strategy, token: *token, amount };
        Encoded::one(Call::new(self.manager, U256::ZERO, &deposit)).allowing(
            *token,
            self.manager,
            amount,
        )
    }
}
