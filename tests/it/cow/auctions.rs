//! Recorded auctions: at least what the driver's own solver reaches with every token as a hop.

use alloy_primitives::U256;
use serde_json::json;

use super::kit::{auction, recorded, solved, used, value, with};

/// Wei of surplus that the peer reaches, as it was measured.
fn peer(name: &str) -> U256 {
    match name {
        // Gas is free, every token a hop, three hops: 6.7 s.
        "mainnet_2022_simple-solver-template" => U256::from(19_925_000_000_000_000_u64),
        "gnosis_2022_solver-template-small" => {
            U256::from(338_108_786_u64) * U256::from(100_000_000_000_000_u64)
        }
        _ => U256::ZERO,
    }
}

#[test]
fn recorded_auctions_are_solved_better_than_by_the_peer() {
    for path in recorded("auctions") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let recorded = value(&path);
        let free = with(&recorded, &[("effectiveGasPrice", json!("0"))]);
        let asked = if name.starts_with("mainnet") { &free } else { &recorded };
        let auction = auction(asked);
        let solved = solved(&auction);
        assert!(solved.surplus >= peer(&name), "{name}: {}", solved.surplus);
        assert!(solved.filled >= 1);
        for solution in &solved.solutions {
            let mut ids = used(solution);
            ids.sort_unstable();
            let all = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), all, "{name}: liquidity twice");
        }
    }
}

/// Found twice, the same: nothing depends on the time where there is no deadline.
#[test]
fn the_same_auction_has_the_same_answer() {
    for path in recorded("auctions") {
        let auction = auction(&value(&path));
        assert_eq!(solved(&auction).solutions, solved(&auction).solutions);
    }
}
