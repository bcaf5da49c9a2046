//! `eth_getLogs`.

use alloy_rpc_types_eth::{BlockId, BlockNumberOrTag, Filter, FilterBlockOption, Log};

use super::{
    super::{
        Inner,
        jsonrpc::{Answer, RpcError, told},
    },
    shapes,
};

pub(super) fn call(inner: &Inner, filter: &Filter) -> Answer {
    let (first, last) = match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let block =
                inner.chain.by_hash(hash).ok_or_else(|| RpcError::server("unknown block"))?;
            (block.header.number, block.header.number)
        }
        FilterBlockOption::Range { from_block, to_block } => {
            (end(inner, from_block)?, end(inner, to_block)?)
        }
    };
    if first > last {
        return Err(RpcError::params("invalid block range params"));
    }
    let last = last.min(inner.number());
    let blocks = (first..=last).filter_map(|number| inner.chain.block(number));
    let likely = blocks.filter(|block| filter.matches_bloom(block.header.logs_bloom));
    let found: Vec<Log> = likely
        .flat_map(|block| shapes::all_logs(block))
        .filter(|log| filter.matches(&log.inner))
        .collect();
    told(found)
}

/// A range's end. What is not there yet has no logs.
fn end(inner: &Inner, tag: Option<BlockNumberOrTag>) -> Result<u64, RpcError> {
    match tag.unwrap_or_default() {
        BlockNumberOrTag::Number(number) => Ok(number.max(inner.chain.first().header.number)),
        tag => {
            let number = inner.numbered(BlockId::Number(tag))?;
            Ok(number.unwrap_or_else(|| inner.number()))
        }
    }
}
