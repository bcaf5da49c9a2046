//! An order's hash, against the vector that 1inch's package made.

use std::fs;

use alloy_primitives::B256;
use serde_json::{Value, json};
use tenor::intents::oneinch::{order, wire};

use crate::recorded::data;

#[test]
fn the_digest_is_that_of_the_protocols_package() {
    let Some(data) = data() else { return };
    let text = fs::read(data.join("signing/SIGNING_VECTORS.json")).unwrap();
    let vectors: Value = serde_json::from_slice(&text).unwrap();
    let vector = &vectors["oneinch"];
    let body =
        json!({ "data": vector["order"], "signature": "0x", "orderHash": vector["orderHash"] });
    let signed = wire::read(body.to_string().as_bytes()).unwrap();
    let hash: B256 = vector["orderHash"].as_str().unwrap().parse().unwrap();
    assert_eq!(signed.order.hash(1), hash);
    assert_eq!(signed.hash, Some(hash));
    assert_ne!(signed.order.hash(100), hash);
    let (domain, told) = (order::domain(1), &vector["typedData"]["domain"]);
    assert_eq!(domain.name.as_deref(), told["name"].as_str());
    assert_eq!(domain.version.as_deref(), told["version"].as_str());
    let contract = domain.verifying_contract.map(|contract| format!("{contract:#x}"));
    assert_eq!(contract.as_deref(), told["verifyingContract"].as_str());
    let fields = told_type(&vector["typedData"]["types"]["Order"]);
    let own = <order::Order as alloy_sol_types::SolStruct>::eip712_root_type();
    assert_eq!(own, format!("Order({fields})"));
}

/// The fields of a type, as its hash has them.
fn told_type(fields: &Value) -> String {
    let text = |field: &Value, name: &str| field[name].as_str().unwrap().to_owned();
    let fields = fields.as_array().unwrap().iter();
    let fields = fields.map(|field| format!("{} {}", text(field, "type"), text(field, "name")));
    fields.collect::<Vec<_>>().join(",")
}
