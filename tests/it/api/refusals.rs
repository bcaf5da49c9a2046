//! Whatever is wrong with a request has its own code, in one form.

use std::io::Write as _;

use serde_json::{Value, json};
use tenor::{api::keys::Keys, config::Config};

use super::{
    Client, Server,
    http::{Reply, read},
};

const QUOTES: &str = "/v1/quotes";

fn said(sentence: &str) -> Value {
    json!({ "sentence": sentence })
}

fn members(change: impl FnOnce(&mut Value)) -> Value {
    let mut form = json!({
        "goal": { "kind": "swap", "to": "wstETH" },
        "asset": "WETH",
        "amount": "1000000000000000000",
    });
    change(&mut form);
    json!({ "intent": form })
}

/// Requests of JSON that are wrong, by the code and the member that each is refused with.
fn wrong() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("unknown_asset", "/sentence", said("swap 5 WETH to doge")),
        ("unknown_asset", "/intent/asset", members(|form| form["asset"] = json!("doge"))),
        ("unknown_asset", "/intent/goal/to", members(|form| form["goal"]["to"] = json!("doge"))),
        ("zero_amount", "/sentence", said("swap 0 WETH to wstETH")),
        ("zero_amount", "/intent/amount", members(|form| form["amount"] = json!("0"))),
        ("contradiction", "/sentence", said("swap 5 WETH to WETH")),
        ("contradiction", "/sentence", said("maximize ETH yield on 5 WETH avoid lido only lido")),
        ("contradiction", "/intent/goal/to", members(|form| form["goal"]["to"] = json!("WETH"))),
        (
            "contradiction",
            "/intent/only",
            members(|form| {
                form["avoid"] = json!(["lido"]);
                form["only"] = json!(["lido"]);
            }),
        ),
        (
            "contradiction",
            "/intent/goal/target_bps",
            members(|form| form["goal"] = json!({ "kind": "yield", "target_bps": 300 })),
        ),
        (
            "contradiction",
            "/sentence",
            json!({ "sentence": "swap 5 WETH to wstETH", "intent": members(|_| ())["intent"] }),
        ),
        ("missing_field", "/sentence", json!({})),
        ("expired", "/sentence", said("swap 5 WETH to wstETH by 2025-01-01T00:00:00Z")),
        ("expired", "/intent/deadline", members(|form| form["deadline"] = json!(1_700_000_000))),
        ("expired", "/intent/deadline", members(|form| form["deadline"] = json!(7))),
        ("unknown_protocol", "/sentence", said("swap 5 WETH to wstETH avoid nobody")),
        ("unknown_protocol", "/intent/avoid", members(|form| form["avoid"] = json!(["nobody"]))),
        ("invalid_field", "/intent/avoid", members(|form| form["avoid"] = json!(["lido by 9s"]))),
        ("bad_sentence", "/sentence", said("make me rich")),
        ("bad_sentence", "/sentence", said("")),
        ("bad_sentence", "/sentence", said(&"swap ".repeat(1_000))),
        ("invalid_field", "/intent/amount", members(|form| form["amount"] = json!("-1"))),
        ("invalid_field", "/intent/amount", members(|form| form["amount"] = json!("9".repeat(70)))),
        (
            "invalid_field",
            "/intent/slippage_bps",
            members(|form| form["slippage_bps"] = json!(10_000)),
        ),
        (
            "invalid_field",
            "/intent/liquid",
            members(|form| {
                form["goal"] = json!({ "kind": "yield" });
                form["liquid"] = json!({ "share_bps": 0, "within_s": 5 });
            }),
        ),
        ("unknown_field", "", json!({ "sentense": "x" })),
        ("invalid_field", "/owner", json!({ "sentence": "x", "owner": "0x12" })),
        ("invalid_field", "/kind", json!({ "sentence": "x", "kind": "maybe" })),
        ("no_eth_yield", "", said("maximize ETH yield on 5 USDC")),
    ]
}

#[test]
fn every_wrong_request_has_its_code() {
    let server = Server::start();
    for (code, pointer, request) in wrong() {
        let body = server.client().post(QUOTES, &request).refused(code);
        if !pointer.is_empty() {
            assert_eq!(body["pointer"], pointer, "{request}: {body}");
        }
    }
}

/// Bodies that are no JSON of any request.
#[test]
fn bytes_that_are_no_request_have_their_codes() {
    let server = Server::start();
    let json = server.client().with("content-type", "application/json; charset=utf-8");
    let send = |body: &[u8]| json.send("POST", QUOTES, Some(body));
    send(b"{\"sentence\": \"\xff\"}").refused("invalid_utf8");
    send("[".repeat(200).as_bytes()).refused("too_deep");
    send(b"{\"sentence\": ").refused("not_json");
    send(b"").refused("not_json");
    send(b"{\"sentence\":\"x\"} trailing").refused("not_json");
    send(b"[]").refused("invalid_field");
    let most = server.api.config.api.most_body_bytes;
    send(&vec![b' '; most + 1]).refused("body_too_large");
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let client = server.client().with("content-type", media);
        client.send("POST", QUOTES, Some(b"{}")).refused("wrong_content_type");
    }
    server.client().send("POST", QUOTES, Some(b"{}")).refused("wrong_content_type");
    server.client().send("GET", QUOTES, None).refused("method_not_allowed");
    server.client().get("/v1").refused("not_found");
}

/// One that does not say how long it is, is cut off at the same length.
#[test]
fn a_body_without_a_length_is_counted() {
    let server = Server::start();
    let client = server.client();
    let client =
        client.with("content-type", "application/json").with("transfer-encoding", "chunked");
    let mut stream = client.open();
    stream.write_all(&client.head("POST", QUOTES, None)).unwrap();
    let chunk = vec![b' '; server.api.config.api.most_body_bytes + 1];
    let mut bytes = format!("{:x}\r\n", chunk.len()).into_bytes();
    bytes.extend(chunk);
    bytes.extend(b"\r\n0\r\n\r\n");
    // The server may answer and close before all of it is written.
    let _ = stream.write_all(&bytes);
    read(stream).refused("body_too_large");
}

/// A server that waits for nobody for long.
fn impatient() -> Server {
    let mut config = Config::default();
    config.api.body_ms = 100;
    config.api.head_ms = 100;
    Server::with(config, Keys::default())
}

fn begun(client: &Client, bytes: &[u8]) -> std::net::TcpStream {
    let mut stream = client.open();
    stream.write_all(bytes).unwrap();
    stream
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let server = impatient();
    let client = server.client().with("content-type", "application/json");
    let mut bytes = client.head("POST", QUOTES, Some(50));
    bytes.extend(b"{\"sent");
    let reply: Reply = read(begun(&client, &bytes));
    reply.refused("slow_client");
}

#[test]
fn a_head_that_does_not_come_is_hung_up_on() {
    use std::io::Read as _;
    let server = impatient();
    let mut stream = begun(&server.client(), b"GET /v1/health HTTP/1.1\r\nhost: te");
    let mut bytes = Vec::new();
    // Ended by the server: with a word or without.
    let _ = stream.read_to_end(&mut bytes);
    assert!(!bytes.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&bytes));
    server.client().get("/v1/health").ok();
}
