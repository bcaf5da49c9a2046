//! The files' own forms. What they hold beyond these fields is left alone.

use std::borrow::Cow;

use alloy_consensus::TxEnvelope;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bloom, U64, U256, map::HashMap};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{
    File,
    error::{RecordingError, RecordingErrorKind},
};

/// An account of `pre_state.json`.
#[derive(Debug, Deserialize)]
pub(super) struct AccountDto {
    pub(super) balance: U256,
    pub(super) nonce: U64,
    pub(super) code_hash: Option<B256>,
    pub(super) storage: HashMap<U256, U256>,
}

/// A string, borrowed where it has no escapes.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// `block.json`. Transactions are read one by one, so that an error names its own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockDto<'a> {
    pub(super) number: U64,
    pub(super) timestamp: U64,
    pub(super) parent_hash: B256,
    pub(super) miner: Address,
    pub(super) gas_limit: U64,
    pub(super) gas_used: U64,
    #[serde(default)]
    pub(super) difficulty: U256,
    pub(super) mix_hash: Option<B256>,
    pub(super) base_fee_per_gas: Option<U64>,
    pub(super) blob_gas_used: Option<U64>,
    pub(super) excess_blob_gas: Option<U64>,
    pub(super) parent_beacon_block_root: Option<B256>,
    pub(super) receipts_root: B256,
    pub(super) transactions_root: B256,
    pub(super) withdrawals_root: Option<B256>,
    pub(super) logs_bloom: Bloom,
    #[serde(default)]
    pub(super) uncles: Vec<B256>,
    pub(super) withdrawals: Option<Vec<Withdrawal>>,
    #[serde(borrow)]
    pub(super) transactions: Vec<&'a RawValue>,
}

/// What a node tells of a transaction beyond its signed form.
#[derive(Debug, Deserialize)]
pub(super) struct OriginDto {
    pub(super) from: Address,
    pub(super) hash: B256,
}

/// A header of `uncles.json`.
#[derive(Debug, Deserialize)]
pub(super) struct UncleDto {
    pub(super) number: U64,
    pub(super) miner: Address,
}

/// Reads a whole file.
pub(super) fn read<'a, T: Deserialize<'a>>(file: File<'a>) -> Result<T, RecordingError> {
    let form = |path: String, what: String| {
        RecordingError::new(file.name, path, RecordingErrorKind::Form(what))
    };
    let mut json = serde_json::Deserializer::from_slice(file.text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        form(if path == "." { String::new() } else { path }, error.inner().to_string())
    })?;
    json.end().map_err(|error| form(String::new(), error.to_string()))?;
    Ok(value)
}

/// Reads a transaction, which stands at a position of a block's file.
pub(super) fn transaction(
    file: File<'_>,
    at: usize,
    text: &RawValue,
) -> Result<(OriginDto, TxEnvelope), RecordingError> {
    Ok((part(file, at, text)?, part(file, at, text)?))
}

fn part<T: DeserializeOwned>(
    file: File<'_>,
    at: usize,
    text: &RawValue,
) -> Result<T, RecordingError> {
    serde_json::from_str(text.get()).map_err(|error| {
        let kind = RecordingErrorKind::Form(error.to_string());
        RecordingError::new(file.name, format!("transactions[{at}]"), kind)
    })
}
