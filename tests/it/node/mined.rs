//! Blocks of a node, replayed.

use serde_json::{Value, json};

use super::{anvil::Anvil, judge};
use crate::cli::{Ran, tenor};

/// The account whose key the node holds: its transactions are signed.
const SIGNER: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const WETH: &str = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
const STETH: &str = "0xae7ab96520de3a18e5e111b5eaab095312d7fe84";

/// Ether for WETH and stETH, what is refused, and a transfer of the WETH, in two blocks.
fn busy() -> Anvil {
    let anvil = judge::place(&judge::figures().1);
    let send = |to: &str, value: &str, data: &str| {
        let transaction = json!({ "from": SIGNER, "to": to, "value": value, "data": data,
                                  "gas": "0x30d40" });
        anvil.call("eth_sendTransaction", &json!([transaction]));
    };
    send(WETH, "0xde0b6b3a7640000", "0x");
    send(STETH, "0x1bc16d674ec80000", "0x");
    send(STETH, "0x0", "0xdeadbeef");
    anvil.mine();
    let paid = format!("0xa9059cbb{:0>64}{:064x}", &STETH[2..], 1_000_000_007);
    send(WETH, "0x0", &paid);
    anvil.mine();
    anvil
}

fn replayed(numbers: &[u64], url: &str) -> (Ran, Vec<Value>) {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let mut arguments = vec!["replay", "block", "--json", "--verify-senders", "--rpc", url];
    arguments.extend(numbers.iter().map(String::as_str));
    let ran = tenor(&arguments);
    let lines = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (ran, lines)
}

#[test]
fn a_nodes_blocks_come_out_as_their_headers_say() {
    let anvil = busy();
    let newest: Value = anvil.call("eth_blockNumber", &json!([]));
    let newest = u64::from_str_radix(&newest.as_str().unwrap()[2..], 16).unwrap();
    for url in [anvil.http(), anvil.ws(), anvil.ipc()] {
        let (ran, reports) = replayed(&[newest - 1, newest], &url);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let status = |report: &Value| -> Vec<String> {
            let rows = report["transactions"].as_array().unwrap();
            rows.iter().map(|row| row["status"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(status(&reports[0]), ["success", "success", "reverted"]);
        assert_eq!(status(&reports[1]), ["success"]);
        for report in &reports {
            assert_eq!(report["gas_used"]["computed"], report["gas_used"]["header"]);
            assert_eq!(report["receipts_root"]["computed"], report["receipts_root"]["header"]);
            assert_eq!(report["taken_as_empty"], json!({ "accounts": 0, "slots": 0 }));
        }
    }
}

#[test]
fn what_a_node_cannot_replay_is_said() {
    let anvil = judge::embedded();
    let (url, far) = (anvil.http(), 1_000_000_000);
    let (ran, _) = replayed(&[far], &url);
    assert!(ran.code == Some(1) && ran.err.contains("1000000000"), "{ran:?}");
    tenor(&["replay", "block", "--rpc", &url, "0"]).refused(&["genesis"]);
    tenor(&["replay", "block", "1"]).refused(&["folder of recorded blocks", "--rpc"]);
    tenor(&["replay", "block", "blocks", "one"]).refused(&["\"one\" is no block number"]);
}
