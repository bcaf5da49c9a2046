//! Running a script of transactions on a world, and measuring what it changed.

use std::fmt;

use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, sol};
use revm::{
    Database as _, DatabaseCommit as _, ExecuteEvm,
    context::{
        ContextTr, JournalTr, TxEnv,
        result::{EVMError, ExecutionResult, InvalidTransaction},
    },
    database::{Cache, CacheDB},
};
use tenor_solver::venues::{Approval, Call, NATIVE};

use crate::{
    fund::{self, Overlay},
    reason::Reason,
    source::SourceError,
    views::{self, Evm},
    world::{Form, Grant, World},
};

sol! {
    function approve(address spender, uint256 amount) external returns (bool);
}

/// The most gas of one transaction since Osaka (EIP-7825); below every block's limit before.
pub(crate) const MOST_GAS: u64 = 1 << 24;

/// What to run: transactions of one account, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The account. It must not be a contract.
    pub account: Address,
    /// What it is given first, by token: shares of a rebasing one, units of any other, wei of
    /// [`NATIVE`]. What backs a token (the ether of WETH, the stETH of wstETH) comes with it. On a
    /// state that others wrote ([`World::over`]) it is given what it lacks of this: an account that
    /// holds as much already is given nothing.
    pub holdings: Vec<(Address, U256)>,
    /// Allowances it gives before the calls, a transaction each.
    pub approvals: Vec<Approval>,
    /// What it calls, a transaction each.
    pub calls: Vec<Call>,
    /// Tokens whose balances are measured before and after.
    pub watch: Vec<Address>,
}

impl Script {
    /// Whatever it names: accounts that a run looks at for certain.
    fn accounts(&self) -> Vec<Address> {
        let given = self.holdings.iter().map(|(token, _)| *token);
        let allowed = self.approvals.iter().flat_map(|approval| [approval.token, approval.spender]);
        let called = self.calls.iter().map(|call| call.to);
        let named = given.chain(allowed).chain(called).chain(self.watch.iter().copied());
        std::iter::once(self.account).chain(named.filter(|at| *at != NATIVE)).collect()
    }
}

/// What an account holds of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// The token.
    pub token: Address,
    /// Its `balanceOf`, or what the venue's own books say; of [`NATIVE`] the wei, not counting what gas
    /// costs.
    pub balance: U256,
    /// Of a rebasing token, the shares behind the balance; of an aToken its `scaledBalanceOf`; of a debt in
    /// a market's books the borrow shares.
    pub shares: Option<U256>,
}

impl Measured {
    /// What the chain stores, in the solver's terms: shares of a rebasing token, units of any
    /// other.
    pub fn stored(&self) -> U256 {
        self.shares.unwrap_or(self.balance)
    }
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What the chain stored for the account of each watched token, holdings given: in the solver's
    /// terms, as [`Measured::stored`].
    pub before: Vec<(Address, U256)>,
    /// What it held in the end.
    pub after: Vec<Measured>,
    /// Gas of all transactions.
    pub gas: u64,
    /// The approvals, in order.
    pub approvals: Vec<CallReport>,
    /// The calls, in order.
    pub calls: Vec<CallReport>,
}

/// What one transaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallReport {
    /// Gas that it pays for, its base of 21,000 included and refunds taken off.
    pub gas: u64,
    /// How many events it emitted.
    pub logs: usize,
}

/// Which transaction of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// An approval, by position.
    Approval(usize),
    /// A call, by position.
    Call(usize),
}

impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approval(i) => write!(f, "approval {i}"),
            Self::Call(i) => write!(f, "call {i}"),
        }
    }
}

