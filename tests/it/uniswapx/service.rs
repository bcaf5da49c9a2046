//! The service as UniswapX meets it: requests for quotes, the webhook, and the orders' API.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};
use tenor::{
    api::keys::Keys,
    config::{Config, Link, Uniswapx},
    intents::uniswapx::{Order, abi::DutchOutput, reactors},
};

use super::kit::{self, Setting, cosigned, signature};
use crate::{
    api::{Client, Server},
    signed::engine,
    world::rng::Rng,
};

fn server(uniswapx: Uniswapx) -> Server {
    Server::with(Config { uniswapx, ..Config::default() }, Keys::default())
}

fn token(symbol: &str) -> Address {
    engine().market().tokens.iter().find(|token| token.symbol == symbol).unwrap().address
}

fn request(side: &str, sold: Address, bought: Address, amount: U256) -> Value {
    json!({
        "requestId": "7a4ce29c-cd1b-4f22-b9e4-4a5b1f3f3a11",
        "quoteId": "c67c2882-24aa-4a68-a90b-53250ef81517",
        "tokenInChainId": 1, "tokenOutChainId": 1, "swapper": Address::ZERO, "tokenIn": sold,
        "tokenOut": bought, "amount": amount.to_string(), "type": side, "numOutputs": 1,
        "protocol": "v2",
    })
}

fn amount(value: &Value) -> U256 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn quotes_are_given_both_ways() {
    let server = server(Uniswapx { quote_standing: true, ..Uniswapx::default() });
    let ask = |request: &Value| server.client().post("/uniswapx/quote", request);
    let (weth, wsteth) = (token("WETH"), token("wstETH"));
    let given = U256::from(10).pow(U256::from(19));
    let quote = ask(&request("EXACT_INPUT", weth, wsteth, given)).ok();
    assert_eq!(quote["requestId"], "7a4ce29c-cd1b-4f22-b9e4-4a5b1f3f3a11");
    assert_eq!(quote["quoteId"], "c67c2882-24aa-4a68-a90b-53250ef81517");
    assert_eq!(quote["filler"].as_str().unwrap().parse::<Address>(), Ok(reactors::FILLER));
    assert_eq!((&quote["chainId"], amount(&quote["amountIn"])), (&json!(1), given));
    // Less than the protocol's own rate, by gas and margin, and not by much.
    let offered = amount(&quote["amountOut"]);
    let rate = engine().market().redeem_value(wsteth, offered).unwrap();
    let most = given - given / U256::from(100);
    assert!(rate < given && rate > most, "{rate} for {given}");

    // What buys as much costs as much.
    let back = ask(&request("EXACT_OUTPUT", weth, wsteth, offered)).ok();
    assert_eq!(amount(&back["amountOut"]), offered);
    let asked = amount(&back["amountIn"]);
    assert!(asked.abs_diff(given) < given / U256::from(10_000), "{asked} for {given}");
    // Ether is bought by UniswapX's own name for it.
    let ether = ask(&request("EXACT_INPUT", wsteth, Address::ZERO, given)).ok();
    assert!(amount(&ether["amountOut"]) > given);
}

#[test]
fn without_a_quote_nothing_is_said() {
    let (weth, wsteth) = (token("WETH"), token("wstETH"));
    let given = U256::from(10).pow(U256::from(18));
    let good = request("EXACT_INPUT", weth, wsteth, given);
    // A market of the past promises nothing of today.
    let careful = server(Uniswapx::default());
    assert_eq!(careful.client().post("/uniswapx/quote", &good).status, 204);

    let server = server(Uniswapx { quote_standing: true, ..Uniswapx::default() });
    let ask = |request: &Value| server.client().post("/uniswapx/quote", request);
    let declined = [
        request("EXACT_INPUT", weth, Address::repeat_byte(7), given),
        request("EXACT_INPUT", weth, weth, given),
        request("EXACT_INPUT", weth, wsteth, U256::ZERO),
        // Gas takes all of it.
        request("EXACT_INPUT", weth, wsteth, U256::from(1_000)),
        request("EXACT_OUTPUT", weth, wsteth, U256::MAX),
    ];
    for request in declined {
        let reply = ask(&request);
        assert_eq!((reply.status, reply.body.len()), (204, 0), "{request}");
    }
    let mut elsewhere = good.clone();
    elsewhere["tokenInChainId"] = json!(8453);
    assert_eq!(ask(&elsewhere).status, 204);
    let mut short = good.clone();
    short.as_object_mut().unwrap().remove("tokenIn");
    ask(&short).refused("missing_field");
    let mut odd = good;
    odd["amount"] = json!("-5");
    ask(&odd).refused("invalid_field");
}

