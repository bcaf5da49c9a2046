//! A header and a transaction as revm takes them.

use alloy_consensus::{Transaction as _, TxEnvelope, Typed2718 as _};
use alloy_primitives::{Address, U256};
use revm::{
    context::{BlockEnv, CfgEnv, TxEnv, either::Either},
    context_interface::block::BlobExcessGasAndPrice,
    primitives::hardfork::SpecId,
};

use super::ReplayError;
use crate::{
    forks::Fork,
    recorded::{Header, RecordedTransaction},
};

/// The price of a blob is e to this at most: 10^17 wei for a unit of gas.
const MOST_EXPONENT: u64 = 40;

pub(super) fn config(fork: &Fork, chain_id: u64) -> CfgEnv {
    let mut config = CfgEnv::new_with_spec(fork.rules).with_chain_id(chain_id);
    config.max_blobs_per_tx = fork.blobs.map(|blobs| blobs.max_per_transaction);
    config.blob_base_fee_update_fraction = fork.blobs.map(|blobs| blobs.update_fraction);
    config
}

pub(super) fn block(header: &Header, fork: &Fork) -> Result<BlockEnv, ReplayError> {
    let since = |rules| fork.rules.is_enabled_in(rules);
    let basefee = match header.base_fee {
        _ if !since(SpecId::LONDON) => 0,
        base_fee => required(base_fee, header, fork, "baseFeePerGas")?,
    };
    let prevrandao = match header.mix_hash {
        _ if !since(SpecId::MERGE) => None,
        mix_hash => Some(required(mix_hash, header, fork, "mixHash")?),
    };
    Ok(BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee,
        difficulty: header.difficulty,
        prevrandao,
        blob_excess_gas_and_price: blob_price(header, fork)?,
        ..BlockEnv::default()
    })
}

fn blob_price(header: &Header, fork: &Fork) -> Result<Option<BlobExcessGasAndPrice>, ReplayError> {
    let Some(blobs) = fork.blobs else { return Ok(None) };
    let excess = required(header.excess_blob_gas, header, fork, "excessBlobGas")?;
    if excess / blobs.update_fraction > MOST_EXPONENT {
        return Err(ReplayError::BlobPrice { number: header.number, excess });
    }
    Ok(Some(BlobExcessGasAndPrice::new(excess, blobs.update_fraction)))
}

/// A field that the rules need.
pub(super) fn required<T>(
    value: Option<T>,
    header: &Header,
    fork: &Fork,
    field: &'static str,
) -> Result<T, ReplayError> {
    let fork = fork.name.clone().into_owned();
    value.ok_or(ReplayError::NoField { number: header.number, fork, field })
}

pub(super) fn transaction(recorded: &RecordedTransaction) -> TxEnv {
    signed(recorded.from, &recorded.envelope)
}

/// A signed transaction of a sender.
pub(crate) fn signed(from: Address, envelope: &TxEnvelope) -> TxEnv {
    let authorizations = envelope.authorization_list().unwrap_or_default();
    TxEnv {
        tx_type: envelope.ty(),
        caller: from,
        gas_limit: envelope.gas_limit(),
        gas_price: envelope.max_fee_per_gas(),
        kind: envelope.kind(),
        value: envelope.value(),
        data: envelope.input().clone(),
        nonce: envelope.nonce(),
        chain_id: envelope.chain_id(),
        access_list: envelope.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: envelope.max_priority_fee_per_gas(),
        blob_hashes: envelope.blob_versioned_hashes().unwrap_or_default().to_vec(),
        max_fee_per_blob_gas: envelope.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: authorizations.iter().cloned().map(Either::Left).collect(),
    }
}
