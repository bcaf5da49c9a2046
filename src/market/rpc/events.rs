//! What a contract told in blocks, and what became of transactions.

use alloy_primitives::{Address, B256, Bytes, Log, U64, U256};
use serde::Deserialize;
use serde_json::json;
use tenor_simulations::StateSource as _;

use super::{Head, Node, classify, error::RpcError, link::Call, wire};

const LOGS: &str = "eth_getLogs";
const RECEIPT: &str = "eth_getTransactionReceipt";

/// The most blocks that one question is about: nodes refuse more.
const MOST_BLOCKS: u64 = 2_000;

/// The most topics of one question.
const MOST_TOPICS: usize = 256;

/// An event, and the block that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The block's number.
    pub block: u64,
    /// Its hash.
    pub block_hash: B256,
    /// The transaction.
    pub transaction: B256,
    /// The event.
    pub log: Log,
}

/// What became of a transaction that is in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The block's hash.
    pub block_hash: B256,
    /// The block's number.
    pub block: u64,
    /// Its place in the block, from 0.
    pub index: u64,
    /// Whether it did what it says.
    pub succeeded: bool,
    /// Gas that it paid for.
    pub gas: u64,
    /// Wei for a unit of it.
    pub price: U256,
}

/// An account's ether and next nonce at a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purse {
    /// Wei.
    pub balance: U256,
    /// The next nonce.
    pub nonce: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogDto {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    block_number: U64,
    block_hash: B256,
    transaction_hash: B256,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptDto {
    transaction_hash: B256,
    block_number: U64,
    block_hash: B256,
    transaction_index: U64,
    status: U64,
    gas_used: U64,
    effective_gas_price: U256,
}

impl Node {
    /// The events of a contract with a first topic and one of some second ones, in blocks `from..=to` of
    /// the chain that the node has now. Which chain that is may change between two questions: whoever
    /// builds on an event compares its block's hash.
    pub fn told(
        &self,
        by: Address,
        (first, seconds): (B256, &[B256]),
        (from, to): (u64, u64),
    ) -> Result<Vec<Told>, RpcError> {
        let mut calls = Vec::new();
        let mut start = from;
        while start <= to {
            let end = start.saturating_add(MOST_BLOCKS - 1).min(to);
            calls.extend(seconds.chunks(MOST_TOPICS).map(|seconds| {
                let (from, to) = (format!("{start:#x}"), format!("{end:#x}"));
                let topics = json!([first, seconds]);
                let asked =
                    json!([{ "address": by, "fromBlock": from, "toBlock": to, "topics": topics }]);
                Call::new(LOGS, asked)
            }));
            start = end.saturating_add(1);
        }
        let mut all = Vec::new();
        for answer in self.link.ask(calls, None)? {
            let logs: Vec<LogDto> = self.link.blame(wire::object(LOGS, &answer))?;
            all.extend(logs.into_iter().filter(|log| log.address == by).map(Told::from));
        }
        Ok(all)
    }

    /// What became of transactions, one for one; `None` of one that is in no block, or that the node has
    /// not looked up yet: some tell of a block before they can tell of its transactions.
    pub fn receipts(&self, transactions: &[B256]) -> Result<Vec<Option<Receipt>>, RpcError> {
        if transactions.is_empty() {
            return Ok(Vec::new());
        }
        let calls = transactions.iter().map(|hash| Call::new(RECEIPT, json!([hash]))).collect();
        let answers = self.link.ask(calls, None)?;
        let read = |(hash, answer): (&B256, _)| {
            if wire::is_null(answer) {
                return Ok(None);
            }
            let receipt: ReceiptDto = wire::object(RECEIPT, answer)?;
            if receipt.transaction_hash != *hash {
                return Err(wire::garbage(RECEIPT, "the receipt of another transaction"));
            }
            Ok(Some(Receipt::from(receipt)))
        };
        let answers = answers.iter().map(|answer| &**answer);
        self.link.blame(transactions.iter().zip(answers).map(read).collect())
    }

    /// What an account has at a block.
    pub fn purse(&self, head: &Head, account: Address) -> Result<Purse, RpcError> {
        let state = self.state(head);
        state.load(&[account], &[])?;
        let gone = |_| self.link.error(classify::missing());
        let info = state.account(account).map_err(gone)?.unwrap_or_default();
        Ok(Purse { balance: info.balance, nonce: info.nonce })
    }
}

impl From<LogDto> for Told {
    fn from(dto: LogDto) -> Self {
        let LogDto { address, topics, data, block_number, block_hash, transaction_hash } = dto;
        let log = Log::new_unchecked(address, topics, data);
        Self { block: block_number.to(), block_hash, transaction: transaction_hash, log }
    }
}

impl From<ReceiptDto> for Receipt {
    fn from(dto: ReceiptDto) -> Self {
        Self {
            block_hash: dto.block_hash,
            block: dto.block_number.to(),
            index: dto.transaction_index.to(),
            succeeded: dto.status == U64::from(1),
            gas: dto.gas_used.to(),
            price: dto.effective_gas_price,
        }
    }
}
