//! Blocks that give way to others, one to five deep: state, pool and bundles follow.

use alloy_primitives::{Address, B256, U256};
use serde_json::{Value, json};
use tenor::market::rpc::{Node, Options};

use super::kit::{self, ETHER, Local, address, number, plain, sign};

const TO: Address = Address::repeat_byte(0x99);

fn held(local: &Local) -> U256 {
    let balance = local.call("eth_getBalance", &json!([TO, "latest"]));
    balance.as_str().unwrap().parse().unwrap()
}

fn hash(local: &Local, block: &Value) -> Option<B256> {
    local.call("eth_getBlockByNumber", &json!([block, false]))["hash"].as_str()?.parse().ok()
}

#[test]
fn the_state_follows() {
    for depth in 1..=5_u64 {
        let local = Local::start();
        (0..6_u64).for_each(|n| {
            local.call("eth_sendRawTransaction", &json!([sign(0, plain(n, TO, ETHER))]));
            local.mine();
        });
        let top = local.next() - 1;
        let old: Vec<B256> =
            (top - 5..=top).map(|n| hash(&local, &json!(format!("{n:#x}"))).unwrap()).collect();
        assert_eq!(held(&local), U256::from(6 * ETHER));
        let head = local.switch("sandbox_reorg", &json!([{ "depth": depth, "forget": true }]));
        assert_eq!(head["number"], top);
        let kept = u128::from(6 - depth);
        assert_eq!(held(&local), U256::from(kept * ETHER), "{depth}");
        for (n, old) in (top - 5..=top).zip(old) {
            let there = hash(&local, &json!(format!("{n:#x}"))).unwrap();
            assert_eq!(there == old, n + depth <= top, "{depth} {n}");
            let by_hash = local.call("eth_getBlockByHash", &json!([old, false]));
            assert_eq!(by_hash.is_null(), n + depth > top);
        }
        // What was in them is in none, and may land again.
        let last = sign(0, plain(5, TO, ETHER));
        assert_eq!(local.landed(kit::hash(&last)), None);
        assert_eq!(number(&local.call("eth_getTransactionCount", &json!([address(0)]))), 6 - depth);
    }
}

/// Unless it is forgotten, what was public lands again, once, and so does a bundle for its own block.
#[test]
fn what_was_dropped_lands_again() {
    for depth in 1..=5_u64 {
        let local = Local::start();
        (0..6_u64).for_each(|n| {
            local.call("eth_sendRawTransaction", &json!([sign(0, plain(n, TO, ETHER))]));
            local.bundle(&[sign(1, plain(n, TO, ETHER))]);
            local.mine();
        });
        let bundles: Vec<Option<u64>> =
            (0..6).map(|n| local.landed(kit::hash(&sign(1, plain(n, TO, ETHER))))).collect();
        local.switch("sandbox_reorg", &json!([{ "depth": depth }]));
        assert_eq!(held(&local), U256::from(12 * ETHER), "{depth}");
        let again: Vec<Option<u64>> =
            (0..6).map(|n| local.landed(kit::hash(&sign(1, plain(n, TO, ETHER))))).collect();
        assert_eq!(again, bundles);
        assert!(local.standings().iter().all(|standing| standing == "landed"));
    }
}

/// Our own reader of nodes sees the new chain, each block the parent of the next.
#[test]
fn a_node_reader_follows() {
    let local = Local::start();
    (0..6).for_each(|_| local.mine());
    let options = Options { timeout: std::time::Duration::from_secs(60), ..Options::default() };
    let node = Node::connect(&local.url(), Some(1), options).unwrap();
    for depth in 1..=5_u64 {
        let before = node.head().unwrap();
        local.switch("sandbox_reorg", &json!([{ "depth": depth, "build": depth + 1 }]));
        let after = node.head().unwrap();
        assert_eq!(after.number, before.number + 1);
        let path = node.before(&after, after.number - 6).unwrap();
        assert_eq!(path.len(), 6);
        assert!(path.iter().all(|head| head.hash != before.hash));
    }
}

#[test]
fn no_more_is_dropped_than_there_is() {
    let local = Local::start();
    local.mine();
    assert!(local.sandbox.reorg(2, 0, false).is_err());
    assert!(local.sandbox.reorg(1, 0, false).is_ok());
    let first = local.call("eth_getBlockByNumber", &json!(["earliest", false]));
    assert_eq!(local.call("eth_blockNumber", &json!([])), first["number"]);
}
