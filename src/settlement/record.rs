//! Promised, simulated and realised: what an intent was told, what a run of its landing block says, and what
//! the chain says; and where the differences come from.

use alloy_consensus::TxEnvelope;
use alloy_primitives::{I256, U256};
use alloy_rpc_types_eth::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};
use tenor_simulations::{Forms, Sent, World};

use super::{
    journal::{Promise, Ran},
    make::settled,
    watch::Landing,
};
use crate::{
    intents::signed::Deployment,
    market::rpc::{Head, Node},
};

/// What a record is made from.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    pub(super) node: &'a Node,
    pub(super) forms: Forms,
    pub(super) here: &'a Deployment,
}

#[derive(Deserialize)]
struct BlockDto {
    transactions: Vec<Transaction<TxEnvelope>>,
}

/// The record of a settlement, as the `included` event tells it. What was promised is known of our own
/// attempts alone; `quoted` is what the first quote promised. What a run cannot tell any more is null, with
/// the reason.
pub(super) fn record(
    sources: &Sources<'_>,
    landing: &Landing,
    promise: Option<&Promise>,
    quoted: Option<U256>,
) -> Value {
    let realised = Ran::of(landing.settled.value, &landing.settled.received);
    let ran = resimulated(sources, landing);
    let simulated = ran.as_ref().map(|(ran, _)| ran);
    let why = ran.as_ref().err();
    let aged = promise.map(|promise| aged(sources, landing, promise));
    let value = realised.value.0;
    let price = landing.receipt.price;
    let paid = U256::from(landing.receipt.gas).saturating_mul(price);
    let difference = promise.map(|promise| {
        let (promised, aged) = (promise.value.0, aged.as_ref().and_then(|aged| aged.as_ref().ok()));
        let aged = aged.map(|ran| ran.value.0);
        let quoted = quoted.unwrap_or(promised);
        json!({
            "total": less(value, quoted),
            "planned_again": less(promised, quoted),
            "accrual": aged.map(|aged| less(aged, promised)),
            "price": aged.map(|aged| less(value, aged)),
            "gas": less(U256::from(landing.receipt.gas), U256::from(promise.gas)),
        })
    });
    json!({
        "transaction": landing.transaction,
        "block_hash": landing.block_hash,
        "index": landing.receipt.index,
        "solver": landing.settled.solver,
        "ours": promise.is_some(),
        "fee": landing.settled.fee.to_string(),
        "quoted": quoted.map(|quoted| quoted.to_string()),
        "promised": promise,
        "simulated": simulated.ok(),
        "simulated_why_not": why,
        "realised": realised,
        "as_simulated": simulated.ok().map(|ran| *ran == realised),
        "difference": difference,
        "gas": { "used": landing.receipt.gas, "price": price.to_string(), "paid": paid.to_string() },
    })
}

/// `a - b`, as a decimal string with its sign.
fn less(a: U256, b: U256) -> String {
    let (a, b) = (I256::try_from(a), I256::try_from(b));
    match (a, b) {
        (Ok(a), Ok(b)) => a.saturating_sub(b).to_string(),
        // No amount of wei is that large.
        _ => String::new(),
    }
}

/// The landing block once more, up to the settlement.
fn resimulated(sources: &Sources<'_>, landing: &Landing) -> Result<(Ran, u64), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let block = block(sources.node, landing)?;
    let parent = sources.node.block(block.number.saturating_sub(1)).map_err(|e| told(&e))?;
    if parent.hash != block.parent {
        return Err("the chain has changed meanwhile".to_owned());
    }
    let sent = transactions(sources.node, &block, landing)?;
    let world = over(sources, &block, &parent)?;
    settled(&world, &sent, sources.here).map_err(|e| told(&e))
}

/// The settlement alone on the state that was promised on, at the time of the landing block: what time
/// alone changes.
fn aged(sources: &Sources<'_>, landing: &Landing, promise: &Promise) -> Result<Ran, String> {
    let block = block(sources.node, landing)?;
    let promised = sources.node.block(promise.block).map_err(|error| error.to_string())?;
    if promised.hash != promise.block_hash {
        return Err("the block that it was promised on is no longer there".to_owned());
    }
    let sent = transactions(sources.node, &block, landing)?;
    let sent = sent.last().cloned().ok_or("the block does not hold it")?;
    let world = over(sources, &block, &promised)?;
    let sent = Sent { nonce: None, ..sent };
    settled(&world, &[sent], sources.here).map(|(ran, _)| ran).map_err(|error| error.to_string())
}

fn block(node: &Node, landing: &Landing) -> Result<Head, String> {
    let block = node.block(landing.block).map_err(|error| error.to_string())?;
    let same = block.hash == landing.block_hash;
    same.then_some(block).ok_or_else(|| "the chain has changed meanwhile".to_owned())
}

/// The block's transactions up to the settlement.
fn transactions(node: &Node, block: &Head, landing: &Landing) -> Result<Vec<Sent>, String> {
    let text = node.whole(block).map_err(|error| error.to_string())?;
    let BlockDto { transactions } = serde_json::from_str(&text)
        .map_err(|error| format!("the block's transactions cannot be read: {error}"))?;
    let at = transactions.iter().position(|tx| *tx.inner.hash() == landing.transaction);
    let at = at.ok_or("the block does not hold it")?;
    let sent = transactions.iter().take(at + 1).map(|tx| Sent::of(&tx.inner, tx.inner.signer()));
    sent.collect::<Option<_>>()
        .ok_or_else(|| "a transaction before it creates a contract".to_owned())
}

/// A block over the state of another.
fn over(sources: &Sources<'_>, block: &Head, state: &Head) -> Result<World, String> {
    let at = block.block(sources.node.chain_id());
    let world = World::over(at, sources.node.state(state), sources.forms.clone());
    world.map_err(|error| error.to_string())
}
