//! Origin: WETH deposited for OETH, one for one, and OETH wrapped into wOETH at the rate of its rebasing.
//!
//! Source: `VaultCore.mint` and `requestWithdrawal`, `WOETH.convertToShares` and `convertToAssets`
//! (OriginProtocol/origin-dollar 161a0a4). OETH rebases for accounts, and not for contracts unless they
//! ask for it: what stands still wherever it is held is wOETH. Neither way into wOETH moves its rate.

mod opening;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Bound, Call, Capacity, Door, Encoded, Exit, ExitFee, ExitRate, Gain, Issuer, LegKind, RateRule,
    Step, Ticket, Trade, VenueId, Wait, issuer::Form,
};
use crate::amount::{mul_div_checked, to_f64};

sol! {
    function mint(address asset, uint256 amount, uint256 minimum) external;
    function deposit(uint256 assets, address receiver) external returns (uint256);
    function redeem(uint256 shares, address receiver, address owner) external returns (uint256);
}

const NO_QUEUE: &str = "delay and length of Origin's withdrawal queue";
const BEHIND: &str = "when Origin's vault will hold the WETH that requests in line are owed";

/// Origin's vault, which issues OETH.
pub type OriginVault = Issuer<Minted>;

/// wOETH, which wraps it.
pub type WrappedOeth = Issuer<Credits>;

/// OETH of a vault, one for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minted {
    vault: Address,
}

/// The rate of wOETH: `assets * credits_per_token / adjuster`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credits {
    /// wOETH.
    pub vault: Address,
    /// `rebasingCreditsPerTokenHighres` of OETH.
    pub per_token: U256,
    /// `adjuster` of wOETH.
    pub adjuster: U256,
}

/// What is known of the withdrawal queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginQueue {
    /// Seconds between request and claim; zero where there is no queue.
    pub delay_s: u64,
    /// WETH that the vault holds beyond what requests in line are owed.
    pub free: U256,
}

impl OriginVault {
    /// The vault that issues `oeth` for `weth`, with what is known of deposits and of the queue.
    pub fn origin(
        id: VenueId,
        vault: Address,
        [weth, oeth]: [Address; 2],
        mints: Door,
        queue: Option<OriginQueue>,
    ) -> Self {
        let exits = match queue {
            // "Async withdrawals not enabled".
            Some(OriginQueue { delay_s: 0, .. }) => Vec::new(),
            queue => vec![exit(queue)],
        };
        Self::new(id, [weth, oeth], Minted { vault }, [mints, Door::None], exits)
    }
}

impl WrappedOeth {
    /// wOETH over `oeth`, with what is known of deposits and redemptions.
    pub fn wrapped(id: VenueId, oeth: Address, credits: Credits, doors: [Door; 2]) -> Self {
        Self::new(id, [oeth, credits.vault], credits, doors, Vec::new())
    }
}

/// The request burns the OETH: its claim is a fixed amount of WETH, of the account that asked.
fn exit(queue: Option<OriginQueue>) -> Exit {
    let (expected_wait, capacity) = match queue {
        Some(q) => Wait::covered(q.delay_s, q.free, ExitRate::ONE, BEHIND),
        None => (Wait::Unknown(NO_QUEUE.into()), Capacity::Unlimited),
    };
    Exit {
        name: "Origin withdrawal queue",
        to: 0,
        rule: RateRule::FixedAtRequest,
        rate: ExitRate::ONE,
        fee: ExitFee::None,
        least: Bound::None,
        most: Bound::None,
        capacity,
        least_wait: Wait::told(queue.map(|q| U256::from(q.delay_s)), NO_QUEUE),
        expected_wait,
        ticket: Ticket::Bound,
    }
}

impl Form for Minted {
    const REFUSES_NOTHING: bool = true;

    fn issued(&self, amount: U256) -> Option<U256> {
        Some(amount)
    }

    fn issue(&mut self, _amount: U256, _out: U256) -> Option<()> {
        Some(())
    }

    fn issue_rate(&self) -> f64 {
        1.0
    }

    fn backing(&self) -> (U256, U256) {
        (U256::ONE, U256::ONE)
    }

    fn step(&self, _issues: bool) -> Step {
        Step { kind: LegKind::Stake, gas: 250_000, approves: true }
    }

    fn encode(&self, trade: &Trade, [weth, _]: &[Address; 2]) -> Encoded {
        let amount = trade.swap.amount;
        let mint = mintCall { asset: *weth, amount, minimum: trade.min_out };
        Encoded::one(Call::new(self.vault, U256::ZERO, &mint)).allowing(*weth, self.vault, amount)
    }
}

impl Form for Credits {
    const REFUSES_NOTHING: bool = false;

    fn issued(&self, amount: U256) -> Option<U256> {
        mul_div_checked(amount, self.per_token, self.adjuster)
    }

    fn issue(&mut self, _amount: U256, _out: U256) -> Option<()> {
        Some(())
    }

    fn issue_rate(&self) -> f64 {
        to_f64(self.per_token) / to_f64(self.adjuster)
    }

    fn redeemed(&self, amount: U256) -> Option<U256> {
        mul_div_checked(amount, self.adjuster, self.per_token)
    }

    fn redeem(&mut self, _amount: U256, _out: U256) -> Option<()> {
        Some(())
    }

    fn redeem_gain(&self, cap: f64) -> Option<Gain> {
        Gain::linear(to_f64(self.adjuster) / to_f64(self.per_token), cap)
    }

    fn backing(&self) -> (U256, U256) {
        (self.adjuster, self.per_token)
    }

    fn step(&self, issues: bool) -> Step {
        let kind = if issues { LegKind::Deposit } else { LegKind::Redeem };
        Step { kind, gas: 120_000, approves: issues }
    }

    fn encode(&self, trade: &Trade, [oeth, _]: &[Address; 2]) -> Encoded {
        let (amount, receiver) = (trade.swap.amount, trade.recipient);
        if trade.swap.from == 0 {
            let deposit = depositCall { assets: amount, receiver };
            return Encoded::one(Call::new(self.vault, U256::ZERO, &deposit))
                .allowing(*oeth, self.vault, amount);
        }
        let redeem = redeemCall { shares: amount, receiver, owner: receiver };
        Encoded::one(Call::new(self.vault, U256::ZERO, &redeem))
    }
}
