//! Recordings that are wrong are refused by name.

use std::fs;

use alloy_primitives::{B256, hex};
use serde_json::{Value, json};

use super::kit::{BERLIN, CALLED, MINER, Recording, SENDER, fresh};
use crate::cli::tenor;

/// Stops at once.
const STOP: &str = "00";
/// Asks for the hash of the block two before.
const BLOCKHASH: &str = "600243034000";

fn made() -> Recording {
    Recording::calling(STOP)
}

fn code_hash(recording: &Recording) -> String {
    recording.codes.as_object().unwrap().keys().next().unwrap().clone()
}

/// The made block runs, and its header is wrong until the report corrects it.
#[test]
fn a_right_recording_is_as_its_header_says() {
    let mut recording = made();
    let first = recording.write().replay_with(&["--json"]);
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(first.err.contains("block 12300000 in receiptsRoot, transactionsRoot"), "{first:?}");
    let report: Value = serde_json::from_str(&first.out).unwrap();
    assert_eq!(report["transactions"][0]["status"], "success");
    assert_eq!(report["fork"], "Berlin");
    recording.set("receiptsRoot", report["receipts_root"]["computed"].clone());
    recording.set("transactionsRoot", report["transactions_root"]["computed"].clone());
    let second = recording.replay();
    assert_eq!(second.code, Some(0), "{second:?}");
    recording.set("gasUsed", "0x5209");
    let third = recording.replay();
    assert_eq!(third.code, Some(1), "{third:?}");
    assert!(third.err.contains("gasUsed") && third.out.contains("DIFFERS"), "{third:?}");
}

#[test]
fn code_that_is_missing_or_wrong() {
    let mut recording = made();
    let hash = code_hash(&recording);
    recording.codes = json!({});
    recording.replay().refused(&["pre_state.json", &hash, "not recorded", &CALLED.to_string()]);
    recording.codes = json!({ &hash: "0x01" });
    recording.replay().refused(&["bytecodes.json", &hash, "this code has hash 0x"]);
    recording.codes = json!({ &hash: "0xzz" });
    recording.replay().refused(&["bytecodes.json", &hash]);
    recording.codes = json!({ &hash: 5 });
    recording.replay().refused(&["bytecodes.json", &hash]);
}

#[test]
fn files_cut_short() {
    for file in ["block.json", "pre_state.json", "bytecodes.json", "block_hashes.json"] {
        let mut recording = made();
        recording.hashes = json!({ "12299999": B256::repeat_byte(1) });
        let written = recording.write();
        let path = written.path(file);
        let text = fs::read(&path).unwrap();
        for length in [0, 1, text.len() / 2, text.len() - 1] {
            fs::write(&path, &text[..length]).unwrap();
            written.replay().refused(&[file]);
        }
        fs::write(&path, [&text[..], b"{}"].concat()).unwrap();
        written.replay().refused(&[file, "trailing"]);
    }
}

#[test]
fn accounts_without_a_field() {
    for field in ["balance", "nonce", "storage"] {
        let mut recording = made();
        let account = &mut recording.state[SENDER.to_string()];
        account.as_object_mut().unwrap().remove(field);
        recording.replay().refused(&["pre_state.json", &SENDER.to_string(), field]);
    }
}

#[test]
fn fields_of_another_form() {
    let mut recording = made();
    recording.state[SENDER.to_string()]["balance"] = json!("lots");
    recording.replay().refused(&["pre_state.json", "balance"]);
    let mut recording = made();
    recording.state[SENDER.to_string()]["nonce"] = json!(-1);
    recording.replay().refused(&["pre_state.json", "nonce"]);
    let mut recording = made();
    recording.state["0x12"] = json!({ "balance": "0x0", "nonce": 0, "storage": {} });
    recording.replay().refused(&["pre_state.json"]);
    let mut recording = made();
    recording.hashes = json!({ "ten": B256::ZERO });
    recording.replay().refused(&["block_hashes.json"]);
}

