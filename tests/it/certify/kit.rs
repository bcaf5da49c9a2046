//! The benchmark kit's instances: the published bounds, recomputed from the published prices.

use std::fs;

use serde_json::Value;
use tenor_solver::{
    certify::{Direction, network_bound},
    route::{Network, NetworkEdge, Order},
    venues::{Gain, Segment},
};

use super::{
    reference,
    wide::{Wide, wide},
};
use crate::recorded::{data, files};

/// An instance as a network and its order, gas and reach included.
fn instance(file: &Value) -> (Network, Order) {
    let float = |value: &Value| match value {
        Value::String(digits) => digits.parse::<f64>().unwrap() / 1e18,
        number => number.as_f64().unwrap(),
    };
    let node = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let tokens = file["tokens"].as_array().unwrap();
    let fair: Vec<f64> = tokens.iter().map(|token| float(&token["ref_price_eth"])).collect();
    let mut edges = Vec::new();
    for pool in file["pools"].as_array().unwrap() {
        for (forward, gain) in gains(pool, &float) {
            let ends = [&pool["tokens"][0], &pool["tokens"][1]].map(node);
            let [from, to] = if forward { ends } else { [ends[1], ends[0]] };
            let (pool, gas) = (node(&pool["id"]), float(&pool["gas"]));
            edges.push(NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas });
        }
    }
    let order = &file["order"];
    let (from, to) = (node(&order["token_in"]), node(&order["token_out"]));
    let amount = float(&order["amount_in"]);
    let gas_price = float(&file["gas_price_eth"]) / fair[to];
    let reach = fair.iter().map(|price| amount * fair[from] / price).collect();
    (Network::new(fair.len(), edges).unwrap(), Order { from, to, amount, gas_price, reach })
}

/// A pool's directions: whether the first token is given, and the gain.
fn gains(pool: &Value, float: &impl Fn(&Value) -> f64) -> Vec<(bool, Gain)> {
    let keep = 1.0 - float(&pool["fee_ppm"]) / 1e6;
    let two = |name: &str| [float(&pool[name][0]), float(&pool[name][1])];
    let both = |gain: &dyn Fn(usize, usize) -> Gain| vec![(true, gain(0, 1)), (false, gain(1, 0))];
    match pool["kind"].as_str().unwrap() {
        "cpmm" => {
            let r = two("reserves");
            both(&|i, j| Gain::ConstantProduct { x: r[i], y: r[j], keep })
        }
        "weighted" => {
            let (r, w) = (two("reserves"), two("weights"));
            both(&|i, j| Gain::Weighted { x: r[i], y: r[j], power: w[i] / w[j], keep })
        }
        "stable" => {
            let (r, rates) = (two("reserves"), two("rates"));
            let ann = 4.0 * float(&pool["A"]);
            let d = invariant(r[0] * rates[0], r[1] * rates[1], ann);
            both(&|i, j| Gain::Stable {
                x: r[i] * rates[i],
                ann,
                d,
                keep,
                rate_in: rates[i],
                rate_out: rates[j],
            })
        }
        "linear" => {
            vec![(true, Gain::Linear { rate: float(&pool["rate"]), cap: float(&pool["cap"]) })]
        }
        "v3" => ticks(pool, keep, float),
        kind => panic!("{kind}"),
    }
}

fn ticks(pool: &Value, keep: f64, float: &impl Fn(&Value) -> f64) -> Vec<(bool, Gain)> {
    let root = float(&pool["price"]).sqrt();
    let (mut down, mut up) = (Vec::new(), Vec::new());
    for segment in pool["segs"].as_array().unwrap() {
        let [low, high] = ["pl", "ph"].map(|end| float(&segment[end]).sqrt());
        let (l, c) = (float(&segment["L"]), root.max(low).min(high));
        let (x, y) = (l / c, l * c);
        if c - low > 1e-18 {
            down.push(Segment { x, y, cap: (l / low - x) / keep });
        }
        if 1.0 / c - 1.0 / high > 1e-18 {
            up.push(Segment { x: y, y: x, cap: (l * high - y) / keep });
        }
    }
    down.reverse();
    let both = [(true, down), (false, up)].into_iter().filter(|(_, segments)| !segments.is_empty());
    both.map(|(forward, segments)| (forward, Gain::Ticks { segments: segments.into(), keep }))
        .collect()
}

fn invariant(x: f64, y: f64, ann: f64) -> f64 {
    let mut d = x + y;
    for _ in 0..200 {
        let cube = d * d * d / (4.0 * x * y);
        let value = ann * (x + y) + d - ann * d - cube;
        let step = value / (1.0 - ann - 3.0 * cube / d);
        d -= step;
        if step.abs() <= 1e-16 * d {
            break;
        }
    }
    d
}

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
        let file = read(path);
        let (network, mut order) = instance(&file);
        let found = optima.iter().find(|optimum| optimum["id"] == file["id"]).unwrap();
        for (price, vector, published) in
            [(order.gas_price, "nu_net", "net_ub_root"), (0.0, "nu_gross", "gross_ub")]
        {
            order.gas_price = price;
            let prices = prices(&found[vector]);
            let bound = network_bound(&network, &order, &prices).unwrap();
            let published = found[published].as_f64().unwrap();
            let off = bound / published - 1.0;
            // The published figure's own digits cancel where a pool is much larger than the order.
            assert!((-1e-12..1e-9).contains(&off), "{} {vector}: {off}", file["id"]);
            let exact = exact(&network, &order, &prices);
            let above = ((wide(bound) - exact) / exact).float();
            assert!((-1e-27..1e-12).contains(&above), "{} {vector}: {above}", file["id"]);
        }
    }
}
