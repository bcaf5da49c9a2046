//! What tokens have earned, by rates at an earlier block of the same node.

use alloy_primitives::{Address, U256, address};
use serde_json::{Value, json};
use tenor::market::{
    earned::Earlier,
    load_places,
    over::{self, OverNode},
    rpc::Node,
};

use super::{
    judge, options,
    proxy::{Deed, Proxy},
};

/// Blocks of a window of a test, of twelve seconds each.
const BLOCKS: u64 = 100;

fn opened(url: &str) -> (Node, OverNode) {
    let node = Node::connect(url, Some(1), options()).unwrap();
    let head = node.head().unwrap();
    let over =
        over::open(&node, &head, load_places(None).unwrap().with_any_code(), |_| ()).unwrap();
    (node, over)
}

#[test]
fn rates_of_an_earlier_block_tell_what_was_earned() {
    let anvil = judge::place(&judge::figures().1);
    let (_, before) = opened(&anvil.http());
    anvil.call("anvil_mine", &json!([format!("{BLOCKS:#x}"), "0xc"]));
    let grown = grow(&anvil, &before);
    let (node, over) = opened(&anvil.http());
    let window = (BLOCKS - 20) * 12;
    let sent = node.sent().packets;
    let earlier = Earlier::since(&node, &over.head, &over.live, window);
    let trips = node.sent().packets - sent;
    assert!(earlier.is_known(), "{earlier:?}");
    let live = earlier.tell(over.live);
    let rows = &live.market().yields;
    let row = rows.iter().find(|row| row.token == grown).unwrap_or_else(|| panic!("{rows:?}"));
    assert!((window..window + 48).contains(&row.window_s), "{row:?}");
    assert!(row.rate > U256::ZERO);
    assert!(!live.market().unknowns.iter().any(|u| u.token == grown && u.what.contains("yield")));
    println!("rates of an earlier block: {trips} round trips, {} yields", rows.len());
}

/// Raises the word of a share token's storage that its rate follows.
fn grow(anvil: &super::Anvil, before: &OverNode) -> Address {
    let swell = address!("f951e335afb289353dc249e82926178eac7ded78");
    let told = before.live.market().redeem_value(swell, U256::from(10).pow(U256::from(18)));
    let (_, engine) = judge::figures();
    let placed = engine.world().unwrap().placed().unwrap();
    let account = placed.iter().find(|account| account.address == swell).unwrap();
    let rate = told.unwrap();
    let (slot, _) = account.storage.iter().find(|(_, value)| *value == rate).unwrap();
    let more = rate + rate / U256::from(1_000);
    anvil.call("anvil_setStorageAt", &json!([swell, slot, format!("{more:#066x}")]));
    anvil.mine();
    swell
}

/// Without the earlier state, no yield is known, and the market says why.
#[test]
fn a_node_without_the_earlier_state_is_why() {
    let anvil = judge::place(&judge::figures().1);
    let (node, over) = opened(&anvil.http());
    let earlier = Earlier::of(&node, &over.head, &over.live);
    let live = earlier.tell(over.live);
    let why = live.no_yields().unwrap();
    assert!(why.contains("does not have block"), "{why}");
    let said = |u: &tenor_solver::market::Unknown| u.what.contains(why);
    assert!(live.market().unknowns.iter().any(said));

    anvil.call("anvil_mine", &json!([format!("{BLOCKS:#x}"), "0xc"]));
    let proxy = Proxy::before(&anvil, |_| Deed::Forward);
    let (node, over) = opened(&proxy.url());
    let pruning = pruned(&anvil, over.head.number);
    let (other, _) = opened(&pruning.url());
    let earlier = Earlier::since(&other, &over.head, &over.live, (BLOCKS - 20) * 12);
    assert!(Earlier::since(&node, &over.head, &over.live, (BLOCKS - 20) * 12).is_known());
    let Earlier::Unknown(why) = earlier else { panic!("{earlier:?}") };
    assert!(why.contains("does not keep the state of block"), "{why}");
}

/// A node that keeps the state of its newest block alone.
fn pruned(anvil: &super::Anvil, newest: u64) -> Proxy {
    let hash = anvil.call("eth_getBlockByNumber", &json!([format!("{newest:#x}"), false]));
    let hash = hash["hash"].as_str().unwrap().to_owned();
    Proxy::before(anvil, move |request| {
        let text = request.to_string();
        if !text.contains("eth_call") || text.contains(&hash) {
            return Deed::Forward;
        }
        Deed::Change(Box::new(|answer| {
            for one in answer.as_array_mut().into_iter().flatten() {
                let error = json!({ "code": -32000, "message": "missing trie node" });
                let id: Value = one["id"].clone();
                *one = json!({ "jsonrpc": "2.0", "id": id, "error": error });
            }
        }))
    })
}
