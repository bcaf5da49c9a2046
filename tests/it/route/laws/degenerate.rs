//! Markets at the edge of what makes sense: each gets an answer that holds, or is told why not.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use proptest::{collection::vec, prelude::*, sample::Index};
use tenor_solver::{
    route::{Network, NetworkEdge, NetworkError, Optimiser, Order, RouteError, Routed},
    venues::{Gain, Segment},
};

use super::{EXACT, edge, product, sound, with_and_without_gas};
use crate::{
    law::law,
    networks::{Instance, wild_instances},
};

/// Longer than any answer without a deadline takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer that comes; a search that panics or does not end is a failure.
pub(super) fn prompt(
    network: &Network,
    order: &Order,
    until: Option<Instant>,
) -> Result<Option<Routed>, TestCaseError> {
    let (sender, receiver) = mpsc::channel();
    let (market, asked) = (network.clone(), order.clone());
    thread::spawn(move || {
        let found = Optimiser::default().solve(&market, &asked, until);
        sender.send(found).unwrap();
    });
    match receiver.recv_timeout(PATIENCE) {
        Ok(Ok(routed)) => sound(network, order, &routed).map(|()| Some(routed)),
        Ok(Err(RouteError::NoWay { .. })) => Ok(None),
        Ok(Err(error)) => Err(TestCaseError::fail(error.to_string())),
        Err(gone) => Err(TestCaseError::fail(format!("no answer: {gone}"))),
    }
}

fn order(amount: f64, gas_price: f64) -> Order {
    Order { from: 0, to: 1, amount, gas_price, reach: Vec::new() }
}

/// Sound answers from 0 to 1, with gas and without, for amounts of every size.
#[track_caller]
fn all(nodes: usize, edges: &[NetworkEdge]) -> Vec<Option<Routed>> {
    amounts(nodes, edges, &[0.0, 1e-18, 1.0, 1e3, 1e30])
}

#[track_caller]
fn amounts(nodes: usize, edges: &[NetworkEdge], amounts: &[f64]) -> Vec<Option<Routed>> {
    let network = Network::new(nodes, edges.to_vec()).unwrap();
    let mut found = Vec::new();
    for &amount in amounts {
        for gas_price in [0.0, 1e-12, 1e-6, 1e30] {
            let answer = prompt(&network, &order(amount, gas_price), None);
            let told = |f| panic!("{amount:e} at {gas_price:e} through {edges:?}: {f}");
            found.push(answer.unwrap_or_else(told));
        }
    }
    found
}

/// The answer for an amount without gas.
#[track_caller]
fn one(nodes: usize, edges: &[NetworkEdge], amount: f64) -> Routed {
    let network = Network::new(nodes, edges.to_vec()).unwrap();
    let answer = prompt(&network, &order(amount, 0.0), None).unwrap_or_else(|f| panic!("{f}"));
    answer.expect("a way leads")
}

#[test]
fn where_nothing_leads_there_is_no_way() {
    let pool = |ends| edge(0, ends, product(1e3, 1e3));
    let apart = [pool((0, 2)), pool((2, 0)), pool((1, 3)), pool((3, 1))];
    let backwards = [pool((1, 2)), pool((2, 0))];
    for edges in [&[][..], &apart, &backwards] {
        assert!(all(4, edges).iter().all(Option::is_none));
    }
}

#[test]
fn what_is_closed_carries_nothing() {
    let closed = |gain| NetworkEdge { cap: 0.0, ..edge(0, (0, 1), gain) };
    let segment = |cap| Segment { x: 1e3, y: 1e3, cap };
    let ticks = |caps: &[f64]| Gain::Ticks {
        segments: caps.iter().map(|&cap| segment(cap)).collect(),
        keep: 1.0,
    };
    for pool in [
        closed(product(1e3, 1e3)),
        closed(Gain::Linear { rate: 1.0, cap: f64::INFINITY }),
        edge(0, (0, 1), Gain::Linear { rate: 1.0, cap: 0.0 }),
        edge(0, (0, 1), Gain::Linear { rate: 0.0, cap: f64::INFINITY }),
        edge(0, (0, 1), ticks(&[])),
        edge(0, (0, 1), ticks(&[0.0, 0.0])),
    ] {
        let found = all(2, std::slice::from_ref(&pool));
        assert!(found.iter().flatten().all(|routed| routed.net == 0.0), "{pool:?}: {found:?}");
    }
}

#[test]
fn a_stretch_without_length_in_front_hides_nothing() {
    let segment = |cap| Segment { x: 1e3, y: 1e3, cap };
    let segments = [segment(0.0), segment(5.0)].into();
    let gain = Gain::Ticks { segments, keep: 1.0 };
    let best = gain.out(5.0);
    let net = one(2, &[edge(0, (0, 1), gain)], 10.0).net;
    assert!((net / best - 1.0).abs() <= EXACT, "{net}, not {best}");
}

