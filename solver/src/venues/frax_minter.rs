//! Frax: ETH submitted for frxETH, one for one. frxETH itself earns nothing; sfrxETH, a vault, does.
//!
//! Source: `frxETHMinter.submit` (FraxFinance/frxETH-public 018eaf4): whatever part of the ETH the
//! minter withholds from validators changes nothing for who submits. Back to ETH there is the redemption
//! queue, whose tickets are worth a fixed amount: `FraxEtherRedemptionQueue.enterRedemptionQueue`
//! (FraxFinance/frax-ether-redemption-queue 17ebebc).

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

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
        /// Wei that the queue holds beyond what all tickets so far are owed.
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
        Self::new(id, [NATIVE, frxeth], OneForOne { minter }, doors, vec![queue.exit()])
    }
}

impl FraxQueue {
    /// A ticket pays what it said, once it has matured and the contract holds as much: for as much as
    /// the contract holds and owes nobody, that is at maturity; when it is for more is not known.
    fn exit(&self) -> Exit {
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
            name: "Frax redemption queue",
            to: 0,
            rule: RateRule::FixedAtRequest,
            rate: ExitRate::ONE,
            fee,
            least: Bound::None,
            most: Bound::At(U256::from((1u128 << 120) - 1)),
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
