//! Markets, assets, venues and the curve: what they say is what the market says.

use std::collections::HashSet;

use tenor_solver::{amount, venues::Capacity};

use super::{Server, server::engine};
use crate::cli::tenor;

#[test]
fn the_market_says_all_that_can_be_named() {
    let server = Server::start();
    let told = server.client().get("/v1/markets").ok();
    let engine = engine();
    let market = engine.market();
    assert_eq!(told["hash"], market.hash.to_string());
    assert_eq!(told["assets"], server.client().get("/v1/assets").ok());
    assert_eq!(told["venues"], server.client().get("/v1/venues").ok());
    let assets = told["assets"].as_array().unwrap();
    assert_eq!(assets.len(), market.tokens.len());
    for (asset, token) in assets.iter().zip(&market.tokens) {
        assert_eq!(asset["address"], token.address.to_string());
        let redemption = market.redemptions.iter().find(|r| r.token == token.address);
        assert_eq!(asset["redeems_wei"].is_null(), redemption.is_none(), "{asset}");
        if let Some(r) = redemption {
            let whole =
                alloy_primitives::U256::from(10).pow(alloy_primitives::U256::from(token.decimals));
            let wei = amount::mul_div(whole, r.eth, r.units).unwrap();
            assert_eq!(asset["redeems_wei"], wei.to_string());
        }
        let earned = market.yields.iter().any(|earned| earned.token == token.address);
        assert_eq!(asset["earned"].is_object(), earned, "{asset}");
    }
    let ids: HashSet<_> =
        told["venues"].as_array().unwrap().iter().map(|v| v["id"].clone()).collect();
    assert_eq!(ids.len(), market.listings.len());
}

/// What is unknown is told as such, not as a number and not as unlimited.
#[test]
fn a_limit_that_nobody_knows_is_unknown() {
    let server = Server::start();
    let venues = server.client().get("/v1/venues").ok();
    let engine = engine();
    let mut unknown = 0;
    for (told, listing) in venues.as_array().unwrap().iter().zip(&engine.market().listings) {
        for direction in told["directions"].as_array().unwrap() {
            let at = |member: &str| {
                let token = direction[member].as_str().unwrap();
                listing.venue.tokens().iter().position(|t| t.to_string() == token).unwrap()
            };
            let kind = match listing.venue.capacity(at("token_in"), at("token_out")) {
                Capacity::Unlimited => "unlimited",
                Capacity::Limited { .. } => "limited",
                Capacity::Unknown(_) => "unknown",
            };
            assert_eq!(direction["capacity"]["kind"], kind, "{told}");
            unknown += usize::from(kind == "unknown");
        }
    }
    assert!(unknown > 0);
}

#[test]
fn the_curve_is_the_command_lines() {
    let server = Server::start();
    let curve = server.client().get("/v1/curve").ok();
    let ran = tenor(&["curve", "--json"]);
    let printed: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(curve, printed);
    assert_eq!(curve["observations"]["synthetic"], true);
}
