//! What a part of an order costs.

use alloy_primitives::{Address, U256};

use super::{
    extension::{Extension, target},
    fees::Payout,
    fusion::Fusion,
    order::Order,
    refusal::Refusal,
    traits::MakerTraits,
};

/// Who fills, and in which block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taking {
    /// The account that calls the router.
    pub taker: Address,
    /// The block's unix second.
    pub now: u64,
    /// The block's base fee, in wei.
    pub base_fee: u64,
}

/// How amounts are computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Price {
    /// In the order's own proportion.
    Linear,
    /// By Fusion's settlement contract.
    Fusion(Box<Fusion>),
}

impl Price {
    /// How an order's amounts are computed, where the contract that does it is one of `settlements`.
    pub fn of(
        extension: &Extension,
        traits: &MakerTraits,
        settlements: &[Address],
    ) -> Result<Self, Refusal> {
        let getters = [&extension.making_amount, &extension.taking_amount];
        if getters.iter().all(|data| data.is_empty()) {
            return Ok(Self::Linear);
        }
        for data in getters.into_iter().filter(|data| !data.is_empty()) {
            let getter = target(data).map(|(getter, _)| getter).unwrap_or_default();
            if !settlements.contains(&getter) {
                return Err(Refusal::UnknownGetter(getter));
            }
        }
        let settlement = target(&extension.taking_amount).or(target(&extension.making_amount));
        let settlement = settlement.map(|(settlement, _)| settlement).unwrap_or_default();
        Ok(Self::Fusion(Box::new(Fusion::read(settlement, extension, traits)?)))
    }

    /// What the maker gets for a part, fees included, rounded up; `None` where the contract overflows.
    pub fn taking(&self, order: &Order, making: U256, by: &Taking) -> Option<U256> {
        match self {
            // `AmountCalculatorLib`: products of 256 bits, where Fusion has wider ones.
            Self::Linear => making
                .checked_mul(order.takingAmount)?
                .checked_add(order.makingAmount)?
                .checked_sub(U256::ONE)?
                .checked_div(order.makingAmount),
            Self::Fusion(fusion) => fusion.taking(order, making, by),
        }
    }

    /// What the maker gives for a payment, rounded down; `None` where the contract overflows.
    pub fn making(&self, order: &Order, taking: U256, by: &Taking) -> Option<U256> {
        match self {
            Self::Linear => taking.checked_mul(order.makingAmount)?.checked_div(order.takingAmount),
            Self::Fusion(fusion) => fusion.making(order, taking, by),
        }
    }

    /// How a payment is divided.
    pub fn payout(
        &self,
        order: &Order,
        amounts: (U256, U256),
        taker: Address,
    ) -> Result<Payout, Refusal> {
        match self {
            Self::Linear => Ok(order.all_to_receiver(amounts.1)),
            Self::Fusion(fusion) => fusion.payout(order, amounts, taker),
        }
    }
}

impl Order {
    /// A payment that goes whole to whom the order names, or its maker.
    pub(super) fn all_to_receiver(&self, amount: U256) -> Payout {
        let receiver = if self.receiver.is_zero() { self.maker } else { self.receiver };
        Payout { receiver, amount, integrator: U256::ZERO, protocol: U256::ZERO }
    }
}
