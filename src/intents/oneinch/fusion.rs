//! Fusion: orders whose amounts 1inch's settlement contract computes, and whose payment it divides.

use alloy_primitives::{Address, U256};
use tenor_solver::amount::{mul_div, mul_div_up};

use super::{
    auction::{self, Auction},
    extension::{Extension, ExtensionError, target},
    fees::{Payout, Rates, Settled},
    order::Order,
    price::Taking,
    reader::Reader,
    refusal::Refusal,
    traits::{Half, MakerTraits, half},
};

/// The settlement contracts of 1inch's own deployments, by chain: fusion-protocol, `deployments`.
pub const SETTLEMENTS: [(u64, Address); 1] =
    [(1, alloy_primitives::address!("2Ad5004c60e16E54d5007C80CE329Adde5B51Ef5"))];

/// What the settlement contract is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fusion {
    /// The contract.
    pub settlement: Address,
    /// The price over time.
    pub auction: Auction,
    /// Fees on top of it.
    pub rates: Rates,
    /// Who pays the lower one.
    pub whitelist: Vec<Half>,
    /// What happens at the end; `None` where the contract is not called then.
    pub settled: Option<Settled>,
}

impl Fusion {
    /// Reads an extension whose getters are the settlement's.
    pub fn read(
        settlement: Address,
        extension: &Extension,
        traits: &MakerTraits,
    ) -> Result<Self, Refusal> {
        if extension.making_amount != extension.taking_amount {
            return Err(ExtensionError::GettersDiffer.into());
        }
        let mut reader = Reader::new(&extension.taking_amount, "the getter's data");
        reader.address()?;
        let auction = Auction::read(&mut reader)?;
        let rates = Rates::read(&mut reader)?;
        let count = reader.u8()?;
        let whitelist =
            (0..count).map(|_| reader.bytes::<10>().map(Half::from)).collect::<Result<_, _>>()?;
        // What is left may name another getter, which then says the amount that all this is on top of.
        if let Some((getter, _)) = target(reader.rest()) {
            return Err(Refusal::UnknownGetter(getter));
        }
        let settled = traits
            .post_interaction
            .then(|| Self::settled(settlement, &extension.post_interaction))
            .transpose()?;
        Ok(Self { settlement, auction, rates, whitelist, settled })
    }

    fn settled(settlement: Address, data: &[u8]) -> Result<Settled, Refusal> {
        let unknown = |target| Refusal::UnknownInteraction { when: "post-interaction", target };
        let Some((called, data)) = target(data) else { return Err(unknown(None)) };
        if called != settlement {
            return Err(unknown(Some(called)));
        }
        let settled = Settled::read(data)?;
        match target(&settled.chained) {
            Some((chained, _)) => Err(unknown(Some(chained))),
            None => Ok(settled),
        }
    }

    fn discounted(&self, taker: Address) -> bool {
        self.whitelist.contains(&half(taker))
    }

    /// What the maker gets for a part, rounded up three times.
    pub fn taking(&self, order: &Order, making: U256, by: &Taking) -> Option<U256> {
        let base = mul_div_up(order.takingAmount, making, order.makingAmount)?;
        let with_fees = self.rates.on_top(base, self.discounted(by.taker))?;
        mul_div_up(with_fees, self.bumped(by), U256::from(auction::WHOLE))
    }

    /// What the maker gives for a payment, rounded down three times.
    pub fn making(&self, order: &Order, taking: U256, by: &Taking) -> Option<U256> {
        let base = mul_div(order.makingAmount, taking, order.takingAmount)?;
        let without_fees = self.rates.out_of(base, self.discounted(by.taker))?;
        mul_div(without_fees, U256::from(auction::WHOLE), self.bumped(by))
    }

    fn bumped(&self, by: &Taking) -> U256 {
        U256::from(auction::WHOLE) + U256::from(self.auction.bump(by.now, by.base_fee))
    }

    /// Whether the taker may fill now. Whom the whitelist does not name may at the very end, if they hold
    /// the settlement's access token.
    pub fn turn(&self, by: &Taking, access: bool) -> Result<(), Refusal> {
        let Some(settled) = &self.settled else { return Ok(()) };
        let (listed, from) = settled.turn(by.taker);
        if !listed && !access {
            return Err(Refusal::NotAResolver(by.taker));
        }
        if by.now < from {
            return Err(Refusal::NotYetAllowed { taker: by.taker, from, now: by.now });
        }
        Ok(())
    }

    /// How a payment is divided: by the contract where the order pays it, and otherwise not at all.
    pub fn payout(
        &self,
        order: &Order,
        (making, taking): (U256, U256),
        taker: Address,
    ) -> Result<Payout, Refusal> {
        let direct = order.receiver != self.settlement;
        let Some(settled) = &self.settled else { return Ok(order.all_to_receiver(taking)) };
        if settled.estimated < order.takingAmount {
            return Err(Refusal::EstimateTooLow);
        }
        let listed = settled.turn(taker).0;
        let parts = (making, order.makingAmount);
        let payout = settled.payout(order.maker, listed, parts, taking).ok_or(Refusal::Overflow)?;
        if !direct {
            return Ok(payout);
        }
        if payout.integrator.is_zero() && payout.protocol.is_zero() {
            return Ok(order.all_to_receiver(taking));
        }
        Err(Refusal::FeesUnpaid { settlement: self.settlement })
    }
}

/// The highest priority fee (wei a unit of gas) with which the settlement of Ethereum lets a fill through,
/// at a base fee: `Settlement._isPriorityFeeValid`.
pub const fn highest_priority_fee(base_fee: u64) -> u64 {
    let percent = match base_fee {
        0..10_600_000_000 => 70,
        10_600_000_000..=104_100_000_000 => 50,
        _ => 65,
    };
    // Below 2^64: the share is less than a whole, in parts that do not overflow.
    base_fee / 100 * percent + base_fee % 100 * percent / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_fees_are_capped_by_the_base_fee() {
        assert_eq!(highest_priority_fee(10_000_000_000), 7_000_000_000);
        assert_eq!(highest_priority_fee(10_600_000_000), 5_300_000_000);
        assert_eq!(highest_priority_fee(104_100_000_000), 52_050_000_000);
        assert_eq!(highest_priority_fee(200_000_000_000), 130_000_000_000);
        assert_eq!(highest_priority_fee(u64::MAX), 11_990_383_647_911_208_549);
    }
}