/// Why a script did not run to its end. Calldata is in none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// A contract refused.
    #[error("{transaction} to {to} reverted: {reason}")]
    Reverted {
        /// Which transaction.
        transaction: Transaction,
        /// The contract called.
        to: Address,
        /// Why, as far as the contract says.
        reason: Reason,
    },
    /// The EVM stopped: out of gas, or an invalid instruction.
    #[error("{transaction} to {to} halted: {why}")]
    Halted {
        /// Which transaction.
        transaction: Transaction,
        /// The contract called.
        to: Address,
        /// The EVM's word for it.
        why: String,
    },
    /// A call sends more ether than the account holds.
    #[error("{transaction} sends {value} wei, and the account holds {held}")]
    Unfunded {
        /// Which transaction.
        transaction: Transaction,
        /// Wei that it sends.
        value: U256,
        /// Wei that are there.
        held: U256,
    },
    /// The EVM refuses the transaction.
    #[error("{transaction} is no valid transaction: {why}")]
    Invalid {
        /// Which transaction.
        transaction: Transaction,
        /// The EVM's word for it.
        why: String,
    },
    /// A token that the world does not have.
    #[error("token {0} is not in this world")]
    NoSuchToken(Address),
    /// A token whose contract does not show where it keeps balances, on a state that others wrote.
    #[error(
        "{0} cannot be given to an account: no slot that its contract reads is the balance; \
         run from an account that holds it"
    )]
    NotGranted(Address),
    /// The account is a contract of the world.
    #[error("{0} is a contract, not an account")]
    NotAnAccount(Address),
    /// A balance that needs more than 256 bits.
    #[error("the holdings overflow")]
    Overflow,
    /// A token does not tell its balance.
    #[error("{0} does not answer with a balance")]
    Unreadable(Address),
    /// The state is not to be had.
    #[error("the state is not to be had: {0}")]
    Source(#[from] SourceError),
}

/// Runs a script on a world, which stays as it is.
///
/// Each transaction is a valid one at the block's base fee: no check is switched off. The account
/// is given the money for gas apart from its holdings, and balances of [`NATIVE`] are net of it, so
/// that they compare to the wei with a model that counts gas by itself.
pub fn simulate(world: &World, script: &Script) -> Result<Report, SimulationError> {
    Run::start(world, script)?.script(script)
}

/// Runs a script and keeps what it left: every account that it looked at, as it is afterwards.
pub(crate) fn settle(world: &World, script: &Script) -> Result<Cache, SimulationError> {
    let mut run = Run::start(world, script)?;
    run.script(script)?;
    let changes = run.evm.finalize();
    let overlay = run.evm.ctx.db_mut();
    overlay.commit(changes);
    Ok(std::mem::take(&mut overlay.cache))
}

/// An EVM over a world, and the account that acts in it.
struct Run<'w> {
    world: &'w World,
    evm: Evm<Overlay<'w>>,
    account: Address,
    nonce: u64,
    gas_limit: u64,
    /// Wei given for gas and not spent yet.
    purse: U256,
}

impl<'w> Run<'w> {
    fn start(world: &'w World, script: &Script) -> Result<Self, SimulationError> {
        let Script { account, holdings, .. } = script;
        world.state().0.prefetch(&script.accounts(), &[])?;
        let mut state = CacheDB::new(world.state());
        if !state.load_account(*account)?.info.is_empty_code_hash() {
            return Err(SimulationError::NotAnAccount(*account));
        }
        fund::fund(world, &mut state, *account, holdings)?;
        let gas_limit = world.block().gas_limit.min(MOST_GAS);
        let transactions = U256::from(script.approvals.len() + script.calls.len());
        let each = U256::from(gas_limit) * U256::from(world.block().base_fee);
        let purse = each.checked_mul(transactions).ok_or(SimulationError::Overflow)?;
        fund::apply(&mut state, Grant::Ether(*account, purse))?;
        let nonce = state.load_account(*account)?.info.nonce;

        let evm = views::evm(world, state);
        Ok(Self { world, evm, account: *account, nonce, gas_limit, purse })
    }

