//! Benchmark instances: how they are read, what their pools pay, and the answers of `tenor route`.

mod broken;
mod checker;
mod gains;
mod kit;
mod program;
mod reference;

use serde_json::{Value, json};
use tenor::market::instance::Instance;

/// A small fair market with a pool of every kind, its numbers chosen for work by hand.
pub(crate) fn tiny() -> Value {
    json!({
        "schema": "routing-ref/1",
        "id": "tiny",
        "tokens": [
            {"id": 0, "decimals": 18, "ref_price_eth": 1.0},
            {"id": 1, "decimals": 18, "ref_price_eth": 2.0},
            {"id": 2, "decimals": 18, "ref_price_eth": 1.0},
        ],
        "pools": [
            {"id": 0, "kind": "cpmm", "tokens": [0, 1], "fee_ppm": 3000, "gas": 90000,
             "reserves": [tokens(2000), tokens(1000)]},
            {"id": 1, "kind": "weighted", "tokens": [1, 2], "fee_ppm": 10000, "gas": 120_000,
             "reserves": [tokens(100), tokens(800)], "weights": [0.2, 0.8]},
            {"id": 2, "kind": "stable", "tokens": [1, 0], "fee_ppm": 400, "gas": 150_000,
             "reserves": [tokens(500), tokens(1000)], "rates": [2.0, 1.0], "A": 100},
            {"id": 3, "kind": "v3", "tokens": [0, 2], "fee_ppm": 3000, "gas": 130_000, "price": 1.0,
             "segs": [{"pl": 0.64, "ph": 0.81, "L": 720.0}, {"pl": 0.81, "ph": 1.21, "L": 990.0}]},
            {"id": 4, "kind": "linear", "tokens": [0, 2], "fee_ppm": 0, "gas": 80000,
             "rate": 0.999, "cap": tokens(50)},
        ],
        "order": {"token_in": 0, "token_out": 1, "amount_in": tokens(100)},
        "gas_price_eth": 2e-8,
    })
}

/// Whole tokens as the wire has them.
pub(crate) fn tokens(whole: u64) -> String {
    format!("{whole}000000000000000000")
}

/// Reads an instance that is sound.
pub(crate) fn sound(file: &Value) -> Instance {
    Instance::parse("sound.json", file.to_string().as_bytes()).expect("a sound instance")
}

/// That two numbers agree to float accuracy.
#[track_caller]
pub(crate) fn agree(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found:?}, not {expected:?}");
}
