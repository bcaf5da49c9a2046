//! Markets in which cycles pay: what is best there is not promised, but every leg can be executed
//! and no bound is below what is reached.

use std::{ffi::OsStr, fs};

use proptest::{collection::vec, prelude::*};
use tenor_solver::{
    route::{Network, NetworkEdge, Order},
    venues::Gain,
};

use super::{degenerate::prompt, edge, product, with_and_without_gas};
use crate::{
    cli::tenor,
    law::law,
    networks::{Instance, wild_instances},
    recorded::data,
    route::checker::Kit,
};

/// A market whose directions each pay this much more, or less, than is fair.
fn unfair(network: &Network, noise: &[f64]) -> Network {
    let edge = |(edge, noise): (&NetworkEdge, &f64)| NetworkEdge {
        gain: edge.gain.rescaled(1.0, noise.exp()),
        ..edge.clone()
    };
    let edges = network.edges().iter().zip(noise.iter().cycle()).map(edge).collect();
    Network::new(network.nodes(), edges).unwrap()
}

#[test]
fn answers_hold_where_cycles_pay() {
    let noise = prop_oneof![vec(-0.01..0.01f64, 7..=120), vec(-1.0..1.0f64, 7..=120)];
    law(200, &(wild_instances(), noise), |(Instance { network, order, .. }, noise)| {
        let network = unfair(&network, &noise);
        // Reach was told for a fair market.
        let order = Order { reach: Vec::new(), ..order };
        for order in with_and_without_gas(&order) {
            prompt(&network, &order, None)?;
        }
        Ok(())
    });
}

/// A cycle that pays: before the start, on the way, and behind the end; with pools, with lines that
/// end, and with lines that do not.
#[test]
fn a_cycle_anywhere_is_survived() {
    let lines = |cap| Gain::Linear { rate: 1.25, cap };
    for gain in [product(1e3, 2e3), lines(1e4), lines(f64::INFINITY)] {
        for ends in [(0, 2), (2, 3), (1, 3), (0, 1)] {
            let back = (ends.1, ends.0);
            let mut edges = vec![
                edge(0, (0, 2), product(1e3, 1e3)),
                edge(1, (2, 1), product(1e3, 1e3)),
                edge(2, ends, gain.clone()),
                edge(3, back, gain.clone()),
            ];
            for both_in_one_pool in [false, true] {
                edges[3].pool = if both_in_one_pool { 2 } else { 3 };
                let network = Network::new(4, edges.clone()).unwrap();
                for amount in [0.0, 1e-18, 10.0, 1e30] {
                    for gas_price in [0.0, 1e-6, 1e3] {
                        let order = Order { from: 0, to: 1, amount, gas_price, reach: Vec::new() };
                        let found = prompt(&network, &order, None);
                        found.unwrap_or_else(|f| panic!("{gain:?} {ends:?} {order:?}: {f}"));
                    }
                }
            }
        }
    }
}

#[test]
fn the_benchmark_with_arbitrage_is_answered_validly() {
    let Some(data) = data() else { return };
    let kit = Kit::generated(&data.join("routing"), &["--cls", "arb", "--sizes", "10x5,100x20"]);
    let instances = kit.instances();
    for options in [&[][..], &["--no-gas"]] {
        let mut arguments: Vec<&OsStr> = vec!["route".as_ref()];
        arguments.extend(options.iter().map(OsStr::new));
        arguments.extend(instances.iter().map(|path| path.as_os_str()));
        let ran = tenor(&arguments);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        let verdicts = kit.check("arbitrage.jsonl", &ran.out);
        assert_eq!(verdicts.len(), instances.len());
    }
    fs::remove_dir_all(kit.folder()).unwrap();
}
