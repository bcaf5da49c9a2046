//! Markets on which a law was broken once, cut down to what broke it.

use tenor_solver::{
    route::{Network, NetworkEdge, Optimiser, Order, Routed},
    venues::{Gain, Segment},
};

use super::{EXACT, degenerate::prompt, edge, sound};

const WRAP: Gain = Gain::Linear { rate: 0.999_999_999, cap: f64::INFINITY };

fn square(depth: f64, keep: f64) -> Gain {
    Gain::ConstantProduct { x: depth, y: depth, keep }
}

fn line(rate: f64, cap: f64) -> Gain {
    Gain::Linear { rate, cap }
}

/// The same edge with this cap.
fn capped(edge: NetworkEdge, cap: f64) -> NetworkEdge {
    NetworkEdge { cap, ..edge }
}

/// An order from 0 to 1.
fn order(amount: f64, gas_price: f64) -> Order {
    Order { from: 0, to: 1, amount, gas_price, reach: Vec::new() }
}

/// A fresh optimiser's answer.
#[track_caller]
fn cold(nodes: usize, edges: Vec<NetworkEdge>, order: &Order) -> Routed {
    let network = Network::new(nodes, edges).unwrap();
    prompt(&network, order, None).unwrap_or_else(|fault| panic!("{fault}")).unwrap()
}

/// Checks that the answer for `amount` without gas is proven the best.
#[track_caller]
fn best(nodes: usize, edges: Vec<NetworkEdge>, amount: f64) {
    let Routed { net, proven, .. } = cold(nodes, edges, &order(amount, 0.0));
    assert!(net >= proven * (1.0 - 1e-6), "net {net}, proven {proven}");
}

/// Checks that the answer is the cold one after this many times the amount was asked for.
#[track_caller]
fn warm(edges: Vec<NetworkEdge>, order: &Order, factor: f64) {
    let network = Network::new(2, edges).unwrap();
    let mut optimiser = Optimiser::default();
    let before = Order { amount: order.amount * factor, ..order.clone() };
    optimiser.solve(&network, &before, None).unwrap();
    let warm = optimiser.solve(&network, order, None).unwrap();
    sound(&network, order, &warm).unwrap();
    let Routed { net, proven, .. } = Optimiser::default().solve(&network, order, None).unwrap();
    assert!(warm.net >= net - 1e-6 * proven, "warm {}, cold {net}", warm.net);
}

#[test]
fn a_full_line_beside_a_pool_behind_an_endless_line() {
    let last = Gain::Weighted { x: 20.0, y: 4.0, power: 4.0, keep: 0.9999 };
    let edges =
        vec![capped(edge(0, (0, 1), WRAP), 200.0), edge(1, (2, 1), last), edge(2, (0, 2), WRAP)];
    best(3, edges, 700.0);
}

#[test]
fn a_stable_pool_behind_an_endless_line() {
    let stable =
        Gain::Stable { x: 10.0, ann: 80.0, d: 20.0, keep: 0.9999, rate_in: 1.0, rate_out: 1.0 };
    let both = |pool, (from, to), gain: Gain| {
        [edge(pool, (from, to), gain.clone()), edge(pool, (to, from), gain)]
    };
    let pools =
        [both(0, (0, 1), square(10.0, 0.9999)), both(1, (1, 2), WRAP), both(2, (0, 2), stable)];
    let order = Order { from: 1, to: 0, ..order(9_237.941_746_723_283, 0.0) };
    let Routed { net, proven, .. } = cold(3, pools.concat(), &order);
    assert!(net >= proven * (1.0 - 1e-6), "net {net}, proven {proven}");
}

#[test]
fn pools_with_limits_far_below_the_order() {
    let edges = vec![
        capped(edge(0, (0, 1), square(30.0, 0.9999)), 8.0),
        edge(1, (0, 1), square(100.0, 0.99)),
        capped(edge(2, (0, 1), square(30.0, 0.9999)), 6.0),
    ];
    best(2, edges.clone(), 7.7e9);
    best(2, edges, 5.39e12);
}

#[test]
fn a_pool_behind_a_line_that_takes_more_than_it() {
    let edges = vec![
        edge(0, (0, 1), square(53.6, 0.9995)),
        edge(1, (0, 2), line(0.99989, 86.0)),
        capped(edge(2, (2, 1), square(500.0, 0.99)), 10.0),
    ];
    best(3, edges, 8300.0);
}

