//! Units are the caller's: counting a node in other units, or gas in others, changes nothing.

use proptest::{collection::vec, prelude::*};
use tenor_solver::route::{Network, NetworkEdge, Order, Routed};

use super::{ROUNDING, cold, sound, with_and_without_gas};
use crate::{
    law::law,
    networks::{Instance, plain_instances},
};

/// The most nodes that a market has.
const NODES: usize = 12;

/// A market and an order with `scales[node]` new units for one of each node, and `gas` new units for
/// one of gas.
fn rescaled(network: &Network, order: &Order, scales: &[f64], gas: f64) -> (Network, Order) {
    let edge = |edge: &NetworkEdge| NetworkEdge {
        gain: edge.gain.rescaled(1.0 / scales[edge.from], scales[edge.to]),
        cap: edge.cap * scales[edge.from],
        gas: edge.gas * gas,
        ..edge.clone()
    };
    let edges = network.edges().iter().map(edge).collect();
    let order = Order {
        amount: order.amount * scales[order.from],
        gas_price: order.gas_price * scales[order.to] / gas,
        reach: order.reach.iter().zip(scales).map(|(reach, scale)| reach * scale).collect(),
        ..*order
    };
    (Network::new(network.nodes(), edges).unwrap(), order)
}

/// Checks that both answers are the same to rounding without gas, and within what each proves with it.
fn unchanged(
    network: &Network,
    order: &Order,
    scales: &[f64],
    gas: f64,
) -> Result<(), TestCaseError> {
    for order in with_and_without_gas(order) {
        let (other, scaled) = rescaled(network, &order, scales, gas);
        let (here, there) = (cold(network, &order)?, cold(&other, &scaled)?);
        prop_assert_eq!(here.is_some(), there.is_some(), "whether a way leads");
        let (Some(here), Some(there)) = (here, there) else { continue };
        sound(&other, &scaled, &there)?;
        let unit = scales[order.to];
        let Routed { net, proven, .. } = there;
        let (net, proven) = (net / unit, proven / unit);
        prop_assert!(net <= here.proven * (1.0 + ROUNDING), "{net}, proven {}", here.proven);
        prop_assert!(here.net <= proven * (1.0 + ROUNDING), "{}, proven {proven}", here.net);
        if order.gas_price == 0.0 {
            let off = (net - here.net).abs();
            prop_assert!(off <= ROUNDING * here.net, "{net}, not {}", here.net);
        }
    }
    Ok(())
}

#[test]
fn powers_of_two_change_nothing() {
    let inputs = (plain_instances(), vec(-40..=40i32, NODES), -40..=40i32);
    law(200, &inputs, |(Instance { network, order, .. }, powers, gas)| {
        let scales: Vec<f64> = powers.iter().map(|power| 2f64.powi(*power)).collect();
        unchanged(&network, &order, &scales, 2f64.powi(gas))
    });
}

#[test]
fn no_factors_change_anything() {
    let inputs = (plain_instances(), vec(-9.0..9.0f64, NODES), -9.0..9.0f64);
    law(200, &inputs, |(Instance { network, order, .. }, digits, gas)| {
        let scales: Vec<f64> = digits.iter().map(|digits| 10f64.powf(*digits)).collect();
        unchanged(&network, &order, &scales, 10f64.powf(gas))
    });
}

/// Twice the market takes twice the order as well as the market takes the order.
#[test]
fn markets_of_any_size_are_alike() {
    law(200, &(plain_instances(), -9.0..9.0f64), |(Instance { network, order, .. }, digits)| {
        unchanged(&network, &order, &[10f64.powf(digits); NODES], 1.0)
    });
}
