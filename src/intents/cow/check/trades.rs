//! Whether orders are filled as the driver and the settlement contract fill them.

use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};

use super::{
    super::wire::{Class, Fulfillment, Kind, Order, Solution, Trade},
    Checker, Reason, ratio,
};

/// An order with what it gives and gets.
#[derive(Debug)]
pub(super) struct Filled<'a> {
    pub(super) order: &'a Order,
    /// All that it gives, the fee included.
    pub(super) paid: U256,
    pub(super) got: U256,
    pub(super) fee: U256,
}

impl<'a> Checker<'a> {
    pub(super) fn trades(&self, solution: &Solution) -> Result<Vec<Filled<'a>>, Reason> {
        let mut seen = BTreeSet::new();
        let filled = |trade: &Trade| {
            let Trade::Fulfillment(trade) = trade else { return Err(Reason::Jit) };
            if !seen.insert(trade.order) {
                return Err(Reason::RepeatedOrder(trade.order));
            }
            self.filled(solution, trade)
        };
        solution.trades.iter().map(filled).collect()
    }

    fn filled(&self, solution: &Solution, trade: &Fulfillment) -> Result<Filled<'a>, Reason> {
        let order = *self.orders.get(&trade.order).ok_or(Reason::UnknownOrder(trade.order))?;
        // The fee is there if and only if the solver decides it.
        if trade.fee.is_some() != (order.class == Class::Limit) {
            return Err(Reason::Fee(order.uid));
        }
        let (executed, fee) = (trade.executed_amount.0, trade.fee.unwrap_or_default().0);
        amount_fits(order, executed, fee)?;
        let sell = self.clearing(solution, order.sell_token)?;
        let buy = self.clearing(solution, order.buy_token)?;
        let (sold, got) = match order.kind {
            // In the order's favour, as the settlement contract rounds.
            Kind::Sell => (executed, narrow(executed, sell, buy, true)?),
            Kind::Buy => (narrow(executed, buy, sell, false)?, executed),
        };
        let paid = sold.checked_add(fee).ok_or(Reason::Overflow)?;
        let filled = Filled { order, paid, got, fee };
        self.surplus(&filled)?;
        Ok(filled)
    }

    fn clearing(&self, solution: &Solution, token: Address) -> Result<U256, Reason> {
        let token = self.settled(token);
        let price = solution.prices.get(&token).ok_or(Reason::MissingPrice(token))?.0;
        if price.is_zero() { Err(Reason::ZeroPrice(token)) } else { Ok(price) }
    }

    /// What an order gets over its limit, in what it sells where it buys a fixed amount.
    fn surplus(&self, filled: &Filled<'_>) -> Result<U256, Reason> {
        let Filled { order, paid, got, .. } = *filled;
        let (sell, buy) = (order.sell_amount.0, order.buy_amount.0);
        let over = match order.kind {
            Kind::Sell => got.checked_sub(ratio(paid, buy, sell, true)?),
            Kind::Buy => ratio(got, sell, buy, false)?.checked_sub(paid),
        };
        over.ok_or(Reason::Limit { uid: order.uid, paid, got })
    }

    /// `None` where what is bought has no reference price.
    pub(super) fn score(&self, filled: &Filled<'_>) -> Option<U256> {
        let order = filled.order;
        let over = self.surplus(filled).ok()?;
        let bought = match order.kind {
            Kind::Sell => over,
            Kind::Buy => {
                ratio(over, order.full_buy_amount.0, order.full_sell_amount.0, false).ok()?
            }
        };
        self.native(bought, order.buy_token)
    }

    /// What an order gets over its limit, at the price of what that is in.
    pub(super) fn value(&self, filled: &Filled<'_>) -> Option<U256> {
        let token = match filled.order.kind {
            Kind::Sell => filled.order.buy_token,
            Kind::Buy => filled.order.sell_token,
        };
        self.native(self.surplus(filled).ok()?, token)
    }

    fn native(&self, amount: U256, token: Address) -> Option<U256> {
        let base = U256::from(10).pow(U256::from(18));
        ratio(amount, self.price(token)?, base, false).ok()
    }
}

/// All of an order, or of one that may be filled in part at most what it offers.
fn amount_fits(order: &Order, executed: U256, fee: U256) -> Result<(), Reason> {
    let (filled, available) = match order.kind {
        Kind::Sell => (executed.checked_add(fee).ok_or(Reason::Overflow)?, order.sell_amount.0),
        Kind::Buy => (executed, order.buy_amount.0),
    };
    let fits = if order.partially_fillable { filled <= available } else { filled == available };
    if fits && !executed.is_zero() {
        return Ok(());
    }
    Err(Reason::ExecutedAmount { uid: order.uid, filled, available })
}

/// `a * b / d` in 256 bits: the driver and the contract have no more.
fn narrow(a: U256, b: U256, d: U256, up: bool) -> Result<U256, Reason> {
    let product = a.checked_mul(b).ok_or(Reason::Overflow)?;
    let quotient = if up { product.div_ceil(d) } else { product / d };
    Ok(quotient)
}