#[test]
fn what_takes_little_is_filled() {
    let line = |pool, from, cap| edge(pool, (from, 1), Gain::Linear { rate: 0.5, cap });
    let direct = [line(0, 0, 3.0), line(1, 0, 4.0)];
    let behind = [edge(2, (0, 2), product(1e6, 1e6)), line(0, 2, 3.0), line(1, 2, 4.0)];
    for edges in [&direct[..], &behind] {
        all(3, edges);
        let net = one(3, edges, 1e3).net;
        assert!((net - 3.5).abs() <= EXACT * 3.5, "{net}, not 3.5");
    }
}

#[test]
fn a_hundred_equal_pools_share_alike() {
    let pools = |gain: &Gain| (0..100).map(|at| edge(at, (0, 1), gain.clone())).collect::<Vec<_>>();
    for gain in [product(1e3, 2e3), Gain::Linear { rate: 2.0, cap: 10.0 }] {
        all(2, &pools(&gain));
        let best = 100.0 * gain.out(5.0);
        let net = one(2, &pools(&gain), 500.0).net;
        assert!((net / best - 1.0).abs() <= EXACT, "{net}, not {best}");
    }
}

/// Chains of pools through `hops` hops, both ways, listed from the start or from the end.
fn chain(hops: usize, gain: &Gain) -> [Vec<NetworkEdge>; 2] {
    let node = |at| if at == hops { 1 } else { at + usize::from(at > 0) };
    let pool = |at| {
        let ends = [(node(at), node(at + 1)), (node(at + 1), node(at))];
        ends.map(|ends| edge(at, ends, gain.clone()))
    };
    let forwards: Vec<NetworkEdge> = (0..hops).flat_map(pool).collect();
    let backwards = forwards.iter().rev().cloned().collect();
    [forwards, backwards]
}

#[test]
fn long_chains_are_followed_to_their_end() {
    for hops in [2, 5, 20, 31, 32, 33, 40, 100] {
        for gain in [product(1e3, 1e3), Gain::Linear { rate: 0.999, cap: f64::INFINITY }] {
            let best = (0..hops).fold(10.0, |held, _| gain.out(held));
            for (edges, listed) in chain(hops, &gain).iter().zip(["forwards", "backwards"]) {
                println!("{hops} hops listed {listed} of {gain:?}");
                all(hops + 1, edges);
                let Routed { net, proven, .. } = one(hops + 1, edges, 10.0);
                let what = format!("{net} of {best}, {hops} hops {listed} of {gain:?}");
                assert!((net / best - 1.0).abs() <= EXACT, "{what}");
                assert!(proven <= best * (1.0 + 1e-6), "{what}: proven {proven}");
            }
        }
    }
}

#[test]
fn stars_are_crossed() {
    let spokes = |centre: usize| {
        (0..30usize).filter(move |&leaf| leaf != centre).flat_map(move |leaf| {
            [(leaf, centre), (centre, leaf)].map(|ends| edge(leaf, ends, product(1e3, 1e3)))
        })
    };
    let gain = product(1e3, 1e3);
    let (in_one, in_two) = (gain.out(10.0), gain.out(gain.out(10.0)));
    for (centre, best) in [(0, in_one), (1, in_one), (2, in_two)] {
        let edges: Vec<NetworkEdge> = spokes(centre).collect();
        all(30, &edges);
        let net = one(30, &edges, 10.0).net;
        assert!((net / best - 1.0).abs() <= EXACT, "{net}, not {best}");
    }
}

#[test]
fn the_smallest_and_the_largest_amount_get_an_answer_and_larger_ones_an_error() {
    let ticks = [Segment { x: 1e3, y: 1e3, cap: 1e3 }].into();
    for gain in [
        product(1e3, 1e3),
        Gain::Weighted { x: 1e3, y: 1e3, power: 4.0, keep: 0.997 },
        Gain::Stable { x: 1e3, ann: 400.0, d: 2e3, keep: 0.997, rate_in: 1.0, rate_out: 1.0 },
        Gain::Ticks { segments: ticks, keep: 0.997 },
        Gain::Linear { rate: 0.5, cap: 1e3 },
        Gain::Linear { rate: 0.5, cap: f64::INFINITY },
    ] {
        for edges in chain(2, &gain) {
            amounts(3, &edges, &[f64::from_bits(1), f64::MIN_POSITIVE, 1e200]);
            let network = Network::new(3, edges).unwrap();
            let refused = Optimiser::default().solve(&network, &order(f64::MAX, 0.0), None);
            let figure = NetworkError::Order { what: "amount", value: f64::MAX };
            assert_eq!(refused, Err(RouteError::Network(figure)));
        }
    }
}

