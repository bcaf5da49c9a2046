//! What a bundle would do: `eth_callBundle` and `mev_simBundle`.

use alloy_consensus::Transaction as _;
use alloy_primitives::{U256, hex};
use alloy_rpc_types_eth::BlockId;
use serde_json::{Value, json};
use tenor_simulations::chain::{Bundle, Outcome, Signed, Status, Unfit};

use super::{
    super::{
        Inner,
        eth::refused,
        jsonrpc::{Answer, RpcError, quantity},
    },
    decode, mev_share,
    wire::{CallDto, SimDto},
};
use crate::bundle::ids::bundle_hash;

/// `eth_callBundle`: all of it on the state after a block, each transaction's end told.
pub(super) fn call(inner: &Inner, asked: &CallDto) -> Answer {
    let transactions = decode(&asked.txs)?;
    let on = inner.numbered(BlockId::Number(asked.state_block_number.unwrap_or_default()))?;
    let on = on.unwrap_or_else(|| inner.number());
    let number = asked.block_number.map_or(on + 1, |number| number.0);
    let head = &inner.chain.head().header;
    let timestamp = asked.timestamp.map_or(head.timestamp + super::super::SLOT, |at| at.0);
    let later = timestamp.max(head.timestamp + 1);
    let run = inner.chain.trace(&transactions, on, number, later).map_err(refused)?;
    let outcomes = run.map_err(|unfit| RpcError::server(format!("err: {unfit}")))?;
    let results: Vec<Value> =
        transactions.iter().zip(&outcomes).map(|(signed, done)| result(signed, done)).collect();
    let (paid, tips, gas) = sums(&outcomes);
    Ok(json!({
        "bundleGasPrice": price(paid, gas).to_string(),
        "bundleHash": bundle_hash(transactions.iter().map(|signed| signed.hash)),
        "coinbaseDiff": paid.to_string(),
        "ethSentToCoinbase": paid.saturating_sub(tips).to_string(),
        "gasFees": tips.to_string(),
        "results": results,
        "stateBlockNumber": on,
        "totalGasUsed": gas,
    }))
}

/// `mev_simBundle`: as a builder would take it, whole or not at all.
pub(super) fn shared(inner: &Inner, slot: u64, sent: &Value, options: &SimDto) -> Answer {
    let shared = mev_share::matched(inner, mev_share::parse(sent)?)?;
    let parent = BlockId::Number(options.parent_block.unwrap_or_default());
    let on = inner.numbered(parent)?.unwrap_or_else(|| inner.number());
    let head = &inner.chain.head().header;
    let timestamp = options.timestamp.map_or(head.timestamp + slot, |at| at.0);
    let number = options.block_number.map_or(on + 1, |number| number.0);
    let bundle = Bundle { first: number, last: number, ..shared.bundle };
    let run = inner.chain.try_bundle(&bundle, on, number, timestamp.max(head.timestamp + 1));
    Ok(match run.map_err(refused)? {
        Ok(run) => {
            let logs = run.stayed.iter().map(|(_, done)| json!({ "txLogs": done.logs }));
            json!({
                "success": true,
                "stateBlock": quantity(on),
                "mevGasPrice": price(run.paid, run.gas),
                "profit": run.paid,
                "refundableValue": run.paid,
                "gasUsed": quantity(run.gas),
                "logs": logs.collect::<Vec<Value>>(),
            })
        }
        Err(unfit) => {
            let revert = match &unfit {
                Unfit::Failed { output, .. } => json!(hex::encode_prefixed(output)),
                _ => Value::Null,
            };
            json!({
                "success": false,
                "error": unfit.to_string(),
                "execError": unfit.to_string(),
                "revert": revert,
                "stateBlock": quantity(on),
                "mevGasPrice": U256::ZERO,
                "profit": U256::ZERO,
                "refundableValue": U256::ZERO,
                "gasUsed": quantity(0_u64),
            })
        }
    })
}

fn result(signed: &Signed, done: &Outcome) -> Value {
    let mut told = json!({
        "coinbaseDiff": done.paid.to_string(),
        "ethSentToCoinbase": done.paid.saturating_sub(done.tips).to_string(),
        "fromAddress": signed.sender,
        "gasFees": done.tips.to_string(),
        "gasPrice": price(done.paid, done.gas).to_string(),
        "gasUsed": done.gas,
        "toAddress": signed.envelope.to(),
        "txHash": signed.hash,
    });
    match done.status {
        Status::Success => told["value"] = json!(hex::encode_prefixed(&done.output)),
        Status::Reverted | Status::Halted => {
            told["error"] = json!(done.said());
            told["revert"] = json!(hex::encode_prefixed(&done.output));
        }
    }
    told
}

fn sums(outcomes: &[Outcome]) -> (U256, U256, u64) {
    let paid = outcomes.iter().map(|outcome| outcome.paid).sum();
    let tips = outcomes.iter().map(|outcome| outcome.tips).sum();
    (paid, tips, outcomes.iter().map(|outcome| outcome.gas).sum())
}

/// Wei for a unit of gas, rounded down as builders do.
fn price(paid: U256, gas: u64) -> U256 {
    paid.checked_div(U256::from(gas)).unwrap_or_default()
}
