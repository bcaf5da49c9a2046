//! Batches by hand and by chance, and what a cleared batch says of itself.

use std::fmt;

use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestCaseError};
use tenor_solver::{
    batch::{Batch, BatchOrder, Cleared, Kind, Settlement, clear},
    certify::batch_bound,
    route::{Network, NetworkEdge},
    venues::Gain,
};

use crate::networks::{Instance, plain_instances};

/// Share of what is traded that floats may round away.
pub(super) const ROUNDING: f64 = 1e-9;

/// A market, what its nodes are worth, and orders on it.
pub(super) struct Drawn {
    pub(super) network: Network,
    pub(super) values: Vec<f64>,
    pub(super) orders: Vec<BatchOrder>,
    pub(super) gas_price: f64,
}

/// One line for each edge and order: a batch that fails a law is read by people.
impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.network.edges().iter().try_for_each(|edge| writeln!(f, "{edge:?}"))?;
        self.orders.iter().try_for_each(|order| writeln!(f, "{order:?}"))?;
        write!(f, "values {:?}, gas price {:e}", self.values, self.gas_price)
    }
}

impl Drawn {
    pub(super) fn batch(&self) -> Batch<'_> {
        let Self { network, values, orders, gas_price } = self;
        Batch { network, orders, values, gas_price: *gas_price }
    }

    /// What becomes of the orders, checked.
    pub(super) fn cleared(&self) -> Result<Cleared, TestCaseError> {
        let cleared = clear(&self.batch(), None).map_err(|e| TestCaseError::fail(e.to_string()))?;
        sound(&self.batch(), &cleared)?;
        Ok(cleared)
    }
}

/// A sell order that is filled as a whole or not at all.
pub(super) fn sell((from, to): (usize, usize), amount: f64, limit: f64) -> BatchOrder {
    let kind = Kind::Sell;
    BatchOrder { sell: from, buy: to, kind, amount, limit, partial: false, gas: 0.0 }
}

/// The same that buys a fixed amount.
pub(super) fn buy(ends: (usize, usize), amount: f64, limit: f64) -> BatchOrder {
    BatchOrder { kind: Kind::Buy, ..sell(ends, amount, limit) }
}

/// The same order where a part may be filled.
pub(super) fn partly(order: &BatchOrder) -> BatchOrder {
    BatchOrder { partial: true, ..order.clone() }
}

/// Both directions of a constant-product pool.
pub(super) fn pool(pool: usize, (i, j): (usize, usize), x: f64, y: f64) -> [NetworkEdge; 2] {
    [(i, j, x, y), (j, i, y, x)].map(|(from, to, x, y)| {
        let gain = Gain::ConstantProduct { x, y, keep: 0.997 };
        NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas: 1e5 }
    })
}

/// A batch on a market of pools, everything worth one.
pub(super) fn drawn(nodes: usize, pools: &[[NetworkEdge; 2]], orders: Vec<BatchOrder>) -> Drawn {
    let network = Network::new(nodes, pools.concat()).unwrap();
    Drawn { network, values: vec![1.0; nodes], orders, gas_price: 0.0 }
}

/// What chance decides about an order.
#[derive(Debug, Clone)]
struct Draw {
    ends: (Index, Index),
    buys: bool,
    partial: bool,
    /// Value, in decimal digits.
    digits: f64,
    /// By how much worse than fair the limit is.
    room: f64,
    gas: f64,
}

fn draw() -> impl Strategy<Value = Draw> {
    let room = prop_oneof![4 => 0.0..0.1f64, 1 => -0.01..0.0f64, 1 => 0.1..2.0f64];
    let gas = prop_oneof![Just(0.0), 3e4..1e5f64];
    (any::<(Index, Index)>(), any::<bool>(), any::<bool>(), -1.0..2.5f64, room, gas).prop_map(
        |(ends, buys, partial, digits, room, gas)| Draw { ends, buys, partial, digits, room, gas },
    )
}

impl Draw {
    fn order(&self, values: &[f64]) -> BatchOrder {
        let sell = self.ends.0.index(values.len());
        let buy = (sell + 1 + self.ends.1.index(values.len() - 1)) % values.len();
        let (kind, of) = if self.buys { (Kind::Buy, buy) } else { (Kind::Sell, sell) };
        BatchOrder {
            sell,
            buy,
            kind,
            amount: 10f64.powf(self.digits) / values[of],
            limit: values[sell] / values[buy] * (-self.room).exp(),
            partial: self.partial,
            gas: self.gas,
        }
    }
}

/// Orders on random markets, up to `most` of them, gas from nothing to much.
pub(super) fn batches(most: usize) -> impl Strategy<Value = Drawn> {
    let gas = prop_oneof![2 => Just(0.0), 5 => (-9.0..-5.0f64).prop_map(|d| 10f64.powf(d))];
    let narrow = any::<bool>();
    (plain_instances(), vec(draw(), 1..=most), gas, narrow).prop_map(
        |(Instance { network, prices, .. }, draws, gas_price, narrow)| {
            // Few nodes make orders meet.
            let nodes = if narrow { prices.len().min(3) } else { prices.len() };
            let orders = draws.iter().map(|draw| draw.order(&prices[..nodes])).collect();
            Drawn { network, values: prices, orders, gas_price }
        },
    )
}

