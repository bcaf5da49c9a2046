//! A block in the making.

use std::sync::Arc;

use alloy_consensus::{Header, Transaction as _, constants::EMPTY_WITHDRAWALS};
use alloy_eips::{eip2935, eip4788, eip7002, eip7251, eip7685::Requests};
use alloy_primitives::{Address, Bytes, U256};
use revm::{
    Context, Database as _, ExecuteCommitEvm as _, MainBuilder as _, MainContext as _,
    SystemCallCommitEvm as _,
    context::{
        BlockEnv, CfgEnv, ContextTr as _,
        result::{EVMError, ExecutionResult, Output},
    },
    context_interface::block::BlobExcessGasAndPrice,
    database::CacheDB,
};

use super::{
    Bundle, BundleRun, ChainError, Landed, Mined, Outcome, Rules, Signed, Status, Unfit,
    block::commit, layer::Layer,
};
use crate::{
    replay::env,
    source::{Shared, SourceError},
    views::Evm,
};

/// By how much of what moves the price of blobs (EIP-7691); there are none, so it stays at the least.
const BLOB_FRACTION: u64 = 5_007_716;

/// A block in the making: its header as far as it is known, and the state until now.
pub(super) struct Draft {
    rules: Rules,
    header: Header,
    below: Arc<Layer>,
    evm: Evm<CacheDB<Shared>>,
    landed: Vec<Landed>,
    gas: u64,
    logs: usize,
}

/// Why a transaction is not in the block.
#[derive(Debug)]
pub(super) enum Refused {
    /// Not on this state, or not at this price.
    Invalid(String),
    /// The block has not that much gas left.
    Full,
    /// The state is not to be had.
    Source(SourceError),
}

/// Where a block stood, to go back to.
pub(super) struct Mark {
    cache: revm::database::Cache,
    landed: usize,
    gas: u64,
    logs: usize,
}

impl Draft {
    /// Begins a block: the protocol's own calls are made.
    pub(super) fn open(
        rules: Rules,
        header: Header,
        below: Arc<Layer>,
    ) -> Result<Self, ChainError> {
        let state = CacheDB::new(Shared(Arc::clone(&below) as _));
        let evm = evm(&rules, &header, state);
        let mut draft = Self { rules, header, below, evm, landed: Vec::new(), gas: 0, logs: 0 };
        let root = draft.header.parent_beacon_block_root.unwrap_or_default();
        draft.system(eip4788::BEACON_ROOTS_ADDRESS, root.into())?;
        let parent = draft.header.parent_hash;
        draft.system(eip2935::HISTORY_STORAGE_ADDRESS, parent.into())?;
        // What BLOCKHASH says of the parent: the state below knows those before it.
        let number = U256::from(draft.header.number.saturating_sub(1));
        draft.evm.ctx.db_mut().cache.block_hashes.insert(number, parent);
        Ok(draft)
    }

    pub(super) fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    pub(super) const fn number(&self) -> u64 {
        self.header.number
    }

    pub(super) const fn timestamp(&self) -> u64 {
        self.header.timestamp
    }

    /// An account's nonce.
    pub(super) fn nonce(&mut self, account: Address) -> Result<u64, SourceError> {
        let info = self.evm.ctx.db_mut().basic(account)?;
        Ok(info.map_or(0, |info| info.nonce))
    }

    pub(super) fn mark(&mut self) -> Mark {
        let cache = self.evm.ctx.db_mut().cache.clone();
        Mark { cache, landed: self.landed.len(), gas: self.gas, logs: self.logs }
    }

    pub(super) fn back(&mut self, mark: Mark) {
        let Mark { cache, landed, gas, logs } = mark;
        self.evm.ctx.db_mut().cache = cache;
        self.landed.truncate(landed);
        (self.gas, self.logs) = (gas, logs);
    }

    /// Puts a transaction into the block, whatever becomes of it in the EVM.
    pub(super) fn apply(&mut self, signed: &Arc<Signed>) -> Result<&Outcome, Refused> {
        if signed.envelope.gas_limit() > self.header.gas_limit.saturating_sub(self.gas) {
            return Err(Refused::Full);
        }
        let before = self.builders()?;
        let run = self.evm.transact_commit(env::signed(signed.sender, &signed.envelope));
        let result = run.map_err(Refused::of)?;
        let paid = self.builders()?.saturating_sub(before);
        let tip = signed.tip(self.base_fee()).unwrap_or_default();
        let tips = U256::from(tip) * U256::from(result.tx_gas_used());
        let outcome = Outcome { paid, tips, ..Outcome::of(result) };
        self.gas += outcome.gas;
        let (cumulative_gas, first_log) = (self.gas, self.logs);
        self.logs += outcome.logs.len();
        self.landed.push(Landed { signed: Arc::clone(signed), outcome, cumulative_gas, first_log });
        self.landed.last().map(|landed| &landed.outcome).ok_or(Refused::Full)
    }

    /// Puts a bundle into the block, all that it needs or nothing.
    pub(super) fn bundle(
        &mut self,
        bundle: &Bundle,
    ) -> Result<Result<BundleRun, Unfit>, ChainError> {
        if let Err(unfit) = bundle.fits(self.number(), self.timestamp()) {
            return Ok(Err(unfit));
        }
        let mark = self.mark();
        match self.run(bundle)? {
            Ok(run) => Ok(Ok(run)),
            Err(unfit) => {
                self.back(mark);
                Ok(Err(unfit))
            }
        }
    }

