//! A node over JSON-RPC: the source against anvil's own answers, and against a node that misbehaves.

pub(crate) mod anvil;
mod command;
mod earned;
mod faults;
pub(crate) mod feed;
mod http;
pub(crate) mod judge;
mod lies;
mod mined;
mod over;
mod proxy;
mod reorgs;
mod sharing;
mod sockets;
mod state;

use std::time::Duration;

use alloy_primitives::{Address, U256, address};
use serde_json::{Value, json};
use tenor::market::rpc::Options;

use self::anvil::Anvil;

/// A contract of a test.
const VAULT: Address = address!("00000000000000000000000000000000000c0de1");
/// An account of a test.
const ALICE: Address = address!("a11ce00000000000000000000000000000000001");
/// Code that returns what it keeps in slot 0.
const CODE: &str = "0x5f545f5260205ff3";

/// Impatient about pauses, and patient about a busy machine.
fn options() -> Options {
    Options {
        timeout: Duration::from_secs(60),
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        ..Options::default()
    }
}

/// What stands in a slot of the vault, which holds a number in every slot.
fn kept(slot: u64) -> U256 {
    U256::from(slot) * U256::from(1_000_003) + U256::from(7)
}

/// A chain with a vault and an account, in its newest block.
fn furnished(arguments: &[&str]) -> Anvil {
    let anvil = Anvil::start(arguments);
    let mut calls = vec![
        ("anvil_setCode", json!([VAULT, CODE])),
        ("anvil_setBalance", json!([VAULT, "0x7"])),
        ("anvil_setBalance", json!([ALICE, "0xde0b6b3a7640000"])),
        ("anvil_setNonce", json!([ALICE, "0x5"])),
    ];
    calls.extend((0..80).map(|slot| ("anvil_setStorageAt", json!(set(slot, kept(slot))))));
    anvil.calls(&calls);
    anvil.mine();
    anvil
}

/// The parameters that put a value into a slot of the vault.
fn set(slot: u64, value: U256) -> [Value; 3] {
    [json!(VAULT), json!(format!("{slot:#x}")), json!(format!("{value:#066x}"))]
}
