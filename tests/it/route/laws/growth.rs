//! More pools, or more to sell, never bring less; without gas each further unit brings no more than
//! the one before.

use proptest::{prelude::*, sample::Index};
use tenor_solver::route::{Network, Order};

use super::{EXACT, ROUNDING, free, reached, with_and_without_gas};
use crate::{
    law::law,
    networks::{Instance, ample_instances},
};

/// A network without one of its pools.
pub(super) fn without(network: &Network, pool: &Index) -> Network {
    let pools = network.edges().iter().map(|edge| edge.pool).max().map_or(0, |most| most + 1);
    let gone = pool.index(pools);
    let kept = network.edges().iter().filter(|edge| edge.pool != gone).cloned().collect();
    Network::new(network.nodes(), kept).unwrap()
}

/// The order for this many times its amount.
pub(super) fn times(order: &Order, factor: f64) -> Order {
    let reach = order.reach.iter().map(|reach| reach * factor).collect();
    Order { amount: order.amount * factor, reach, ..order.clone() }
}

#[test]
fn another_pool_never_lowers_the_answer() {
    law(300, &(ample_instances(), any::<Index>()), |(Instance { network, order, .. }, pool)| {
        let less = without(&network, &pool);
        for order in with_and_without_gas(&order) {
            let ((fewer, _), (net, proven)) = (reached(&less, &order)?, reached(&network, &order)?);
            prop_assert!(fewer <= proven * (1.0 + ROUNDING), "{fewer} without it, proven {proven}");
            if order.gas_price == 0.0 {
                prop_assert!(net >= fewer * (1.0 - EXACT), "{net} with it, {fewer} without");
            }
        }
        Ok(())
    });
}

#[test]
fn more_to_sell_never_brings_less() {
    law(300, &(ample_instances(), 1.0..1e3f64), |(Instance { network, order, .. }, factor)| {
        for order in with_and_without_gas(&order) {
            let (less, _) = reached(&network, &order)?;
            let (net, proven) = reached(&network, &times(&order, factor))?;
            prop_assert!(less <= proven * (1.0 + ROUNDING), "{less} for less, proven {proven}");
            if order.gas_price == 0.0 {
                prop_assert!(net >= less * (1.0 - EXACT), "{net} for more, {less} for less");
            }
        }
        Ok(())
    });
}

#[test]
fn without_gas_the_answer_is_concave_in_the_amount() {
    law(300, &(ample_instances(), 0.0..1.0f64), |(Instance { network, order, .. }, share)| {
        let order = free(&order);
        let out = |part: f64| reached(&network, &times(&order, part));
        let ((whole, _), (part, _)) = (out(1.0)?, out(share)?);
        let (net, proven) = out(f64::midpoint(1.0, share))?;
        let mean = f64::midpoint(whole, part);
        prop_assert!(proven >= mean * (1.0 - ROUNDING), "proven {proven}, {mean} on average");
        prop_assert!(net >= mean * (1.0 - EXACT), "{net} between, {mean} on average");
        Ok(())
    });
}
