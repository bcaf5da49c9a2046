//! Laws of batches, over random markets and orders.

use std::time::{Duration, Instant};

use proptest::{prelude::*, sample::Index, test_runner::TestCaseError};
use tenor_solver::{
    batch::{BatchError, Cleared, Kind, clear},
    route::{Network, NetworkEdge, Optimiser, Order, RouteError},
};

use super::kit::{Drawn, ROUNDING, batches, sell, sound};
use crate::law::law;

#[test]
fn what_is_cleared_is_balanced_uniform_and_bounded() {
    law(100, &batches(8), |drawn| drawn.cleared().map(|_| ()));
}

/// An order that is filled as a whole and its gas aside, a batch of one is a route.
#[test]
fn a_batch_of_one_is_a_route() {
    law(100, &batches(1), |mut drawn| {
        let order = &mut drawn.orders[0];
        (order.partial, order.kind, order.gas) = (false, Kind::Sell, 0.0);
        let (order, values) = (drawn.orders[0].clone(), &drawn.values);
        let gas_price = drawn.gas_price / values[order.buy];
        let (from, to, amount) = (order.sell, order.buy, order.amount);
        let asked = Order { from, to, amount, gas_price, reach: Vec::new() };
        let cleared = drawn.cleared()?;
        let routed = match Optimiser::default().solve(&drawn.network, &asked, None) {
            Ok(routed) => routed,
            Err(RouteError::NoWay { .. }) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let worth = values[to] * (routed.net - order.limit * amount);
        let Some(settlement) = cleared.settlements.first() else {
            let volume = values[to] * routed.out;
            prop_assert!(worth <= ROUNDING * volume, "{worth:e} is left");
            return Ok(());
        };
        prop_assert_eq!(&settlement.legs, &routed.legs);
        let bought = cleared.fills[0].bought;
        prop_assert!((bought / routed.out - 1.0).abs() <= 1e-15, "{bought}, not {}", routed.out);
        Ok(())
    });
}

/// What each order gets in company is no less than what its direction alone gives it.
#[test]
fn nobody_loses_by_company() {
    law(60, &batches(8), |drawn| {
        let cleared = drawn.cleared()?;
        let ends = |at: usize| (drawn.orders[at].sell, drawn.orders[at].buy);
        for settlement in &cleared.settlements {
            let first = ends(settlement.orders[0]);
            if settlement.orders.iter().all(|at| ends(*at) == first) {
                continue;
            }
            for &at in &settlement.orders {
                let own: Vec<usize> =
                    (0..drawn.orders.len()).filter(|other| ends(*other) == ends(at)).collect();
                let alone = only(&drawn, &own).cleared()?;
                let place = own.iter().position(|other| *other == at);
                let (fill, owed) = (cleared.fills[at], alone.fills[place.unwrap()].value);
                let rounding = ROUNDING * fill.bought * drawn.values[ends(at).1];
                prop_assert!(fill.value >= owed - rounding, "{} of {owed} alone", fill.value);
                prop_assert!((fill.alone - owed).abs() <= rounding, "{fill:?} alone {owed}");
            }
        }
        Ok(())
    });
}

/// The same market with some of the orders.
fn only(drawn: &Drawn, orders: &[usize]) -> Drawn {
    let orders = orders.iter().map(|at| drawn.orders[*at].clone()).collect();
    let (network, values) = (drawn.network.clone(), drawn.values.clone());
    Drawn { network, values, orders, gas_price: drawn.gas_price }
}

/// The best that can be done never falls with another order, for it need not be filled; so what is
/// done with fewer orders stays below what is proven with all of them.
#[test]
fn another_order_never_lowers_the_best() {
    law(60, &(batches(6), any::<Index>()), |(drawn, left)| {
        let left = left.index(drawn.orders.len());
        let rest: Vec<usize> = (0..drawn.orders.len()).filter(|at| *at != left).collect();
        let fewer = only(&drawn, &rest);
        let (all, some) = (drawn.cleared()?, fewer.cleared()?);
        let rounding = ROUNDING * traded(&fewer, &some);
        prop_assert!(some.proof.net <= all.proof.bound + rounding, "{some:?} beyond {all:?}");
        Ok(())
    });
}

fn traded(drawn: &Drawn, cleared: &Cleared) -> f64 {
    let orders = drawn.orders.iter().zip(&cleared.fills);
    orders.map(|(order, fill)| fill.bought * drawn.values[order.buy]).sum()
}

/// Orders between nodes of their own do not touch what the others get: the total is the sum, and so
/// another order never lowers it.
#[test]
fn markets_side_by_side_add_up() {
    law(30, &(batches(4), batches(4)), |(mut one, mut other)| {
        // One gas price serves both where there is none.
        (one.gas_price, other.gas_price) = (0.0, 0.0);
        let beside = beside(&one, &other);
        let one = one.cleared()?;
        let alone = clear(&other.batch(), None).unwrap();
        let both = beside.cleared()?;
        let (net, sum) = (both.proof.net, one.proof.net + alone.proof.net);
        let rounding = ROUNDING * traded(&beside, &both);
        prop_assert!((net - sum).abs() <= rounding, "{net}, not {sum}");
        Ok(())
    });
}

fn beside(one: &Drawn, other: &Drawn) -> Drawn {
    let (nodes, pools) = (one.values.len(), 1000);
    let moved = other.network.edges().iter().map(|edge| NetworkEdge {
        pool: edge.pool + pools,
        from: edge.from + nodes,
        to: edge.to + nodes,
        ..edge.clone()
    });
    let edges: Vec<NetworkEdge> = one.network.edges().iter().cloned().chain(moved).collect();
    let values = [one.values.clone(), other.values.clone()].concat();
    let mut orders = one.orders.clone();
    orders.extend(other.orders.iter().cloned().map(|mut order| {
        (order.sell, order.buy) = (order.sell + nodes, order.buy + nodes);
        order
    }));
    let network = Network::new(values.len(), edges).unwrap();
    Drawn { network, values, orders, gas_price: one.gas_price }
}

/// Value counted in other units is other figures for the same settlements.
#[test]
fn the_unit_of_value_does_not_matter() {
    law(40, &(batches(6), -20..20i32), |(drawn, power)| {
        let unit = 2f64.powi(power);
        let here = drawn.cleared()?;
        let mut scaled = only(&drawn, &(0..drawn.orders.len()).collect::<Vec<_>>());
        scaled.values.iter_mut().for_each(|value| *value *= unit);
        scaled.gas_price *= unit;
        let there = scaled.cleared()?;
        let rounding = ROUNDING * traded(&drawn, &here);
        let net = there.proof.net / unit;
        prop_assert!((net - here.proof.net).abs() <= rounding, "{net}, not {}", here.proof.net);
        Ok(())
    });
}

#[test]
fn the_same_batch_has_the_same_answer() {
    law(20, &batches(8), |drawn| {
        prop_assert_eq!(clear(&drawn.batch(), None), clear(&drawn.batch(), None));
        Ok(())
    });
}

/// Whenever time is up, what is there is sound.
#[test]
fn a_deadline_is_kept() {
    law(40, &(batches(8), 0..3000u64), |(drawn, us)| {
        let until = Instant::now() + Duration::from_micros(us);
        match clear(&drawn.batch(), Some(until)) {
            Ok(cleared) => sound(&drawn.batch(), &cleared),
            Err(error) => {
                prop_assert_eq!(error, BatchError::Late);
                Ok(())
            }
        }
    });
}

/// Two orders that nothing but each other serves: what one gets does not depend on who is named first,
/// nor on which node is.
#[test]
fn exchanging_two_orders_exchanges_what_they_get() {
    let figures = (0.1..100.0f64, 0.1..100.0f64, 0.1..2.0f64, 0.1..2.0f64, any::<[bool; 4]>());
    law(200, &figures, |(a, b, ask, bid, [buys, buys_too, part, part_too])| {
        let order = |ends, amount, limit, buys: bool, partial| {
            let kind = if buys { Kind::Buy } else { Kind::Sell };
            tenor_solver::batch::BatchOrder { kind, partial, ..sell(ends, amount, limit) }
        };
        let values = vec![1.0; 2];
        let network = Network::new(2, Vec::new()).unwrap();
        let there = |flip: bool| {
            let ends = |forth: bool| if forth != flip { (0, 1) } else { (1, 0) };
            let mut orders = vec![
                order(ends(true), a, ask, buys, part),
                order(ends(false), b, bid, buys_too, part_too),
            ];
            if flip {
                orders.reverse();
            }
            let drawn =
                Drawn { network: network.clone(), values: values.clone(), orders, gas_price: 0.0 };
            drawn.cleared().map(|cleared| cleared.fills)
        };
        let (here, mut other) = (there(false)?, there(true)?);
        other.reverse();
        for (one, same) in here.iter().zip(&other) {
            prop_assert!(
                (one.bought - same.bought).abs() <= 1e-9 * one.bought,
                "{here:?} {other:?}"
            );
            prop_assert!((one.sold - same.sold).abs() <= 1e-9 * one.sold, "{here:?} {other:?}");
        }
        Ok(())
    });
}
