//! Reading auctions: whatever the bytes, they are an auction or one of the errors, and an auction is
//! solved without a fault. How long searches for a fault look is `TENOR_FUZZ_S`, in seconds.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use tenor::{
    intents::cow::{self, AuctionError, Checker, MOST_BYTES, Settings, chain::Native},
    problems::Problem,
};

use crate::search::search;

use super::kit::{DAI, ETHER, USDC, WETH, made, order, product, with};

fn sample() -> Value {
    let orders = [
        order(1, "sell", (WETH, ETHER), (USDC, 1_900_000_000)),
        with(
            &order(2, "buy", (USDC, 2_100_000_000), (WETH, ETHER)),
            &[("partiallyFillable", json!(true))],
        ),
    ];
    let pool_id = format!("0x{}", "ab".repeat(32));
    let stable = json!({
        "kind": "stable", "id": "2", "address": DAI, "balancerPoolId": pool_id, "gasEstimate": "1",
        "fee": "0.0001", "amplificationParameter": "100.0",
        "tokens": {
            WETH: { "balance": "1000000000000000000000", "scalingFactor": "1" },
            USDC: { "balance": "1000000000", "scalingFactor": "1000000000000" },
        },
    });
    let weighted = json!({
        "kind": "weightedProduct", "id": "3", "address": WETH, "balancerPoolId": pool_id,
        "gasEstimate": "1", "fee": "0.005", "version": "v0",
        "tokens": {
            WETH: { "balance": "1000000000000000000000", "scalingFactor": "1", "weight": "0.5" },
            USDC: { "balance": "2000000000000", "scalingFactor": "1000000000000", "weight": "0.5" },
        },
    });
    let concentrated = json!({
        "kind": "concentratedLiquidity", "id": "4", "address": WETH, "router": WETH, "gasEstimate": "1",
        "tokens": [USDC, WETH], "sqrtPrice": "1771580069046490802230235074", "tick": -76013,
        "liquidity": "1000000000000000000", "liquidityNet": { "-76080": "1000000000000000000",
        "-75960": "-1000000000000000000" }, "fee": "0.003",
    });
    let foreign = json!({
        "kind": "limitOrder", "id": "5", "address": DAI, "gasEstimate": "1", "hash": pool_id,
        "makerToken": USDC, "takerToken": WETH, "makerAmount": "2000000000",
        "takerAmount": "1000000000000000000", "takerTokenFeeAmount": "0",
    });
    let product = product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000));
    made(&orders, &[product, stable, weighted, concentrated, foreign])
}

/// What is read is solved, and what is answered passes the checker.
fn holds(bytes: &[u8]) {
    let Ok(auction) = cow::read(bytes) else { return };
    let until = Instant::now() + Duration::from_secs(5);
    let solved = cow::solve(&auction, &Settings::default(), Some(until));
    assert_eq!(solved.rejected, [], "{}", String::from_utf8_lossy(bytes));
    let checker = Checker::new(&auction, Native::of_auction(&auction));
    checker.check_all(&solved.solutions).unwrap();
}

/// Every place of the sample, as a pointer.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{at}/{name}"), into);
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{n}"), into);
            }
        }
        _ => {}
    }
}

#[test]
fn the_sample_is_solved_through_every_kind() {
    let auction = cow::read(sample().to_string().as_bytes()).unwrap();
    assert_eq!(auction.liquidity.known.len(), 5);
    let solved = cow::solve(&auction, &Settings::default(), None);
    assert_eq!((solved.unusable, solved.filled), (0, 2));
}

/// An order of 0x that offers more than 0x can keep is none: what it would pay has no price in 256 bits.
#[test]
fn an_order_beyond_its_contracts_width_is_left_out() {
    let mut auction = sample();
    auction["liquidity"][4]["makerAmount"] = json!(format!("0x3{}", "f".repeat(49)));
    let auction = cow::read(auction.to_string().as_bytes()).unwrap();
    let solved = cow::solve(&auction, &Settings::default(), None);
    assert_eq!((solved.unusable, solved.filled), (1, 2));
    assert_eq!(solved.rejected, []);
}

#[test]
fn any_bytes_are_an_auction_or_an_error() {
    let text = sample().to_string().into_bytes();
    let length = text.len();
    search(&(0..length, any::<u8>(), any::<bool>()), |(at, byte, cut)| {
        let mut bytes = text.clone();
        bytes[at] = byte;
        bytes.truncate(if cut { at } else { length });
        holds(&bytes);
    });
}

#[test]
fn any_figures_are_solved_or_refused() {
    let sample = sample();
    let mut all = Vec::new();
    places(&sample, "", &mut all);
    let count = all.len();
    let figures = prop_oneof![
        any::<u128>().prop_map(|figure| json!(figure.to_string())),
        (0_usize..257)
            .prop_map(|bits| json!(format!("0x{:x}", alloy_primitives::U256::MAX >> bits))),
        Just(json!("0")),
        Just(json!("1")),
        Just(json!("0.999999999999999999")),
        Just(json!(null)),
        any::<i64>().prop_map(|figure| json!(figure)),
        Just(json!([])),
        Just(json!({})),
        Just(json!(WETH)),
        Just(json!(USDC)),
        Just(json!(true)),
        Just(json!("1e-18")),
    ];
    search(&prop::collection::vec((0..count, figures), 1..4), |changes| {
        let mut value = sample.clone();
        for (place, figure) in changes {
            if let Some(at) = value.pointer_mut(&all[place]) {
                *at = figure;
            }
        }
        holds(value.to_string().as_bytes());
    });
}

#[test]
fn every_fault_has_its_code_and_place() {
    let refused = |bytes: &[u8]| {
        let error = cow::read(bytes).unwrap_err();
        (error.problem(), error.pointer().unwrap_or_default().to_owned())
    };
    let none = String::new();
    assert_eq!(refused(b"{"), (Problem::NotJson, none.clone()));
    assert_eq!(refused(b""), (Problem::NotJson, none.clone()));
    assert_eq!(refused(b"\"\xff\""), (Problem::InvalidUtf8, none.clone()));
    let twice = format!("{0} {0}", sample());
    assert_eq!(refused(twice.as_bytes()), (Problem::NotJson, none.clone()));
    let deep = format!("{{\"id\":null,\"x\":{}", "[".repeat(100_000));
    assert_eq!(refused(deep.as_bytes()).0, Problem::TooDeep);
    let large = vec![b' '; MOST_BYTES + 1];
    assert!(matches!(cow::read(&large), Err(AuctionError::TooLarge { .. })));
    let change = |pointer: &str, member: Value| {
        let mut value = sample();
        *value.pointer_mut(pointer).unwrap() = member;
        refused(value.to_string().as_bytes())
    };
    let at = |pointer: &str| (Problem::InvalidField, pointer.to_owned());
    assert_eq!(change("/orders/1/sellAmount", json!("-1")), at("/orders/1/sellAmount"));
    assert_eq!(change("/deadline", json!("tomorrow")), at("/deadline"));
    assert_eq!(change("/orders/0/kind", json!("swap")).0, Problem::InvalidField);
    assert_eq!(change("/effectiveGasPrice", json!(5)), at("/effectiveGasPrice"));
    let mut short = sample();
    short["orders"][0].as_object_mut().unwrap().remove("uid");
    let (problem, place) = refused(short.to_string().as_bytes());
    assert_eq!((problem, place.as_str()), (Problem::MissingField, "/orders/0"));
}
