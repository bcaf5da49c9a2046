//! Generated markets are what they are said to be: connected, without arbitrage, of the kinds of
//! mainnet.

use tenor_solver::{route::Network, venues::Gain};

use self::market::Market;

#[path = "../../benches/growth/market.rs"]
pub(crate) mod market;

const SIZES: [usize; 4] = [10, 100, 1000, 20_000];

#[test]
fn no_swap_gains_value_at_the_common_prices() {
    for pools in SIZES {
        let Market { edges, values } = Market::new(pools, 7);
        for edge in &edges {
            let fair = values[edge.from] / values[edge.to];
            let first = edge.gain.marginal(0.0);
            assert!(first <= fair * (1.0 + 1e-9), "{pools} pools, {edge:?}: {first} for {fair}");
            // Nor does a fee take more than twice what it says.
            assert!(first >= fair * 0.979, "{pools} pools, {edge:?}: {first} for {fair}");
        }
    }
}

#[test]
fn every_token_can_be_reached_and_every_order_fits() {
    for pools in SIZES {
        let market = Market::new(pools, 7);
        let network = Network::new(market.values.len(), market.edges.clone()).unwrap();
        network.check(&market.order(100.0)).unwrap();
        let mut reached = vec![false; network.nodes()];
        reached[0] = true;
        let mut frontier = vec![0];
        while let Some(node) = frontier.pop() {
            for edge in network.edges().iter().filter(|edge| edge.from == node) {
                if !std::mem::replace(&mut reached[edge.to], true) {
                    frontier.push(edge.to);
                }
            }
        }
        assert!(reached.iter().all(|reached| *reached), "{pools} pools");
    }
}

#[test]
fn kinds_and_sizes_are_those_of_mainnet() {
    let Market { edges, values } = Market::new(20_000, 7);
    assert_eq!(values.len(), 20_000 / 3);
    assert_eq!(edges.iter().map(|edge| edge.pool).max(), Some(19_999));
    let share = |is: fn(&Gain) -> bool| {
        let mut pools: Vec<_> = edges.iter().filter(|e| is(&e.gain)).map(|e| e.pool).collect();
        pools.dedup();
        pools.len() as f64 / 20_000.0
    };
    let product = share(|gain| matches!(gain, Gain::ConstantProduct { .. }));
    let ticks = share(|gain| matches!(gain, Gain::Ticks { .. }));
    assert!((product - 0.6).abs() < 0.02, "constant product: {product}");
    assert!((ticks - 0.3).abs() < 0.02, "concentrated: {ticks}");
    let mut degrees = vec![0; values.len()];
    for edge in &edges {
        degrees[edge.from] += 1;
    }
    degrees.sort_unstable();
    assert!(degrees[values.len() / 2] <= 2, "the middle token has few pools");
    assert!(degrees[values.len() - 1] > 5_000, "the first hub has many");
}
