//! Receipts as a header commits to them.

use alloy_consensus::{Receipt, ReceiptEnvelope, ReceiptWithBloom, proofs::calculate_receipt_root};
use alloy_primitives::{B256, Bloom};

use super::{Status, Transacted};
use crate::recorded::RecordedTransaction;

/// What a header says of its receipts.
pub(super) struct Commitment {
    pub(super) root: B256,
    pub(super) bloom: Bloom,
}

/// The root of the receipts since Byzantium, with a status where there was a state's root, and the
/// filter of all logs.
pub(super) fn commit(
    transactions: &[RecordedTransaction],
    transacted: Vec<Transacted>,
) -> Commitment {
    let (mut gas, mut bloom) = (0_u64, Bloom::ZERO);
    let receipts = transactions.iter().zip(transacted).map(|(transaction, done)| {
        gas = gas.saturating_add(done.gas);
        let status = (done.status == Status::Success).into();
        let receipt = Receipt { status, cumulative_gas_used: gas, logs: done.logs }.with_bloom();
        bloom |= receipt.logs_bloom;
        envelope(transaction, receipt)
    });
    let receipts: Vec<ReceiptEnvelope> = receipts.collect();
    Commitment { root: calculate_receipt_root(&receipts), bloom }
}

fn envelope(
    transaction: &RecordedTransaction,
    receipt: ReceiptWithBloom<Receipt>,
) -> ReceiptEnvelope {
    ReceiptEnvelope::from_typed(transaction.envelope.tx_type(), receipt)
}
