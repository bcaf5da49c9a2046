//! The verifier of bounds: what no route can exceed, from prices that nobody has to trust.
//!
//! Give every node a positive price `nu` and sell the order into the market at those prices. Each
//! direction of each pool is then worth at most its own best trade, and the whole no more than
//!
//! ```text
//! nu_sold * amount  +  sum over directions of max(0, best - cost * nu_wanted)
//!     where best = the largest nu_to * out(a) - nu_from * a over 0 <= a <= cap
//! ```
//!
//! divided by `nu_wanted`. Proof: a route holds no less than nothing of any node, so multiply what
//! comes in and goes out of each node by its price and add; every pool's part is at most its best.
//! Bad prices make the bound loose, never false. Pools round against the trader, so what holds for
//! real gains holds for the chain's integers.
//!
//! The figure returned is never below the exact value of that formula for the floats given:
//!
//! - every operation is rounded to the safe side, as `round.rs` says, and none but `+ - * /`,
//!   `sqrt` and one fused multiply-add is trusted;
//! - a constant product has a closed form; so has its cap, for a cap is never worth more than its
//!   shadow price: `best(nu_from, cap) <= best(p, none) + (p - nu_from) * cap` for every
//!   `p >= nu_from`, so the guess of `p` need not be right;
//! - any other curve lies under a line, as `tangent.rs` says, wherever that line touches.
//!
//! Nothing here is shared with the search that finds prices and routes: [`Gain`] is read for its
//! figures alone.

mod batch;
mod profit;
mod round;
mod tangent;

use crate::{
    route::{Network, Order},
    venues::Gain,
};
use round::{Sum, below, up};

pub use self::batch::batch_bound;

/// One direction of one pool, as the verifier sees it.
#[derive(Debug, Clone, Copy)]
pub struct Direction<'a> {
    /// The node given.
    pub from: usize,
    /// The node wanted.
    pub to: usize,
    /// Units wanted for units given.
    pub gain: &'a Gain,
    /// The most units given; infinite where there is no limit. Holds beside the gain's own cap.
    pub cap: f64,
    /// Units of the node wanted of the order that using the direction at all costs.
    pub cost: f64,
}

/// Why figures prove nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CertifyError {
    /// There is not one price for each node.
    #[error("{given} prices for {nodes} nodes")]
    Prices {
        /// Prices given.
        given: usize,
        /// Nodes there are.
        nodes: usize,
    },
    /// A price that is not a number between 1e-200 and 1e200.
    #[error("the price of node {node} is {value}: it must lie between 1e-200 and 1e200")]
    Price {
        /// The node.
        node: usize,
        /// Its price.
        value: f64,
    },
    /// A node without a price.
    #[error("node {node} has no price: there are {prices}")]
    Node {
        /// The node named.
        node: usize,
        /// Prices given.
        prices: usize,
    },
    /// A price below the value of what is bought for a fixed amount: nothing bounds such orders.
    #[error("the price of node {node} is {price}, below its value {value}")]
    Cheap {
        /// The node.
        node: usize,
        /// Its price.
        price: f64,
        /// Its value.
        value: f64,
    },
    /// A figure of an order that is not a number, negative or infinite.
    #[error("order: {what} is {value}")]
    Order {
        /// Which figure.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A direction with a figure that no pool can have.
    #[error("direction {direction}: a figure that no pool can have")]
    Figure {
        /// Its position.
        direction: usize,
    },
    /// A direction without a limit that earns on every unit at these prices.
    #[error("direction {direction} has no limit and earns at these prices: they prove nothing")]
    Unbounded {
        /// Its position.
        direction: usize,
    },
    /// The bound is too large for a float.
    #[error("the bound is too large for a float")]
    Overflow,
}

/// What no route can return, net of costs: for real gains, and so for the chain's integers.
///
/// `sold` is the node given and how much of it; prices may have any positive scale. With costs, the
/// routes meant are those that pay a direction's cost if they use it.
pub fn bound<'a>(
    directions: impl IntoIterator<Item = Direction<'a>>,
    sold: (usize, f64),
    wanted: usize,
    prices: &[f64],
) -> Result<f64, CertifyError> {
    let bad = |value: &f64| !(1e-200..=1e200).contains(value);
    if let Some(node) = prices.iter().position(bad) {
        return Err(CertifyError::Price { node, value: prices[node] });
    }
    let price = |node: usize| {
        prices.get(node).copied().ok_or(CertifyError::Node { node, prices: prices.len() })
    };
    let (unit, amount) = (price(wanted)?, figure("amount", sold.1)?);
    let mut total = Sum::new(up(price(sold.0)? * amount));
    for (at, direction) in directions.into_iter().enumerate() {
        let (value, given) = (price(direction.to)?, price(direction.from)?);
        let best = profit::most(at, direction.gain, direction.cap, value, given)?;
        if !(direction.cost >= 0.0 && direction.cost < f64::INFINITY) {
            return Err(CertifyError::Figure { direction: at });
        }
        if best == 0.0 {
            continue;
        }
        let net = if direction.cost > 0.0 { up(best - below(direction.cost * unit)) } else { best };
        if !net.is_finite() {
            return Err(CertifyError::Overflow);
        }
        if net > 0.0 {
            total.add(net);
        }
    }
    let bound = up(total.value() / unit);
    if bound.is_finite() { Ok(bound) } else { Err(CertifyError::Overflow) }
}

/// What no route of `order` through `network` can return, net of gas.
///
/// With gas, the routes meant use each pool in one direction at most, and hold no more of a node
/// than the order's reach; without, any route is meant and reach is not read.
pub fn network_bound(
    network: &Network,
    order: &Order,
    prices: &[f64],
) -> Result<f64, CertifyError> {
    let nodes = network.nodes();
    if prices.len() != nodes {
        return Err(CertifyError::Prices { given: prices.len(), nodes });
    }
    let gas_price = figure("gas price", order.gas_price)?;
    let charged = gas_price > 0.0;
    let directions = network.edges().iter().map(|edge| Direction {
        from: edge.from,
        to: edge.to,
        gain: &edge.gain,
        cap: match order.reach.get(edge.from) {
            Some(&reach) if charged && reach < edge.cap => reach,
            _ => edge.cap,
        },
        cost: if charged { below(edge.gas * gas_price) } else { 0.0 },
    });
    bound(directions, (order.from, order.amount), order.to, prices)
}

fn figure(what: &'static str, value: f64) -> Result<f64, CertifyError> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(CertifyError::Order { what, value })
    }
}
