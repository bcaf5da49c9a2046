//! The source says what the chain says, over each transport.

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use serde_json::{Value, json};
use tenor::market::rpc::{Node, Options};
use tenor_simulations::StateSource;

use super::{ALICE, VAULT, anvil::Anvil, furnished, kept, options, set};

/// The account that anvil makes for itself.
const DEVELOPER: Address = address!("f39fd6e51aad88f6f4ce6ab8827279cfffb92266");

fn word(value: &Value) -> U256 {
    value.as_str().unwrap().parse().unwrap()
}

/// Compares accounts, code, slots and block hashes with the chain's own answers.
fn agrees(anvil: &Anvil, url: &str, options: Options) {
    let node = Node::connect(url, Some(31_337), options).unwrap();
    let head = node.head().unwrap();
    let latest = anvil.call("eth_getBlockByNumber", &json!(["latest", false]));
    assert_eq!(U256::from(head.number), word(&latest["number"]));
    assert_eq!(head.hash, latest["hash"].as_str().unwrap().parse::<B256>().unwrap());
    assert_eq!(U256::from(head.timestamp), word(&latest["timestamp"]));
    assert_eq!(U256::from(head.base_fee), word(&latest["baseFeePerGas"]));
    assert_eq!(U256::from(head.gas_limit), word(&latest["gasLimit"]));
    assert_eq!(node.block(head.number).unwrap(), head);

    let state = node.state(&head);
    for address in [VAULT, ALICE, DEVELOPER, Address::repeat_byte(0xee)] {
        let at = json!([address, "latest"]);
        let account = state.account(address).unwrap();
        let code = anvil.call("eth_getCode", &at);
        let code: Bytes = code.as_str().unwrap().parse().unwrap();
        let found = account.clone().unwrap_or_default();
        assert_eq!(found.balance, word(&anvil.call("eth_getBalance", &at)), "{address}");
        let nonce = word(&anvil.call("eth_getTransactionCount", &at));
        assert_eq!(U256::from(found.nonce), nonce, "{address}");
        assert_eq!(found.code_hash, keccak256(&code), "{address}");
        assert_eq!(state.code(found.code_hash).unwrap().original_bytes(), code, "{address}");
        assert_eq!(account.is_none(), address == Address::repeat_byte(0xee), "{address}");
    }
    for slot in [0, 1, 79, 80, 1 << 40] {
        let said = anvil.call("eth_getStorageAt", &json!([VAULT, format!("{slot:#x}"), "latest"]));
        let found = state.storage(VAULT, U256::from(slot)).unwrap();
        assert_eq!(found, word(&said), "{slot}");
        assert_eq!(found, if slot < 80 { kept(slot) } else { U256::ZERO });
    }
    for number in (0..=head.number).rev() {
        let block = anvil.call("eth_getBlockByNumber", &json!([format!("{number:#x}"), false]));
        let hash: B256 = block["hash"].as_str().unwrap().parse().unwrap();
        assert_eq!(state.block_hash(number).unwrap(), hash, "{number}");
    }
}

#[test]
fn the_source_agrees_with_the_chain_over_every_transport() {
    let anvil = furnished(&[]);
    (0..5).for_each(|_| anvil.mine());
    for url in [anvil.http(), anvil.ws(), anvil.ipc()] {
        agrees(&anvil, &url, options());
    }
}

/// Anvil proves what it says, and what it says is then checked against the state root.
#[test]
fn the_source_agrees_with_the_chain_where_every_value_is_proven() {
    let anvil = furnished(&[]);
    for url in [anvil.http(), anvil.ws(), anvil.ipc()] {
        agrees(&anvil, &url, Options { proofs: true, ..options() });
    }
}

/// What a block held stays what it held, whatever comes later.
#[test]
fn a_state_is_of_its_block_and_no_later_one() {
    let anvil = furnished(&[]);
    let node = Node::connect(&anvil.http(), None, options()).unwrap();
    let before = node.head().unwrap();
    // What is set without a transaction, anvil counts to the newest block: that is another now.
    anvil.mine();
    anvil.calls(&[
        ("anvil_setStorageAt", json!(set(3, U256::from(9)))),
        ("anvil_setBalance", json!([ALICE, "0x1"])),
    ]);
    anvil.mine();
    let after = node.head().unwrap();
    assert_eq!(after.number, before.number + 2);
    let (old, new) = (node.state(&before), node.state(&after));
    assert_eq!(old.storage(VAULT, U256::from(3)).unwrap(), kept(3));
    assert_eq!(new.storage(VAULT, U256::from(3)).unwrap(), U256::from(9));
    assert_eq!(new.account(ALICE).unwrap().unwrap().balance, U256::ONE);
    assert!(old.account(ALICE).unwrap().unwrap().balance > U256::ONE);
    assert_eq!(new.block_hash(before.number).unwrap(), before.hash);
    assert!(old.block_hash(after.number).is_err());
}
