//! Requests as clients write them, read leniently: what a client leaves out or adds is no error.

use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use super::Quantity;

/// `eth_sendBundle`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendDto {
    #[serde(default)]
    pub(super) txs: Vec<Bytes>,
    #[serde(default, deserialize_with = "block")]
    pub(super) block_number: Option<Quantity>,
    pub(super) min_timestamp: Option<u64>,
    pub(super) max_timestamp: Option<u64>,
    pub(super) reverting_tx_hashes: Option<Vec<B256>>,
    pub(super) dropping_tx_hashes: Option<Vec<B256>>,
    #[serde(alias = "uuid")]
    pub(super) replacement_uuid: Option<String>,
    #[serde(alias = "replacementSeqNumber")]
    pub(super) replacement_nonce: Option<Quantity>,
}

/// `eth_cancelBundle`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancelDto {
    #[serde(alias = "uuid")]
    pub(super) replacement_uuid: String,
}

/// `eth_callBundle`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallDto {
    pub(super) txs: Vec<Bytes>,
    #[serde(default, deserialize_with = "block")]
    pub(super) block_number: Option<Quantity>,
    /// A number, or `latest`.
    pub(super) state_block_number: Option<alloy_rpc_types_eth::BlockNumberOrTag>,
    pub(super) timestamp: Option<Quantity>,
}

/// `eth_sendPrivateTransaction`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PrivateDto {
    pub(super) tx: Bytes,
    pub(super) max_block_number: Option<Quantity>,
}

/// `eth_cancelPrivateTransaction`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancelPrivateDto {
    pub(super) tx_hash: B256,
}

/// `flashbots_getBundleStatsV2`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatsDto {
    pub(super) bundle_hash: B256,
}

/// `mev_sendBundle`, and the bundles within.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SharedDto {
    pub(super) version: String,
    pub(super) replacement_uuid: Option<String>,
    pub(super) inclusion: InclusionDto,
    pub(super) body: Vec<MemberDto>,
    #[serde(default)]
    pub(super) validity: ValidityDto,
    #[serde(default)]
    pub(super) privacy: Option<PrivacyDto>,
}

/// The window of blocks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InclusionDto {
    pub(super) block: Quantity,
    pub(super) max_block: Option<Quantity>,
}

/// A part of a body.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum MemberDto {
    /// A transaction.
    #[serde(rename_all = "camelCase")]
    Transaction {
        tx: Bytes,
        #[serde(default)]
        can_revert: bool,
        revert_mode: Option<String>,
    },
    /// A bundle within.
    Bundle { bundle: Box<SharedDto> },
    /// What is known by its hash.
    Hash { hash: B256 },
}

/// Refunds; read to be checked.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ValidityDto {
    #[serde(default)]
    pub(super) refund: Option<Vec<RefundDto>>,
    #[serde(default)]
    pub(super) refund_config: Option<Vec<ShareDto>>,
}

/// What of a member's payment comes back.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundDto {
    pub(super) body_idx: usize,
    pub(super) percent: u64,
}

/// To whom it comes back.
#[derive(Debug, Deserialize)]
pub(super) struct ShareDto {
    pub(super) percent: u64,
}

/// What searchers are told.
#[derive(Debug, Deserialize)]
pub(super) struct PrivacyDto {
    #[serde(default)]
    pub(super) hints: Option<Vec<String>>,
}

/// `mev_simBundle`'s second parameter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SimDto {
    pub(super) parent_block: Option<alloy_rpc_types_eth::BlockNumberOrTag>,
    pub(super) block_number: Option<Quantity>,
    pub(super) timestamp: Option<Quantity>,
}

/// A block that is not named is written in many ways.
fn block<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Quantity>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() || text == "0x" => Ok(None),
        value => Quantity::deserialize(value).map(Some).map_err(D::Error::custom),
    }
}
