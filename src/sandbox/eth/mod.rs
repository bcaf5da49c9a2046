//! The node: the part of Ethereum's JSON-RPC that wallets and libraries use.

mod calls;
mod fees;
mod logs;
pub(super) mod shapes;
mod state;

use std::sync::Arc;

use alloy_primitives::{B256, Bytes};
use alloy_rpc_types_eth::{BlockId, BlockNumberOrTag};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Value, json};
use tenor_simulations::chain::{At, ChainError, Mined, Signed};

use super::{
    Inner, Sandbox,
    jsonrpc::{Answer, Params, RpcError, quantity, told},
};

/// Blocks after which one counts as safe, and as final, as on the chain in good times.
const SAFE: u64 = 32;
const FINAL: u64 = 64;

/// Answers a method.
pub(super) fn call(sandbox: &Sandbox, method: &str, params: &Params) -> Answer {
    let mut inner = sandbox.lock();
    match method {
        "eth_chainId" => Ok(quantity(inner.chain.rules().chain_id)),
        "net_version" => Ok(json!(inner.chain.rules().chain_id.to_string())),
        "net_listening" => Ok(json!(true)),
        "web3_clientVersion" => Ok(json!(concat!("tenor/", env!("CARGO_PKG_VERSION"), "/sandbox"))),
        "eth_syncing" => Ok(json!(false)),
        "eth_accounts" => Ok(json!([])),
        "eth_blockNumber" => Ok(quantity(inner.number())),
        "eth_getBlockByNumber" | "eth_getBlockByHash" => block(&inner, method, params),
        "eth_getBlockReceipts" => {
            let Some(block) = inner.mined(params.get(0)?)? else { return Ok(Value::Null) };
            told(shapes::receipts(&block))
        }
        "eth_getTransactionByHash" => transaction(&inner, params.get(0)?),
        "eth_getTransactionReceipt" => {
            let found = inner.chain.transaction(params.get(0)?);
            found.map_or(Ok(Value::Null), |(block, at)| told(shapes::receipt(block, at)))
        }
        "eth_getBalance" | "eth_getCode" | "eth_getStorageAt" | "eth_getTransactionCount" => {
            state::call(&inner, method, params)
        }
        "eth_call" | "eth_estimateGas" => calls::call(&inner, sandbox.slot, method, params),
        "eth_gasPrice" | "eth_maxPriorityFeePerGas" | "eth_feeHistory" | "eth_blobBaseFee" => {
            fees::call(&inner, method, params)
        }
        "eth_getLogs" => logs::call(&inner, &params.get(0)?),
        "eth_sendRawTransaction" => send(sandbox, &mut inner, &params.get(0)?),
        _ => Err(RpcError::method(method)),
    }
}

fn block(inner: &Inner, method: &str, params: &Params) -> Answer {
    let found = if method == "eth_getBlockByHash" {
        inner.chain.by_hash(params.get(0)?).cloned()
    } else {
        let tag: BlockNumberOrTag = params.get(0)?;
        inner.mined(tag.into())?
    };
    let whole = params.opt(1)?.unwrap_or(false);
    found.map_or(Ok(Value::Null), |block| told(shapes::block(&block, whole)))
}

fn transaction(inner: &Inner, hash: B256) -> Answer {
    if let Some((block, at)) = inner.chain.transaction(hash) {
        return told(shapes::transaction(block, at));
    }
    inner.pool.get(hash).map_or(Ok(Value::Null), |signed| told(shapes::waiting(signed)))
}

fn send(sandbox: &Sandbox, inner: &mut Inner, bytes: &Bytes) -> Answer {
    let signed = Signed::decode(bytes).map_err(|error| RpcError::server(error.to_string()))?;
    let hash = signed.hash;
    let added = inner.pool.add(Arc::new(signed), &inner.chain);
    added.map_err(|error| RpcError::server(error.to_string()))?;
    inner.public.insert(hash);
    sandbox.hurry(inner).map_err(refused)?;
    Ok(json!(hash))
}

impl Inner {
    /// The number of a block; `None` of the one that comes next.
    pub(super) fn numbered(&self, id: BlockId) -> Result<Option<u64>, RpcError> {
        let (first, head) = (self.chain.first().header.number, self.number());
        let gone = || RpcError::server("header not found");
        match id {
            BlockId::Hash(hash) => {
                let block = self.chain.by_hash(hash.block_hash).ok_or_else(gone)?;
                Ok(Some(block.header.number))
            }
            BlockId::Number(tag) => match tag {
                BlockNumberOrTag::Pending => Ok(None),
                BlockNumberOrTag::Latest => Ok(Some(head)),
                BlockNumberOrTag::Safe => Ok(Some(head.saturating_sub(SAFE).max(first))),
                BlockNumberOrTag::Finalized => Ok(Some(head.saturating_sub(FINAL).max(first))),
                BlockNumberOrTag::Earliest => Ok(Some(first)),
                BlockNumberOrTag::Number(number) if (first..=head).contains(&number) => {
                    Ok(Some(number))
                }
                BlockNumberOrTag::Number(_) => Err(gone()),
            },
        }
    }

    /// A block; `None` where there is none. What comes next is not there yet: the newest stands for it.
    fn mined(&self, id: BlockId) -> Result<Option<Arc<Mined>>, RpcError> {
        match self.numbered(id) {
            Ok(number) => Ok(self.chain.block(number.unwrap_or_else(|| self.number())).cloned()),
            Err(_) => Ok(None),
        }
    }

    /// Where a call is asked.
    fn at(&self, id: Option<BlockId>, slot: u64) -> Result<At, RpcError> {
        let next = At::Next(self.chain.head().header.timestamp + slot);
        Ok(self.numbered(id.unwrap_or_default())?.map_or(next, At::Block))
    }
}

/// What the chain refuses, in the words that clients look for.
pub(super) fn refused(error: ChainError) -> RpcError {
    match error {
        ChainError::NoBlock(_) => RpcError::server("header not found"),
        error @ ChainError::Pruned { .. } => {
            RpcError::server(format!("missing trie node: {error}"))
        }
        error @ (ChainError::Depth { .. } | ChainError::Time { .. }) => {
            RpcError::params(error.to_string())
        }
        error => RpcError::server(error.to_string()),
    }
}

/// A number, however it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quantity(pub(super) u64);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => match text.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16).ok(),
                None => text.parse().ok(),
            },
            _ => None,
        };
        read.map(Self).ok_or_else(|| D::Error::custom("expected a number of at most 64 bits"))
    }
}
