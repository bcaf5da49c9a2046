//! Frax: ETH submitted for frxETH, one for one. frxETH itself earns nothing; sfrxETH, a vault, does.
//!
//! Source: `frxETHMinter.submit` (FraxFinance/frxETH-public 018eaf4): whatever part of the ETH the
//! minter withholds from validators changes nothing for who submits. Back to ETH there are two redemption
//! queues, whose tickets are worth a fixed amount: `FraxEtherRedemptionQueue.enterRedemptionQueue`
//! (FraxFinance/frax-ether-redemption-queue 17ebebc), and `FraxEtherRedemptionQueueV2` of the same call
//! (FraxFinance/frxETH-v2-public 83dfe93), which bounds a ticket, serves in order and draws on the ether
//! that Frax keeps elsewhere.

mod opening;

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Bound, Call, Capacity, Door, Encoded, Exit, ExitFee, ExitRate, Issuer, LegKind, NATIVE,
    RateRule, Step, Ticket, Trade, VenueId, Wait, issuer::Form,
};

sol! {
    function submit() external payable;
}

/// What the queue's fee is a part of.
const FEE_PRECISION: U256 = uint!(1_000_000_U256);

/// Frax's minter.
pub type FraxMinter = Issuer<OneForOne>;

/// One for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneForOne {
    minter: Address,
}

/// What is known of the redemption queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FraxQueue {
    /// As its contract says.
    Known {
        /// Seconds until a ticket matures.
        matures_s: u64,
        /// The fee, in millionths.
        fee_ppm: U256,
        /// Wei that are there to pay beyond what all tickets so far are owed.
        free: U256,
    },
    /// Unknown, in words.
    Unknown(String),
}

impl FraxMinter {
    /// The minter of frxETH, with what is known of submitting and of the queue.
    pub fn frax(
        id: VenueId,
        minter: Address,
        frxeth: Address,
        submits: Door,
        queue: &FraxQueue,
    ) -> Self {
        let doors = [submits, Door::None];
        let exits = vec![queue.exit(NAMES[0], U256::from((1u128 << 120) - 1))];
        Self::new(id, [NATIVE, frxeth], OneForOne { minter }, doors, exits)
    }

    /// With the queue of 2024 beside the first, whose ticket is for `most` at the most.
    pub fn and_second_queue(self, queue: &FraxQueue, most: U256) -> Self {
        self.and_leaving(queue.exit(NAMES[1], most))
    }
}

/// What the queues are called.
const NAMES: [&str; 2] = ["Frax redemption queue", "Frax redemption queue V2"];

impl FraxQueue {
    /// A ticket pays what it said, once it has matured and the contract holds as much: for as much as
    /// the contract holds and owes nobody, that is at maturity; when it is for more is not known.
    fn exit(&self, name: &'static str, most: U256) -> Exit {
        let short = "when the redemption queue of Frax will hold the ETH that it owes";
        let (fee, least_wait, expected_wait, capacity) = match self {
            Self::Known { matures_s, fee_ppm, free } => {
                let (expected, capacity) = Wait::covered(*matures_s, *free, ExitRate::ONE, short);
                let fee = ExitFee::Part { part: *fee_ppm, of: FEE_PRECISION, up: false };
                (fee, Wait::Seconds(*matures_s), expected, capacity)
            }
            Self::Unknown(what) => (
                ExitFee::Unknown(what.clone()),
                Wait::Unknown(what.clone()),
                Wait::Unknown(what.clone()),
                Capacity::Unlimited,
            ),
        };
        Exit {
            name,
            to: 0,
            rule: RateRule::FixedAtRequest,
            rate: ExitRate::ONE,
            fee,
            least: Bound::None,
            most: Bound::At(most),
            capacity,
            least_wait,
            expected_wait,
            ticket: Ticket::Transferable,
        }
    }
}

impl Form for OneForOne {
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
        Step { kind: LegKind::Stake, gas: 80_000, approves: false }
    }

    fn encode(&self, trade: &Trade, _tokens: &[Address; 2]) -> Encoded {
        Encoded::one(Call::new(self.minter, trade.swap.amount, &submitCall {}))
    }
}
