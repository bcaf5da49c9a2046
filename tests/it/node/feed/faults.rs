//! A node that fails, lies or restarts: a typed error, and the market before stays.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

use serde_json::{Value, json};
use tenor::market::{
    feed::{Depth, Follower, Step},
    live::LiveError,
    over::{OverError, ReadError},
    rpc::Fault,
};
use tenor_simulations::World;

use super::{Trader, assert_exact, follower, judge};
use crate::{
    node::{
        anvil::Anvil,
        http,
        proxy::{Deed, Proxy, has},
    },
    world::rng::Rng,
};

type Trick = fn(&Value) -> Option<Deed>;
/// A trick, its name, and the fault that it must come to.
type Case = (&'static str, Trick, fn(&Fault) -> bool);

/// A chain behind a proxy that plays whatever trick it is told to.
fn tricked(anvil: &Anvil) -> (Proxy, Arc<Mutex<Option<Trick>>>) {
    let trick = Arc::new(Mutex::new(None::<Trick>));
    let told = Arc::clone(&trick);
    let proxy = Proxy::before(anvil, move |request| {
        let played = told.lock().unwrap().and_then(|trick| trick(request));
        played.unwrap_or(Deed::Forward)
    });
    (proxy, trick)
}

fn fault(error: &OverError) -> &Fault {
    match error {
        OverError::Rpc(error) | OverError::Live(LiveError::Fetch(ReadError::Rpc(error))) => {
            &error.fault
        }
        other => panic!("{other}"),
    }
}

/// Changes the result of each call of a method.
fn change(request: &Value, method: &'static str, to: fn(&mut Value)) -> Option<Deed> {
    let ids: Vec<Value> = match request.as_array() {
        Some(calls) => {
            calls.iter().filter(|c| c["method"] == method).map(|c| c["id"].clone()).collect()
        }
        None => (request["method"] == method).then(|| request["id"].clone()).into_iter().collect(),
    };
    if ids.is_empty() {
        return None;
    }
    Some(Deed::Change(Box::new(move |answer| {
        let answers = match answer {
            Value::Array(all) => all.iter_mut().collect(),
            one => vec![one],
        };
        answers.into_iter().filter(|one| ids.contains(&one["id"])).for_each(to);
    })))
}

#[test]
fn whatever_a_node_does_the_market_before_stays() {
    let anvil = judge::place(&judge::figures().1);
    let (proxy, trick) = tricked(&anvil);
    let mut follower = follower(&proxy.url(), Depth::default());
    let rng = &mut Rng::new(7);
    let mut trader = Trader::new(&anvil);
    assert_eq!(follower.advance(), Ok(Step::Next(1)));
    let cases: &[Case] = &[
        ("dropped", |_| Some(Deed::Cut), |f| matches!(f, Fault::Dropped(_))),
        (
            "server",
            |_| Some(Deed::Status("503 Service Unavailable", "", "")),
            |f| matches!(f, Fault::Server { status: 503 }),
        ),
        (
            "logs left out",
            |r| change(r, "eth_getLogs", |answer| answer["result"] = json!([])),
            |f| matches!(f, Fault::Lied(_)),
        ),
        (
            "no logs",
            |r| change(r, "eth_getLogs", |answer| answer["result"] = Value::Null),
            |f| matches!(f, Fault::Gone { .. }),
        ),
        (
            "pruned",
            |r| has(r, "eth_call").then(|| Deed::Change(Box::new(refuse))),
            |f| matches!(f, Fault::Pruned { .. }),
        ),
        (
            "garbage",
            |r| change(r, "eth_call", |answer| answer["result"] = json!("0xzz")),
            |f| matches!(f, Fault::Garbage { .. }),
        ),
        (
            "another header",
            |r| change(r, "eth_getBlockByNumber", |a| a["result"]["gasUsed"] = json!("0x7")),
            |f| matches!(f, Fault::Lied(_)),
        ),
        ("not json", |_| Some(Deed::Body("<html>".into())), |f| matches!(f, Fault::Garbage { .. })),
    ];
    for (name, played, expected) in cases {
        trader.trade_for_sure(rng, follower.live().market());
        let before = format!("{:?}", follower.live());
        *trick.lock().unwrap() = Some(*played);
        let error = follower.advance().expect_err(name);
        assert!(expected(fault(&error)), "{name}: {error}");
        assert_eq!(format!("{:?}", follower.live()), before, "{name}");
        *trick.lock().unwrap() = None;
        assert_eq!(follower.advance(), Ok(Step::Next(1)), "{name}");
        assert_exact(&follower);
    }
}

fn refuse(answer: &mut Value) {
    let one = |answer: &mut Value| {
        let error = json!({ "code": -32000, "message": "missing trie node" });
        *answer = json!({ "jsonrpc": "2.0", "id": answer["id"], "error": error });
    };
    match answer {
        Value::Array(all) => all.iter_mut().for_each(one),
        all => one(all),
    }
}

/// A node that restarts comes back with its state, as another process on another port.
#[test]
fn a_node_that_restarts_is_followed_on() {
    let engine = judge::figures().1;
    let first = judge::place(&engine);
    let port = Arc::new(AtomicU16::new(first.port()));
    let upstream = Arc::clone(&port);
    let proxy = Proxy::before(&first, move |request| {
        match http::post(upstream.load(Ordering::Relaxed), request.to_string().as_bytes()) {
            Ok(body) => Deed::Body(String::from_utf8(body).unwrap()),
            Err(_) => Deed::Status("502 Bad Gateway", "", ""),
        }
    });
    let rng = &mut Rng::new(11);
    let mut trader = Trader::new(&first);
    let mut follower: Follower = follower(&proxy.url(), Depth::default());
    trader.trade_for_sure(rng, follower.live().market());
    follower.advance().unwrap();
    let state = first.call("anvil_dumpState", &json!([]));
    let hash = follower.live().market().hash;
    drop(first);
    let error = follower.advance().unwrap_err();
    assert!(matches!(fault(&error), Fault::Server { status: 502 }), "{error}");
    assert_eq!(follower.live().market().hash, hash);
    let second = restarted(engine.world().unwrap(), &state);
    port.store(second.port(), Ordering::Relaxed);
    follower.advance().unwrap();
    assert_exact(&follower);
    let mut trader = Trader::new(&second);
    for _ in 0..3 {
        trader.trade_for_sure(rng, follower.live().market());
        follower.advance().unwrap();
        assert_exact(&follower);
    }
}

fn restarted(world: &World, state: &Value) -> Anvil {
    let block = world.block();
    let [number, gas] = [block.number + 1, block.gas_limit].map(|n| n.to_string());
    let timestamp = (block.timestamp + 60).to_string();
    let anvil = Anvil::start(&[
        "--chain-id",
        "1",
        "--number",
        &number,
        "--timestamp",
        &timestamp,
        "--gas-limit",
        &gas,
        "--hardfork",
        "cancun",
    ]);
    anvil.call("anvil_loadState", &json!([state]));
    anvil.mine();
    anvil
}
