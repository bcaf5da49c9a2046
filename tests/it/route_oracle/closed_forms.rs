//! The oracle on orders that can be solved by hand, all at a price of one.

use std::sync::Arc;

use tenor_solver::{
    route::{Network, NetworkEdge, Order},
    venues::{Gain, Segment},
};

use super::bracket::{Bracket, SLACK, bracket};

const KEEP: f64 = 0.997;

/// A pool of `depth` on each side.
fn product(depth: f64) -> Gain {
    Gain::ConstantProduct { x: depth, y: depth, keep: KEEP }
}

/// What such a pool returns.
fn returned(depth: f64, a: f64) -> f64 {
    depth * KEEP * a / (depth + KEEP * a)
}

fn linear(rate: f64, cap: f64) -> Gain {
    Gain::Linear { rate, cap }
}

/// One direction of a pool of its own.
fn edge(pool: usize, from: usize, to: usize, gain: Gain) -> NetworkEdge {
    NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas: 1.0 }
}

/// The answer for `amount` of node 0 in node 1.
fn answer(edges: Vec<NetworkEdge>, amount: f64, gas_price: f64) -> Bracket {
    let network = Network::new(3, edges).unwrap();
    let order = Order { from: 0, to: 1, amount, gas_price, reach: Vec::new() };
    bracket(&network, &order, &[1.0; 3])
}

#[track_caller]
fn assert_answer(answer: Bracket, expected: f64) {
    let near = 1e-8 * answer.scale;
    let Bracket { lower, upper, .. } = answer;
    assert!(lower <= expected + 1e-12 * expected && expected <= upper, "{expected}: {answer:?}");
    assert!(
        expected - lower <= near && upper - expected <= near + SLACK * answer.scale,
        "{expected}: {answer:?}"
    );
}

#[test]
fn one_pool_pays_its_gas_or_is_left_alone() {
    let one = |gas| answer(vec![edge(0, 0, 1, product(1000.0))], 10.0, gas);
    let out = returned(1000.0, 10.0);
    assert_answer(one(0.0), out);
    assert_answer(one(2.5), out - 2.5);
    assert_answer(one(out - 1e-3), 1e-3);
    assert_answer(one(out + 1e-3), 0.0);
    assert_answer(one(1e6), 0.0);
}

#[test]
fn a_second_pool_is_used_when_it_brings_more_than_its_gas() {
    let two = |gas| {
        let pools = vec![edge(0, 0, 1, product(1000.0)), edge(1, 0, 1, product(1000.0))];
        answer(pools, 100.0, gas)
    };
    let (whole, halves) = (returned(1000.0, 100.0), 2.0 * returned(1000.0, 50.0));
    let worth = halves - whole;
    assert_answer(two(0.0), halves);
    assert_answer(two(worth - 1e-4), halves - 2.0 * (worth - 1e-4));
    assert_answer(two(worth + 1e-4), whole - (worth + 1e-4));
}

#[test]
fn a_detour_is_taken_when_it_brings_more_than_its_gas() {
    let ways = |gas| {
        let detour = [edge(1, 0, 2, product(1e6)), edge(2, 2, 1, product(1e6))];
        answer([[edge(0, 0, 1, product(100.0))].as_slice(), &detour].concat(), 100.0, gas)
    };
    let direct = returned(100.0, 100.0);
    let around = returned(1e6, returned(1e6, 100.0));
    assert_answer(ways(0.9 * (around - direct)), around - 1.8 * (around - direct));
    assert_answer(ways(1.1 * (around - direct)), (2.1f64 * direct - 1.1 * around).max(0.0));
}

#[test]
fn limits_leave_the_rest_over() {
    assert_answer(answer(vec![edge(0, 0, 1, linear(0.9, 10.0))], 25.0, 0.5), 8.5);
    let capped = NetworkEdge { cap: 5.0, ..edge(0, 0, 1, linear(0.9, 10.0)) };
    assert_answer(answer(vec![capped], 25.0, 0.5), 4.0);
    let tight = NetworkEdge { cap: 0.0, ..edge(0, 0, 1, product(10.0)) };
    assert_answer(answer(vec![tight], 25.0, 0.0), 0.0);
}

#[test]
fn a_kink_is_filled_to_the_unit() {
    let pools = vec![edge(0, 0, 1, linear(0.999, 10.0)), edge(1, 0, 1, product(1000.0))];
    assert_answer(answer(pools, 25.0, 0.01), 9.99 + returned(1000.0, 15.0) - 0.02);

    // Past its first stretch the pool is worse than the linear one, before it is better.
    let stretches = [(1000.0, 1000.0, 7.0), (1000.0, 800.0, 100.0)];
    let segments: Arc<[Segment]> = stretches.map(|(x, y, cap)| Segment { x, y, cap }).into();
    let ticks = Gain::Ticks { segments, keep: KEEP };
    let pools = vec![edge(0, 0, 1, ticks), edge(1, 0, 1, linear(0.9, f64::INFINITY))];
    assert_answer(answer(pools, 50.0, 0.01), returned(1000.0, 7.0) + 0.9 * 43.0 - 0.02);
}

#[test]
fn no_way_returns_nothing() {
    assert_answer(answer(vec![edge(0, 0, 2, product(10.0))], 25.0, 0.0), 0.0);
    assert_answer(answer(vec![edge(0, 1, 0, product(10.0))], 25.0, 0.0), 0.0);
    assert_answer(answer(Vec::new(), 25.0, 0.0), 0.0);
}