/// Checks a cleared batch against its own documentation.
pub(super) fn sound(batch: &Batch<'_>, cleared: &Cleared) -> Result<(), TestCaseError> {
    let (mut orders, mut pools) = (Vec::new(), Vec::new());
    let mut total = 0.0;
    for settlement in &cleared.settlements {
        balanced(batch, cleared, settlement)?;
        for leg in &settlement.legs {
            let pool = batch.network.edges()[leg.edge].pool;
            prop_assert!(!pools.contains(&pool), "pool {pool} is used twice");
            pools.push(pool);
        }
        for order in &settlement.orders {
            prop_assert!(!orders.contains(order), "order {order} is settled twice");
            orders.push(*order);
        }
        let surplus: f64 = settlement.orders.iter().map(|at| cleared.fills[*at].value).sum();
        prop_assert!((surplus - settlement.surplus).abs() <= 1e-12 * surplus, "{surplus}");
        prop_assert!(settlement.net() > 0.0, "a settlement that costs more than it is worth");
        total += settlement.net();
    }
    for (at, fill) in cleared.fills.iter().enumerate().filter(|(at, _)| !orders.contains(at)) {
        prop_assert!(fill.sold == 0.0 && fill.bought == 0.0, "order {at} is in no settlement");
    }
    let proof = &cleared.proof;
    prop_assert!((proof.net - total).abs() <= 1e-12 * total, "{} is not {total}", proof.net);
    let bound = batch_bound(batch, &proof.prices).unwrap();
    prop_assert!(bound.is_finite() && proof.bound >= bound, "{} below {bound}", proof.bound);
    let gap = proof.check(batch).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(gap >= 0.0);
    Ok(())
}

/// Checks one settlement: limits, uniform prices, and that nothing is made.
fn balanced(
    batch: &Batch<'_>,
    cleared: &Cleared,
    settlement: &Settlement,
) -> Result<(), TestCaseError> {
    let nodes = batch.network.nodes();
    let price = |node: usize| {
        let found = settlement.prices.iter().find(|(n, _)| *n == node);
        found
            .map(|(_, price)| *price)
            .ok_or_else(|| TestCaseError::fail(format!("no price of {node}")))
    };
    let (mut held, mut moved, mut matched) = (vec![0.0; nodes], vec![0.0; nodes], vec![0.0; nodes]);
    let mut gas = 0.0;
    for &at in &settlement.orders {
        let (order, fill) = (&batch.orders[at], &cleared.fills[at]);
        let rate = price(order.sell)? / price(order.buy)?;
        prop_assert!(fill.sold > 0.0 && fill.bought > 0.0, "{fill:?} is settled");
        let off = (fill.bought / (fill.sold * rate) - 1.0).abs();
        prop_assert!(off <= ROUNDING, "order {at} trades {off:e} off the clearing prices");
        let over = fill.bought - order.limit * fill.sold;
        prop_assert!(over >= -1e-11 * fill.bought, "order {at} is {over:e} below its limit");
        let fixed = if order.kind == Kind::Sell { fill.sold } else { fill.bought };
        prop_assert!(fixed <= order.amount * (1.0 + 1e-12), "order {at} is filled beyond itself");
        prop_assert!(order.partial || fixed >= order.amount * (1.0 - 1e-12), "half of order {at}");
        let units = if order.kind == Kind::Sell { over } else { over / order.limit };
        let (scale, units) = (fill.bought.max(fill.sold), units.max(0.0));
        prop_assert!((fill.surplus - units).abs() <= 1e-11 * scale, "{fill:?}, not {units}");
        let value = over.max(0.0) * batch.values[order.buy];
        prop_assert!((fill.value - value).abs() <= 1e-11 * fill.bought * batch.values[order.buy]);
        prop_assert!(fill.matched >= 0.0 && fill.matched <= fill.sold * (1.0 + 1e-12), "{fill:?}");
        held[order.sell] += fill.sold;
        moved[order.sell] += fill.sold;
        moved[order.buy] += fill.bought;
        matched[order.sell] += fill.matched;
        gas += order.gas;
    }
    let given = held.clone();
    for leg in &settlement.legs {
        let edge = &batch.network.edges()[leg.edge];
        prop_assert!(leg.amount_in > 0.0 && leg.amount_in <= edge.limit() * (1.0 + 1e-12));
        prop_assert_eq!(leg.amount_out, edge.gain.out(leg.amount_in), "the gain's output");
        moved[edge.to] += leg.amount_out;
        held[edge.from] -= leg.amount_in;
        let short = -held[edge.from];
        prop_assert!(short <= ROUNDING * moved[edge.from], "{leg:?} spends {short:e} too much");
        held[edge.to] += leg.amount_out;
        gas += edge.gas;
    }
    let mut bought = vec![0.0; nodes];
    for &at in &settlement.orders {
        let (node, units) = (batch.orders[at].buy, cleared.fills[at].bought);
        (held[node], bought[node]) = (held[node] - units, bought[node] + units);
    }
    for node in 0..nodes {
        let (left, most) = (held[node], ROUNDING * moved[node]);
        prop_assert!(left >= -most, "{left:e} of node {node} are missing of {}", moved[node]);
        let expected = given[node].min(bought[node]);
        prop_assert!((matched[node] - expected).abs() <= most, "matched {}", matched[node]);
    }
    let paid = gas * batch.gas_price;
    prop_assert!((settlement.gas - paid).abs() <= 1e-12 * paid, "gas {paid}");
    Ok(())
}
