//! Asking a state what a call would do there.

use std::sync::Arc;

use alloy_consensus::Header;
use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use revm::{
    Database as _, ExecuteEvm as _, SystemCallEvm as _,
    bytecode::Bytecode,
    context::{ContextTr as _, TxEnv, either::Either, result::EVMError},
    database::CacheDB,
};

use super::{
    Chain, ChainError, Outcome, Signed, Status,
    draft::{self},
    layer::Layer,
};
use crate::{
    replay::env,
    source::{Shared, SourceError},
};

/// Gas of the cheapest transaction.
const LEAST_GAS: u64 = 21_000;

type Evm = crate::views::Evm<CacheDB<Shared>>;

/// A call that no key signs.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Who calls.
    pub from: Address,
    /// Whom; `None` makes a contract.
    pub to: Option<Address>,
    /// The most gas; a block's where it is not said.
    pub gas: Option<u64>,
    /// The most wei for a unit of gas; for nothing where it is not said.
    pub max_fee: Option<u128>,
    /// The most wei of it for whoever builds the block.
    pub max_tip: Option<u128>,
    /// Wei sent along.
    pub value: U256,
    /// What is said.
    pub data: Bytes,
    /// What is looked at for certain (EIP-2930).
    pub access: AccessList,
    /// Delegations (EIP-7702).
    pub authorizations: Vec<SignedAuthorization>,
}

/// An account as it is to be for a call.
#[derive(Debug, Clone, Default)]
pub struct Override {
    /// The account.
    pub account: Address,
    /// Its ether.
    pub balance: Option<U256>,
    /// Its nonce.
    pub nonce: Option<u64>,
    /// Its code.
    pub code: Option<Bytes>,
    /// All that it stores.
    pub state: Option<Vec<(U256, U256)>>,
    /// Slots that are to be otherwise.
    pub slots: Vec<(U256, U256)>,
}

