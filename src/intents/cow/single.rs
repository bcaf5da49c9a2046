//! One order by itself: from a plan to a solution.

use std::collections::BTreeMap;

use alloy_primitives::U256;

use super::{
    encode::{Encoder, wrappers},
    fees::{self, charges},
    market::{Market, settled_in},
    plan::Plan,
    wire::{Amount, Auction, Fulfillment, Kind, Order, Solution, Trade},
};

/// A solution of one order, and what it is worth to the order.
#[derive(Debug, Clone)]
pub struct Single {
    /// The solution, not yet named.
    pub solution: Solution,
    /// What the order gets over its limit, in its surplus token.
    pub surplus: U256,
    /// Gas of all of it.
    pub gas: u64,
}

/// What orders are turned into solutions with.
#[derive(Debug, Clone, Copy)]
pub struct Settling<'a> {
    /// The auction.
    pub auction: &'a Auction,
    /// Its market.
    pub market: &'a Market,
    /// How interactions are encoded.
    pub encoder: Encoder<'a>,
}

/// What an order gives and gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Units given, the fee aside.
    pub sold: U256,
    /// Units got.
    pub bought: U256,
    /// Units given as the fee.
    pub fee: U256,
}

impl Settling<'_> {
    /// The solution that fills `order` by `plan`; `None` where that is less than its limit, or leaves
    /// part of an order open that must be filled as a whole.
    pub fn single(&self, order: &Order, plan: &Plan, price: U256) -> Option<Single> {
        let gas = plan.gas.checked_add(fees::SETTLEMENT_GAS)?;
        let fee = if charges(order) { fees::fee(self.market, gas, price)? } else { U256::ZERO };
        let terms = terms(order, plan, fee)?;
        let surplus = surplus(order, &terms)?;
        let ends = (
            settled_in(order.sell_token, self.market.native),
            settled_in(order.buy_token, self.market.native),
        );
        let (wrappers, flashloans) = wrappers(order);
        let solution = Solution {
            id: 0,
            prices: BTreeMap::from([(ends.0, Amount(terms.bought)), (ends.1, Amount(terms.sold))]),
            trades: vec![trade(order, &terms)],
            pre_interactions: Vec::new(),
            interactions: self.encoder.interactions(&plan.legs)?,
            post_interactions: Vec::new(),
            gas: Some(gas),
            flashloans,
            wrappers,
        };
        Some(Single { solution, surplus, gas })
    }
}

/// What an order gives and gets where a plan trades for it. The fee of a sell order is part of what it
/// offers: what its trade brings is given in the share of its input that the fee leaves.
fn terms(order: &Order, plan: &Plan, fee: U256) -> Option<Terms> {
    match order.kind {
        Kind::Sell => {
            let paid = plan.input.checked_add(fee)?.min(order.sell_amount.0);
            let sold = paid.checked_sub(fee).filter(|sold| !sold.is_zero())?;
            let bought = fees::wide(sold, plan.output, plan.input, false)?;
            Some(Terms { sold, bought, fee })
        }
        Kind::Buy => {
            let bought = plan.output.min(order.buy_amount.0);
            Some(Terms { sold: plan.input, bought, fee })
        }
    }
    .filter(|terms| !terms.bought.is_zero() && whole(order, terms))
}

/// Whether as much is filled as the order allows.
fn whole(order: &Order, terms: &Terms) -> bool {
    let (filled, full) = match order.kind {
        Kind::Sell => (terms.sold.saturating_add(terms.fee), order.sell_amount.0),
        Kind::Buy => (terms.bought, order.buy_amount.0),
    };
    if order.partially_fillable { filled <= full } else { filled == full }
}

/// What terms are over an order's limit.
pub fn surplus(order: &Order, terms: &Terms) -> Option<U256> {
    fees::surplus(order, terms.sold.checked_add(terms.fee)?, terms.bought)
}

/// The trade of these terms.
pub fn trade(order: &Order, terms: &Terms) -> Trade {
    let executed = match order.kind {
        Kind::Sell => terms.sold,
        Kind::Buy => terms.bought,
    };
    Trade::Fulfillment(Fulfillment {
        order: order.uid,
        executed_amount: Amount(executed),
        fee: charges(order).then_some(Amount(terms.fee)),
    })
}
