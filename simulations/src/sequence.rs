//! Transactions of whoever sent them, as a block would have them: one after the other, none undone
//! because another one failed.
//!
//! Nothing is given to anybody and no check is switched off: nonces, balances and fees are the state's.
//! Where accounts are to hold something first, [`World::after`] makes such a world.

use std::fmt;

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::eip7702::SignedAuthorization;
use alloy_primitives::{Address, Bytes, Log, TxKind, U256};
use revm::{
    DatabaseCommit as _, ExecuteEvm,
    context::{
        ContextTr, JournalTr, TxEnv,
        either::Either,
        result::{EVMError, ExecutionResult, InvalidTransaction},
    },
    database::CacheDB,
};
use tenor_solver::venues::NATIVE;

use crate::{
    fund::Overlay,
    run::{MOST_GAS, Measured, SimulationError},
    views::{self, Evm},
    world::{World, WorldError},
};

/// A transaction before anybody signed it, or after.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    /// Who sends it.
    pub from: Address,
    /// The contract or account called.
    pub to: Address,
    /// Wei sent along.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
    /// Its nonce; `None` is the next of the sender's.
    pub nonce: Option<u64>,
    /// The most gas; `None` is the most that a transaction of the block may have.
    pub gas_limit: Option<u64>,
    /// The most wei for a unit of gas, base fee included; `None` is the base fee, and no tip.
    pub max_fee: Option<u128>,
    /// Wei for a unit of gas to whoever builds the block.
    pub tip: u128,
    /// Accounts that take on code with it (EIP-7702).
    pub authorizations: Vec<SignedAuthorization>,
}

/// Calldata is nobody's to know before it is sent.
impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, value, data, nonce, gas_limit, max_fee, tip, authorizations } = self;
        f.debug_struct("Sent")
            .field("from", from)
            .field("to", to)
            .field("value", value)
            .field("data", &format_args!("{} bytes", data.len()))
            .field("nonce", nonce)
            .field("gas_limit", gas_limit)
            .field("max_fee", max_fee)
            .field("tip", tip)
            .field("authorizations", &authorizations.len())
            .finish()
    }
}

impl Sent {
    /// A call that nobody bids for.
    pub const fn call(from: Address, to: Address, data: Bytes) -> Self {
        Self {
            from,
            to,
            value: U256::ZERO,
            data,
            nonce: None,
            gas_limit: None,
            max_fee: None,
            tip: 0,
            authorizations: Vec::new(),
        }
    }

    /// A signed transaction of a sender; `None` where it creates a contract.
    pub fn of(envelope: &TxEnvelope, from: Address) -> Option<Self> {
        let authorizations = envelope.authorization_list().unwrap_or_default().to_vec();
        Some(Self {
            from,
            to: envelope.to()?,
            value: envelope.value(),
            data: envelope.input().clone(),
            nonce: Some(envelope.nonce()),
            gas_limit: Some(envelope.gas_limit()),
            max_fee: Some(envelope.max_fee_per_gas()),
            tip: envelope.max_priority_fee_per_gas().unwrap_or_default(),
            authorizations,
        })
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It did what it says, and returned this.
    Succeeded(Bytes),
    /// A contract refused, with this.
    Reverted(Bytes),
    /// The EVM stopped it: out of gas, or an invalid instruction.
    Halted(String),
    /// No block can have it: its nonce, its sender's ether or its fee are not good.
    Invalid(String),
}

/// A transaction's fate and what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What became of it.
    pub fate: Fate,
    /// Gas that it pays for, refunds taken off.
    pub gas: u64,
    /// Gas that it needs at one moment, before any refund.
    pub peak: u64,
    /// Its events.
    pub logs: Vec<Log>,
}

impl Outcome {
    /// Whether it did what it says.
    pub const fn succeeded(&self) -> bool {
        matches!(self.fate, Fate::Succeeded(_))
    }
}

/// What became of transactions, and of balances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequenced {
    /// Of each transaction.
    pub outcomes: Vec<Outcome>,
    /// What the watched accounts held before, by position.
    pub before: Vec<Measured>,
    /// What they hold afterwards. Of [`NATIVE`], gas is paid.
    pub after: Vec<Measured>,
}

