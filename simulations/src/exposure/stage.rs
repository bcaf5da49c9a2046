//! A prepared state over which attempts are run and thrown away.

use alloy_primitives::{Address, TxKind, U256};
use alloy_sol_types::SolCall as _;
use revm::{
    DatabaseCommit as _, ExecuteEvm,
    context::{
        ContextTr, JournalTr, TxEnv,
        result::{EVMError, ExecutionResult, InvalidTransaction},
    },
    database::CacheDB,
};
use tenor_solver::venues::{Approval, Call, NATIVE, Swap, Trade};

use super::{ATTACKER, CAPITAL, Case, Hop};
use crate::{
    fund::{self, Overlay},
    reason::Reason,
    run::{MOST_GAS, Script, SimulationError, Transaction, approveCall},
    views::{self, Evm},
    world::{Grant, World},
};

/// Transactions whose gas an account is given ether for.
const PAID: u64 = 64;

/// An EVM over a world in which victim and attacker are ready.
pub(super) struct Stage<'w> {
    world: &'w World,
    evm: Evm<Overlay<'w>>,
    victim: Address,
    gas_limit: u64,
    /// Gas of the attacker's transactions in this attempt.
    gas: u64,
}

/// Why a transaction did nothing.
pub(super) enum Stop {
    /// A contract or the EVM refused it.
    Refused(SimulationError),
    /// The state is not to be had.
    Lost(SimulationError),
}

impl<'w> Stage<'w> {
    /// The victim with its holdings and allowances.
    pub(super) fn new(world: &'w World, victim: &Script) -> Result<Self, SimulationError> {
        let gas_limit = world.block().gas_limit.min(MOST_GAS);
        let mut state = CacheDB::new(world.state());
        for account in [victim.account, ATTACKER] {
            if !state.load_account(account)?.info.is_empty_code_hash() {
                return Err(SimulationError::NotAnAccount(account));
            }
            let each = U256::from(gas_limit) * U256::from(world.block().base_fee);
            fund::apply(&mut state, Grant::Ether(account, each * U256::from(PAID)))?;
        }
        fund::fund(world, &mut state, victim.account, &victim.holdings)?;
        let evm = views::evm(world, state);
        let mut stage = Self { world, evm, victim: victim.account, gas_limit, gas: 0 };
        stage.allow(victim.account, &victim.approvals)?;
        Ok(stage)
    }

    /// The attacker with its capital and allowances for all hops.
    pub(super) fn ready(&mut self, case: &Case<'_>, hops: &[Hop]) -> Result<(), SimulationError> {
        let mut tokens: Vec<Address> = Vec::new();
        let mut approvals: Vec<Approval> = Vec::new();
        for hop in hops {
            tokens.extend(case.given(*hop).filter(|token| !tokens.contains(token)));
            let new = self.encode(case, *hop, U256::ONE).0;
            let known = |a: &Approval| {
                approvals.iter().any(|b| (a.token, a.spender) == (b.token, b.spender))
            };
            approvals
                .extend(new.filter(|a| !known(a)).map(|a| Approval { amount: U256::MAX, ..a }));
        }
        let holdings: Vec<_> = tokens.into_iter().map(|token| (token, CAPITAL)).collect();
        fund::fund(self.world, self.evm.ctx.db_mut(), ATTACKER, &holdings)?;
        self.allow(ATTACKER, &approvals)
    }

    fn allow(&mut self, owner: Address, approvals: &[Approval]) -> Result<(), SimulationError> {
        for (nth, &Approval { token, spender, amount }) in approvals.iter().enumerate() {
            let data = approveCall { spender, amount }.abi_encode().into();
            let call = Call { to: token, value: U256::ZERO, data };
            self.send(owner, &call, Transaction::Approval(nth)).map_err(Stop::error)?;
            // A transaction each, and none of them keeps the next one's accounts warm.
            self.keep();
        }
        Ok(())
    }

    /// Runs the victim's calls for good.
    pub(super) fn advance(&mut self, calls: &[Call]) -> Result<(), SimulationError> {
        for (nth, call) in calls.iter().enumerate() {
            self.send(self.victim, call, Transaction::Call(nth)).map_err(Stop::error)?;
            self.keep();
        }
        Ok(())
    }

    fn keep(&mut self) {
        let changes = self.evm.finalize();
        self.evm.ctx.db_mut().commit(changes);
    }