    fn run(&mut self, bundle: &Bundle) -> Result<Result<BundleRun, Unfit>, ChainError> {
        let mut stayed = Vec::new();
        for (at, signed) in bundle.transactions.iter().enumerate() {
            let hash = signed.hash;
            let (may_revert, may_drop) =
                (bundle.reverting.contains(&hash), bundle.dropping.contains(&hash));
            let mark = may_drop.then(|| self.mark());
            let failed = match self.apply(signed) {
                Ok(outcome) if outcome.status == Status::Success || may_revert => {
                    stayed.push((at, outcome.clone()));
                    continue;
                }
                Ok(outcome) => {
                    let (how, output) = (outcome.how(), outcome.output.clone());
                    Unfit::Failed { hash, how, output }
                }
                Err(Refused::Invalid(why)) => Unfit::Invalid { hash, why },
                Err(Refused::Full) => {
                    Unfit::Invalid { hash, why: "the block has not that much gas left".to_owned() }
                }
                Err(Refused::Source(error)) => return Err(error.into()),
            };
            match mark {
                Some(mark) => self.back(mark),
                None => return Ok(Err(failed)),
            }
        }
        if stayed.is_empty() {
            return Ok(Err(Unfit::Empty));
        }
        let sum = |of: fn(&Outcome) -> U256| stayed.iter().map(|(_, outcome)| of(outcome)).sum();
        let (paid, tips) = (sum(|outcome| outcome.paid), sum(|outcome| outcome.tips));
        let gas = stayed.iter().map(|(_, outcome)| outcome.gas).sum();
        Ok(Ok(BundleRun { stayed, paid, tips, gas }))
    }

    /// Ends the block: the header is complete, and what changed is a layer of its own.
    pub(super) fn seal(mut self) -> Result<(Mined, Arc<Layer>), ChainError> {
        let mut requests = Requests::default();
        let queues = [
            (eip7002::WITHDRAWAL_REQUEST_TYPE, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS),
            (eip7251::CONSOLIDATION_REQUEST_TYPE, eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS),
        ];
        for (kind, contract) in queues {
            let asked = self.system(contract, Bytes::new())?;
            if !asked.is_empty() {
                requests.push_request([&[kind][..], &asked].concat().into());
            }
        }
        let Self { mut header, below, mut evm, landed, gas, .. } = self;
        let cache = std::mem::take(&mut evm.ctx.db_mut().cache);
        let layer = below.next(below.changed(cache));
        let commitment = commit(&landed);
        header.transactions_root = commitment.transactions;
        header.receipts_root = commitment.receipts;
        header.logs_bloom = commitment.bloom;
        header.gas_used = gas;
        header.state_root = layer.state_root();
        header.withdrawals_root = Some(EMPTY_WITHDRAWALS);
        header.requests_hash = Some(requests.requests_hash());
        let hash = header.hash_slow();
        Ok((Mined { header, hash, transactions: landed }, layer))
    }

    /// What whoever builds the block has.
    fn builders(&mut self) -> Result<U256, Refused> {
        let builder = self.rules.builder;
        let info = self.evm.ctx.db_mut().basic(builder).map_err(Refused::Source)?;
        Ok(info.map_or(U256::ZERO, |info| info.balance))
    }

    fn system(&mut self, contract: Address, data: Bytes) -> Result<Bytes, ChainError> {
        match self.evm.system_call_commit(contract, data) {
            Ok(ExecutionResult::Success { output, .. }) => Ok(output.into_data()),
            Err(EVMError::Database(error)) => Err(error.into()),
            other => Err(ChainError::System { contract, why: format!("{other:?}") }),
        }
    }
}

/// An EVM for a block over a state.
pub(super) fn evm(rules: &Rules, header: &Header, state: CacheDB<Shared>) -> Evm<CacheDB<Shared>> {
    let mut config = CfgEnv::new_with_spec(rules.spec).with_chain_id(rules.chain_id);
    config.blob_base_fee_update_fraction = Some(BLOB_FRACTION);
    let block = BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        prevrandao: Some(header.mix_hash),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new(0, BLOB_FRACTION)),
        ..BlockEnv::default()
    };
    Context::mainnet().with_db(state).with_block(block).with_cfg(config).build_mainnet()
}

impl Refused {
    fn of(error: EVMError<SourceError>) -> Self {
        match error {
            EVMError::Database(error) => Self::Source(error),
            error => Self::Invalid(error.to_string()),
        }
    }
}

impl Outcome {
    pub(super) fn of(result: ExecutionResult) -> Self {
        let gas = result.tx_gas_used();
        let (status, logs, output, created, halted) = match result {
            ExecutionResult::Success { logs, output, .. } => match output {
                Output::Call(data) => (Status::Success, logs, data, None, None),
                Output::Create(data, made) => (Status::Success, logs, data, made, None),
            },
            ExecutionResult::Revert { output, .. } => {
                (Status::Reverted, Vec::new(), output, None, None)
            }
            ExecutionResult::Halt { reason, .. } => {
                let why = format!("{reason:?}");
                (Status::Halted, Vec::new(), Bytes::new(), None, Some(why))
            }
        };
        let (paid, tips) = (U256::ZERO, U256::ZERO);
        Self { status, gas, logs, output, created, paid, tips, halted }
    }

    /// What became of it, in words.
    pub fn how(&self) -> String {
        match (&self.status, &self.halted) {
            (Status::Success, _) => "succeeded".to_owned(),
            (Status::Reverted, _) => {
                format!("reverted: {}", crate::reason::Reason::of(&self.output))
            }
            (Status::Halted, why) => format!("halted: {}", why.as_deref().unwrap_or("no reason")),
        }
    }
}