/// Runs transactions, and measures what accounts hold of tokens before and after.
pub fn sequence(
    world: &World,
    sent: &[Sent],
    watch: &[(Address, Address)],
) -> Result<Sequenced, SimulationError> {
    let named = sent.iter().flat_map(|sent| [sent.from, sent.to]);
    let named = named.chain(watch.iter().flat_map(|(account, token)| [*account, *token]));
    let named: Vec<Address> = named.filter(|at| *at != NATIVE).collect();
    world.state().0.prefetch(&named, &[])?;
    let mut run = Run { world, evm: views::evm(world, CacheDB::new(world.state())) };
    let before = run.measure(watch)?;
    let outcomes = sent.iter().map(|sent| run.transact(sent)).collect::<Result<_, _>>()?;
    let after = run.measure(watch)?;
    Ok(Sequenced { outcomes, before, after })
}

struct Run<'w> {
    world: &'w World,
    evm: Evm<Overlay<'w>>,
}

impl Run<'_> {
    fn transact(&mut self, sent: &Sent) -> Result<Outcome, SimulationError> {
        let tx = self.environment(sent)?;
        let outcome = match self.evm.transact_one(tx) {
            Ok(result) => outcome(result),
            Err(EVMError::Database(error)) => return Err(error.into()),
            Err(error) => {
                let error: EVMError<_, InvalidTransaction> = error;
                let fate = Fate::Invalid(error.to_string());
                Outcome { fate, gas: 0, peak: 0, logs: Vec::new() }
            }
        };
        // A transaction each, and none of them keeps the next one's accounts warm.
        let changes = self.evm.finalize();
        self.evm.ctx.db_mut().commit(changes);
        Ok(outcome)
    }

    fn environment(&mut self, sent: &Sent) -> Result<TxEnv, SimulationError> {
        let block = self.world.block();
        let nonce = match sent.nonce {
            Some(nonce) => nonce,
            None => self.evm.ctx.journal_mut().load_account(sent.from)?.data.info.nonce,
        };
        let delegates = !sent.authorizations.is_empty();
        let authorizations = sent.authorizations.iter().cloned();
        Ok(TxEnv {
            tx_type: if delegates { 4 } else { 2 },
            caller: sent.from,
            gas_limit: sent.gas_limit.unwrap_or(block.gas_limit.min(MOST_GAS)),
            gas_price: sent.max_fee.unwrap_or(u128::from(block.base_fee)),
            gas_priority_fee: Some(sent.tip),
            kind: TxKind::Call(sent.to),
            value: sent.value,
            data: sent.data.clone(),
            nonce,
            chain_id: Some(block.chain_id),
            authorization_list: authorizations.map(Either::Left).collect(),
            ..TxEnv::default()
        })
    }

    fn measure(&mut self, watch: &[(Address, Address)]) -> Result<Vec<Measured>, SimulationError> {
        watch.iter().map(|(account, token)| self.held(*account, *token)).collect()
    }

    fn held(&mut self, account: Address, token: Address) -> Result<Measured, SimulationError> {
        if token == NATIVE {
            let balance = self.evm.ctx.journal_mut().load_account(account)?.data.info.balance;
            return Ok(Measured { token, balance, shares: None });
        }
        let form = self.world.form(token).ok_or(SimulationError::NoSuchToken(token))?;
        views::measured(&mut self.evm, form, token, account)
    }
}

fn outcome(result: ExecutionResult) -> Outcome {
    let (gas, peak) = (result.gas().tx_gas_used(), result.gas().total_gas_spent());
    let logs = result.logs().to_vec();
    let fate = match result {
        ExecutionResult::Success { output, .. } => Fate::Succeeded(output.into_data()),
        ExecutionResult::Revert { output, .. } => Fate::Reverted(output),
        ExecutionResult::Halt { reason, .. } => Fate::Halted(format!("{reason:?}")),
    };
    Outcome { fate, gas, peak: peak.max(gas), logs }
}

impl World {
    /// The same state at another block.
    pub fn at(&self, block: crate::world::Block) -> Result<Self, WorldError> {
        self.moved(self.state().clone(), block)
    }
}
