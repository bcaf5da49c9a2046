//! What pools pay, against numbers worked out apart (the formulas in 50 decimal digits).

// Digits as they were worked out, not as floats keep them.
#![allow(clippy::excessive_precision)]

use serde_json::{Value, json};
use tenor_solver::{route::NetworkEdge, venues::Gain};

use super::{agree, sound, tiny, tokens};

/// The edge of a pool that takes a token, with its place.
fn edge(file: &Value, pool: usize, from: usize) -> (usize, NetworkEdge) {
    let instance = sound(file);
    let found = instance.network().edges().iter().enumerate();
    let (at, edge) = found.into_iter().find(|(_, e)| e.pool == pool && e.from == from).unwrap();
    (at, edge.clone())
}

/// That a pool pays so much, by its gain and by the benchmark's arithmetic.
#[track_caller]
fn pays(file: &Value, pool: usize, from: usize, given: f64, wanted: f64) {
    let (at, edge) = edge(file, pool, from);
    agree(edge.gain.out(given), wanted);
    agree(sound(file).paid(at, given), wanted);
}

#[test]
fn pools_of_every_kind_pay_what_the_formulas_say() {
    let file = tiny();
    pays(&file, 0, 0, 100.0, 47.482_973_758_155_927);
    pays(&file, 0, 1, 10.0, 19.743_160_687_941_226);
    pays(&file, 1, 1, 10.0, 18.659_090_209_553_189);
    pays(&file, 1, 2, 80.0, 31.449_720_432_387_825);
    pays(&file, 2, 1, 50.0, 99.909_796_859_367_416);
    pays(&file, 2, 0, 200.0, 99.856_548_339_201_822);
    pays(&file, 3, 0, 150.0, 129.526_353_403_609_076);
    pays(&file, 3, 2, 50.0, 47.460_210_607_299_130);
    pays(&file, 4, 0, 40.0, 39.96);
}

#[test]
fn capacities_end_where_the_segments_and_the_cap_do() {
    let file = tiny();
    agree(edge(&file, 3, 0).1.limit(), 210.0 / 0.997);
    agree(edge(&file, 3, 2).1.limit(), 99.0 / 0.997);
    agree(edge(&file, 4, 0).1.limit(), 50.0);
    assert_eq!(edge(&file, 0, 0).1.limit(), f64::INFINITY);
}

/// The invariant of balances 1600 and 400 with A = 50 is 1994.47648...
#[test]
fn an_unbalanced_stable_pool_pays_from_its_invariant() {
    let mut file = tiny();
    file["pools"][2]["reserves"] = json!([tokens(800), tokens(400)]);
    file["pools"][2]["A"] = json!(50);
    pays(&file, 2, 1, 45.0, 86.726_992_769_234_914);
    let Gain::Stable { d, ann, .. } = edge(&file, 2, 1).1.gain else { panic!("not stable") };
    agree(d, 1_994.476_482_650_074_5);
    agree(ann, 200.0);
}

#[test]
fn a_price_beyond_the_segments_leaves_one_direction() {
    for (price, from) in [(2.0, 0), (1.21, 0), (0.5, 2), (0.64, 2)] {
        let mut file = tiny();
        file["pools"][3]["price"] = json!(price);
        let instance = sound(&file);
        let found: Vec<usize> =
            instance.network().edges().iter().filter(|e| e.pool == 3).map(|e| e.from).collect();
        assert_eq!(found, [from], "at {price}");
    }
}

#[test]
fn a_pool_without_segments_trades_nothing() {
    let mut file = tiny();
    file["pools"][3]["segs"] = json!([]);
    assert!(sound(&file).network().edges().iter().all(|edge| edge.pool != 3));
}

#[test]
fn linear_pools_are_one_way_and_gas_is_the_pools() {
    let instance = sound(&tiny());
    let edges = instance.network().edges();
    assert_eq!(edges.iter().filter(|edge| edge.pool == 4).count(), 1);
    let gas = [90_000.0, 120_000.0, 150_000.0, 130_000.0, 80_000.0];
    assert!(edges.iter().all(|edge| edge.gas == gas[edge.pool]));
}

/// The second and the last differ from the quotient of two rounded floats.
#[test]
fn amounts_are_rounded_once() {
    for (text, value) in [
        ("1", 1e-18),
        ("83336493497647790791768", 83_336.493_497_647_790_791_768),
        ("123456789012345678901234567890", 123_456_789_012.345_678_901_234_567_890),
        ("9007199254740993000000000000000000", 9_007_199_254_740_993.0),
        ("000000000000000000000001000000000000000000", 1.0),
    ] {
        let mut file = tiny();
        file["pools"][0]["reserves"][0] = json!(text);
        let Gain::ConstantProduct { x, .. } = edge(&file, 0, 0).1.gain else { panic!("kind") };
        assert_eq!(x.to_bits(), f64::to_bits(value), "{text}");
    }
}

#[test]
fn the_order_prices_gas_in_the_token_wanted_and_limits_what_is_held() {
    let instance = sound(&tiny());
    assert!(instance.is_fair());
    let order = instance.order(true);
    assert_eq!((order.from, order.to, order.amount), (0, 1, 100.0));
    agree(order.gas_price, 1e-8);
    assert_eq!(order.reach, [100.0, 50.0, 100.0]);
    let order = instance.order(false);
    assert_eq!((order.gas_price, order.reach.len()), (0.0, 0));
}

/// One pool above the reference prices, and the limit on what is held does not hold.
#[test]
fn an_arbitrage_leaves_no_limit_on_what_is_held() {
    let unfair: [(&str, Value); 3] = [
        ("/pools/4/rate", json!(1.000_000_1)),
        ("/pools/0/reserves/0", json!(tokens(1990))),
        ("/pools/3/price", json!(1.02)),
    ];
    for (pointer, value) in unfair {
        let mut file = tiny();
        *file.pointer_mut(pointer).unwrap() = value;
        let instance = sound(&file);
        assert!(!instance.is_fair() && instance.order(true).reach.is_empty(), "{pointer}");
    }
}
