//! Each fault switch does what it says, and nothing else.

use alloy_primitives::Bytes;
use serde_json::{Value, json};
use tenor::{bundle::ids::bundle_hash, sandbox::Fault};

use super::kit::{self, Local, address, plain, sign};

const UUID: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

fn transaction() -> Bytes {
    sign(0, plain(0, address(1), 1))
}

#[test]
fn names_are_read_and_a_wrong_one_is_corrected() {
    for fault in Fault::ALL {
        assert_eq!(fault.name().parse(), Ok(*fault));
    }
    let error = "bare-sting".parse::<Fault>().unwrap_err().to_string();
    assert!(error.contains("did you mean bare-string?"), "{error}");
}

#[test]
fn replies_are_bent_and_bundles_land_all_the_same() {
    let tx = transaction();
    let hash = bundle_hash([kit::hash(&tx)]);
    let cases = [
        (Fault::Null, Value::Null),
        (Fault::TwoHundred, json!(200)),
        (Fault::BareString, json!(hash)),
    ];
    for (fault, wanted) in cases {
        let local = Local::faulty(&[fault]);
        let reply = local.bundle(std::slice::from_ref(&tx));
        assert_eq!(reply["result"], wanted, "{fault}");
        assert!(reply.get("error").is_none(), "{fault}");
        local.mine();
        assert!(local.landed(kit::hash(&tx)).is_some(), "{fault}");
    }
}

#[test]
fn what_is_ignored_never_lands() {
    let local = Local::faulty(&[Fault::Ignores]);
    let reply = local.bundle(&[transaction()]);
    assert!(reply["result"]["bundleHash"].is_string(), "{reply}");
    (0..3).for_each(|_| local.mine());
    assert_eq!(local.landed(kit::hash(&transaction())), None);
    assert_eq!(local.standings(), ["missed"]);
}

#[test]
fn what_is_cancelled_lands() {
    let local = Local::faulty(&[Fault::LandsAfterCancel]);
    let block = format!("{:#x}", local.next());
    let sent = json!([{ "txs": [transaction()], "blockNumber": block, "replacementUuid": UUID }]);
    let hash = local.relay("eth_sendBundle", &sent)["result"]["bundleHash"].clone();
    let cancelled = local.relay("eth_cancelBundle", &json!([{ "replacementUuid": UUID }]));
    assert_eq!(cancelled["result"], json!([hash]));
    local.mine();
    assert!(local.landed(kit::hash(&transaction())).is_some());
}

/// It is tried again in the next block, whether it was in its own or missed it.
#[test]
fn a_duplicate_is_tried_again() {
    let local = Local::faulty(&[Fault::Duplicate]);
    local.bundle(&[transaction()]);
    let early = sign(1, plain(1, address(2), 1));
    local.bundle(std::slice::from_ref(&early));
    local.mine();
    let block = local.landed(kit::hash(&transaction())).unwrap();
    // What the second one waited for comes too late for its own block.
    local.call("eth_sendRawTransaction", &json!([sign(1, plain(0, address(2), 1))]));
    local.mine();
    let told = local.switch("sandbox_bundles", &json!([]));
    assert_eq!(told[0]["tried"][1]["block"], block + 1);
    assert!(told[0]["tried"][1]["what"].as_str().unwrap().contains("nonce"), "{told}");
    assert_eq!(told[0]["standing"], "landed");
    assert_eq!(told[1]["tried"].as_array().unwrap().len(), 2, "{told}");
    assert_eq!(local.call("eth_getTransactionCount", &json!([address(0)])), "0x1");
}

/// The older version takes the place of the newer; with numbers that say which is newer it does not.
#[test]
fn what_comes_out_of_order_is_told_by_its_number() {
    for (numbers, lands) in [([None, None], 1), ([Some(1), Some(2)], 2)] {
        let local = Local::faulty(&[Fault::OutOfOrder]);
        let block = format!("{:#x}", local.next());
        let tx = |value| sign(0, plain(0, address(1), value));
        for (value, number) in [1, 2].into_iter().zip(numbers) {
            local.relay("eth_sendBundle", &json!([{
                "txs": [tx(value)], "blockNumber": block, "replacementUuid": UUID, "replacementNonce": number,
            }]));
        }
        local.mine();
        let landed = [1, 2].map(|value| local.landed(kit::hash(&tx(value))).is_some());
        assert_eq!(landed, [lands == 1, lands == 2], "{numbers:?}");
    }
}

#[test]
fn what_leaks_is_everybodys() {
    let local = Local::faulty(&[Fault::Leak]);
    let (fine, fails) = (transaction(), sign(1, super::kit::reverting(0)));
    let hashes = [&fine, &fails].map(kit::hash);
    local.bundle(&[fine, fails]);
    for hash in hashes {
        assert!(local.call("eth_getTransactionByHash", &json!([hash]))["hash"].is_string());
    }
    local.mine();
    // The bundle does not land; its parts do.
    assert_eq!(local.standings(), ["missed"]);
    let status = |hash| local.call("eth_getTransactionReceipt", &json!([hash]))["status"].clone();
    assert_eq!(hashes.map(status), ["0x1", "0x0"]);
}

#[test]
fn who_is_down_answers_nothing() {
    let local = Local::faulty(&[Fault::Down]);
    let reply = local.relay_reply("eth_sendBundle", &json!([{ "txs": [transaction()] }]));
    assert_eq!((reply.status, reply.body.as_slice()), (503, &b""[..]));
    // The node is another matter, and the switch can be set back.
    local.switch("sandbox_setFaults", &json!([[]]));
    assert!(local.bundle(&[transaction()])["result"]["bundleHash"].is_string());
}

/// The answer comes after the block, not before: whoever waits for it learns nothing in time.
#[test]
fn a_late_answer_comes_after_the_block() {
    let local = Local::faulty(&[Fault::Late]);
    let tx = transaction();
    let hash = kit::hash(&tx);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| local.bundle(std::slice::from_ref(&tx)));
        // The builder has it before the answer: its book says so.
        while local.standings() != ["waiting"] {
            assert!(!asked.is_finished(), "it answered before there was a block");
            std::thread::yield_now();
        }
        assert!(!asked.is_finished());
        local.mine();
        let reply = asked.join().unwrap();
        assert!(reply["result"]["bundleHash"].is_string(), "{reply}");
    });
    assert!(local.landed(hash).is_some());
}

#[test]
fn switches_are_set_and_told() {
    let local = Local::start();
    assert_eq!(local.switch("sandbox_faults", &json!([])), json!([]));
    local.switch("sandbox_setFaults", &json!([["leak", "null"]]));
    assert_eq!(local.switch("sandbox_faults", &json!([])), json!(["null", "leak"]));
    assert_eq!(local.bundle(&[transaction()])["result"], Value::Null);
    // A node has none of them.
    assert_eq!(local.ask("sandbox_setFaults", &json!([[]]))["error"]["code"], -32_601);
}
