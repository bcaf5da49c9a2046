//! What an answer of the optimiser says of itself: legs that can be executed as listed.

use proptest::{prelude::*, test_runner::TestCaseError};
use tenor_solver::{
    route::{Flow, Network, NetworkEdge, Order, Routed},
    venues::Gain,
};

/// Share of a figure that floats may round away.
const ROUNDING: f64 = 1e-9;

/// Checks an answer against its own documentation.
pub(super) fn executable(
    network: &Network,
    order: &Order,
    routed: &Routed,
) -> Result<(), TestCaseError> {
    let mut held = vec![0.0; network.nodes()];
    held[order.from] = order.amount;
    // Rounding is of all that a node has held, not of the rest that happens to be left.
    let mut received = held.clone();
    let (mut pools, mut gas) = (Vec::new(), 0.0);
    for leg in &routed.legs {
        let edge = &network.edges()[leg.edge];
        prop_assert!(leg.amount_in > 0.0, "a leg without input: {leg:?}");
        prop_assert!(leg.amount_in <= edge.limit() * (1.0 + 1e-12), "over capacity: {leg:?}");
        let had = held[edge.from];
        let most = had + ROUNDING * received[edge.from];
        prop_assert!(leg.amount_in <= most, "{leg:?} where {had} is held");
        prop_assert_eq!(leg.amount_out, edge.gain.out(leg.amount_in), "the gain's output");
        prop_assert!(!pools.contains(&edge.pool), "pool {} is used twice", edge.pool);
        pools.push(edge.pool);
        held[edge.from] = (had - leg.amount_in).max(0.0);
        held[edge.to] += leg.amount_out;
        received[edge.to] += leg.amount_out;
        gas += edge.gas;
    }
    let out = held[order.to];
    prop_assert!((routed.out - out).abs() <= ROUNDING * out, "out {}, not {out}", routed.out);
    let paid = order.gas_price * gas;
    let net = out - paid;
    let rounding = ROUNDING * out.max(paid);
    prop_assert!((routed.net - net).abs() <= rounding, "net {}, not {net}", routed.net);
    proven(network, routed)
}

/// Checks that prices and bounds are in the order their documentation tells.
fn proven(network: &Network, routed: &Routed) -> Result<(), TestCaseError> {
    let Routed { prices, bound, proven, net, .. } = routed;
    prop_assert_eq!(prices.len(), network.nodes(), "one price for each node");
    let positive = prices.iter().all(|price| price.is_finite() && *price > 0.0);
    prop_assert!(positive, "prices {prices:?}");
    prop_assert!(proven <= bound, "branch and bound proved {proven}, prices {bound}");
    prop_assert!(*net <= proven + ROUNDING * proven.abs(), "net {net} beyond proven {proven}");
    Ok(())
}

#[test]
fn what_is_not_executable_is_told() {
    let gain = Gain::Linear { rate: 0.5, cap: 8.0 };
    let edge = |from, to, pool| NetworkEdge {
        pool,
        from,
        to,
        gain: gain.clone(),
        cap: f64::INFINITY,
        gas: 1.0,
    };
    let network = Network::new(3, vec![edge(0, 2, 0), edge(2, 1, 1), edge(2, 1, 1)]).unwrap();
    let order = Order { from: 0, to: 1, amount: 10.0, gas_price: 0.25, reach: Vec::new() };
    let leg = |edge, amount_in: f64| Flow { edge, amount_in, amount_out: amount_in / 2.0 };
    let legs = vec![leg(0, 8.0), leg(1, 4.0)];
    let prices = vec![1.0; 3];
    let good = Routed { legs, out: 2.0, net: 1.5, prices, bound: 1.6, proven: 1.5 };
    let check = |change: &dyn Fn(&mut Routed)| {
        let mut routed = good.clone();
        change(&mut routed);
        executable(&network, &order, &routed).is_ok()
    };
    assert!(check(&|_| ()));
    assert!(!check(&|r| r.legs.reverse()), "spends what is not held yet");
    assert!(!check(&|r| r.legs[0] = leg(0, 9.0)), "more than the capacity");
    assert!(!check(&|r| r.legs[1] = leg(1, 5.0)), "more than is held");
    assert!(!check(&|r| r.legs[1].amount_out *= 1.001), "not what the gain returns");
    assert!(!check(&|r| r.legs = vec![leg(0, 8.0), leg(1, 2.0), leg(2, 2.0)]), "one pool twice");
    assert!(!check(&|r| r.legs.push(leg(2, 0.0))), "nothing sent");
    assert!(!check(&|r| r.out = 2.1), "not what is held at the end");
    assert!(!check(&|r| r.net = 1.75), "one gas unpaid");
    assert!(!check(&|r| r.proven = 1.4), "proven less than is returned");
    assert!(!check(&|r| r.proven = 1.7), "prices prove more than branch and bound");
    assert!(!check(&|r| r.prices[2] = 0.0), "a price of nothing");
}
