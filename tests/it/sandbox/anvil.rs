//! The same transactions on anvil: the same gas, the same ends, the same logs.

use alloy_consensus::{TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip7702::Authorization,
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use serde_json::{Value, json};

use super::kit::{ETHER, GWEI, Local, address, key, plain, sign};
use crate::node::anvil::Anvil;

/// Code that keeps what it is sent, logs it, and reverts with it where its first byte is one.
const KEEPS: &str = "5f355f55 5f355f52 60205fa0 5f355f1a 600114601757 00 5b 60205ffd";

/// Creation code of some code.
fn creation(code: &str) -> Bytes {
    let code: Vec<u8> = alloy_primitives::hex::decode(code.replace(' ', "")).unwrap();
    let length = u8::try_from(code.len()).unwrap();
    // push the length, copy what follows these ten bytes, return it
    let head = [0x60, length, 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3];
    [&head[..], &code].concat().into()
}

fn transactions() -> Vec<Bytes> {
    let made = address(0).create(0);
    let word = |first: u8| -> Bytes {
        let mut word = [0x5a; 32];
        word[0] = first;
        word.into()
    };
    let call = |nonce, input| TxEip1559 { input, ..plain(nonce, made, 0) };
    let slot = AccessListItem { address: made, storage_keys: vec![B256::ZERO] };
    let authorization = Authorization { chain_id: U256::ONE, address: made, nonce: 0 };
    let (signature, parity) =
        key(1).sign_prehash_recoverable(authorization.signature_hash().as_slice()).unwrap();
    let signature = Signature::from_signature_and_parity(signature, parity.is_y_odd());
    vec![
        sign(
            0,
            TxEip1559 { to: TxKind::Create, input: creation(KEEPS), ..plain(0, Address::ZERO, 0) },
        ),
        sign(0, call(1, word(2))),
        // Reverts with data.
        sign(0, call(2, word(1))),
        // Clears the slot: gas comes back.
        sign(0, call(3, Bytes::new())),
        sign(0, TxEip1559 { gas_limit: 30_000, ..call(4, word(3)) }),
        sign(
            0,
            TxEip2930 {
                chain_id: 1,
                nonce: 5,
                gas_price: 300 * GWEI,
                gas_limit: 100_000,
                to: TxKind::Call(made),
                access_list: AccessList(vec![slot]),
                input: word(4),
                ..TxEip2930::default()
            },
        ),
        sign(
            2,
            TxEip7702 {
                chain_id: 1,
                gas_limit: 200_000,
                max_fee_per_gas: 300 * GWEI,
                max_priority_fee_per_gas: GWEI,
                to: address(1),
                input: word(6),
                authorization_list: vec![authorization.into_signed(signature)],
                ..TxEip7702::default()
            },
        ),
        sign(
            3,
            TxLegacy {
                chain_id: Some(1),
                gas_price: 300 * GWEI,
                gas_limit: 21_000,
                to: TxKind::Call(address(5)),
                value: U256::from(ETHER),
                ..TxLegacy::default()
            },
        ),
        // Much calldata: the floor of EIP-7623.
        sign(3, TxEip1559 { input: [0xab; 1_500].into(), ..plain(1, address(5), 0) }),
    ]
}

#[test]
fn receipts_are_anvils() {
    let local = Local::start();
    let anvil = Anvil::start(&["--chain-id", "1", "--hardfork", "prague"]);
    for at in 0..7 {
        anvil.call("anvil_setBalance", &json!([address(at), U256::from(10_000 * ETHER)]));
    }
    for bytes in transactions() {
        let ours = local.call("eth_sendRawTransaction", &json!([bytes]));
        local.mine();
        let theirs = anvil.call("eth_sendRawTransaction", &json!([bytes]));
        anvil.mine();
        assert_eq!(ours, theirs);
        let ours = local.call("eth_getTransactionReceipt", &json!([ours]));
        let theirs = anvil.call("eth_getTransactionReceipt", &json!([theirs]));
        for field in ["status", "gasUsed", "type", "from", "to", "contractAddress", "logsBloom"] {
            assert_eq!(ours[field], theirs[field], "{field} of {ours} and {theirs}");
        }
        let told = |receipt: &Value| -> Vec<Value> {
            let logs = receipt["logs"].as_array().unwrap();
            logs.iter().map(|log| json!([log["address"], log["topics"], log["data"]])).collect()
        };
        assert_eq!(told(&ours), told(&theirs));
    }
    // What they say of calls and of the gas that they need.
    let made = address(0).create(0);
    for data in ["0x", "0x01", &format!("0x{}", "02".repeat(32))] {
        let call = json!([{ "from": address(6), "to": made, "data": data }, "latest"]);
        for method in ["eth_call", "eth_estimateGas"] {
            let (ours, theirs) = (local.ask(method, &call), anvil.ask(method, &call));
            match method {
                "eth_call" => {
                    assert_eq!(ours.get("result"), theirs.get("result"), "{data}: {ours} {theirs}");
                }
                // Estimates differ by how they search; both must be enough, and little more.
                _ if ours.get("result").is_some() => {
                    let told = |answer: &Value| super::kit::number(&answer["result"]);
                    let (ours, theirs) = (told(&ours), told(&theirs));
                    assert!(ours.abs_diff(theirs) * 50 <= theirs, "{data}: {ours} and {theirs}");
                }
                _ => {}
            }
            let code = |answer: &Value| answer["error"]["code"].clone();
            assert_eq!(code(&ours), code(&theirs), "{method} {data}: {ours} {theirs}");
            assert_eq!(ours["error"]["data"], theirs["error"]["data"], "{method} {data}");
        }
    }
}
