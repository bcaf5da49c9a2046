//! Batches at the edge of what makes sense: each gets an answer that holds, or is told why not.

use std::time::Instant;

use tenor_solver::{
    batch::{BatchError, BatchOrder, clear},
    route::NetworkEdge,
    venues::Gain,
};

use super::kit::{Drawn, buy, drawn, partly, pool, sell};

fn pools() -> [[NetworkEdge; 2]; 1] {
    [pool(0, (0, 1), 1e3, 1e3)]
}

#[track_caller]
fn refused(order: BatchOrder, expected: &BatchError) {
    let orders = vec![sell((0, 1), 1.0, 0.5), order];
    let error = clear(&drawn(3, &pools(), orders).batch(), None).unwrap_err();
    assert_eq!(error, *expected);
}

#[test]
fn figures_out_of_range_are_told() {
    for value in [0.0, -1.0, 1e61, f64::INFINITY, f64::NEG_INFINITY] {
        refused(sell((0, 1), value, 1.0), &BatchError::Figure { order: 1, what: "amount", value });
        refused(buy((0, 1), 1.0, value), &BatchError::Figure { order: 1, what: "limit", value });
    }
    for value in [-1.0, f64::INFINITY] {
        let order = BatchOrder { gas: value, ..sell((0, 1), 1.0, 1.0) };
        refused(order, &BatchError::Figure { order: 1, what: "gas", value });
    }
    refused(sell((1, 1), 1.0, 1.0), &BatchError::Same { order: 1, node: 1 });
    refused(sell((1, 3), 1.0, 1.0), &BatchError::Node { order: 1, node: 3, nodes: 3 });
    let nan = sell((0, 1), f64::NAN, 1.0);
    let error = clear(&drawn(2, &[], vec![nan]).batch(), None).unwrap_err();
    assert!(matches!(error, BatchError::Figure { order: 0, what: "amount", .. }), "{error}");
}

#[test]
fn values_and_gas_are_checked() {
    let told = |change: &dyn Fn(&mut Drawn)| {
        let mut drawn = drawn(2, &pools(), vec![sell((0, 1), 1.0, 0.5)]);
        change(&mut drawn);
        clear(&drawn.batch(), None).unwrap_err()
    };
    assert_eq!(told(&|d| d.values.push(1.0)), BatchError::Values { given: 3, nodes: 2 });
    assert_eq!(told(&|d| d.values[1] = 0.0), BatchError::Value { node: 1, value: 0.0 });
    assert!(matches!(told(&|d| d.values[0] = f64::NAN), BatchError::Value { node: 0, .. }));
    assert_eq!(told(&|d| d.gas_price = -1.0), BatchError::GasPrice(-1.0));
}

#[test]
fn what_cannot_be_filled_is_left() {
    let empty = |drawn: Drawn| {
        let cleared = drawn.cleared().unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!((cleared.settlements.len(), cleared.proof.net), (0, 0.0), "{cleared:?}");
    };
    empty(drawn(2, &pools(), Vec::new()));
    empty(drawn(2, &[], vec![sell((0, 1), 1.0, 0.5)]));
    // No pool leads there.
    empty(drawn(3, &pools(), vec![sell((0, 2), 1.0, 0.5), partly(&buy((2, 1), 1.0, 0.5))]));
    // More than the pool has.
    empty(drawn(2, &pools(), vec![buy((0, 1), 1e3, 1e-9)]));
    // A ring whose limits do not meet.
    let ring = [(0, 1), (1, 2), (2, 0)].map(|ends| partly(&sell(ends, 1.0, 1.01)));
    empty(drawn(3, &[], ring.to_vec()));
    // Gas that nothing pays.
    let mut dear = drawn(2, &pools(), vec![sell((0, 1), 1.0, 0.5)]);
    dear.gas_price = 1e6;
    empty(dear);
}

#[test]
fn extreme_figures_are_survived() {
    for amount in [1e-60, 1e-12, 1e12, 1e60] {
        for limit in [1e-60, 1e-3, 1e3, 1e60] {
            for order in [sell((0, 1), amount, limit), buy((0, 1), amount, limit)] {
                for order in [partly(&order), order] {
                    let back = BatchOrder { sell: 1, buy: 0, ..order.clone() };
                    let ring = BatchOrder { sell: 1, buy: 2, ..order.clone() };
                    let home = BatchOrder { sell: 2, buy: 0, ..order.clone() };
                    let orders = vec![order, back, ring, home, sell((1, 0), 1.0, 0.5)];
                    let drawn = drawn(3, &pools(), orders);
                    drawn.cleared().unwrap_or_else(|failure| panic!("{drawn:?}: {failure}"));
                }
            }
        }
    }
}

/// A pool that gives more than it takes makes no order lose, and no proof wrong.
#[test]
fn free_money_is_survived() {
    let line = |from, to, rate| NetworkEdge {
        pool: from,
        from,
        to,
        gain: Gain::Linear { rate, cap: 100.0 },
        cap: f64::INFINITY,
        gas: 1e5,
    };
    let free = [[line(0, 1, 2.0), line(1, 0, 2.0)], pool(7, (1, 2), 1e3, 1e3)];
    let ends = [(0, 1), (1, 0), (0, 2), (2, 0)];
    let orders = ends.map(|ends| sell(ends, 10.0, 0.5)).to_vec();
    drawn(3, &free, orders).cleared().unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_deadline_that_has_passed_is_told() {
    let one = drawn(2, &pools(), vec![sell((0, 1), 1.0, 0.5)]);
    assert_eq!(clear(&one.batch(), Some(Instant::now())), Err(BatchError::Late));
    let none = drawn(2, &pools(), Vec::new());
    assert_eq!(clear(&none.batch(), Some(Instant::now())).unwrap().settlements, []);
}
