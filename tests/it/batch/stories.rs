//! Batches that can be worked out by hand.

use tenor_solver::{
    batch::{Cleared, clear},
    route::{Optimiser, Order},
};

use super::kit::{Drawn, buy, drawn, partly, pool, sell};

#[track_caller]
fn cleared(drawn: &Drawn) -> Cleared {
    drawn.cleared().unwrap_or_else(|failure| panic!("{failure}"))
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found}, not {expected}");
}

#[test]
fn one_order_is_a_route() {
    let pools = [pool(0, (0, 1), 1e3, 2e3), pool(1, (0, 2), 5e2, 5e2), pool(2, (2, 1), 4e2, 8e2)];
    for gas_price in [0.0, 1e-6, 1e-4] {
        let mut drawn = drawn(3, &pools, vec![sell((0, 1), 50.0, 1.5)]);
        drawn.gas_price = gas_price;
        let order = Order { from: 0, to: 1, amount: 50.0, gas_price, reach: Vec::new() };
        let routed = Optimiser::default().solve(&drawn.network, &order, None).unwrap();
        let answer = cleared(&drawn);
        let fill = answer.fills[0];
        assert_eq!(answer.settlements[0].legs, routed.legs);
        assert!((fill.bought / routed.out - 1.0).abs() <= 4.0 * f64::EPSILON, "{fill:?}");
        assert_eq!((fill.sold, fill.matched), (50.0, 0.0));
        near(fill.surplus, routed.out - 75.0);
        near(answer.proof.net, routed.net - 75.0);
        let gap = answer.proof.bound / answer.proof.net - 1.0;
        // Gas that is a share of the surplus cannot be priced exactly.
        assert!(gap <= if gas_price < 1e-5 { 1e-8 } else { 0.2 }, "{gap:e}");
    }
}

#[test]
fn an_order_that_buys_pays_what_it_must() {
    let drawn = drawn(2, &[pool(0, (0, 1), 1e3, 1e3)], vec![buy((0, 1), 50.0, 0.8)]);
    let fill = cleared(&drawn).fills[0];
    near(fill.bought, 50.0);
    near(fill.sold, 50.0 * 1e3 / (1e3 - 50.0) / 0.997);
    near(fill.surplus, 62.5 - fill.sold);
}

#[test]
fn opposite_orders_meet_without_a_pool() {
    let answer = cleared(&drawn(2, &[], vec![sell((0, 1), 10.0, 0.5), sell((1, 0), 8.0, 0.5)]));
    near(answer.fills[0].bought, 8.0);
    near(answer.fills[1].bought, 10.0);
    near(answer.fills[0].matched, 10.0);
    near(answer.proof.net, 3.0 + 6.0);
}

/// One order fixes what it sells, the other the same amount that it buys: nothing but the limits tells
/// the price.
#[test]
fn limits_alone_tell_the_middle() {
    let answer = cleared(&drawn(2, &[], vec![sell((0, 1), 10.0, 0.5), buy((1, 0), 10.0, 0.125)]));
    near(answer.fills[0].bought, 10.0 * (0.5f64 * 8.0).sqrt());
    near(answer.fills[1].sold, answer.fills[0].bought);
}

#[test]
fn the_longer_side_is_filled_in_part() {
    let orders = vec![sell((0, 1), 10.0, 0.5), partly(&sell((1, 0), 1000.0, 0.125))];
    let answer = cleared(&drawn(2, &[], orders));
    near(answer.fills[0].bought, 10.0 * (0.5f64 * 8.0).sqrt());
    near(answer.fills[1].sold, answer.fills[0].bought);
}

#[test]
fn limits_that_do_not_meet_are_left() {
    let orders = vec![sell((0, 1), 10.0, 1.1), sell((1, 0), 10.0, 1.1)];
    assert_eq!(clear(&drawn(2, &[], orders).batch(), None).unwrap().settlements, []);
}

/// The smaller order is served by the larger one alone; what is left of that goes to the pool, at one
/// price for both.
#[test]
fn what_does_not_meet_goes_to_the_pool() {
    let pools = [pool(0, (0, 1), 1e3, 1e3)];
    let orders = vec![sell((0, 1), 100.0, 0.5), sell((1, 0), 40.0, 0.5)];
    let answer = cleared(&drawn(2, &pools, orders));
    let [long, short] = [answer.fills[0], answer.fills[1]];
    assert!(long.value > long.alone && short.value > short.alone, "{long:?} {short:?}");
    near(short.matched, 40.0);
    near(long.matched, short.bought);
    let leg = answer.settlements[0].legs[0];
    near(leg.amount_in, 100.0 - short.bought);
    near(leg.amount_out / leg.amount_in, long.bought / long.sold);
}

#[test]
fn a_ring_needs_no_pool() {
    let ends = [(0, 1), (1, 2), (2, 0)];
    let orders: Vec<_> =
        ends.into_iter().zip([10.0, 4.0, 20.0]).map(|(e, a)| sell(e, a, 0.01)).collect();
    let answer = cleared(&drawn(3, &[], orders));
    for (at, bought) in [4.0, 20.0, 10.0].into_iter().enumerate() {
        near(answer.fills[at].bought, bought);
        near(answer.fills[at].matched, answer.fills[at].sold);
    }
}

/// Each of three orders would pay a fee; in a ring they pay it on what does not meet alone.
#[test]
fn a_ring_meets_before_it_goes_to_pools() {
    let pools = [pool(0, (0, 1), 1e3, 1e3), pool(1, (1, 2), 1e3, 1e3), pool(2, (2, 0), 1e3, 1e3)];
    let orders = vec![sell((0, 1), 100.0, 0.5), sell((1, 2), 90.0, 0.5), sell((2, 0), 80.0, 0.5)];
    let answer = cleared(&drawn(3, &pools, orders));
    assert_eq!(answer.settlements.len(), 1, "{:?}", answer.settlements);
    for fill in &answer.fills {
        assert!(fill.value > fill.alone && fill.matched > 0.8 * fill.sold, "{fill:?}");
    }
}
