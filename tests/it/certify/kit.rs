//! The benchmark kit's instances: the published bounds, recomputed from the published prices.

use std::fs;

use serde_json::Value;
use tenor::market::load_instance;
use tenor_solver::{
    certify::{Direction, network_bound},
    route::{Network, Order},
};

use super::{
    reference,
    wide::{Wide, wide},
};
use crate::recorded::{data, files};

fn prices(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|price| price.as_f64().unwrap()).collect()
}

/// The bound in wide arithmetic.
fn exact(network: &Network, order: &Order, prices: &[f64]) -> Wide {
    let charged = order.gas_price > 0.0;
    let directions: Vec<_> = network
        .edges()
        .iter()
        .map(|edge| Direction {
            from: edge.from,
            to: edge.to,
            gain: &edge.gain,
            cap: if charged { order.reach[edge.from] } else { f64::INFINITY },
            cost: edge.gas * order.gas_price,
        })
        .collect();
    reference::bound(&directions, (order.from, order.amount), order.to, prices)
}

#[test]
fn published_bounds_are_recomputed() {
    let Some(data) = data() else { return };
    let folder = data.join("routing/dev");
    let read =
        |path| -> Value { serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    let optimum = read(folder.join("optimum.json"));
    let optima = optimum["instances"].as_array().unwrap();
    let instances = files(&folder.join("instances"), "json");
    assert_eq!(optima.len(), instances.len());
    for path in instances {
        let instance = load_instance(&path).unwrap();
        let (network, mut order) = (instance.network(), instance.order(true));
        let id = instance.id();
        let found = optima.iter().find(|optimum| optimum["id"] == id).unwrap();
        for (price, vector, published) in
            [(order.gas_price, "nu_net", "net_ub_root"), (0.0, "nu_gross", "gross_ub")]
        {
            order.gas_price = price;
            let prices = prices(&found[vector]);
            let bound = network_bound(network, &order, &prices).unwrap();
            let published = found[published].as_f64().unwrap();
            let off = bound / published - 1.0;
            // The published figure's own digits cancel where a pool is much larger than the order.
            assert!((-1e-12..1e-9).contains(&off), "{} {vector}: {off}", id);
            let exact = exact(network, &order, &prices);
            let above = ((wide(bound) - exact) / exact).float();
            assert!((-1e-27..1e-12).contains(&above), "{} {vector}: {above}", id);
        }
    }
}
