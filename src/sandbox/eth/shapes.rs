//! Blocks, transactions and receipts as nodes tell them.

use alloy_consensus::{
    Block as Whole, BlockBody, Receipt, ReceiptEnvelope, ReceiptWithBloom, Sealed,
    Transaction as _, TxEnvelope, transaction::Recovered,
};
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::{U256, logs_bloom};
use alloy_rlp::Encodable as _;
use alloy_rpc_types_eth::{Block, BlockTransactions, Header, Log, Transaction, TransactionReceipt};
use tenor_simulations::chain::{Landed, Mined, Signed, Status};

/// A block, with its transactions or their hashes.
pub(in crate::sandbox) fn block(mined: &Mined, whole: bool) -> Block {
    let transactions = if whole {
        let all = 0..mined.transactions.len();
        BlockTransactions::Full(all.filter_map(|at| transaction(mined, at)).collect())
    } else {
        let hashes = mined.transactions.iter().map(|landed| landed.signed.hash);
        BlockTransactions::Hashes(hashes.collect())
    };
    let block = Block::new(header(mined), transactions);
    block.with_withdrawals(Some(Withdrawals::default()))
}

/// A block's header.
pub(in crate::sandbox) fn header(mined: &Mined) -> Header {
    let envelopes = mined.transactions.iter().map(|landed| landed.signed.envelope.clone());
    let whole: Whole<TxEnvelope> = Whole {
        header: mined.header.clone(),
        body: BlockBody {
            transactions: envelopes.collect(),
            ommers: Vec::new(),
            withdrawals: Some(Withdrawals::default()),
        },
    };
    let size = U256::from(whole.length());
    let sealed = Sealed::new_unchecked(mined.header.clone(), mined.hash);
    Header::from_consensus(sealed, None, Some(size))
}

/// A transaction in a block.
pub(in crate::sandbox) fn transaction(mined: &Mined, at: usize) -> Option<Transaction> {
    let landed = mined.transactions.get(at)?;
    let base_fee = Some(mined.base_fee());
    Some(Transaction {
        block_hash: Some(mined.hash),
        block_number: Some(mined.header.number),
        transaction_index: Some(at as u64),
        effective_gas_price: Some(landed.signed.envelope.effective_gas_price(base_fee)),
        block_timestamp: Some(mined.header.timestamp),
        ..waiting(&landed.signed)
    })
}

/// A transaction that waits.
pub(in crate::sandbox) fn waiting(signed: &Signed) -> Transaction {
    Transaction {
        inner: Recovered::new_unchecked(signed.envelope.clone(), signed.sender),
        block_hash: None,
        block_number: None,
        transaction_index: None,
        effective_gas_price: None,
        block_timestamp: None,
    }
}

/// The receipts of a block.
pub(in crate::sandbox) fn receipts(mined: &Mined) -> Vec<TransactionReceipt> {
    (0..mined.transactions.len()).filter_map(|at| receipt(mined, at)).collect()
}

/// A transaction's receipt.
pub(in crate::sandbox) fn receipt(mined: &Mined, at: usize) -> Option<TransactionReceipt> {
    let landed = mined.transactions.get(at)?;
    let (envelope, outcome) = (&landed.signed.envelope, &landed.outcome);
    let receipt = Receipt {
        status: (outcome.status == Status::Success).into(),
        cumulative_gas_used: landed.cumulative_gas,
        logs: logs(mined, landed, at),
    };
    let logs_bloom = logs_bloom(&outcome.logs);
    let inner = ReceiptWithBloom { receipt, logs_bloom };
    Some(TransactionReceipt {
        inner: ReceiptEnvelope::from_typed(envelope.tx_type(), inner),
        transaction_hash: landed.signed.hash,
        transaction_index: Some(at as u64),
        block_hash: Some(mined.hash),
        block_number: Some(mined.header.number),
        gas_used: outcome.gas,
        effective_gas_price: envelope.effective_gas_price(Some(mined.base_fee())),
        blob_gas_used: None,
        blob_gas_price: None,
        from: landed.signed.sender,
        to: envelope.to(),
        contract_address: outcome.created,
    })
}

fn logs(mined: &Mined, landed: &Landed, at: usize) -> Vec<Log> {
    let told = |(place, log): (usize, &alloy_primitives::Log)| Log {
        inner: log.clone(),
        block_hash: Some(mined.hash),
        block_number: Some(mined.header.number),
        block_timestamp: Some(mined.header.timestamp),
        transaction_hash: Some(landed.signed.hash),
        transaction_index: Some(at as u64),
        log_index: Some((landed.first_log + place) as u64),
        removed: false,
    };
    landed.outcome.logs.iter().enumerate().map(told).collect()
}

/// All logs of a block.
pub(super) fn all_logs(mined: &Mined) -> impl Iterator<Item = Log> {
    mined.transactions.iter().enumerate().flat_map(|(at, landed)| logs(mined, landed, at))
}
