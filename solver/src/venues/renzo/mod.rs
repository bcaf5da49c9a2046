//! Renzo: ETH restaked for ezETH by the value of all that the protocol holds, redeemed at once out of a
//! buffer for a fee that grows as the buffer empties, or through a queue.
//!
//! Source: `RestakeManager.depositETH`, `RenzoOracle.calculateMintAmount` and `calculateRedeemAmount`,
//! `WithdrawQueue.withdraw` and `claim`, `InstantWithdrawer.withdraw` and `getFeeBasisPoints`
//! (Renzo-Protocol/contracts-public fc8c8e0). Products are divided once, rounded down, in 256 bits.

mod opening;

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Bound, Call, Capacity, Door, Encoded, Exit, ExitFee, ExitRate, Gain, Issuer, LegKind, NATIVE,
    RateRule, Step, Ticket, Trade, VenueId, Wait, exit::most_within, issuer::Form,
};
use crate::amount::{mul_div_checked, to_f64};

sol! {
    function depositETH() external payable;
    function withdraw(uint256 ezEthAmount, address redeemToken, uint256 minOut) external;
}

const BPS: U256 = uint!(10_000_U256);
const NO_QUEUE: &str = "cooldown and buffer of Renzo's withdrawal queue";
const BEHIND: &str = "when the buffer of Renzo's withdrawal queue will be filled";

/// Renzo.
pub type Renzo = Issuer<Tvl>;

/// Value behind all ezETH, and the buffer that pays at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tvl {
    /// `RestakeManager`.
    pub manager: Address,
    /// Value of all that the protocol holds, in wei.
    pub value: U256,
    /// All ezETH.
    pub supply: U256,
    /// The buffer for redemptions at once, where it is known.
    pub instant: Option<InstantBuffer>,
}

/// The buffer out of which `InstantWithdrawer` pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstantBuffer {
    /// `InstantWithdrawer`.
    pub withdrawer: Address,
    /// Wei that the buffer aims at.
    pub target: U256,
    /// Wei in it.
    pub available: U256,
    /// Wei that must stay in it.
    pub floor: U256,
    /// The fee out of a full buffer, in basis points.
    pub least_fee_bps: U256,
    /// The fee out of one that is emptied to its floor.
    pub most_fee_bps: U256,
}

/// What is known of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenzoQueue {
    /// Seconds between request and claim.
    pub cooldown_s: u64,
    /// Wei that the buffer holds and owes nobody.
    pub available: U256,
}

impl Renzo {
    /// Renzo with what is known of deposits and of the queue. Redemptions at once are open where the
    /// totals hold a buffer, and unknown, in these words, where they do not.
    pub fn renzo(
        id: VenueId,
        ezeth: Address,
        tvl: Tvl,
        deposits: Door,
        queue: Option<RenzoQueue>,
        no_instant: &str,
    ) -> Self {
        let instant = match tvl.instant {
            Some(_) => Door::up_to(tvl.instant_capacity()),
            None => Door::Unknown(no_instant.to_owned()),
        };
        let exit = tvl.exit(queue);
        Self::new(id, [NATIVE, ezeth], tvl, [deposits, instant], vec![exit])
    }
}

impl InstantBuffer {
    /// The fee of taking so much out, in basis points; `None` where the buffer does not allow it.
    fn fee_bps(&self, taken: U256) -> Option<U256> {
        let left = self.available.checked_sub(taken)?.checked_sub(self.floor)?;
        let span = self.target.checked_sub(self.floor)?;
        let remaining = mul_div_checked(BPS, left, span)?;
        if remaining > BPS {
            return Some(self.least_fee_bps);
        }
        let more = self.most_fee_bps.checked_sub(self.least_fee_bps)?;
        self.least_fee_bps.checked_add(mul_div_checked(more, BPS - remaining, BPS)?)
    }
}

impl Tvl {
    fn value_of(&self, ezeth: U256) -> Option<U256> {
        mul_div_checked(self.value, ezeth, self.supply)
    }

    fn instant_capacity(&self) -> Capacity {
        let most = self.instant.and_then(|buffer| {
            let room = buffer.available.saturating_sub(buffer.floor);
            most_within(room, self.value, self.supply)
        });
        let (amount, what) = (most.unwrap_or_default(), "Renzo's buffer above its floor");
        Capacity::Limited { amount, what, refill_per_block: None }
    }