    /// Forgets all since the state was last kept.
    pub(super) fn discard(&mut self) {
        self.evm.finalize();
        self.gas = 0;
    }

    /// Gas of the attacker since then.
    pub(super) const fn gas(&self) -> u64 {
        self.gas
    }

    /// One of the victim's calls.
    pub(super) fn suffer(&mut self, nth: usize, call: &Call) -> Result<(), Stop> {
        self.send(self.victim, call, Transaction::Call(nth)).map(drop)
    }

    /// The attacker trades `amount` on a hop. Returns what came out.
    pub(super) fn trade(&mut self, case: &Case<'_>, hop: Hop, amount: U256) -> Result<U256, Stop> {
        let Some(wanted) = case.wanted(hop) else { return Ok(U256::ZERO) };
        let before = self.held(ATTACKER, wanted)?;
        for (nth, call) in self.encode(case, hop, amount).1.iter().enumerate() {
            self.gas += self.send(ATTACKER, call, Transaction::Call(nth))?;
        }
        Ok(self.held(ATTACKER, wanted)?.saturating_sub(before))
    }

    fn encode(&self, case: &Case<'_>, hop: Hop, amount: U256) -> (Option<Approval>, Vec<Call>) {
        let Some(venue) = case.venues.get(hop.venue) else { return (None, Vec::new()) };
        let encoded = venue.encode(&Trade {
            swap: Swap { from: hop.from, to: hop.to, amount },
            min_out: U256::ZERO,
            recipient: ATTACKER,
            deadline: self.world.block().timestamp,
        });
        (encoded.approval, encoded.calls)
    }

    /// What somebody holds. The victim's ether is less by its own gas, attacked or not.
    pub(super) fn holds(&mut self, who: Address, token: Address) -> Result<U256, Stop> {
        self.held(who, token)
    }

    fn held(&mut self, who: Address, token: Address) -> Result<U256, Stop> {
        if token != NATIVE {
            let form = self.world.form(token).ok_or(SimulationError::NoSuchToken(token));
            let form = form.map_err(Stop::of)?;
            return views::held(&mut self.evm, form, token, who).map_err(Stop::of);
        }
        let loaded = self.evm.ctx.journal_mut().load_account(who);
        let balance = loaded.map_err(|error| Stop::Lost(error.into()))?.data.info.balance;
        let gas = if who == ATTACKER { self.gas } else { 0 };
        Ok(balance + U256::from(gas) * U256::from(self.world.block().base_fee))
    }

    /// Gas of a transaction that succeeds.
    fn send(&mut self, from: Address, call: &Call, nth: Transaction) -> Result<u64, Stop> {
        let loaded = self.evm.ctx.journal_mut().load_account(from);
        let nonce = loaded.map_err(|error| Stop::Lost(error.into()))?.data.info.nonce;
        let tx = TxEnv {
            caller: from,
            gas_limit: self.gas_limit,
            gas_price: u128::from(self.world.block().base_fee),
            kind: TxKind::Call(call.to),
            value: call.value,
            data: call.data.clone(),
            nonce,
            chain_id: Some(self.world.block().chain_id),
            ..TxEnv::default()
        };
        let (transaction, to) = (nth, call.to);
        match self.evm.transact_one(tx) {
            Ok(ExecutionResult::Success { gas, .. }) => Ok(gas.tx_gas_used()),
            Ok(ExecutionResult::Revert { output, .. }) => {
                let reason = Reason::of(&output);
                Err(Stop::Refused(SimulationError::Reverted { transaction, to, reason }))
            }
            Ok(ExecutionResult::Halt { reason, .. }) => {
                let why = format!("{reason:?}");
                Err(Stop::Refused(SimulationError::Halted { transaction, to, why }))
            }
            Err(EVMError::Database(error)) => Err(Stop::Lost(error.into())),
            Err(error) => {
                let error: EVMError<_, InvalidTransaction> = error;
                let why = error.to_string();
                Err(Stop::Refused(SimulationError::Invalid { transaction, why }))
            }
        }
    }
}

impl Stop {
    fn of(error: SimulationError) -> Self {
        match error {
            SimulationError::Source(_) => Self::Lost(error),
            error => Self::Refused(error),
        }
    }

    fn error(self) -> SimulationError {
        match self {
            Self::Refused(error) | Self::Lost(error) => error,
        }
    }
}
