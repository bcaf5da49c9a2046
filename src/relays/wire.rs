//! Requests as they go over the wire: JSON-RPC 2.0, one object of parameters.
//!
//! A body is written once and signed as it is: the header covers these very bytes.

use alloy_primitives::{Address, B256, Bytes, U64};
use serde::Serialize;
use uuid::Uuid;

use super::dialect::{Cancels, Dialect};
use crate::bundle::{Bundle, Raw, Replacement};

/// A request; its fields are in the order that relays' own clients have.
#[derive(Debug, Serialize)]
struct Request<P> {
    method: &'static str,
    params: [P; 1],
    id: u64,
    jsonrpc: &'static str,
}

/// `eth_sendBundle`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BundleDto<'a> {
    txs: Vec<&'a Bytes>,
    block_number: U64,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_timestamp: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    reverting_tx_hashes: &'a [B256],
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement_uuid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement_nonce: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dropping_tx_hashes: &'a [B256],
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_percent: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_recipient: Option<Address>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    refund_tx_hashes: &'a [B256],
    #[serde(skip_serializing_if = "Option::is_none")]
    delayed_refund: Option<bool>,
}

/// `eth_cancelBundle`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CancelDto {
    replacement_uuid: Uuid,
}

/// `eth_callBundle`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CallDto<'a> {
    txs: Vec<&'a Bytes>,
    block_number: U64,
    state_block_number: U64,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
}

/// `eth_sendPrivateTransaction`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PrivateDto<'a> {
    tx: &'a Bytes,
    max_block_number: U64,
}

/// `eth_cancelPrivateTransaction`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CancelPrivateDto {
    tx_hash: B256,
}

/// `buildernet_getDelayedRefundTotalsByRecipient`.
#[derive(Debug, Serialize)]
struct RefundsDto {
    recipient: Address,
}

/// `flashbots_getBundleStatsV2`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatsDto {
    bundle_hash: B256,
    block_number: U64,
}

/// A bundle, for the block that it names.
pub fn send_bundle(bundle: &Bundle, id: u64) -> serde_json::Result<Vec<u8>> {
    let refund = bundle.refund.as_ref();
    request(
        "eth_sendBundle",
        id,
        BundleDto {
            txs: bundle.transactions.iter().map(|transaction| &transaction.bytes).collect(),
            block_number: U64::from(bundle.block),
            min_timestamp: bundle.min_timestamp,
            max_timestamp: bundle.max_timestamp,
            reverting_tx_hashes: &bundle.reverting,
            replacement_uuid: bundle.replacement.map(|replacement| replacement.uuid),
            replacement_nonce: bundle.replacement.and_then(|replacement| replacement.sequence),
            dropping_tx_hashes: &bundle.dropping,
            refund_percent: refund.map(|refund| refund.percent),
            refund_recipient: refund.and_then(|refund| refund.recipient),
            refund_tx_hashes: refund.map(|refund| refund.of.as_slice()).unwrap_or_default(),
            delayed_refund: refund.and_then(|refund| refund.delayed.then_some(true)),
        },
    )
}

/// Asks that what was sent under a name for a block is not landed; `None` where a relay knows no way. What
/// comes of it the chain tells.
pub fn cancel_bundle(
    replacement: Replacement,
    block: u64,
    dialect: Dialect,
    id: u64,
) -> Option<serde_json::Result<Vec<u8>>> {
    match dialect.capabilities().cancels? {
        Cancels::Method => {
            let cancelled = CancelDto { replacement_uuid: replacement.uuid };
            Some(request("eth_cancelBundle", id, cancelled))
        }
        Cancels::Empty => {
            let nothing =
                Bundle { replacement: Some(replacement), ..Bundle::new(Vec::new(), block) };
            Some(send_bundle(&nothing, id))
        }
    }
}

/// What transactions would do in a block, on the state that an earlier one left.
pub fn call_bundle(
    transactions: &[Raw],
    block: u64,
    state: u64,
    timestamp: Option<u64>,
    id: u64,
) -> serde_json::Result<Vec<u8>> {
    request(
        "eth_callBundle",
        id,
        CallDto {
            txs: transactions.iter().map(|transaction| &transaction.bytes).collect(),
            block_number: U64::from(block),
            state_block_number: U64::from(state),
            timestamp,
        },
    )
}

/// One transaction, kept from the public until it lands, up to a block.
pub fn send_private(transaction: &Raw, most: u64, id: u64) -> serde_json::Result<Vec<u8>> {
    let private = PrivateDto { tx: &transaction.bytes, max_block_number: U64::from(most) };
    request("eth_sendPrivateTransaction", id, private)
}

/// Asks that a private transaction is not landed.
pub fn cancel_private(hash: B256, id: u64) -> serde_json::Result<Vec<u8>> {
    request("eth_cancelPrivateTransaction", id, CancelPrivateDto { tx_hash: hash })
}

/// One transaction, for a relay that keeps all that it is sent from the public.
pub fn send_raw(transaction: &Raw, id: u64) -> serde_json::Result<Vec<u8>> {
    request("eth_sendRawTransaction", id, &transaction.bytes)
}

/// What came back to somebody of what builders were paid, and what is to come.
pub fn refund_totals(recipient: Address, id: u64) -> serde_json::Result<Vec<u8>> {
    request("buildernet_getDelayedRefundTotalsByRecipient", id, RefundsDto { recipient })
}

/// What the Flashbots relay did with a bundle.
pub fn bundle_stats(bundle_hash: B256, block: u64, id: u64) -> serde_json::Result<Vec<u8>> {
    let stats = StatsDto { bundle_hash, block_number: U64::from(block) };
    request("flashbots_getBundleStatsV2", id, stats)
}

pub(super) fn request(
    method: &'static str,
    id: u64,
    parameters: impl Serialize,
) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Request { method, params: [parameters], id, jsonrpc: "2.0" })
}
