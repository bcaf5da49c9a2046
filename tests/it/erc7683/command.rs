//! `tenor fill erc7683` on the embedded market.

use std::fs;

use serde_json::Value;

use super::kit::{permit, posted, text};
use crate::{cli::tenor, signed::engine};

#[test]
fn an_order_is_resolved_and_planned() {
    let market = engine().market();
    let token = |symbol: &str| market.tokens.iter().find(|t| t.symbol == symbol).unwrap().address;
    let order = posted(&permit(token("WETH"), token("wstETH"), market.timestamp));
    let path = std::env::temp_dir().join(format!("tenor-erc7683-{}.json", std::process::id()));
    fs::write(&path, text(&order)).unwrap();
    let file = &path;
    let path = path.to_str().unwrap();
    let ran = tenor(&["fill", "erc7683", path, "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["amount"], "50000000000000000000");
    let least: u128 = told["least"].as_str().unwrap().parse().unwrap();
    let out: u128 = told["out"].as_str().unwrap().parse().unwrap();
    assert!(out >= least, "{told}");
    let page = tenor(&["fill", "erc7683", path]);
    assert!(page.out.contains("Wants    41 wstETH"), "{page:?}");
    fs::write(path, "{}").unwrap();
    tenor(&["fill", "erc7683", path]).refused(&["missing_field"]);
    fs::remove_file(file).unwrap();
}