#[test]
fn a_block_hash_that_is_asked_for_and_missing() {
    let mut recording = Recording::calling(BLOCKHASH);
    recording.replay().refused(&["transaction 0", "the hash of block 12299998", "not recorded"]);
    recording.hashes = json!({ (BERLIN - 2).to_string(): B256::repeat_byte(1) });
    let ran = recording.replay();
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

#[test]
fn another_block_than_asked_for() {
    let mut recording = made();
    recording.set("number", "0x1");
    recording.replay().refused(&["block.json", "number", "block 1 where block 12300000"]);
}

#[test]
fn headers_and_transactions_without_a_field() {
    for field in ["number", "miner", "gasUsed", "receiptsRoot", "logsBloom", "transactions"] {
        let mut recording = made();
        recording.block.as_object_mut().unwrap().remove(field);
        recording.replay().refused(&["block.json", field]);
    }
    for field in ["from", "hash", "nonce", "gas", "r"] {
        let mut recording = made();
        let transaction = &mut recording.block["transactions"][0];
        transaction.as_object_mut().unwrap().remove(field);
        recording.replay().refused(&["block.json", "transactions[0]"]);
    }
}

#[test]
fn files_that_are_absent_or_folders() {
    for file in ["block.json", "pre_state.json", "bytecodes.json", "block_hashes.json"] {
        let written = made().write();
        let path = written.path(file);
        fs::remove_file(&path).unwrap();
        written.replay().refused(&[path.to_str().unwrap(), "No such file"]);
        fs::create_dir(&path).unwrap();
        written.replay().refused(&[path.to_str().unwrap(), "not a file"]);
    }
}

#[test]
fn folders_that_are_absent_or_files() {
    let folder = fresh();
    let absent = folder.join("absent");
    tenor(&["replay", "block", absent.to_str().unwrap(), "1"]).refused(&["absent", "No such file"]);
    let file = folder.join("file");
    fs::write(&file, "{}").unwrap();
    tenor(&["replay", "block", file.to_str().unwrap(), "1"]).refused(&["file", "Not a directory"]);
    let mut written = made().write();
    written.number = 5;
    written.replay().refused(&["block.json", "No such file"]);
    let folder = written.folder.to_str().unwrap();
    tenor(&["replay", "block", folder, "five"]).refused(&["five"]);
    tenor(&["replay", "block", folder]).refused(&["name the blocks"]);
}

#[test]
fn transactions_that_are_not_valid() {
    let mut recording = made();
    recording.block["transactions"][0]["nonce"] = json!("0x8");
    recording.replay().refused(&["transaction 0", "not valid here", "nonce"]);
    let mut recording = made();
    recording.block["transactions"][0]["chainId"] = json!("0x5");
    recording.block["transactions"][0]["v"] = json!("0x2d");
    recording.replay().refused(&["transaction 0", "not valid here"]);
    let mut recording = made();
    recording.set("gasLimit", "0x30d3f");
    recording.replay().refused(&["transaction 0", "more gas than the block has left"]);
}

#[test]
fn senders_who_did_not_sign() {
    let written = made().write();
    let refused = written.replay_with(&["--verify-senders"]);
    refused.refused(&["block.json", "transactions[0]", &SENDER.to_string(), "signed by"]);
    let mut recording = made();
    recording.block["transactions"][0]["r"] = json!("0x0");
    let refused = recording.write().replay_with(&["--verify-senders"]);
    refused.refused(&["block.json", "transactions[0]", "signature"]);
}

#[test]
fn uncles_that_are_not_those_of_the_block() {
    let mut recording = made();
    recording.set("uncles", json!([B256::repeat_byte(4)]));
    let written = recording.write();
    let ran = written.replay();
    assert!(ran.out.contains("uncles not paid, their headers are not recorded: 1"), "{ran:?}");
    fs::write(written.path("uncles.json"), "[]").unwrap();
    written.replay().refused(&["uncles.json", "0 headers, and the block names 1"]);
    let uncle = json!([{ "number": "0x1", "miner": MINER }]);
    fs::write(written.path("uncles.json"), uncle.to_string()).unwrap();
    assert!(!written.replay().out.contains("not paid"));
}

#[test]
fn a_header_without_what_its_fork_needs() {
    let london = made().at(13_000_000, 1_628_500_000);
    london.replay().refused(&["block 13000000 is of London and has no baseFeePerGas"]);
    for field in ["mixHash", "excessBlobGas", "parentBeaconBlockRoot", "baseFeePerGas"] {
        let mut cancun = made().at(19_933_597, 1_716_500_000).with_blobs();
        cancun.block.as_object_mut().unwrap().remove(field);
        cancun.replay().refused(&["is of Cancun and has no", field]);
    }
    let mut cancun = made().at(19_933_597, 1_716_500_000).with_blobs();
    cancun.set("excessBlobGas", "0xffffffffffffffff");
    cancun.replay().refused(&["blob gas has no price"]);
}

/// Random bytes in any file: a refusal, or a report; never a panic.
#[test]
fn no_bytes_make_it_panic() {
    let written = made().write();
    for file in ["block.json", "pre_state.json", "bytecodes.json"] {
        let path = written.path(file);
        let text = fs::read(&path).unwrap();
        for at in (0..text.len()).step_by(text.len() / 12) {
            let mut bad = text.clone();
            bad[at] ^= 0x15;
            fs::write(&path, &bad).unwrap();
            let ran = written.replay();
            assert!(matches!(ran.code, Some(1 | 2)), "{}: {ran:?}", hex::encode(&bad[at..=at]));
        }
        fs::write(&path, &text).unwrap();
    }
}
