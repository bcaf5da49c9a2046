//! An order's digest and name, against CoW's own package.

use std::fs;

use alloy_primitives::{B256, Bytes};
use serde_json::{Value, json};
use tenor::intents::cow::{digest, wire::Order};

use super::kit::with;
use crate::recorded::data;

#[test]
fn digests_and_names_are_those_of_the_protocols_package() {
    let Some(data) = data() else { return };
    let text = fs::read(data.join("signing/SIGNING_VECTORS.json")).unwrap();
    let vectors: Value = serde_json::from_slice(&text).unwrap();
    let cow = &vectors["cow"];
    let signed = &cow["order"];
    let order = with(
        signed,
        &[
            ("uid", cow["uid"].clone()),
            ("fullSellAmount", signed["sellAmount"].clone()),
            ("fullBuyAmount", signed["buyAmount"].clone()),
            // What is left of it is no part of what was signed.
            ("sellAmount", json!("1")),
            ("owner", cow["owner"].clone()),
            ("preInteractions", json!([])),
            ("postInteractions", json!([])),
            ("sellTokenSource", signed["sellTokenBalance"].clone()),
            ("buyTokenDestination", signed["buyTokenBalance"].clone()),
            ("class", json!("limit")),
            ("signingScheme", json!("eip712")),
            ("signature", cow["signature"].clone()),
        ],
    );
    let order: Order = serde_json::from_value(order).unwrap();
    let hash = |name: &str| cow[name].as_str().unwrap().parse::<B256>().unwrap();
    assert_eq!(digest::domain(1).separator(), hash("domainSeparator"));
    assert_eq!(digest::digest(&order, 1), hash("digest"));
    assert_eq!(digest::uid(&order, 1), order.uid);
    let other = Order { signature: Bytes::new(), valid_to: order.valid_to + 1, ..order.clone() };
    assert_ne!(digest::digest(&other, 1), digest::digest(&order, 1));
    assert_ne!(digest::digest(&order, 100), digest::digest(&order, 1));
}
