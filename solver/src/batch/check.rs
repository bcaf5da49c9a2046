//! What makes a batch well formed.

use super::{Batch, BatchOrder};

/// The range of figures: products of a few still are figures.
const LEAST: f64 = 1e-60;
const MOST: f64 = 1e60;

/// Why figures do not make a batch.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BatchError {
    /// There is not one value for each node.
    #[error("{given} values for {nodes} nodes")]
    Values {
        /// Values given.
        given: usize,
        /// Nodes there are.
        nodes: usize,
    },
    /// A value that is not a number between 1e-60 and 1e60.
    #[error("the value of node {node} is {value}: it must lie between 1e-60 and 1e60")]
    Value {
        /// The node.
        node: usize,
        /// Its value.
        value: f64,
    },
    /// A gas price that is not a number, negative, or beyond 1e60.
    #[error("the gas price is {0}")]
    GasPrice(f64),
    /// An order that names a node that is not there.
    #[error("order {order} names node {node} of {nodes}: nodes count from zero")]
    Node {
        /// Position of the order.
        order: usize,
        /// The node named.
        node: usize,
        /// How many there are.
        nodes: usize,
    },
    /// An order that sells what it buys.
    #[error("order {order} sells and buys the same node {node}")]
    Same {
        /// Position of the order.
        order: usize,
        /// The node.
        node: usize,
    },
    /// The deadline had passed before anything was settled.
    #[error("the deadline has passed")]
    Late,
    /// A figure of an order out of range: amount and limit between 1e-60 and 1e60, gas from nothing to
    /// 1e60.
    #[error("order {order}: {what} is {value}")]
    Figure {
        /// Position of the order.
        order: usize,
        /// Which figure.
        what: &'static str,
        /// Its value.
        value: f64,
    },
}

/// Checks every figure.
pub(super) fn check(batch: &Batch<'_>) -> Result<(), BatchError> {
    let nodes = batch.network.nodes();
    let positive = |value: f64| (LEAST..=MOST).contains(&value);
    if batch.values.len() != nodes {
        return Err(BatchError::Values { given: batch.values.len(), nodes });
    }
    if let Some(node) = batch.values.iter().position(|value| !positive(*value)) {
        return Err(BatchError::Value { node, value: batch.values[node] });
    }
    if !(0.0..=MOST).contains(&batch.gas_price) {
        return Err(BatchError::GasPrice(batch.gas_price));
    }
    for (at, order) in batch.orders.iter().enumerate() {
        let BatchOrder { sell, buy, kind: _, amount, limit, partial: _, gas } = order;
        if let Some(&node) = [sell, buy].into_iter().find(|node| **node >= nodes) {
            return Err(BatchError::Node { order: at, node, nodes });
        }
        if sell == buy {
            return Err(BatchError::Same { order: at, node: *sell });
        }
        for (what, value) in [("amount", *amount), ("limit", *limit)] {
            if !positive(value) {
                return Err(BatchError::Figure { order: at, what, value });
            }
        }
        if !(0.0..=MOST).contains(gas) {
            return Err(BatchError::Figure { order: at, what: "gas", value: *gas });
        }
    }
    Ok(())
}
