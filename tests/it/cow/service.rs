//! The engine as the driver meets it: over HTTP.

use serde_json::{Value, json};

use super::kit::{ETHER, USDC, WETH, auction, made, order, product, recorded, solved, value, with};
use crate::api::Server;

fn small() -> Value {
    let orders = [order(1, "sell", (WETH, ETHER), (USDC, 1_000_000_000))];
    made(&orders, &[product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000))])
}

#[test]
fn what_is_asked_over_http_is_answered_the_same() {
    let server = Server::start();
    let asked = small();
    let answer = server.client().post("/cow/solve", &asked).ok();
    let solutions = solved(&auction(&asked)).solutions;
    assert_eq!(answer, json!({ "solutions": solutions }));
}

#[test]
fn recorded_cases_are_answered() {
    let server = Server::start();
    for path in recorded("cases") {
        let case = value(&path);
        let answer = server.client().post("/cow/solve", &case["auction"]).ok();
        assert!(!answer["solutions"].as_array().unwrap().is_empty(), "{}", path.display());
    }
}

#[test]
fn notifications_are_taken_note_of() {
    let server = Server::start();
    let told = json!({ "auctionId": "1", "solutionId": 0, "kind": "settlementStarted" });
    assert_eq!(server.client().post("/cow/notify", &told).status, 200);
    let bad = json!({ "auctionId": 1 });
    server.client().post("/cow/notify", &bad).refused("invalid_field");
}

#[test]
fn what_is_no_auction_is_told_why() {
    let server = Server::start();
    let post = |body: &Value| server.client().post("/cow/solve", body);
    let late = with(&small(), &[("deadline", json!("2020-01-01T00:00:00Z"))]);
    assert_eq!(post(&late).refused("expired")["pointer"], "/deadline");
    let mut short = small();
    short.as_object_mut().unwrap().remove("orders");
    post(&short).refused("missing_field");
    let json = server.client().with("content-type", "application/json");
    let send = |body: &[u8]| json.send("POST", "/cow/solve", Some(body));
    send(b"\"\xff\"").refused("invalid_utf8");
    send(b"{\"id\":").refused("not_json");
    send(format!("{{\"x\":{}", "[".repeat(50_000)).as_bytes()).refused("too_deep");
    let plain = server.client().with("content-type", "text/plain");
    plain.send("POST", "/cow/solve", Some(b"{}")).refused("wrong_content_type");
    // Told to be larger than is read, it is not waited for.
    let large = json.with("content-length", "999999999999");
    large.send("POST", "/cow/solve", None).refused("body_too_large");
}

/// A kind of a later driver costs its own pool alone.
#[test]
fn unknown_liquidity_is_not_fatal() {
    let server = Server::start();
    let mut asked = small();
    let later = json!({ "kind": "uniswapV9", "id": "77", "hooks": [[[]]] });
    asked["liquidity"].as_array_mut().unwrap().push(later);
    let answer = server.client().post("/cow/solve", &asked).ok();
    assert_eq!(answer["solutions"].as_array().unwrap().len(), 1);
}

/// Tens of megabytes are an auction, not too large a body.
#[test]
fn a_large_auction_is_read() {
    let server = Server::start();
    let mut asked = small();
    let pools = asked["liquidity"].as_array_mut().unwrap();
    let other = |n: u32| format!("0x{:040x}", 0xa000_0000_u32 + n);
    for n in 1..30_000 {
        pools.push(product(n, (&other(n), ETHER), (&other(n + 1), ETHER)));
    }
    let bytes = asked.to_string();
    assert!(bytes.len() > 10_000_000, "{}", bytes.len());
    let answer = server.client().post("/cow/solve", &asked).ok();
    assert_eq!(answer["solutions"].as_array().unwrap().len(), 1);
}