    fn exit(&self, queue: Option<RenzoQueue>) -> Exit {
        let rate = ExitRate { out: self.value, units: self.supply };
        let (expected_wait, capacity) = match queue {
            Some(q) => Wait::covered(q.cooldown_s, q.available, rate, BEHIND),
            None => (Wait::Unknown(NO_QUEUE.into()), Capacity::Unlimited),
        };
        Exit {
            name: "Renzo withdrawal queue",
            to: 0,
            rule: RateRule::MinRequestSettle,
            rate,
            fee: ExitFee::None,
            least: Bound::None,
            most: Bound::None,
            capacity,
            least_wait: Wait::told(queue.map(|q| U256::from(q.cooldown_s)), NO_QUEUE),
            expected_wait,
            ticket: Ticket::Bound,
        }
    }
}

impl Form for Tvl {
    const REFUSES_NOTHING: bool = true;

    fn issued(&self, amount: U256) -> Option<U256> {
        if self.value.is_zero() || self.supply.is_zero() {
            return Some(amount);
        }
        mul_div_checked(self.supply, amount, self.value)
    }

    fn issue(&mut self, amount: U256, out: U256) -> Option<()> {
        self.value = self.value.checked_add(amount)?;
        self.supply = self.supply.checked_add(out)?;
        Some(())
    }

    fn issue_rate(&self) -> f64 {
        let none = self.value.is_zero() || self.supply.is_zero();
        if none { 1.0 } else { to_f64(self.supply) / to_f64(self.value) }
    }

    fn redeemed(&self, amount: U256) -> Option<U256> {
        let taken = self.value_of(amount)?;
        let fee_bps = self.instant?.fee_bps(taken)?;
        taken.checked_sub(mul_div_checked(taken, fee_bps, BPS)?)
    }

    fn redeem(&mut self, amount: U256, _out: U256) -> Option<()> {
        let taken = self.value_of(amount)?;
        let buffer = self.instant.as_mut()?;
        buffer.available = buffer.available.checked_sub(taken)?;
        self.value = self.value.checked_sub(taken)?;
        self.supply = self.supply.checked_sub(amount)?;
        Some(())
    }

    fn settle(&self, [_, instant]: &mut [Door; 2]) {
        instant.limit(self.instant_capacity());
    }

    /// The fee grows in steps of a basis point with what is taken; a basis point less than the straight
    /// line through them makes a concave curve that no redemption is above.
    fn redeem_gain(&self, cap: f64) -> Option<Gain> {
        const SAMPLES: u32 = 32;
        let buffer = self.instant?;
        let rate = to_f64(self.value) / to_f64(self.supply);
        let [available, floor, target] =
            [buffer.available, buffer.floor, buffer.target].map(to_f64);
        let [least, most] = [buffer.least_fee_bps, buffer.most_fee_bps].map(to_f64);
        let kept = |taken: f64| {
            let left = ((available - taken - floor) / (target - floor)).clamp(0.0, 1.0);
            1.0 - (least + (most - least) * (1.0 - left) - 1.0).max(0.0) / 1e4
        };
        let sample = |i: u32| {
            let given = cap * f64::from(i) / f64::from(SAMPLES);
            (given, given * rate * kept(given * rate))
        };
        let samples: Vec<(f64, f64)> = (1..=SAMPLES).map(sample).collect();
        Gain::above(rate * kept(0.0), &samples, 1.0)
    }

    fn backing(&self) -> (U256, U256) {
        (self.value, self.supply)
    }

    fn step(&self, issues: bool) -> Step {
        if issues {
            // The value is a sum over all operators and their strategies.
            Step { kind: LegKind::Stake, gas: 700_000, approves: false }
        } else {
            Step { kind: LegKind::Redeem, gas: 1_800_000, approves: true }
        }
    }

    fn encode(&self, trade: &Trade, tokens: &[Address; 2]) -> Encoded {
        let amount = trade.swap.amount;
        match (trade.swap.from, self.instant) {
            (0, _) => Encoded::one(Call::new(self.manager, amount, &depositETHCall {})),
            (_, Some(InstantBuffer { withdrawer, .. })) => {
                let call = withdrawCall {
                    ezEthAmount: amount,
                    redeemToken: NATIVE,
                    minOut: trade.min_out,
                };
                Encoded::one(Call::new(withdrawer, U256::ZERO, &call))
                    .allowing(tokens[1], withdrawer, amount)
            }
            (_, None) => Encoded::nothing(),
        }
    }
}
