//! What a replay came to, beside what the header says.

use alloy_consensus::proofs::{calculate_transaction_root, calculate_withdrawals_root};
use alloy_primitives::{B256, Bloom};
use revm::primitives::hardfork::SpecId;

use super::{Executed, Status, receipts};
use crate::recorded::RecordedBlock;

/// A figure computed, and the header's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared<T> {
    /// From the replay.
    pub computed: T,
    /// From the header.
    pub header: T,
}

impl<T: PartialEq> Compared<T> {
    /// Whether the two are equal.
    pub fn agrees(&self) -> bool {
        self.computed == self.header
    }
}

/// One transaction of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its hash.
    pub hash: B256,
    /// What it came to.
    pub status: Status,
    /// Gas that it paid for.
    pub gas: u64,
    /// How many logs it left.
    pub logs: usize,
}

/// A replayed block beside its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The block.
    pub number: u64,
    /// The fork that held.
    pub fork: String,
    /// The transactions, in order.
    pub transactions: Vec<Row>,
    /// Gas of all transactions.
    pub gas_used: Compared<u64>,
    /// Gas of all blobs; `None` before Cancun.
    pub blob_gas_used: Option<Compared<u64>>,
    /// The root of the receipts; `None` before Byzantium, when each held the root of a state that
    /// no recording of touched slots has.
    pub receipts_root: Option<Compared<B256>>,
    /// The filter of all logs.
    pub logs_bloom: Compared<Bloom>,
    /// The root of the transactions: that the recording holds those of the block.
    pub transactions_root: Compared<B256>,
    /// The root of the withdrawals; `None` before Shanghai.
    pub withdrawals_root: Option<Compared<B256>>,
    /// Uncles whose miners are not recorded, and so not paid.
    pub unpaid_uncles: usize,
}

impl Report {
    /// What differs from the header, by the header's names; nothing where the replay is exact.
    pub fn differences(&self) -> Vec<&'static str> {
        let agrees = [
            ("gasUsed", self.gas_used.agrees()),
            ("blobGasUsed", self.blob_gas_used.is_none_or(|gas| gas.agrees())),
            ("receiptsRoot", self.receipts_root.is_none_or(|root| root.agrees())),
            ("logsBloom", self.logs_bloom.agrees()),
            ("transactionsRoot", self.transactions_root.agrees()),
            ("withdrawalsRoot", self.withdrawals_root.is_none_or(|root| root.agrees())),
        ];
        agrees.into_iter().filter(|(_, agrees)| !agrees).map(|(name, _)| name).collect()
    }
}

impl Executed {
    /// Compares what the block's transactions did with its header.
    pub fn report(&self, block: &RecordedBlock) -> Report {
        let RecordedBlock { header, transactions, withdrawals, .. } = block;
        let envelopes: Vec<_> = transactions.iter().map(|one| &one.envelope).collect();
        let receipts = receipts::commit(transactions, self.transactions.clone());
        let rows = transactions.iter().zip(&self.transactions).map(|(transaction, done)| Row {
            hash: transaction.hash,
            status: done.status.clone(),
            gas: done.gas,
            logs: done.logs.len(),
        });
        let since = |rules| self.fork.rules.is_enabled_in(rules);
        let withdrawals_root = header.withdrawals_root.map(|header| Compared {
            computed: calculate_withdrawals_root(withdrawals.as_deref().unwrap_or_default()),
            header,
        });
        Report {
            number: header.number,
            fork: self.fork.name.clone().into_owned(),
            transactions: rows.collect(),
            gas_used: Compared { computed: self.gas_used, header: header.gas_used },
            blob_gas_used: header
                .blob_gas_used
                .map(|header| Compared { computed: self.blob_gas_used, header }),
            receipts_root: since(SpecId::BYZANTIUM)
                .then_some(Compared { computed: receipts.root, header: header.receipts_root }),
            logs_bloom: Compared { computed: receipts.bloom, header: header.logs_bloom },
            transactions_root: Compared {
                computed: calculate_transaction_root(&envelopes),
                header: header.transactions_root,
            },
            withdrawals_root,
            unpaid_uncles: block.uncle_count - block.uncles.len(),
        }
    }
}
