//! What gas costs in a token, and what an order's surplus is worth: as the driver computes it.

use alloy_primitives::{Address, U256, U512, uint};
use tenor_solver::amount::to_f64;

use super::{
    market::Market,
    path,
    plan::Plan,
    wire::{Auction, Class, Kind, Order},
};

uint! {
    /// Reference prices are of so many units.
    const BASE: U256 = 1_000_000_000_000_000_000_U256;
}

/// The most that is given when a price is estimated: more than any pair holds, and its products with
/// what a pair holds still fit.
const MOST_BITS: usize = 144;

/// Gas of a settlement beside its swaps: the driver's own solver's offset (`SETTLEMENT_OVERHEAD`).
pub const SETTLEMENT_GAS: u64 = 106_391;

/// Gas of each further order of a settlement: its trade, and a transfer in and out.
pub const ORDER_GAS: u64 = 99_026;

/// The reference price of a token, where the auction has one.
pub fn reference(auction: &Auction, market: &Market, token: Address) -> Option<U256> {
    let settled = super::market::settled_in(token, market.native);
    let told = |token: &Address| auction.tokens.get(token)?.reference_price.map(|price| price.0);
    let told = told(&token).or_else(|| told(&settled)).filter(|price| !price.is_zero());
    told.or_else(|| (settled == market.native.wrapped).then_some(BASE))
}

/// The price of what an order sells, for its fee. Where the auction tells none, the price at which it
/// buys some of the native token through the auction's own liquidity; where there is none of that either,
/// no fee can be counted: a price beyond all others.
pub fn sell_price(auction: &Auction, market: &Market, order: &Order) -> Option<U256> {
    if let Some(price) = reference(auction, market, order.sell_token) {
        return Some(price);
    }
    let wanted = market.native.estimated_with;
    let ends = (market.node(order.sell_token), market.node(market.native.wrapped));
    let (Some(from), Some(to)) = ends else { return Some(U256::MAX) };
    let paths = path::least(market, (from, to), wanted, None);
    let asked = paths.iter().filter_map(|path| {
        let asked = Plan::asked(market, path, wanted)?;
        let enough = Plan::along(market, path, asked)?.output >= wanted;
        (enough && asked.bit_len() <= MOST_BITS).then_some(asked)
    });
    let Some(asked) = asked.min() else { return Some(U256::MAX) };
    // In floats, as the driver's own solver has it.
    let price = 1e18 * (to_f64(wanted) / to_f64(asked));
    (price.is_finite() && price >= 1.0).then(|| U256::saturating_from(price))
}

/// Units of a token at `price` that `gas` costs, rounded down.
pub fn fee(market: &Market, gas: u64, price: U256) -> Option<U256> {
    U256::from(gas).checked_mul(market.gas_price)?.checked_mul(BASE)?.checked_div(price)
}

/// Whether the solver decides the network fee of an order, and so must.
pub fn charges(order: &Order) -> bool {
    order.class == Class::Limit
}

/// What an order gets over its limit, the fee paid, in units of what it buys where it sells a fixed
/// amount, of what it sells where it buys one. `paid` and `got` are all that it gives and gets. `None`
/// where that is less than its limit.
pub fn surplus(order: &Order, paid: U256, got: U256) -> Option<U256> {
    let (sell, buy) = (order.sell_amount.0, order.buy_amount.0);
    match order.kind {
        Kind::Sell => got.checked_sub(wide(paid, buy, sell, true)?),
        Kind::Buy => wide(got, sell, buy, false)?.checked_sub(paid),
    }
}

/// The score of a surplus in wei of the native token (CIP-38, and CIP-65 for what buys a fixed amount):
/// at the reference price of what is bought. `None` without one.
pub fn score(auction: &Auction, market: &Market, order: &Order, surplus: U256) -> Option<U256> {
    let price = reference(auction, market, order.buy_token)?;
    let in_bought = match order.kind {
        Kind::Sell => surplus,
        Kind::Buy => wide(surplus, order.full_buy_amount.0, order.full_sell_amount.0, false)?,
    };
    wide(in_bought, price, BASE, false)
}

/// `a * b / d` with a wide product.
pub fn wide(a: U256, b: U256, d: U256, up: bool) -> Option<U256> {
    if d.is_zero() {
        return None;
    }
    let (product, d): (U512, U512) = (a.widening_mul(b), U512::from(d));
    let quotient = if up { product.div_ceil(d) } else { product / d };
    U256::checked_from_limbs_slice(quotient.as_limbs())
}
