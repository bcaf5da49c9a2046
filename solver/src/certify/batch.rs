//! The verifier of batches: what no settlement of several orders can be worth, from prices that
//! nobody has to trust.
//!
//! Give every node a positive price `nu`, in units of value. A pool's direction is worth at most its
//! best trade, as for a single order. An order gives `x` and gets `y`; its surplus is worth
//! `value_bought * (y - limit * x)`, and at these prices it is worth at most
//!
//! ```text
//! selling up to A:  max(0, nu_sold - limit * nu_bought) * A,  where nu_bought >= value_bought
//! buying up to B:   max(0, nu_sold / limit - nu_bought, value_bought - nu_bought) * B
//! ```
//!
//! each less the gas of settling it. Proof: no node gives more than it gets, so multiply what comes
//! and goes by its price and add. A seller's `y` beyond its limit adds `value_bought - nu_bought` for
//! each unit, hence the condition; a buyer pays between nothing and its limit, hence the two cases.
//! An order that is filled as a whole or not at all does no better than one that is filled in part,
//! and orders that share clearing prices do no better than orders that need not: the figure holds for
//! every rule by which a batch may be settled.

use super::{
    CertifyError, figure, profit,
    round::{Sum, below, up},
};
use crate::batch::{Batch, BatchOrder, Kind};

/// What no settlement of `batch` is worth, net of gas, in units of value; never below the exact
/// figure for the floats given.
///
/// `prices` are one for each node, in units of value, and have to be at least the value of what any
/// order that sells a fixed amount buys.
pub fn batch_bound(batch: &Batch<'_>, prices: &[f64]) -> Result<f64, CertifyError> {
    let nodes = batch.network.nodes();
    for given in [prices.len(), batch.values.len()] {
        if given != nodes {
            return Err(CertifyError::Prices { given, nodes });
        }
    }
    for list in [prices, batch.values] {
        let bad = |value: &f64| !(1e-200..=1e200).contains(value);
        if let Some(node) = list.iter().position(bad) {
            return Err(CertifyError::Price { node, value: list[node] });
        }
    }
    let gas_price = figure("gas price", batch.gas_price)?;
    let mut total = Sum::new(0.0);
    let mut add = |best: f64, gas: f64| {
        if best > 0.0 {
            let cost = below(gas * gas_price);
            let net = if cost > 0.0 { up(best - cost) } else { best };
            total.add(net.max(0.0));
        }
    };
    for (at, edge) in batch.network.edges().iter().enumerate() {
        let (value, given) = (prices[edge.to], prices[edge.from]);
        add(profit::most(at, &edge.gain, edge.cap, value, given)?, edge.gas);
    }
    for order in batch.orders {
        add(most(order, batch.values, prices)?, order.gas);
    }
    let bound = total.value();
    if bound.is_finite() { Ok(bound) } else { Err(CertifyError::Overflow) }
}

/// What an order is worth at most at these prices.
fn most(order: &BatchOrder, values: &[f64], prices: &[f64]) -> Result<f64, CertifyError> {
    let end = |node: usize| match (prices.get(node), values.get(node)) {
        (Some(price), Some(value)) => Ok((*price, *value)),
        _ => Err(CertifyError::Node { node, prices: prices.len() }),
    };
    let ((sold, _), (bought, value)) = (end(order.sell)?, end(order.buy)?);
    let (amount, limit) = (figure("amount", order.amount)?, figure("limit", order.limit)?);
    let margin = match order.kind {
        Kind::Sell if bought < value => {
            return Err(CertifyError::Cheap { node: order.buy, price: bought, value });
        }
        // Rounded once.
        Kind::Sell => up((-limit).mul_add(bought, sold)),
        Kind::Buy => up(up(sold / limit).max(value) - bought),
    };
    Ok(if margin > 0.0 { up(margin * amount) } else { 0.0 })
}
