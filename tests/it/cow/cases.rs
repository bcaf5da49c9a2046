//! The driver's own solver's test cases, each with its exact answer: ours passes the checker, and every
//! order gets at least as much.

use tenor::intents::cow::wire::Response;

use super::kit::{auction, best, recorded, solved, value};

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

/// Only what is better is another answer: with one pool to trade with, the same to the letter.
#[test]
fn where_there_is_no_choice_the_answer_is_the_peers_to_the_letter() {
    for path in recorded("cases") {
        let case = value(&path);
        let auction = auction(&case["auction"]);
        let Response::Solutions { solutions: expected } =
            serde_json::from_value(case["expected"].clone()).unwrap()
        else {
            panic!("{}: an error is expected", path.display());
        };
        let solutions = solved(&auction).solutions;
        let partial = auction.orders.iter().any(|order| order.partially_fillable);
        let more = |order| best(&auction, &solutions, order) > best(&auction, &expected, order);
        let better = (0..auction.orders.len()).any(more);
        assert!(!better || partial || auction.liquidity.known.len() > 1, "{}", path.display());
        if !better {
            let ours = serde_json::to_value(Response::Solutions { solutions }).unwrap();
            assert_eq!(ours, case["expected"], "{}", path.display());
        }
    }
}
