//! What orders get at clearing prices.

use super::{Batch, BatchOrder, Fill, Kind, Settlement};
use crate::route::Flow;

/// Share of a rate that rounding may take.
pub(super) const ROUNDING: f64 = 1e-12;

/// Share of what an order buys that it may lack of what it gets alone: routes are no more exact.
const EXACT: f64 = 1e-9;

/// An order, and how much of it is filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Taken {
    pub(super) order: usize,
    /// The share of its amount.
    pub(super) share: f64,
}

/// A settlement, and what each of its orders gets.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) settlement: Settlement,
    /// In the order of the settlement's orders.
    pub(super) fills: Vec<Fill>,
    /// Pools of the network that its legs use.
    pub(super) pools: Vec<usize>,
    /// The share of each of its orders that is filled.
    pub(super) shares: Vec<f64>,
}

impl Settled {
    pub(super) fn net(&self) -> f64 {
        self.settlement.net()
    }
}

impl Taken {
    pub(super) fn whole(order: usize) -> Self {
        Self { order, share: 1.0 }
    }

    /// Units sold and bought where one unit sold buys `rate`.
    pub(super) fn amounts(&self, order: &BatchOrder, rate: f64) -> (f64, f64) {
        let amount = order.amount * self.share;
        match order.kind {
            Kind::Sell => (amount, amount * rate),
            Kind::Buy => (amount / rate, amount),
        }
    }
}

/// Units of one node that orders sell, and that they buy.
#[derive(Debug, Clone, Copy)]
struct Traded {
    node: usize,
    sold: f64,
    bought: f64,
}

/// Settles orders at prices that `price` tells, through legs that balance them; `None` where a limit
/// is not met.
pub(super) fn settled(
    batch: &Batch<'_>,
    taken: &[Taken],
    price: impl Fn(usize) -> f64,
    legs: Vec<Flow>,
    alone: &[f64],
) -> Option<Settled> {
    let fill = |one: &Taken| {
        let order = &batch.orders[one.order];
        let rate = price(order.sell) / price(order.buy);
        let fill = filled(one, order, rate, batch.values[order.buy])?;
        Some(Fill { alone: alone[one.order], ..fill })
    };
    let mut fills: Vec<Fill> = taken.iter().map(fill).collect::<Option<_>>()?;
    let traded = matched(batch, taken, &mut fills);
    let edges = batch.network.edges();
    let gas: f64 = legs.iter().map(|leg| edges[leg.edge].gas).sum::<f64>()
        + taken.iter().map(|one| batch.orders[one.order].gas).sum::<f64>();
    let mut pools: Vec<usize> = legs.iter().map(|leg| edges[leg.edge].pool).collect();
    pools.sort_unstable();
    let settlement = Settlement {
        orders: taken.iter().map(|one| one.order).collect(),
        prices: traded.iter().map(|traded| (traded.node, price(traded.node))).collect(),
        surplus: fills.iter().map(|fill| fill.value).sum::<f64>() + 0.0,
        gas: (gas + 0.0) * batch.gas_price,
        legs,
    };
    let shares = taken.iter().map(|one| one.share).collect();
    Some(Settled { settlement, fills, pools, shares })
}

/// What an order gets at a rate, what it buys being worth `value` a unit; `None` below its limit.
fn filled(one: &Taken, order: &BatchOrder, rate: f64, value: f64) -> Option<Fill> {
    if !rate.is_finite() || rate < order.limit * (1.0 - ROUNDING) {
        return None;
    }
    let (sold, bought) = one.amounts(order, rate);
    // A rate at the limit may be a digit below.
    let over = (bought - order.limit * sold).max(0.0);
    let surplus = if order.kind == Kind::Sell { over } else { over / order.limit };
    Some(Fill { sold, bought, surplus, value: over * value, ..Fill::default() })
}

/// Tells every fill how much of it other orders take; returns what is traded of each node.
fn matched(batch: &Batch<'_>, taken: &[Taken], fills: &mut [Fill]) -> Vec<Traded> {
    let mut traded: Vec<Traded> = Vec::new();
    for (fill, one) in fills.iter().zip(taken) {
        let order = &batch.orders[one.order];
        for (node, sold, bought) in [(order.sell, fill.sold, 0.0), (order.buy, 0.0, fill.bought)] {
            match traded.iter_mut().find(|traded| traded.node == node) {
                Some(traded) => {
                    traded.sold += sold;
                    traded.bought += bought;
                }
                None => traded.push(Traded { node, sold, bought }),
            }
        }
    }
    for (fill, one) in fills.iter_mut().zip(taken) {
        let node = batch.orders[one.order].sell;
        if let Some(traded) = traded.iter().find(|traded| traded.node == node) {
            fill.matched = fill.sold * (traded.bought / traded.sold).min(1.0);
        }
    }
    traded
}

/// Whether every one of `orders` gets what it is owed: no less than alone, and something where it is
/// filled alone.
pub(super) fn is_fair(
    batch: &Batch<'_>,
    settled: &Settled,
    orders: &[usize],
    alone: &[f64],
) -> bool {
    orders.iter().filter(|order| alone[**order] > 0.0).all(|order| {
        let at = settled.settlement.orders.iter().position(|other| other == order);
        at.map(|at| settled.fills[at]).is_some_and(|fill| {
            let rounding = EXACT * fill.bought * batch.values[batch.orders[*order].buy];
            fill.value + rounding >= alone[*order]
        })
    })
}
