//! The chain changes its mind while a block is read: the block's own values or an error, never
//! another block's.

use alloy_primitives::U256;
use serde_json::{Value, json};
use tenor::market::rpc::{Fault, Node};
use tenor_simulations::{SourceCause, StateSource};

use super::{
    ALICE, VAULT,
    anvil::Anvil,
    furnished, kept, options,
    proxy::{Deed, Proxy, calls},
    set,
};

/// Puts other values in place of the newest block's, at the same height.
fn replace(anvil: &Anvil) {
    anvil.reorg(1);
    let mut other: Vec<_> =
        (0..80).map(|slot| ("anvil_setStorageAt", json!(set(slot, U256::from(1))))).collect();
    other.push(("anvil_setBalance", json!([ALICE, "0x1"])));
    anvil.calls(&other);
}

/// Reads on after the block is replaced: each answer is the block's, or says that it is gone.
fn reads_on(url: &str, anvil: &Anvil) -> (usize, usize) {
    let node = Node::connect(url, None, options()).unwrap();
    let head = node.head().unwrap();
    let state = node.state(&head);
    assert_eq!(state.storage(VAULT, U256::ZERO).unwrap(), kept(0));
    replace(anvil);
    assert_ne!(node.head().unwrap().hash, head.hash);
    let (mut answered, mut gone) = (0, 0);
    for slot in 1..80 {
        match state.storage(VAULT, U256::from(slot)) {
            Ok(value) => {
                assert_eq!(value, kept(slot), "another block's value");
                answered += 1;
            }
            Err(error) => {
                assert!(matches!(error.cause, SourceCause::Gone(_)), "{error}");
                gone += 1;
            }
        }
    }
    let account = state.account(ALICE);
    assert!(account.is_err() || account.unwrap().unwrap().balance > U256::ONE);
    // What was read before stays read.
    assert_eq!(state.storage(VAULT, U256::ZERO).unwrap(), kept(0));
    (answered, gone)
}

#[test]
fn a_block_that_is_replaced_is_gone_or_itself() {
    for url in [Anvil::http, Anvil::ws, Anvil::ipc] {
        let anvil = furnished(&[]);
        anvil.mine();
        let (answered, gone) = reads_on(&url(&anvil), &anvil);
        println!("after a reorg: {answered} answered, {gone} gone");
        assert_eq!(answered + gone, 79);
    }
}

/// A node that knows blocks by number alone answers for the block that took the place.
#[test]
fn a_block_that_is_replaced_is_gone_where_blocks_are_told_by_number() {
    let anvil = furnished(&[]);
    anvil.mine();
    let proxy = by_number(&anvil);
    assert_eq!(reads_on(&proxy.url(), &anvil), (0, 79));
}

/// A node that takes no hash for a block.
fn by_number(anvil: &Anvil) -> Proxy {
    Proxy::before(anvil, |request| {
        let last = |call: &Value| call["params"].as_array().and_then(|p| p.last().cloned());
        let by_hash = calls(request).iter().any(|call| last(call).is_some_and(|p| p.is_object()));
        match by_hash {
            true => Deed::Change(Box::new(|answer| {
                let error =
                    json!({ "code": -32602, "message": "invalid argument 1: want a number" });
                *answer = json!({ "jsonrpc": "2.0", "id": answer["id"], "error": error });
            })),
            false => Deed::Forward,
        }
    })
}

#[test]
fn a_node_that_knows_blocks_by_number_only_is_asked_after_each_read() {
    let anvil = furnished(&[]);
    let proxy = by_number(&anvil);
    let node = Node::connect(&proxy.url(), None, options()).unwrap();
    let state = node.state(&node.head().unwrap());
    let before = proxy.calls("eth_getBlockByNumber");
    for slot in 0..5 {
        assert_eq!(state.storage(VAULT, U256::from(slot)).unwrap(), kept(slot));
    }
    assert_eq!(proxy.calls("eth_getBlockByNumber") - before, 5);
    assert_eq!(state.account(ALICE).unwrap().unwrap().nonce, 5);
}

/// The blocks before are replaced too: their hashes are not this block's ancestors'.
#[test]
fn ancestors_of_a_replaced_block_are_its_own_or_none() {
    let anvil = furnished(&[]);
    (0..6).for_each(|_| anvil.mine());
    let node = Node::connect(&anvil.http(), None, options()).unwrap();
    let head = node.head().unwrap();
    let second = node.block(2).unwrap();
    let state = node.state(&head);
    anvil.reorg(3);
    assert_eq!(state.block_hash(head.number - 1).unwrap(), head.parent);
    // Block 2 is on both chains; the way to it is not.
    let error = state.block_hash(second.number).unwrap_err();
    assert!(matches!(error.cause, SourceCause::Gone(_)), "{error}");
    let now = node.state(&node.head().unwrap());
    assert_eq!(now.block_hash(second.number).unwrap(), second.hash);
}

/// To go back is what a restored snapshot does as well.
#[test]
fn a_chain_that_goes_back_lags() {
    let anvil = furnished(&[]);
    let snapshot = anvil.call("evm_snapshot", &json!([]));
    anvil.mine();
    let node = Node::connect(&anvil.http(), None, options()).unwrap();
    let head = node.head().unwrap();
    anvil.call("evm_revert", &json!([snapshot]));
    let fault = node.head_since(head.number).unwrap_err().fault;
    assert_eq!(fault, Fault::Lagging { wanted: head.number, head: head.number - 1 });
    let error = node.state(&head).storage(VAULT, U256::ONE).unwrap_err();
    assert!(matches!(error.cause, SourceCause::Gone(_)), "{error}");
}
