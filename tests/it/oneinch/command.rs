//! `tenor fill oneinch` on the embedded market.

use std::{fs, path::PathBuf};

use alloy_primitives::{Address, Bytes, U256};
use serde_json::{Value, json};
use tenor::intents::oneinch::order::Order;
use tenor_solver::amount::WAD;

use super::kit::{maker, plain, sign};
use crate::{cli::tenor, signed::engine, world::rng::Rng};

/// An order as the order book hands it out, in a file.
fn written(name: &str, order: &Order) -> PathBuf {
    let Order { receiver, makerAsset, takerAsset, .. } = order;
    let body = json!({
        "signature": sign(order.hash(1)),
        "orderHash": order.hash(1),
        "remainingMakerAmount": order.makingAmount.to_string(),
        "data": {
            "salt": order.salt.to_string(),
            "maker": maker(),
            "receiver": receiver,
            "makerAsset": makerAsset,
            "takerAsset": takerAsset,
            "makingAmount": order.makingAmount.to_string(),
            "takingAmount": order.takingAmount.to_string(),
            "makerTraits": order.makerTraits.to_string(),
            "extension": Bytes::new(),
        },
    });
    let path = std::env::temp_dir().join(format!("tenor-1inch-{name}-{}.json", std::process::id()));
    fs::write(&path, body.to_string()).unwrap();
    path
}

fn token(symbol: &str) -> Address {
    let mut tokens = engine().market().tokens.iter();
    tokens.find(|token| token.symbol == symbol).unwrap().address
}

/// An order that gives ten of something for an amount of something else.
fn order(wanted: &str, taking: U256) -> Order {
    let order = plain(&mut Rng::new(2), maker(), [token("wstETH"), token(wanted)]);
    Order { makingAmount: WAD * U256::from(10), takingAmount: taking, ..order }
}

#[test]
fn what_pays_is_filled_and_what_does_not_is_refused() {
    let swap = engine().read("swap 10 wstETH to WETH").unwrap();
    let sale = tenor_solver::solve(engine().market(), &swap).unwrap().best.unwrap();
    let proceeds = sale.end.iter().find(|held| held.token == token("WETH")).unwrap().balance;
    let fill = |name: &str, taking: U256| {
        let path = written(name, &order("WETH", taking));
        let ran = tenor(&["fill", "oneinch", path.to_str().unwrap(), "--json"]);
        fs::remove_file(path).unwrap();
        ran
    };
    let ran = fill("pays", proceeds - WAD / U256::from(10));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let number = |name: &str| told[name].as_str().unwrap().parse::<U256>().unwrap();
    assert_eq!(number("proceeds"), proceeds);
    let wei = engine().market().gas_price * U256::from(told["gas_units"].as_u64().unwrap());
    assert_eq!(number("gas"), wei);
    assert!(!wei.is_zero());
    assert_eq!(number("net"), proceeds - number("taking") - wei);
    assert_eq!(told["run"], Value::Null);
    // A tenth of a unit less than nothing is left of this one.
    let tight = fill("tight", proceeds - wei);
    assert_eq!(tight.code, Some(3), "{tight:?}");
    assert!(tight.err.contains("unprofitable: it does not pay"), "{tight:?}");
    assert!(tight.err.contains(&proceeds.to_string()), "{tight:?}");
    let just = fill("just", proceeds - wei - U256::ONE);
    assert_eq!(just.code, Some(0), "{just:?}");
}

#[test]
fn gas_is_counted_in_whatever_is_paid() {
    let path = written("usdc", &order("USDC", U256::from(20_000_000_000_u64)));
    let page = tenor(&["fill", "oneinch", path.to_str().unwrap()]);
    assert_eq!(page.code, Some(0), "{page:?}");
    assert!(page.out.contains("Pays     20000 USDC"), "{page:?}");
    let ran = tenor(&["fill", "oneinch", path.to_str().unwrap(), "--json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let gas: u64 = told["gas"].as_str().unwrap().parse().unwrap();
    // Millionths of a dollar: between a cent and a few hundred.
    assert!((10_000..300_000_000).contains(&gas), "{told}");
    fs::remove_file(path).unwrap();
}

#[test]
fn refusals_begin_with_their_code() {
    let path = written("zero", &order("WETH", U256::ZERO));
    let file = path.to_str().unwrap();
    tenor(&["fill", "oneinch", file]).refused(&["zero_amount"]);
    fs::write(&path, "[]").unwrap();
    tenor(&["fill", "oneinch", file]).refused(&["tenor: "]);
    fs::remove_file(&path).unwrap();
    tenor(&["fill", "oneinch", file]).refused(&["cannot read"]);
    let strange = Order { makerAsset: Address::repeat_byte(7), ..order("WETH", WAD) };
    let path = written("strange", &strange);
    tenor(&["fill", "oneinch", path.to_str().unwrap()]).refused(&["unknown_asset"]);
    fs::remove_file(path).unwrap();
}