    fn script(&mut self, script: &Script) -> Result<Report, SimulationError> {
        let before = self.stored(script)?;
        let mut approvals = Vec::with_capacity(script.approvals.len());
        for (i, approval) in script.approvals.iter().enumerate() {
            let &Approval { token, spender, amount } = approval;
            let data = approveCall { spender, amount }.abi_encode().into();
            approvals.push(self.transact(Transaction::Approval(i), token, U256::ZERO, data)?);
        }
        let mut calls = Vec::with_capacity(script.calls.len());
        for (i, Call { to, value, data }) in script.calls.iter().enumerate() {
            calls.push(self.transact(Transaction::Call(i), *to, *value, data.clone())?);
        }
        let after = self.measure(script)?;
        let gas = approvals.iter().chain(&calls).map(|call| call.gas).sum();
        Ok(Report { before, after, gas, approvals, calls })
    }

    fn transact(
        &mut self,
        transaction: Transaction,
        to: Address,
        value: U256,
        data: Bytes,
    ) -> Result<CallReport, SimulationError> {
        let held = self.ether()?;
        if value > held {
            return Err(SimulationError::Unfunded { transaction, value, held });
        }
        let tx = TxEnv {
            caller: self.account,
            gas_limit: self.gas_limit,
            gas_price: u128::from(self.world.block().base_fee),
            kind: TxKind::Call(to),
            value,
            data,
            nonce: self.nonce,
            chain_id: Some(self.world.block().chain_id),
            ..TxEnv::default()
        };
        let result = self.evm.transact_one(tx).map_err(
            |error: EVMError<_, InvalidTransaction>| match error {
                EVMError::Database(error) => SimulationError::Source(error),
                error => SimulationError::Invalid { transaction, why: error.to_string() },
            },
        )?;
        self.nonce += 1;
        match result {
            ExecutionResult::Success { gas, logs, .. } => {
                let gas = gas.tx_gas_used();
                self.purse -= U256::from(gas) * U256::from(self.world.block().base_fee);
                Ok(CallReport { gas, logs: logs.len() })
            }
            ExecutionResult::Revert { output, .. } => {
                Err(SimulationError::Reverted { transaction, to, reason: Reason::of(&output) })
            }
            ExecutionResult::Halt { reason, .. } => {
                Err(SimulationError::Halted { transaction, to, why: format!("{reason:?}") })
            }
        }
    }

    fn stored(&mut self, script: &Script) -> Result<Vec<(Address, U256)>, SimulationError> {
        let stored = |token: &Address| Ok((*token, self.stored_of(*token)?));
        script.watch.iter().map(stored).collect()
    }

    /// Of a rebasing token the shares alone: what they are worth at the start is nobody's question.
    /// Nothing has run yet, so the slots of contracts that are ours tell as much as their functions.
    fn stored_of(&mut self, token: Address) -> Result<U256, SimulationError> {
        if token == NATIVE {
            return self.ether();
        }
        if let Some((address, slot)) = self.world.kept(token, self.account) {
            return Ok(self.evm.ctx.db_mut().storage(address, slot)?);
        }
        let ask = views::stored(self.form(token)?, token, self.account);
        views::view(&mut self.evm, &ask)
    }

    fn measure(&mut self, script: &Script) -> Result<Vec<Measured>, SimulationError> {
        script.watch.iter().map(|token| self.measure_one(*token)).collect()
    }

    fn measure_one(&mut self, token: Address) -> Result<Measured, SimulationError> {
        if token == NATIVE {
            return Ok(Measured { token, balance: self.ether()?, shares: None });
        }
        let form = self.form(token)?;
        views::measured(&mut self.evm, form, token, self.account)
    }

    fn form(&self, token: Address) -> Result<Form, SimulationError> {
        self.world.form(token).ok_or(SimulationError::NoSuchToken(token))
    }

    /// The account's ether without the money for gas.
    fn ether(&mut self) -> Result<U256, SimulationError> {
        let journal = self.evm.ctx.journal_mut();
        let loaded = journal.load_account(self.account);
        let balance = loaded?.data.info.balance;
        balance.checked_sub(self.purse).ok_or(SimulationError::Overflow)
    }
}
