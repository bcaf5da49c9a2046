//! What goes to relays and comes back: against the requests of Flashbots' own clients, recorded, and ids
//! worked out by other programs.

mod breaker;
mod choice;
mod faults;
mod fleet;
mod header;
mod hints;
mod ids;
mod lint;
mod public;
mod replies;
mod requests;
mod sent;
pub(crate) mod server;
mod setup;

use std::fs;

use alloy_primitives::{Address, B256, Bytes};
use k256::ecdsa::SigningKey;
use serde::{Deserialize, de::DeserializeOwned};
use tenor::{
    bundle::{Bundle, Raw, Refund, Replacement},
    relays::identity::Identity,
};
use uuid::Uuid;

use crate::recorded;

/// The signer of every recorded request: a key that the clients' documentation shows.
fn identity() -> Identity {
    let mut key = [0; 32];
    key[29..].copy_from_slice(&[0x12, 0x34, 0x56]);
    Identity::new(SigningKey::from_slice(&key).unwrap())
}

/// A file of recorded requests or ids; `None` where nothing recorded is compared.
fn read<T: DeserializeOwned>(name: &str) -> Option<T> {
    let path = recorded::data()?.join("relay").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

fn raw(bytes: &Bytes) -> Raw {
    Raw::decode(bytes.clone()).unwrap()
}

/// The parameters of a recorded `eth_sendBundle`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Payload {
    txs: Vec<Bytes>,
    block_number: String,
    #[serde(default)]
    version: String,
    min_timestamp: Option<u64>,
    max_timestamp: Option<u64>,
    #[serde(default)]
    reverting_tx_hashes: Vec<B256>,
    #[serde(default)]
    dropping_tx_hashes: Vec<B256>,
    replacement_uuid: Option<Uuid>,
    replacement_nonce: Option<u64>,
    signing_address: Option<Address>,
    refund_percent: Option<u8>,
    refund_recipient: Option<Address>,
    #[serde(default)]
    refund_tx_hashes: Vec<B256>,
}

impl Payload {
    fn bundle(&self) -> Bundle {
        let block = u64::from_str_radix(self.block_number.trim_start_matches("0x"), 16).unwrap();
        let refund = self.refund_percent.map(|percent| Refund {
            percent,
            recipient: self.refund_recipient,
            of: self.refund_tx_hashes.clone(),
            delayed: false,
        });
        let replacement = self
            .replacement_uuid
            .map(|uuid| Replacement { uuid, sequence: self.replacement_nonce });
        Bundle {
            min_timestamp: self.min_timestamp,
            max_timestamp: self.max_timestamp,
            reverting: self.reverting_tx_hashes.clone(),
            dropping: self.dropping_tx_hashes.clone(),
            replacement,
            refund,
            ..Bundle::new(self.txs.iter().map(raw).collect(), block)
        }
    }
}
