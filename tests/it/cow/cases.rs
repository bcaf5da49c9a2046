//! The driver's own solver's test cases, each with its exact answer: ours passes the checker, and every
//! order gets at least as much.

use serde_json::Value;
use tenor::intents::cow::{self, wire::Response};

use super::kit::{auction, best, recorded, solved, value};

/// Cases whose answer leaves nothing to choose: one way through the liquidity, all of the order filled.
/// Part of an order may be filled in other parts, and nothing else may.
fn forced(case: &Value) -> bool {
    let orders = case["auction"]["orders"].as_array().unwrap();
    orders.iter().all(|order| order["partiallyFillable"] == false)
}

#[test]
fn every_order_gets_at_least_what_the_peer_gives_it() {
    for path in recorded("cases") {
        let case = value(&path);
        let auction = auction(&case["auction"]);
        let Response::Solutions { solutions: expected } =
            serde_json::from_value(case["expected"].clone()).unwrap()
        else {
            panic!("{}: an error is expected", path.display());
        };
        let ours = solved(&auction).solutions;
        for order in 0..auction.orders.len() {
            let (ours, peers) = (best(&auction, &ours, order), best(&auction, &expected, order));
            assert!(ours >= peers, "{} order {order}: {ours:?} {peers:?}", path.display());
        }
    }
}

#[test]
fn where_there_is_no_choice_the_answer_is_the_peers_to_the_letter() {
    let mut compared = 0;
    for path in recorded("cases") {
        let case = value(&path);
        if !forced(&case) {
            continue;
        }
        let bytes = case["auction"].to_string();
        let auction = cow::read(bytes.as_bytes()).unwrap();
        let solutions = solved(&auction).solutions;
        let ours = serde_json::to_value(Response::Solutions { solutions }).unwrap();
        assert_eq!(ours, case["expected"], "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 11 || recorded("cases").is_empty(), "{compared}");
}
