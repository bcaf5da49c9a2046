//! What is asked once is known to all: counted at a proxy.

use std::{sync::Barrier, thread};

use alloy_primitives::U256;
use serde_json::Value;
use tenor::market::rpc::{Fault, Node, Options};
use tenor_simulations::{SourceCause, StateSource};

use super::{
    ALICE, VAULT, furnished, kept, options,
    proxy::{Deed, Proxy},
};

fn forward(_: &Value) -> Deed {
    Deed::Forward
}

#[test]
fn a_slot_is_asked_once_however_many_ask() {
    let anvil = furnished(&[]);
    let proxy = Proxy::before(&anvil, forward);
    let node = Node::connect(&proxy.url(), None, options()).unwrap();
    let state = node.state(&node.head().unwrap());
    let start = Barrier::new(16);
    thread::scope(|scope| {
        for thread in 0..16 {
            let (state, start) = (&state, &start);
            scope.spawn(move || {
                start.wait();
                for slot in (0..10).map(|slot| (slot + thread) % 10) {
                    assert_eq!(state.storage(VAULT, U256::from(slot)).unwrap(), kept(slot));
                    assert_eq!(state.account(ALICE).unwrap().unwrap().nonce, 5);
                }
            });
        }
    });
    assert_eq!(proxy.calls("eth_getStorageAt"), 10);
    assert_eq!(proxy.calls("eth_getTransactionCount"), 1);
    assert_eq!(state.spent(), 13);
}

#[test]
fn many_slots_and_their_account_come_in_one_round_trip() {
    let anvil = furnished(&[]);
    let proxy = Proxy::before(&anvil, forward);
    let node = Node::connect(&proxy.url(), None, options()).unwrap();
    let state = node.state(&node.head().unwrap());
    let before = (proxy.requests().len(), node.sent());
    let slots: Vec<_> = (0..80).map(|slot| (VAULT, U256::from(slot))).collect();
    state.prefetch(&[], &slots).unwrap();
    assert_eq!(proxy.requests().len(), before.0 + 1);
    assert_eq!(node.sent().packets, before.1.packets + 1);
    for (slot, key) in slots.iter().enumerate() {
        assert_eq!(state.storage(key.0, key.1).unwrap(), kept(slot as u64));
    }
    assert!(state.account(VAULT).unwrap().is_some());
    state.prefetch(&[], &slots).unwrap();
    assert_eq!(proxy.requests().len(), before.0 + 1);
    assert_eq!(proxy.calls("eth_getStorageAt"), 80);
}

#[test]
fn packets_are_no_larger_than_allowed() {
    let anvil = furnished(&[]);
    let proxy = Proxy::before(&anvil, forward);
    let node = Node::connect(&proxy.url(), None, Options { batch: 20, ..options() }).unwrap();
    let state = node.state(&node.head().unwrap());
    let slots: Vec<_> = (0..57).map(|slot| (VAULT, U256::from(slot))).collect();
    let before = proxy.requests().len();
    state.prefetch(&[], &slots).unwrap();
    let sizes: Vec<_> =
        proxy.requests()[before..].iter().map(|r| r.as_array().map_or(1, Vec::len)).collect();
    assert_eq!(sizes, [20, 20, 20]);
    for (_, slot) in &slots {
        assert_eq!(state.storage(VAULT, *slot).unwrap(), kept(slot.to()));
    }
}

/// A node keeps the states of some blocks, so that whoever asks for one again finds it warm.
#[test]
fn simulations_of_one_block_share_its_state() {
    let anvil = furnished(&[]);
    let proxy = Proxy::before(&anvil, forward);
    let node = Node::connect(&proxy.url(), None, options()).unwrap();
    let head = node.head().unwrap();
    node.state(&head).storage(VAULT, U256::ONE).unwrap();
    node.state(&head).storage(VAULT, U256::ONE).unwrap();
    assert_eq!(proxy.calls("eth_getStorageAt"), 1);
}

/// Beyond the limit answers are right all the same; they are asked for again.
#[test]
fn no_more_is_kept_than_allowed() {
    let anvil = furnished(&[]);
    let proxy = Proxy::before(&anvil, forward);
    let node = Node::connect(&proxy.url(), None, Options { kept: 2, ..options() }).unwrap();
    let state = node.state(&node.head().unwrap());
    for _ in 0..2 {
        for slot in 0..4 {
            assert_eq!(state.storage(VAULT, U256::from(slot)).unwrap(), kept(slot));
        }
    }
    assert_eq!(proxy.calls("eth_getStorageAt"), 6);
}

#[test]
fn a_block_costs_no_more_calls_than_allowed() {
    let anvil = furnished(&[]);
    let proxy = Proxy::before(&anvil, forward);
    let node = Node::connect(&proxy.url(), None, Options { budget: 3, ..options() }).unwrap();
    let state = node.state(&node.head().unwrap());
    for slot in 0..3 {
        state.storage(VAULT, U256::from(slot)).unwrap();
    }
    let error = state.load(&[], &[(VAULT, U256::from(3))]).unwrap_err();
    assert_eq!(error.fault, Fault::Budget { most: 3 });
    let error = state.storage(VAULT, U256::from(3)).unwrap_err();
    assert!(matches!(error.cause, SourceCause::Exhausted(_)), "{error}");
    assert_eq!(state.storage(VAULT, U256::ZERO).unwrap(), kept(0));
    assert_eq!(proxy.calls("eth_getStorageAt"), 3);
}
