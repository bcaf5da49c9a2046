//! What the chain says of what was sent: asked anew at every head, so that there is nothing to remember.

use std::collections::HashMap;

use alloy_primitives::B256;
use alloy_sol_types::SolEvent as _;

use super::Rules;
use crate::{
    intents::signed::{Deployment, frozen::Settled},
    market::rpc::{Head, Node, Receipt, RpcError, Told},
    store::Attempt,
};

/// A settlement that is in a block of the chain.
#[derive(Debug, Clone)]
pub(super) struct Landing {
    pub(super) block: u64,
    pub(super) block_hash: B256,
    pub(super) transaction: B256,
    pub(super) settled: Settled,
    pub(super) receipt: Receipt,
}

/// What a head's chain says.
#[derive(Debug)]
pub(super) struct Seen {
    /// By intent.
    pub(super) landings: HashMap<B256, Landing>,
    /// The newest block that is final; `None` where the chain is younger.
    pub(super) deep: Option<Head>,
}

/// Why it is not known yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unseen {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// Between two questions the node changed its mind, or it tells of blocks that it has not looked up.
    #[error("the node is between two blocks")]
    Between,
}

/// Asks what became of everything that was sent for intents that may still change.
pub(super) fn watch(
    node: &Node,
    here: &Deployment,
    rules: &Rules,
    head: &Head,
    sent: &[(B256, Vec<Attempt>)],
) -> Result<Seen, Unseen> {
    let ids: Vec<B256> = sent.iter().map(|(id, _)| *id).collect();
    let firsts = sent.iter().flat_map(|(_, attempts)| attempts).map(|attempt| attempt.first);
    // A block that was replaced may be followed by one of a lower number.
    let from = firsts.min().unwrap_or(head.number).min(head.number);
    let from = from.saturating_sub(rules.depth);
    let told = node.told(here.settler, (Settled::SIGNATURE_HASH, &ids), (from, head.number))?;
    let oldest = head.number.saturating_sub(rules.depth);
    // Older blocks are final: the node's word on them does not change.
    let recent = told.iter().map(|event| event.block).filter(|block| *block >= oldest).min();
    let mut chain = match recent {
        Some(first) => node.before(head, first)?,
        None => Vec::new(),
    };
    chain.push(head.clone());
    let hash_of =
        |number| chain.iter().find(|block| block.number == number).map(|block| block.hash);
    let other = |event: &Told| hash_of(event.block).is_some_and(|hash| hash != event.block_hash);
    if told.iter().any(other) {
        return Err(Unseen::Between);
    }
    let deep = node.blocks(&[oldest])?.pop().flatten();
    let hashes: Vec<B256> = told.iter().map(|event| event.transaction).collect();
    let receipts = node.receipts(&hashes)?;
    let mut landings = HashMap::new();
    for (event, receipt) in told.into_iter().zip(receipts) {
        let receipt = receipt.filter(|receipt| receipt.block_hash == event.block_hash);
        let receipt = receipt.ok_or(Unseen::Between)?;
        let Ok(settled) = Settled::decode_log(&event.log) else { continue };
        let (block, block_hash, transaction) = (event.block, event.block_hash, event.transaction);
        let settled = settled.data;
        let id = settled.id;
        landings.insert(id, Landing { block, block_hash, transaction, settled, receipt });
    }
    Ok(Seen { landings, deep })
}