/// An order for wstETH that pays, open for an hour of today.
fn order(seed: u64) -> Order {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (sold, bought) = (token("WETH"), token("wstETH"));
    let setting = Setting { sold, bought, now, block: 20_000_000, base_fee: 1 };
    let rng = &mut Rng::new(seed);
    let Order::Dutch(mut order) = kit::order(rng, kit::KINDS[0], &setting) else { unreachable!() };
    order.info.deadline = U256::from(now + 3_600);
    order.exclusiveFiller = Address::ZERO;
    let given = U256::from(10).pow(U256::from(19));
    (order.input.startAmount, order.input.endAmount) = (given, given);
    let owed = given / U256::from(2);
    let (token, recipient) = (bought, order.info.swapper);
    order.outputs = vec![DutchOutput { token, startAmount: owed, endAmount: owed, recipient }];
    (order.decayStartTime, order.decayEndTime) = (U256::from(now), U256::from(now + 60));
    cosigned(Order::Dutch(order))
}

fn told(order: &Order) -> Value {
    json!({
        "orderHash": order.hash(), "createdAt": 1, "signature": signature(order),
        "orderStatus": "open", "encodedOrder": alloy_primitives::Bytes::from(order.encode()),
        "chainId": 1, "type": order.kind().name(), "offerer": order.info().swapper,
        "notifiedAt": 1_700_000_000_000_u64,
    })
}

/// The listed order, once it has been thought about.
fn thought(client: &Client, order: &Order) -> Value {
    let end = Instant::now() + Duration::from_secs(120);
    while Instant::now() < end {
        let listed = client.get("/uniswapx/orders").ok();
        let name = order.hash().to_string();
        let found = listed["orders"].as_array().unwrap().iter().find(|o| o["orderHash"] == *name);
        if let Some(found) = found.filter(|found| !found["block"].is_null()) {
            return found.clone();
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("the order was never thought about")
}

#[test]
fn the_webhook_takes_orders_that_hold() {
    let mut server = server(Uniswapx::default());
    let post = |body: &Value| server.client().post("/uniswapx/orders", body);
    let order = order(1);
    let taken = post(&told(&order)).ok();
    assert_eq!((&taken["taken"], &taken["type"]), (&json!("new"), &json!("Dutch")));
    assert_eq!(post(&told(&order)).ok()["taken"], "known");
    let thought = thought(&server.client(), &order);
    let fill = &thought["fill"];
    assert_eq!(thought["refused"], Value::Null);
    let left = amount(&fill["received"]) - amount(&fill["owed"]) - amount(&fill["gasCost"]);
    assert_eq!(amount(&fill["profit"]), left);
    assert_eq!(fill["to"].as_str().unwrap().parse::<Address>(), Ok(reactors::FILLER));

    // Whoever was told that it was taken does not tell again: it comes back after a restart.
    server.stop();
    let server = server.after(Config::default());
    let post = |body: &Value| server.client().post("/uniswapx/orders", body);
    assert_eq!(self::thought(&server.client(), &order)["fill"]["owed"], fill["owed"]);

    // What became of it is told the same way.
    let mut filled = told(&order);
    filled["orderStatus"] = json!("filled");
    assert_eq!(post(&filled).ok()["taken"], "forgotten");
    assert_eq!(server.client().get("/uniswapx/orders").ok()["orders"], json!([]));

    let altered = |name: &str, value: Value| {
        let mut body = told(&order);
        body[name] = value;
        post(&body)
    };
    altered("chainId", json!(10)).refused("wrong_chain");
    altered(
        "orderHash",
        json!(U256::from(1).to_be_bytes::<32>().map(|b| format!("{b:02x}")).concat()),
    )
    .refused("invalid_field");
    altered("encodedOrder", json!("0x1234")).refused("invalid_field");
    altered("signature", json!(format!("0x{}", "11".repeat(65)))).refused("signature_recovery");
    altered("signature", json!(signature(&super::service::order(2)))).refused("wrong_signer");
}

/// An orders' API that answers every request with this page, after one that is broken.
fn orders_api(page: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v2", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (nth, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let asked = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            assert!(asked.starts_with("GET /v2/orders?orderStatus=open&chainId=1&"), "{asked}");
            let body = if nth == 0 { "{".to_owned() } else { page.to_string() };
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let length = body.len();
            // The server may have stopped by now.
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
        }
    });
    url
}

#[test]
fn open_orders_are_asked_for() {
    let (one, two) = (order(3), order(4));
    let mut forged = told(&two);
    forged["signature"] = json!(signature(&one));
    let page = json!({ "orders": [{ "type": "Relay" }, forged, told(&one)] });
    let url = Link(orders_api(page).parse().unwrap());
    let server = server(Uniswapx { orders_url: Some(url), poll_ms: 100, ..Uniswapx::default() });
    let thought = thought(&server.client(), &one);
    assert!(amount(&thought["fill"]["profit"]) > U256::ZERO);
    let listed = server.client().get("/uniswapx/orders").ok();
    assert_eq!(listed["orders"].as_array().unwrap().len(), 1);
}
