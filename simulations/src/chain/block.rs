//! A block that was built: its header, its transactions and what they did.

use std::sync::Arc;

use alloy_consensus::{
    Header, Receipt, ReceiptEnvelope, ReceiptWithBloom, TxEnvelope,
    proofs::{calculate_receipt_root, calculate_transaction_root},
};
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, U256};

use super::Signed;
use crate::world;

/// What became of a transaction in the EVM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It did what it was to do.
    Success,
    /// A contract undid it.
    Reverted,
    /// The EVM stopped it.
    Halted,
}

/// What a transaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What became of it.
    pub status: Status,
    /// Gas that it paid for.
    pub gas: u64,
    /// Its logs.
    pub logs: Vec<Log>,
    /// What it returned, or why it reverted.
    pub output: Bytes,
    /// The contract that it made.
    pub created: Option<Address>,
    /// Wei that whoever built the block got of it.
    pub paid: U256,
    /// The part of that which is the priority fee.
    pub tips: U256,
    /// The EVM's word for why it halted.
    pub halted: Option<String>,
}

/// A transaction in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// The transaction.
    pub signed: Arc<Signed>,
    /// What it did.
    pub outcome: Outcome,
    /// Gas of the block up to it, its own included.
    pub cumulative_gas: u64,
    /// Logs of the block before its own.
    pub first_log: usize,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mined {
    /// The header, whose hash is the block's.
    pub header: Header,
    /// The block's hash.
    pub hash: B256,
    /// Its transactions, in order.
    pub transactions: Vec<Landed>,
}

impl Mined {
    /// The block as a world stands at it.
    pub fn place(&self, chain_id: u64) -> world::Block {
        world::Block {
            chain_id,
            number: self.header.number,
            timestamp: self.header.timestamp,
            base_fee: self.base_fee(),
            gas_limit: self.header.gas_limit,
        }
    }

    /// Wei of base fee for a unit of gas.
    pub fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    /// The receipts, as its header commits to them.
    pub fn receipts(&self) -> Vec<ReceiptEnvelope> {
        self.transactions.iter().map(Landed::receipt).collect()
    }
}

impl Landed {
    /// The receipt, as a header commits to it.
    pub fn receipt(&self) -> ReceiptEnvelope {
        let receipt = Receipt {
            status: (self.outcome.status == Status::Success).into(),
            cumulative_gas_used: self.cumulative_gas,
            logs: self.outcome.logs.clone(),
        };
        let receipt: ReceiptWithBloom<Receipt> = receipt.with_bloom();
        ReceiptEnvelope::from_typed(self.signed.envelope.tx_type(), receipt)
    }
}

/// What a header says of the transactions.
pub(super) struct Commitment {
    pub(super) transactions: B256,
    pub(super) receipts: B256,
    pub(super) bloom: Bloom,
}

pub(super) fn commit(landed: &[Landed]) -> Commitment {
    let envelopes: Vec<&TxEnvelope> = landed.iter().map(|landed| &landed.signed.envelope).collect();
    let receipts: Vec<ReceiptEnvelope> = landed.iter().map(Landed::receipt).collect();
    let mut bloom = Bloom::ZERO;
    landed.iter().flat_map(|landed| &landed.outcome.logs).for_each(|log| bloom.accrue_log(log));
    Commitment {
        transactions: calculate_transaction_root(&envelopes),
        receipts: calculate_receipt_root(&receipts),
        bloom,
    }
}