/// What two pools bring is more than the last line takes.
#[test]
fn a_last_line_that_takes_less_than_reaches_it() {
    let stable = |x, ann, d, keep| Gain::Stable { x, ann, d, keep, rate_in: 1.0, rate_out: 1.0 };
    let edges = vec![
        edge(0, (2, 3), stable(4000.0, 80.0, 9000.0, 0.99)),
        edge(0, (3, 2), stable(5000.0, 80.0, 9000.0, 0.99)),
        edge(1, (3, 1), line(0.9996, 800.0)),
        edge(2, (0, 2), stable(230.0, 400.0, 460.0, 0.9999)),
        edge(3, (0, 3), square(40.0, 0.9999)),
    ];
    let routed = cold(4, edges.clone(), &order(1e4, 0.0));
    let more = cold(4, edges, &order(3e6, 0.0));
    assert!(more.net >= routed.net * (1.0 - EXACT), "{} for more, {}", more.net, routed.net);
    assert!(routed.net >= routed.proven * (1.0 - 1e-6), "{routed:?}");
}

#[test]
fn endless_lines_behind_the_end_leave_a_bound() {
    let edges = vec![edge(0, (3, 1), WRAP), edge(1, (2, 4), WRAP), edge(2, (1, 2), WRAP)];
    for amount in [9e-10, 1.0, 1e4] {
        let order = Order { from: 3, ..order(amount, 2e-7 * amount) };
        let routed = cold(5, edges.clone(), &order);
        assert!(routed.bound.is_finite(), "{routed:?}");
    }
}

/// One path and nothing beside it: what it returns is the best.
#[test]
fn an_endless_line_pays_its_gas_in_the_proof() {
    let edges = vec![edge(0, (2, 1), square(1000.0, 0.997)), edge(1, (0, 2), WRAP)];
    let Routed { net, proven, .. } = cold(3, edges, &order(7000.0, 0.004));
    assert!(net >= proven * (1.0 - 1e-6), "net {net}, proven {proven}");
}

/// The first pool returns hundreds of times what the second takes.
#[test]
fn what_pays_its_gas_is_taken() {
    let stable =
        Gain::Stable { x: 600.0, ann: 4000.0, d: 6000.0, keep: 0.99, rate_in: 1.0, rate_out: 1.0 };
    let segments = [Segment { x: 1600.0, y: 1500.0, cap: 8.0 }].into();
    let ticks = Gain::Ticks { segments, keep: 0.9999 };
    let best = ticks.out(8.0) - 2e5 * 5.8e-8;
    let edges = vec![edge(0, (0, 1), stable), edge(1, (1, 2), ticks)];
    let order = Order { to: 2, ..order(3_623.748_255_117_814_6, 5.8e-8) };
    let net = cold(3, edges, &order).net;
    assert!(net >= best * (1.0 - 1e-6), "{net} of {best}");
}

#[test]
fn a_cycle_that_pays_beyond_measure() {
    let edges = vec![
        edge(0, (0, 1), square(1.0, 0.1)),
        edge(1, (1, 2), square(1.0, 0.1)),
        edge(2, (2, 0), Gain::ConstantProduct { x: 1.0, y: 5e25, keep: 0.1 }),
    ];
    cold(3, edges, &order(1.0, 1.0));
}

#[test]
fn less_than_before() {
    let weighted = Gain::Weighted { x: 20.0, y: 5.0, power: 4.0, keep: 0.9995 };
    let pool = capped(edge(1, (0, 1), square(7000.0, 0.997)), 2000.0);
    warm(vec![edge(0, (0, 1), weighted), pool], &order(6000.0, 0.0), 800.0);
    let lines = vec![edge(0, (0, 1), line(0.9995, 1834.9)), capped(edge(1, (0, 1), WRAP), 7.0)];
    warm(lines, &order(16.84, 0.0), 423.0);
}

#[test]
fn less_than_before_with_gas() {
    let pool = capped(edge(0, (0, 1), square(2000.0, 0.99)), 700.0);
    warm(vec![pool, edge(1, (0, 1), line(0.99995, 30.0))], &order(100.0, 2e-6), 1000.0);
}

/// Gas is prohibitive, so nothing is done: that is zero, not minus zero.
#[test]
fn nothing_is_not_negative() {
    for gas_price in [0.0, 1.0] {
        let amount = if gas_price > 0.0 { 1.0 } else { 0.0 };
        let Routed { legs, out, net, .. } =
            cold(2, vec![edge(0, (0, 1), square(10.0, 0.99))], &order(amount, gas_price));
        assert!(legs.is_empty() && out == 0.0 && net == 0.0);
        assert!(out.is_sign_positive() && net.is_sign_positive(), "{out:?}, net {net:?}");
    }
}
