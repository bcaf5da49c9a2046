//! What gas costs.

use alloy_rpc_types_eth::{BlockNumberOrTag, FeeHistory};
use tenor_simulations::chain::Mined;

use super::super::{
    Inner,
    jsonrpc::{Answer, Params, RpcError, quantity, told},
};
use super::Quantity;

/// Wei of tip for a unit of gas that is proposed: blocks here are never full.
const TIP: u128 = 1_000_000_000;
/// The most blocks of a history, as geth has it.
const MOST_BLOCKS: u64 = 1_024;

pub(super) fn call(inner: &Inner, method: &str, params: &Params) -> Answer {
    match method {
        "eth_gasPrice" => Ok(quantity(u128::from(inner.chain.next_base_fee()) + TIP)),
        "eth_maxPriorityFeePerGas" => Ok(quantity(TIP)),
        "eth_blobBaseFee" => Ok(quantity(1_u64)),
        _ => {
            let Quantity(count) = params.get(0)?;
            let newest: BlockNumberOrTag = params.opt(1)?.unwrap_or_default();
            let percentiles: Vec<f64> = params.opt(2)?.unwrap_or_default();
            history(inner, count.min(MOST_BLOCKS), newest, &percentiles)
        }
    }
}

fn history(inner: &Inner, count: u64, newest: BlockNumberOrTag, percentiles: &[f64]) -> Answer {
    let ordered = percentiles.is_sorted() && percentiles.iter().all(|p| (0.0..=100.0).contains(p));
    if !ordered {
        return Err(RpcError::params("percentiles are from 0 to 100, in order"));
    }
    let last = inner.numbered(newest.into())?.unwrap_or_else(|| inner.number());
    let first = (last + 1).saturating_sub(count).max(inner.chain.first().header.number);
    let blocks: Vec<_> = (first..=last).filter_map(|number| inner.chain.block(number)).collect();
    let next = match inner.chain.block(last + 1) {
        Some(block) => block.base_fee(),
        None => inner.chain.next_base_fee(),
    };
    let fees = blocks.iter().map(|block| block.base_fee()).chain([next]);
    let reward = (!percentiles.is_empty())
        .then(|| blocks.iter().map(|block| rewards(block, percentiles)).collect());
    told(FeeHistory {
        base_fee_per_gas: fees.map(u128::from).collect(),
        gas_used_ratio: blocks.iter().map(|block| ratio(block)).collect(),
        base_fee_per_blob_gas: vec![1; blocks.len() + 1],
        blob_gas_used_ratio: vec![0.0; blocks.len()],
        oldest_block: first,
        reward,
    })
}

/// A share, shown as such.
#[allow(clippy::cast_precision_loss, reason = "gas of a block is far below 2^53")]
fn ratio(block: &Mined) -> f64 {
    block.header.gas_used as f64 / block.header.gas_limit.max(1) as f64
}

/// The tips at percentiles of a block's gas, nothing for a block without transactions.
#[allow(clippy::cast_precision_loss, reason = "gas of a block is far below 2^53")]
fn rewards(block: &Mined, percentiles: &[f64]) -> Vec<u128> {
    let tip = |landed: &tenor_simulations::chain::Landed| {
        (landed.signed.tip(block.base_fee()).unwrap_or_default(), landed.outcome.gas)
    };
    let mut tips: Vec<(u128, u64)> = block.transactions.iter().map(tip).collect();
    tips.sort_unstable();
    let at = |percentile: &f64| {
        let wanted = block.header.gas_used as f64 * percentile / 100.0;
        let mut gas = 0.0;
        let reached = tips.iter().find(|(_, used)| {
            gas += *used as f64;
            gas >= wanted
        });
        reached.or(tips.last()).map_or(0, |(tip, _)| *tip)
    };
    percentiles.iter().map(at).collect()
}
