//! `eth_call` and `eth_estimateGas`.

use alloy_primitives::{U256, hex};
use alloy_rpc_types_eth::{
    BlockId, TransactionRequest,
    state::{AccountOverride, StateOverride},
};
use serde_json::json;
use tenor_simulations::chain::{CallError, Message, Override, Status};

use super::{
    super::{
        Inner,
        jsonrpc::{Answer, Params, RpcError, quantity},
    },
    refused,
};

pub(super) fn call(inner: &Inner, slot: u64, method: &str, params: &Params) -> Answer {
    let request: TransactionRequest = params.get(0)?;
    let id: Option<BlockId> = params.opt(1)?;
    let overrides: Option<StateOverride> = params.opt(2)?;
    let overrides: Vec<Override> =
        overrides.into_iter().flatten().map(changed).collect::<Result<_, _>>()?;
    let (message, at) = (message(request)?, inner.at(id, slot)?);
    if method == "eth_estimateGas" {
        let gas = inner.chain.estimate(&message, at, &overrides);
        return gas.map(quantity).map_err(failed);
    }
    let outcome = inner.chain.call(&message, at, &overrides).map_err(failed)?;
    match outcome.status {
        Status::Success => Ok(json!(outcome.output)),
        Status::Reverted => {
            Err(RpcError::reverted(outcome.said(), json!(hex::encode_prefixed(&outcome.output))))
        }
        Status::Halted => Err(RpcError::server(halted(&outcome.said()))),
    }
}

/// A halt in the words that clients know.
fn halted(why: &str) -> String {
    if why.contains("OutOfGas") { "out of gas".to_owned() } else { format!("evm error: {why}") }
}

fn message(request: TransactionRequest) -> Result<Message, RpcError> {
    if request.blob_versioned_hashes.is_some() {
        return Err(RpcError::params("this chain takes no blobs"));
    }
    let data = request.input.try_into_unique_input();
    let data = data.map_err(|error| RpcError::params(error.to_string()))?;
    Ok(Message {
        from: request.from.unwrap_or_default(),
        to: request.to.and_then(|to| to.to().copied()),
        gas: request.gas,
        max_fee: request.max_fee_per_gas.or(request.gas_price),
        max_tip: request.max_priority_fee_per_gas,
        value: request.value.unwrap_or_default(),
        data: data.unwrap_or_default(),
        access: request.access_list.unwrap_or_default(),
        authorizations: request.authorization_list.unwrap_or_default(),
    })
}

fn changed(
    (account, changed): (alloy_primitives::Address, AccountOverride),
) -> Result<Override, RpcError> {
    let AccountOverride { balance, nonce, code, state, state_diff, move_precompile_to } = changed;
    if move_precompile_to.is_some() {
        return Err(RpcError::params("precompiles cannot be moved here"));
    }
    let slots = |words: alloy_primitives::map::B256HashMap<alloy_primitives::B256>| {
        words.into_iter().map(|(slot, word)| (U256::from_be_bytes(slot.0), word.into())).collect()
    };
    Ok(Override {
        account,
        balance,
        nonce,
        code,
        state: state.map(slots),
        slots: state_diff.map(slots).unwrap_or_default(),
    })
}

fn failed(error: CallError) -> RpcError {
    match error {
        CallError::Failed(said, output) if said.starts_with("execution reverted") => {
            RpcError::reverted(said, json!(hex::encode_prefixed(&output)))
        }
        CallError::Chain(error) => refused(error),
        error => RpcError::server(error.to_string()),
    }
}
