//! The builder by its wire: signatures, shapes, hashes, replacement and cancellation.

use std::fs;

use alloy_primitives::{B256, Bytes, U256};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tenor::{
    bundle::ids::bundle_hash,
    relays::identity::{HEADER, Identity},
};

use super::kit::{
    self, ETHER, GWEI, Local, address, identity, number, plain, relay_at, reverting, sign,
};
use crate::{api::Client, recorded};

const UUID: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

/// What the clients' recorded requests carry the builder takes as signed; other bytes it does not.
#[test]
fn recorded_headers_are_accepted() {
    let Some(data) = recorded::data() else { return };
    let text = fs::read_to_string(data.join("relay/relay_requests.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let local = Local::start();
    let mut asked = 0;
    for case in recorded["cases"].as_array().unwrap() {
        let (Some(body), Some(header)) = (case["rawBody"].as_str(), case["header"].as_str()) else {
            continue;
        };
        let client = Client::new(local.at).with(HEADER, header);
        let answer = client.send("POST", "/relay", Some(body.as_bytes())).json();
        // Their blocks are not this chain's: what is refused is that, never who asks.
        assert_ne!(answer["error"]["code"], -32_600, "{}: {answer}", case["name"]);
        let changed = format!("{body} ");
        let answer = client.send("POST", "/relay", Some(changed.as_bytes())).json();
        assert_eq!(answer["error"]["code"], -32_600, "{}: {answer}", case["name"]);
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
    let answer =
        Client::new(local.at).post("/relay", &json!({ "id": 1, "method": "eth_sendBundle" }));
    assert_eq!(answer.json()["error"]["code"], -32_600);
}

#[test]
fn bundles_land_and_are_named_as_clients_name_them() {
    let local = Local::start();
    let txs = [sign(0, plain(0, address(1), 1)), sign(1, plain(0, address(2), ETHER))];
    let answer = local.bundle(&txs);
    let hashes = txs.each_ref().map(kit::hash);
    assert_eq!(answer["result"]["bundleHash"], bundle_hash(hashes).to_string());
    assert_eq!(local.landed(hashes[0]), None);
    local.mine();
    let block = local.landed(hashes[0]).unwrap();
    assert_eq!(local.landed(hashes[1]), Some(block));
    let stats = local.relay(
        "flashbots_getBundleStatsV2",
        &json!([{ "bundleHash": answer["result"]["bundleHash"], "blockNumber": "0x1" }]),
    );
    assert_eq!(stats["result"]["isSimulated"], true, "{stats}");
    let user = local.relay("flashbots_getUserStatsV2", &json!([{ "blockNumber": "0x1" }]));
    assert_eq!(user["result"]["allTimeValidatorPayments"], (42_000 * GWEI).to_string(), "{user}");
    // The same again is past.
    let late = local
        .relay("eth_sendBundle", &json!([{ "txs": txs, "blockNumber": format!("{block:#x}") }]));
    assert_eq!(late["error"]["code"], -32_602, "{late}");
}

/// For a signer: another signer's names are other names.
#[test]
fn replacement_and_cancellation_are_the_signers() {
    let local = Local::start();
    let stranger = Identity::new(SigningKey::from_slice(&[9; 32]).unwrap());
    let block = format!("{:#x}", local.next());
    let tx = |value| sign(0, plain(0, address(1), value));
    let send = |tx: &Bytes, nonce: Option<u64>| {
        local.relay("eth_sendBundle", &json!([{
            "txs": [tx], "blockNumber": block, "replacementUuid": UUID, "replacementNonce": nonce,
        }]))
    };
    let (first, second, old) = (tx(1), tx(2), tx(3));
    send(&first, Some(1));
    send(&second, Some(5));
    // A lower number does not take its place, nor does a stranger's cancellation take it back.
    send(&old, Some(4));
    let cancel = json!([{ "replacementUuid": UUID }]);
    let answer = relay_at(local.at, &stranger, "eth_cancelBundle", &cancel).json();
    assert_eq!(answer["result"], json!([]));
    local.mine();
    assert_eq!(local.standings(), ["replaced", "landed", "replaced"]);
    assert!(local.landed(kit::hash(&second)).is_some());
}

#[test]
fn what_is_cancelled_does_not_land() {
    let local = Local::start();
    let block = format!("{:#x}", local.next());
    let tx = |value| sign(0, plain(0, address(1), value));
    let send = |tx: &Bytes, nonce: Option<u64>| {
        let sent = json!([{
            "txs": [tx], "blockNumber": block, "replacementUuid": UUID, "replacementNonce": nonce,
        }]);
        local.relay("eth_sendBundle", &sent)["result"]["bundleHash"].clone()
    };
    let hash = send(&tx(1), Some(3));
    let answer = local.relay("eth_cancelBundle", &json!([{ "replacementUuid": UUID }]));
    assert_eq!(answer["result"], json!([hash]));
    // A cancellation stands for what is not newer than it, even for what comes later.
    send(&tx(2), Some(3));
    send(&tx(3), None);
    local.mine();
    assert_eq!(local.standings(), ["cancelled", "cancelled", "cancelled"]);
    assert_eq!(local.call("eth_getTransactionCount", &json!([address(0)])), "0x0");
    // No transactions under a name are a cancellation as well.
    let block = format!("{:#x}", local.next());
    let name = "0d2e1c0a-2222-4f89-8a0c-0305e82c3301";
    for txs in [vec![tx(4)], vec![]] {
        local.relay(
            "eth_sendBundle",
            &json!([{ "txs": txs, "blockNumber": block, "replacementUuid": name }]),
        );
    }
    local.mine();
    assert_eq!(local.standings()[3], "cancelled");
}

#[test]
fn private_transactions_wait_and_are_taken_back() {
    let local = Local::start();
    let (kept, taken, fails) =
        (sign(0, plain(0, address(1), 1)), sign(1, plain(0, address(1), 1)), sign(2, reverting(0)));
    for (tx, last) in [
        (&kept, json!(local.next() + 3)),
        (&taken, json!(format!("{:#x}", local.next()))),
        (&fails, Value::Null),
    ] {
        let sent = json!([{ "tx": tx, "maxBlockNumber": last }]);
        let answer = local.relay("eth_sendPrivateTransaction", &sent);
        assert_eq!(answer["result"], kit::hash(tx).to_string());
        // Nobody else sees it.
        assert_eq!(local.call("eth_getTransactionByHash", &json!([kit::hash(tx)])), Value::Null);
    }
    let cancel = json!([{ "txHash": kit::hash(&taken) }]);
    assert_eq!(local.relay("eth_cancelPrivateTransaction", &cancel)["result"], true);
    assert_eq!(local.relay("eth_cancelPrivateTransaction", &cancel)["result"], false);
    (0..26).for_each(|_| local.mine());
    assert!(local.landed(kit::hash(&kept)).is_some());
    assert_eq!(local.landed(kit::hash(&taken)), None);
    // It never lands where it reverts, and is tried for 25 blocks.
    assert_eq!(local.landed(kit::hash(&fails)), None);
    let told = local.switch("sandbox_bundles", &json!([]));
    assert_eq!(told[2]["tried"].as_array().unwrap().len(), 25);
    assert_eq!(told[2]["standing"], "missed");
}

#[test]
fn a_call_of_a_bundle_tells_what_it_would_do() {
    let local = Local::start();
    let pay = sign(0, plain(0, tenor_simulations::chain::BUILDER, ETHER));
    let fails = sign(0, reverting(1));
    let head = local.next() - 1;
    let call = json!([{ "txs": [pay, fails], "blockNumber": format!("{:#x}", head + 1), "stateBlockNumber": "latest" }]);
    let told = local.relay("eth_callBundle", &call)["result"].clone();
    let results = &told["results"];
    assert_eq!(results[0]["ethSentToCoinbase"], ETHER.to_string());
    assert_eq!(results[0]["gasUsed"], 21_000);
    assert_eq!(results[0]["gasFees"], (21_000 * GWEI).to_string());
    assert_eq!(results[0]["value"], "0x");
    assert_eq!(results[1]["error"], "execution reverted");
    assert_eq!(told["stateBlockNumber"], head);
    let sum = |field: &str| -> U256 {
        let each = results.as_array().unwrap().iter();
        each.map(|one| one[field].as_str().unwrap().parse::<U256>().unwrap()).sum()
    };
    for (whole, part) in [("coinbaseDiff", "coinbaseDiff"), ("gasFees", "gasFees")] {
        assert_eq!(told[whole], sum(part).to_string());
    }
    let gas = told["totalGasUsed"].as_u64().unwrap();
    assert_eq!(told["bundleGasPrice"], (sum("coinbaseDiff") / U256::from(gas)).to_string());
    // It does here what it does in a block, and nothing of it stays.
    assert_eq!(local.call("eth_getTransactionCount", &json!([address(0)])), "0x0");
    local.relay("eth_sendBundle", &json!([{ "txs": [pay, fails], "blockNumber": format!("{:#x}", head + 1), "revertingTxHashes": [kit::hash(&fails)] }]));
    local.mine();
    let receipt =
        |bytes: &Bytes| local.call("eth_getTransactionReceipt", &json!([kit::hash(bytes)]));
    assert_eq!(number(&receipt(&pay)["gasUsed"]) + number(&receipt(&fails)["gasUsed"]), gas);
    // What cannot be executed at all is an error.
    let answer = local.relay(
        "eth_callBundle",
        &json!([{ "txs": [sign(0, plain(9, address(1), 1))], "blockNumber": "0x1" }]),
    );
    assert_eq!(answer["error"]["code"], -32_000, "{answer}");
}

/// MEV-Share: a private transaction is known by a hash of its hash, and a backrun lands right after it.
#[test]
fn backruns_follow_what_they_are_told_of() {
    let local = Local::start();
    let (target, backrun) = (sign(0, plain(0, address(1), 1)), sign(1, plain(0, address(2), 1)));
    let next = local.next();
    local.relay(
        "eth_sendPrivateTransaction",
        &json!([{ "tx": target, "maxBlockNumber": format!("{:#x}", next + 5) }]),
    );
    let told = alloy_primitives::keccak256(kit::hash(&target));
    let share = |hash: B256, block: u64| {
        local.relay(
            "mev_sendBundle",
            &json!([{
                "version": "v0.1", "inclusion": { "block": format!("{block:#x}") },
                "body": [{ "hash": hash }, { "tx": backrun, "canRevert": false }],
            }]),
        )
    };
    assert_eq!(share(B256::ZERO, next)["error"]["message"], "backrun not found");
    assert_eq!(share(told, next + 6)["error"]["message"], "invalid inclusion");
    let hash = share(told, next)["result"]["bundleHash"].clone();
    assert_eq!(hash, bundle_hash([told, kit::hash(&backrun)]).to_string());
    local.mine();
    let place = |bytes: &Bytes| {
        let receipt = local.call("eth_getTransactionReceipt", &json!([kit::hash(bytes)]));
        (number(&receipt["blockNumber"]), number(&receipt["transactionIndex"]))
    };
    let (target, backrun) = (place(&target), place(&backrun));
    assert_eq!(backrun, (target.0, target.1 + 1));
}

/// A request of the identity's own key only: what others sign is another's.
#[test]
fn a_header_names_who_asks() {
    let local = Local::start();
    let body = json!({ "id": 1, "method": "flashbots_getUserStatsV2", "params": [{}] }).to_string();
    let header = identity().header(body.as_bytes()).unwrap();
    let (_, signature) = header.split_once(':').unwrap();
    let other = format!("{}:{signature}", address(0));
    let answer =
        Client::new(local.at).with(HEADER, &other).send("POST", "/relay", Some(body.as_bytes()));
    assert_eq!(answer.json()["error"]["code"], -32_600);
}
