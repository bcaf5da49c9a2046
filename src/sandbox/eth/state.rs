//! Accounts and what they store.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rpc_types_eth::BlockId;
use serde_json::json;

use super::{
    super::{
        Inner,
        jsonrpc::{Answer, Params, RpcError, quantity},
    },
    refused,
};

pub(super) fn call(inner: &Inner, method: &str, params: &Params) -> Answer {
    let account: Address = params.get(0)?;
    let slot_first = method == "eth_getStorageAt";
    let id: Option<BlockId> = params.opt(1 + usize::from(slot_first))?;
    let number = inner.numbered(id.unwrap_or_default())?;
    let state = inner.chain.state(number.unwrap_or_else(|| inner.number())).map_err(refused)?;
    let unread = |error: tenor_simulations::SourceError| RpcError::server(error.to_string());
    if slot_first {
        let slot: U256 = params.get(1)?;
        let value = state.storage(account, slot).map_err(unread)?;
        return Ok(json!(B256::from(value)));
    }
    let info = state.account(account).map_err(unread)?.unwrap_or_default();
    match method {
        "eth_getBalance" => Ok(json!(info.balance)),
        "eth_getCode" => {
            let code = info.code.map(|code| code.original_bytes());
            Ok(json!(code.unwrap_or_else(Bytes::new)))
        }
        // What waits counts for what comes next.
        _ if number.is_none() => Ok(quantity(inner.pool.next_nonce(account, info.nonce))),
        _ => Ok(quantity(info.nonce)),
    }
}