#[test]
fn deadlines_that_are_past_or_near_get_an_answer() {
    law(100, &wild_instances(), |Instance { network, order, .. }| {
        for order in with_and_without_gas(&order) {
            let now = Instant::now();
            let past = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
            prompt(&network, &order, Some(past))?;
            prompt(&network, &order, Some(Instant::now() + Duration::from_millis(1)))?;
        }
        Ok(())
    });
}

/// Pools whose figures have nothing to do with each other, in units of any size.
#[test]
fn figures_of_any_size_get_an_answer() {
    let figure = || (-9.0..30.0f64).prop_map(|digits| 10f64.powf(digits));
    let pool = (any::<(Index, Index)>(), figure(), figure(), 0.1..1.0f64, 0..4u8);
    let inputs = (vec(pool, 1..12), 2..6usize, -18.0..30.0f64, -30.0..10.0f64);
    let markets = inputs.prop_map(|(pools, nodes, digits, gas)| {
        let mut edges = Vec::new();
        for (at, (ends, x, y, keep, kind)) in pools.into_iter().enumerate() {
            let from = ends.0.index(nodes);
            let to = (from + 1 + ends.1.index(nodes - 1)) % nodes;
            let gain = match kind {
                0 => Gain::ConstantProduct { x, y, keep },
                1 => Gain::Weighted { x, y, power: 0.25, keep },
                2 => Gain::Ticks { segments: [Segment { x, y, cap: x }].into(), keep },
                _ => Gain::Linear { rate: y / x, cap: x },
            };
            edges.push(edge(at, (from, to), gain));
        }
        let network = Network::new(nodes, edges).unwrap();
        Instance { network, order: order(10f64.powf(digits), 10f64.powf(gas)), prices: Vec::new() }
    });
    law(300, &markets, |Instance { network, order, .. }| {
        for order in with_and_without_gas(&order) {
            prompt(&network, &order, None)?;
        }
        Ok(())
    });
}

#[test]
fn figures_that_mean_nothing_are_refused() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let network = |change: &dyn Fn(&mut NetworkEdge)| {
        let mut edge = edge(0, (0, 1), product(1e3, 1e3));
        change(&mut edge);
        Network::new(2, vec![edge]).map(|_| ()).unwrap_err()
    };
    for bad in [nan, -1.0, -inf] {
        let fault = network(&|edge| edge.cap = bad);
        assert!(matches!(fault, NetworkError::Figure { what: "cap", .. }), "{fault}");
    }
    for bad in [nan, -1.0, inf] {
        let fault = network(&|edge| edge.gas = bad);
        assert!(matches!(fault, NetworkError::Figure { what: "gas", .. }), "{fault}");
    }
    for bad in [nan, -1.0, inf, 0.0] {
        for gain in [
            Gain::ConstantProduct { x: bad, y: 1.0, keep: 1.0 },
            Gain::ConstantProduct { x: 1.0, y: bad, keep: 1.0 },
            Gain::ConstantProduct { x: 1.0, y: 1.0, keep: bad },
            Gain::Weighted { x: 1.0, y: 1.0, power: bad, keep: 1.0 },
            Gain::Ticks { segments: [Segment { x: bad, y: 1.0, cap: 1.0 }].into(), keep: 1.0 },
            Gain::Ticks { segments: [Segment { x: 1.0, y: bad, cap: 1.0 }].into(), keep: 1.0 },
        ] {
            let fault = network(&|edge| edge.gain = gain.clone());
            assert!(matches!(fault, NetworkError::Figure { edge: 0, .. }), "{fault}");
        }
    }
    assert_eq!(network(&|edge| edge.to = 0), NetworkError::Loop(0));
    assert_eq!(network(&|edge| edge.to = 2), NetworkError::Node { node: 2, nodes: 2 });
}

#[test]
fn orders_that_mean_nothing_are_refused() {
    let network = Network::new(2, vec![edge(0, (0, 1), product(1e3, 1e3))]).unwrap();
    let refused = |order: &Order| match Optimiser::default().solve(&network, order, None) {
        Err(RouteError::Network(fault)) => fault,
        other => panic!("{order:?}: {other:?}"),
    };
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        for order in [order(bad, 0.0), order(1.0, bad)] {
            assert!(matches!(refused(&order), NetworkError::Order { .. }));
        }
    }
    for bad in [f64::NAN, -1.0] {
        let order = Order { reach: vec![1.0, bad], ..order(1.0, 1.0) };
        assert!(matches!(refused(&order), NetworkError::Order { what: "reach", .. }));
    }
    let good = order(1.0, 0.0);
    let short = Order { reach: vec![1.0], ..good.clone() };
    assert_eq!(refused(&short), NetworkError::Reach { given: 1, nodes: 2 });
    assert_eq!(refused(&Order { to: 0, ..good.clone() }), NetworkError::Same(0));
    assert_eq!(refused(&Order { to: 2, ..good }), NetworkError::Node { node: 2, nodes: 2 });
}
