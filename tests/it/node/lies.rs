//! What a node can say that is not so: found out wherever it contradicts something.

use alloy_primitives::{B256, U256};
use serde_json::{Value, json};
use tenor::market::rpc::{Fault, Node, Options};

use super::{
    VAULT,
    faults::{connect, spoilt},
    furnished, options,
    proxy::{Deed, Proxy, calls, has},
};

#[test]
fn another_chain_is_refused() {
    let anvil = furnished(&[]);
    let error = Node::connect(&anvil.http(), Some(1), options()).unwrap_err();
    assert_eq!(error.fault, Fault::WrongChain { wanted: 1, found: 31_337 });
    let text = error.to_string();
    assert!(text.ends_with("use a node of chain 1"), "{text}");
    for value in [json!(null), json!(31337), json!("0x1ffffffffffffffff"), json!([])] {
        let proxy = spoilt(&anvil, "eth_chainId", move |_| {
            let value = value.clone();
            Deed::Change(Box::new(move |answer| answer[0]["result"] = value))
        });
        let fault = connect(&proxy.url()).unwrap_err();
        assert!(matches!(fault, Fault::Garbage { .. }), "{fault}");
    }
}

#[test]
fn a_node_that_lags_is_told_from_one_that_forgets() {
    let anvil = furnished(&[]);
    let node = connect(&anvil.http()).unwrap();
    assert_eq!(node.block(9).unwrap_err().fault, Fault::Lagging { wanted: 9, head: 1 });
    assert_eq!(node.head_since(2).unwrap_err().fault, Fault::Lagging { wanted: 2, head: 1 });
    assert_eq!(node.head_since(1).unwrap().number, 1);
    let forgets = Proxy::before(&anvil, |request| {
        let numbers = calls(request).iter().any(|call| call["params"][0] == "0x0");
        if !numbers {
            return Deed::Forward;
        }
        Deed::Change(Box::new(|answer| answer[0]["result"] = Value::Null))
    });
    let node = connect(&forgets.url()).unwrap();
    assert_eq!(node.block(0).unwrap_err().fault, Fault::NoBlock { number: 0 });
}

/// Two answers to one call: neither is believed.
#[test]
fn two_answers_to_one_call_are_found_out() {
    let anvil = furnished(&[]);
    let proxy = spoilt(&anvil, "eth_getStorageAt", |_| {
        Deed::Change(Box::new(|answer| {
            let answers = answer.as_array_mut().unwrap();
            let mut second = answers[0].clone();
            second["result"] = json!("0x1");
            answers.push(second);
        }))
    });
    let node = connect(&proxy.url()).unwrap();
    let state = node.state(&node.head().unwrap());
    let slots = [(VAULT, U256::from(1)), (VAULT, U256::from(2))];
    let fault = state.load(&[], &slots).unwrap_err().fault;
    assert!(matches!(fault, Fault::Garbage { .. }), "{fault}");
}

/// Every field of a header is in its hash.
#[test]
fn a_header_that_was_tampered_with_is_found_out() {
    let anvil = furnished(&[]);
    let one = json!("0x1");
    let word = json!(B256::repeat_byte(1));
    for (field, value) in [
        ("hash", &word),
        ("parentHash", &word),
        ("stateRoot", &word),
        ("baseFeePerGas", &one),
        ("timestamp", &one),
        ("gasLimit", &one),
        ("number", &json!("0x5")),
    ] {
        let value = value.clone();
        let mut times = 0;
        let proxy = Proxy::before(&anvil, move |request| {
            times += usize::from(has(request, "eth_getBlockByNumber"));
            if times != 2 {
                return Deed::Forward;
            }
            let value = value.clone();
            Deed::Change(Box::new(move |answer| answer["result"][field] = value))
        });
        let node = connect(&proxy.url()).unwrap();
        let error = node.head().unwrap_err();
        assert!(matches!(error.fault, Fault::Lied(_)), "{field}: {error}");
        assert!(error.to_string().contains("do not use this node"), "{error}");
    }
}

/// The node sends another block than the one that was asked for, a true one.
#[test]
fn another_block_than_the_one_asked_for_is_found_out() {
    let anvil = furnished(&[]);
    let other = anvil.call("eth_getBlockByNumber", &json!(["0x0", false]));
    let proxy = Proxy::before(&anvil, move |request| {
        let asked = calls(request).iter().any(|call| call["params"][0] == "0x1");
        let other = other.clone();
        match asked {
            true => Deed::Change(Box::new(move |answer| answer[0]["result"] = other)),
            false => Deed::Forward,
        }
    });
    let node = connect(&proxy.url()).unwrap();
    let fault = node.block(1).unwrap_err().fault;
    assert!(matches!(&fault, Fault::Lied(what) if what.contains("sends block 0")), "{fault}");
}

/// With proofs no value is taken on trust: not a balance, a slot or code.
#[test]
fn a_lie_about_state_is_found_out_where_values_are_proven() {
    let anvil = furnished(&[]);
    let proven = Options { proofs: true, ..options() };
    type Lie = fn(&mut Value);
    let about_account: [Lie; 4] = [
        |answer| answer[1]["result"] = json!("0x5f5f5260205ff3"),
        |answer| answer[0]["result"]["balance"] = json!("0x8"),
        |answer| answer[0]["result"]["codeHash"] = json!(B256::repeat_byte(3)),
        |answer| answer[0]["result"]["accountProof"] = json!([]),
    ];
    let about_slot: [Lie; 4] = [
        |answer| answer["result"]["storageProof"][0]["value"] = json!("0x1"),
        |answer| answer["result"]["storageProof"][0]["proof"] = json!([]),
        |answer| answer["result"]["storageHash"] = json!(B256::repeat_byte(3)),
        |answer| answer["result"]["storageProof"][0]["key"] = json!("0x5"),
    ];
    for (at, lie) in about_account.into_iter().chain(about_slot).enumerate() {
        let proxy = spoilt(&anvil, "eth_getProof", move |_| Deed::Change(Box::new(lie)));
        let node = Node::connect(&proxy.url(), None, proven).unwrap();
        let state = node.state(&node.head().unwrap());
        let loaded = match at {
            0..4 => state.load(&[VAULT], &[]),
            _ => state.load(&[], &[(VAULT, U256::from(4))]),
        };
        let fault = loaded.unwrap_err().fault;
        assert!(matches!(fault, Fault::Lied(_)), "{at}: {fault}");
    }
}
