//! Replaying a recorded block: its transactions again, one after the other, and what the header says
//! of them.
//!
//! ```text
//! block, state, forks -> execute -> Executed -> report -> Report
//! ```
//!
//! [`execute`] runs the system calls, the transactions and the payments that follow them;
//! [`Executed::report`] compares gas, receipts and logs with the header.
//!
//! Each transaction is committed before the next one runs, as nodes do it: what one destroys the next
//! must find gone, and an EVM that keeps the whole block in one journal reads such storage anew.

pub(crate) mod env;
mod error;
mod payments;
mod receipts;
mod report;
pub(crate) mod system;

use std::sync::Arc;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, Log, U256};
use revm::{
    Context, ExecuteCommitEvm, MainBuilder, MainContext, MainnetEvm,
    context::{
        BlockEnv, CfgEnv, TxEnv,
        result::{ExecutionResult, HaltReason, ResultGas},
    },
    database::CacheDB,
    primitives::{eip4844::GAS_PER_BLOB, hardfork::SpecId},
    state::AccountInfo,
};

pub use self::{
    error::ReplayError,
    payments::Payment,
    report::{Compared, Report, Row},
};
use crate::{
    forks::{Fork, Forks},
    recorded::{RecordedBlock, RecordedTransaction},
    source::{Shared, StateSource},
};

type Overlay = CacheDB<Shared>;
type Evm = MainnetEvm<Context<BlockEnv, TxEnv, CfgEnv, Overlay>>;

/// What a transaction came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It did what it was to do.
    Success,
    /// A contract undid it.
    Reverted,
    /// The EVM stopped it.
    Halted(HaltReason),
}

/// One transaction of a replayed block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transacted {
    /// What it came to.
    pub status: Status,
    /// Gas that it paid for.
    pub gas: u64,
    /// Its logs; none unless it succeeded.
    pub logs: Vec<Log>,
}

/// A block that has been executed: what its transactions did, and the state after it.
#[derive(Debug)]
pub struct Executed {
    fork: Fork,
    transactions: Vec<Transacted>,
    gas_used: u64,
    blob_gas_used: u64,
    payments: Vec<Payment>,
    after: Overlay,
}

/// Executes a block on the state before it, under the rules that hold at it.
///
/// No check of the EVM is switched off: nonces, balances, fees, blob fees and the senders' code are
/// checked as in consensus. Each transaction's writes are committed before the next one runs.
pub fn execute(
    block: &RecordedBlock,
    before: Arc<dyn StateSource>,
    forks: &Forks,
) -> Result<Executed, ReplayError> {
    let header = &block.header;
    let fork = forks.at(header.number, header.timestamp).clone();
    let mut state = CacheDB::new(Shared(before));
    system::place_contracts(&mut state, fork.rules)?;
    let mut evm = Context::mainnet()
        .with_db(state)
        .with_block(env::block(header, &fork)?)
        .with_cfg(env::config(&fork, forks.chain_id()))
        .build_mainnet();
    system::before(&mut evm, header, &fork)?;

    let mut meter = Meter::default();
    let mut transactions = Vec::with_capacity(block.transactions.len());
    for (index, transaction) in block.transactions.iter().enumerate() {
        let wrap = |error| ReplayError::of(index, transaction.hash, error);
        meter.admit(index, transaction, block, &fork)?;
        let result = evm.transact_commit(env::transaction(transaction)).map_err(wrap)?;
        meter.count(result.gas());
        transactions.push(Transacted::of(result));
    }
    system::after(&mut evm, &fork)?;

    let mut after = evm.ctx.journaled_state.database;
    let payments = payments::due(block, &fork);
    payments::pay(&mut after, &payments)?;
    let (gas_used, blob_gas_used) = (meter.block_gas(&fork), meter.blob_gas);
    Ok(Executed { fork, transactions, gas_used, blob_gas_used, payments, after })
}

/// What a block's transactions used until now.
#[derive(Debug, Default)]
struct Meter {
    paid: u64,
    regular: u64,
    state: u64,
    blob_gas: u64,
}

impl Meter {
    /// That the block has room for the transaction's limits (the EVM looks at one alone).
    fn admit(
        &mut self,
        index: usize,
        transaction: &RecordedTransaction,
        block: &RecordedBlock,
        fork: &Fork,
    ) -> Result<(), ReplayError> {
        let full =
            |what: &str| ReplayError::Full { index, hash: transaction.hash, what: what.to_owned() };
        let gas = self.block_gas(fork).checked_add(transaction.envelope.gas_limit());
        if gas.is_none_or(|gas| gas > block.header.gas_limit) {
            return Err(full("gas"));
        }
        let blobs = transaction.envelope.blob_count().unwrap_or_default();
        let most = fork.blobs.map_or(0, |blobs| blobs.max.saturating_mul(GAS_PER_BLOB));
        self.blob_gas = self.blob_gas.saturating_add(blobs.saturating_mul(GAS_PER_BLOB));
        if self.blob_gas > most {
            return Err(full("blobs"));
        }
        Ok(())
    }

    fn count(&mut self, gas: &ResultGas) {
        self.paid = self.paid.saturating_add(gas.tx_gas_used());
        self.regular = self.regular.saturating_add(gas.block_regular_gas_used());
        self.state = self.state.saturating_add(gas.block_state_gas_used());
    }

    /// What the header calls gas used: since Amsterdam the dearer of two resources, refunds not
    /// taken off (EIP-7778, EIP-8037).
    fn block_gas(&self, fork: &Fork) -> u64 {
        if fork.rules.is_enabled_in(SpecId::AMSTERDAM) {
            self.regular.max(self.state)
        } else {
            self.paid
        }
    }
}

impl Transacted {
    fn of(result: ExecutionResult) -> Self {
        let gas = result.tx_gas_used();
        let (status, logs) = match result {
            ExecutionResult::Success { logs, .. } => (Status::Success, logs),
            ExecutionResult::Revert { logs, .. } => (Status::Reverted, logs),
            ExecutionResult::Halt { reason, logs, .. } => (Status::Halted(reason), logs),
        };
        Self { status, gas, logs }
    }
}

impl Executed {
    /// The transactions, in order.
    pub fn transactions(&self) -> &[Transacted] {
        &self.transactions
    }

    /// The fork whose rules held.
    pub const fn fork(&self) -> &Fork {
        &self.fork
    }

    /// Ether paid after the last transaction: rewards and withdrawals.
    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// An account after the block, payments included; `None` where the block did not touch it, or
    /// it is not there.
    pub fn account(&self, address: Address) -> Option<AccountInfo> {
        self.after.cache.accounts.get(&address)?.info()
    }

    /// A slot after the block; `None` where the block did not read or write it.
    pub fn slot(&self, address: Address, slot: U256) -> Option<U256> {
        self.after.cache.accounts.get(&address)?.storage.get(&slot).copied()
    }
}