/// Where a call is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// After a block, as if in it.
    Block(u64),
    /// In the block after the newest, at these unix seconds.
    Next(u64),
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The EVM does not take it.
    #[error("{0}")]
    Invalid(String),
    /// It reverts, or is stopped.
    #[error("{0}")]
    Failed(String, Bytes),
    /// It does not succeed with any gas.
    #[error("gas required exceeds allowance ({0})")]
    Gas(u64),
    /// The chain does not tell.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Chain {
    /// What a call does, whatever it comes to.
    pub fn call(
        &self,
        message: &Message,
        at: At,
        overrides: &[Override],
    ) -> Result<Outcome, CallError> {
        let (header, layer) = self.place(at)?;
        let mut evm = self.evm(message, header, layer, overrides)?;
        run(&mut evm, message, message.gas)
    }

    /// The least gas with which a call succeeds.
    pub fn estimate(
        &self,
        message: &Message,
        at: At,
        overrides: &[Override],
    ) -> Result<u64, CallError> {
        let (header, layer) = self.place(at)?;
        let mut evm = self.evm(message, header, layer, overrides)?;
        let most = message.gas.unwrap_or(self.rules().gas_limit);
        let outcome = run(&mut evm, message, Some(most))?;
        match outcome.status {
            Status::Success => {}
            Status::Halted if outcome.gas >= most => return Err(CallError::Gas(most)),
            _ => return Err(CallError::Failed(outcome.said(), outcome.output)),
        }
        // Less than it paid for is never enough; what was refunded had to be there.
        let (mut fails, mut works) = (outcome.gas.max(LEAST_GAS) - 1, most);
        while fails + 1 < works {
            let middle = fails + (works - fails) / 2;
            let enough = match run(&mut evm, message, Some(middle)) {
                Ok(outcome) => outcome.status == Status::Success,
                Err(CallError::Invalid(_)) => false,
                Err(error) => return Err(error),
            };
            *(if enough { &mut works } else { &mut fails }) = middle;
        }
        Ok(works)
    }

    /// Whether some block could hold a transaction, whatever its base fee and its account's nonce.
    pub(super) fn admits(&self, signed: &Signed) -> Result<Result<(), String>, ChainError> {
        let header = Header { base_fee_per_gas: Some(0), ..self.head().header.clone() };
        let layer = Arc::clone(self.layer(header.number)?);
        let mut evm = draft::evm(self.rules(), &header, CacheDB::new(Shared(layer as _)));
        evm.ctx.cfg.disable_nonce_check = true;
        match evm.transact_one(env::signed(signed.sender, &signed.envelope)) {
            Ok(_) => Ok(Ok(())),
            Err(EVMError::Database(error)) => Err(error.into()),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    fn place(&self, at: At) -> Result<(Header, Arc<Layer>), ChainError> {
        let (header, on) = match at {
            At::Block(number) => {
                let block = self.block(number).ok_or(ChainError::NoBlock(number))?;
                (block.header.clone(), number)
            }
            At::Next(timestamp) => (self.next_header(timestamp), self.head().header.number),
        };
        Ok((header, Arc::clone(self.layer(on)?)))
    }

    fn evm(
        &self,
        message: &Message,
        mut header: Header,
        layer: Arc<Layer>,
        overrides: &[Override],
    ) -> Result<Evm, ChainError> {
        let mut state = CacheDB::new(Shared(layer as _));
        for changed in overrides {
            apply(&mut state, changed)?;
        }
        if message.max_fee.is_none_or(|fee| fee == 0) {
            // What pays nothing sees a base fee of nothing, as on geth.
            header.base_fee_per_gas = Some(0);
        }
        let parent = U256::from(header.number.saturating_sub(1));
        state.cache.block_hashes.insert(parent, header.parent_hash);
        let mut evm = draft::evm(self.rules(), &header, state);
        evm.ctx.cfg.disable_nonce_check = true;
        Ok(evm)
    }
}

fn apply(state: &mut CacheDB<Shared>, changed: &Override) -> Result<(), SourceError> {
    let Override { account, balance, nonce, code, state: stored, slots } = changed;
    let mut info = state.load_account(*account)?.info.clone();
    info.balance = balance.unwrap_or(info.balance);
    info.nonce = nonce.unwrap_or(info.nonce);
    if let Some(code) = code {
        let code = Bytecode::new_raw_checked(code.clone()).unwrap_or_default();
        info = info.with_code_and_hash(code.clone(), code.hash_slow());
    }
    state.insert_account_info(*account, info);
    if let Some(stored) = stored {
        state.replace_account_storage(*account, stored.iter().copied().collect())?;
    }
    for (slot, value) in slots {
        state.insert_account_storage(*account, *slot, *value)?;
    }
    Ok(())
}

fn run(evm: &mut Evm, message: &Message, gas: Option<u64>) -> Result<Outcome, CallError> {
    let info = evm.ctx.db_mut().basic(message.from).map_err(ChainError::from)?.unwrap_or_default();
    let contract = info.code.as_ref().is_some_and(|code| !code.is_empty() && !code.is_eip7702());
    let result = match message.to {
        // Transactions come from accounts alone; a call for nothing may come from anybody.
        Some(to) if contract && message.value.is_zero() => evm
            .system_call_with_caller(message.from, to, message.data.clone())
            .map(|run| run.result),
        _ => {
            let (gas, chain) = (gas.unwrap_or(evm.ctx.block.gas_limit), evm.ctx.cfg.chain_id);
            evm.transact(transaction(message, gas, chain)).map(|run| run.result)
        }
    };
    match result {
        Ok(result) => Ok(Outcome::of(result)),
        Err(EVMError::Database(error)) => Err(ChainError::from(error).into()),
        Err(error) => Err(CallError::Invalid(error.to_string())),
    }
}

fn transaction(message: &Message, gas_limit: u64, chain: u64) -> TxEnv {
    let delegates = !message.authorizations.is_empty();
    let tx_type = match (delegates, message.max_tip, message.access.0.is_empty()) {
        (true, ..) => 4,
        (_, Some(_), _) => 2,
        (_, None, false) => 1,
        (_, None, true) => 0,
    };
    TxEnv {
        tx_type,
        caller: message.from,
        gas_limit,
        gas_price: message.max_fee.unwrap_or_default(),
        kind: message.to.map_or(TxKind::Create, TxKind::Call),
        value: message.value,
        data: message.data.clone(),
        chain_id: Some(chain),
        access_list: message.access.clone(),
        gas_priority_fee: (tx_type > 1).then(|| message.max_tip.unwrap_or_default()),
        authorization_list: message.authorizations.iter().cloned().map(Either::Left).collect(),
        ..TxEnv::default()
    }
}

impl Outcome {
    /// Why it failed, as nodes say it.
    pub fn said(&self) -> String {
        match (&self.status, &self.halted) {
            (Status::Success, _) => "success".to_owned(),
            (Status::Reverted, _) => match crate::reason::Reason::of(&self.output) {
                crate::reason::Reason::Message(message) => format!("execution reverted: {message}"),
                _ => "execution reverted".to_owned(),
            },
            (Status::Halted, why) => why.clone().unwrap_or_else(|| "halted".to_owned()),
        }
    }
}
