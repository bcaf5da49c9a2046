//! Dinero: ETH deposited for pxETH, one for one less a fee, and pxETH redeemed at once out of a buffer,
//! less another, or for a batch of validators' withdrawals. pxETH itself earns nothing; apxETH, a vault,
//! does.
//!
//! Source: `PirexEth.deposit`, `instantRedeemWithPxEth`, `initiateRedemption` and `_computeAssetAmounts`
//! (dinero-protocol/pirex-eth-contracts 2375b47).

mod opening;

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Bound, Call, Capacity, Door, Encoded, Exit, ExitFee, ExitRate, Gain, Issuer, LegKind, NATIVE,
    RateRule, Step, Ticket, Trade, VenueId, Wait, issuer::Form,
};
use crate::amount::{mul_div_checked, to_f64};

sol! {
    function deposit(address receiver, bool shouldCompound) external payable;
    function instantRedeemWithPxEth(uint256 assets, address receiver) external;
}

/// What fees are parts of.
const DENOMINATOR: U256 = uint!(1_000_000_U256);

const NO_WAIT: &str =
    "when the validator that is told to exit for a batch of pxETH has been withdrawn";

/// Dinero's contract.
pub type Dinero = Issuer<Pirex>;

/// The fees of `PirexEth`, and its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pirex {
    /// `PirexEth`.
    pub pirex: Address,
    /// The fee on deposits, in millionths.
    pub deposit_fee: U256,
    /// The fee on redemptions at once.
    pub instant_fee: U256,
    /// The fee on redemptions for validators' withdrawals.
    pub redemption_fee: U256,
    /// Wei in the buffer.
    pub buffer: U256,
    /// What the buffer takes at most, in millionths of all pxETH.
    pub buffer_part: U256,
    /// All pxETH.
    pub supply: U256,
}

impl Dinero {
    /// Dinero, open unless it is paused; `None` where the contract does not tell.
    pub fn dinero(id: VenueId, pxeth: Address, pirex: Pirex, paused: Option<bool>) -> Self {
        let unknown = || Door::Unknown("whether PirexEth is paused is not told".into());
        let doors = match paused {
            None => [unknown(), unknown()],
            Some(true) => [Door::Paused, Door::Paused],
            Some(false) => [Door::up_to(Capacity::Unlimited), Door::up_to(pirex.at_once())],
        };
        let exit = pirex.exit();
        Self::new(id, [NATIVE, pxeth], pirex, doors, vec![exit])
    }
}

fn less(amount: U256, fee: U256) -> Option<U256> {
    amount.checked_sub(mul_div_checked(amount, fee, DENOMINATOR)?)
}

impl Pirex {
    /// The most pxETH of which what is left after the fee is in the buffer.
    fn at_once(&self) -> Capacity {
        // Left is the amount times what the fee leaves, rounded up: within the buffer up to this.
        let kept = DENOMINATOR.saturating_sub(self.instant_fee);
        let most = if kept.is_zero() {
            Some(U256::ZERO)
        } else {
            crate::amount::mul_div(self.buffer, DENOMINATOR, kept)
        };
        let (amount, what) = (most.unwrap_or_default(), "the buffer of PirexEth");
        Capacity::Limited { amount, what, refill_per_block: None }
    }

    /// Batches of a validator each: their tickets, upxETH, are tokens.
    fn exit(&self) -> Exit {
        Exit {
            name: "Dinero redemption for a validator's withdrawal",
            to: 0,
            rule: RateRule::FixedAtRequest,
            rate: ExitRate::ONE,
            fee: ExitFee::Part { part: self.redemption_fee, of: DENOMINATOR, up: false },
            least: Bound::None,
            most: Bound::None,
            capacity: Capacity::Unknown("how many validators of Dinero can be told to exit".into()),
            least_wait: Wait::Unknown(NO_WAIT.into()),
            expected_wait: Wait::Unknown(NO_WAIT.into()),
            ticket: Ticket::Transferable,
        }
    }
}

impl Form for Pirex {
    const REFUSES_NOTHING: bool = false;

    fn issued(&self, amount: U256) -> Option<U256> {
        less(amount, self.deposit_fee)
    }

    /// The fee is minted too; what fits into the buffer stays there.
    fn issue(&mut self, amount: U256, _out: U256) -> Option<()> {
        self.supply = self.supply.checked_add(amount)?;
        let most = mul_div_checked(self.supply, self.buffer_part, DENOMINATOR)?;
        let room = most.saturating_sub(self.buffer);
        self.buffer = self.buffer.checked_add(room.min(amount))?;
        Some(())
    }

    fn issue_rate(&self) -> f64 {
        // Fees are rounded down: what is left, up.
        1.0 - to_f64(self.deposit_fee) / to_f64(DENOMINATOR)
    }

    fn redeemed(&self, amount: U256) -> Option<U256> {
        less(amount, self.instant_fee)
    }

    fn redeem(&mut self, _amount: U256, out: U256) -> Option<()> {
        self.buffer = self.buffer.checked_sub(out)?;
        self.supply = self.supply.checked_sub(out)?;
        Some(())
    }

    fn settle(&self, [_, instant]: &mut [Door; 2]) {
        instant.limit(self.at_once());
    }

    fn redeem_gain(&self, cap: f64) -> Option<Gain> {
        Some(Gain::Linear { rate: 1.0 - to_f64(self.instant_fee) / to_f64(DENOMINATOR), cap })
    }

    fn backing(&self) -> (U256, U256) {
        (U256::ONE, U256::ONE)
    }

    fn step(&self, issues: bool) -> Step {
        if issues {
            Step { kind: LegKind::Stake, gas: 200_000, approves: false }
        } else {
            Step { kind: LegKind::Redeem, gas: 150_000, approves: false }
        }
    }

    fn encode(&self, trade: &Trade, _tokens: &[Address; 2]) -> Encoded {
        let (amount, receiver) = (trade.swap.amount, trade.recipient);
        if trade.swap.from == 0 {
            let deposit = depositCall { receiver, shouldCompound: false };
            return Encoded::one(Call::new(self.pirex, amount, &deposit));
        }
        let redeem = instantRedeemWithPxEthCall { assets: amount, receiver };
        Encoded::one(Call::new(self.pirex, U256::ZERO, &redeem))
    }
}
