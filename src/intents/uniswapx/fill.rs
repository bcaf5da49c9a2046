//! From a checked order to the transaction that fills it, with what that earns; or why it does not.
//!
//! The order is asked as a swap of what it gives now into what it wants: the one order model. What the
//! best plan returns over what is owed, less gas, is the profit, all in units of the token owed. Nothing is
//! planned that no EVM has confirmed, and [`Fill::confirm`] runs the whole fill, the reactor's part too,
//! where the reactor and the Filler are.

use std::iter::once;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall as _;
use tenor_simulations::{AfterError, Script, SourceError, World, world::Block};
use tenor_solver::{
    SolveError,
    amount::mul_div_up,
    intent::Intent,
    market::Market,
    solution::Solution,
    venues::{Answer, Call, NATIVE, Read},
};

use super::{
    abi::{SignedOrder, executeCall, fillOrderCall},
    check::Checked,
    fault::Fault,
    price::{Moment, Resolved, resolve},
    reactors::{FILLER, Reactors},
    steps::{Barred, steps},
};
use crate::{
    engine::{Engine, EngineError, NOBODY},
    intents::{
        form::{Form, FormError},
        signed::SETTLER,
    },
};

/// Gas of a fill beyond its trades: the transaction, Permit2's check and pull, the callback, what is
/// owed. Above what fills through the deployed reactors' code are measured to take (`tests/it/uniswapx`).
pub const FILL_GAS: u64 = 230_000;

/// Gas of a transaction that does nothing: a plan's calls are one each, a fill is one.
const TRANSACTION_GAS: u64 = 21_000;

/// Gas of giving a step its allowance and of taking it back.
const STEP_GAS: u64 = 40_000;

/// Seconds between blocks.
const SLOT_S: u64 = 12;

/// The contract that fills, and whom it obeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filler {
    /// Where it is.
    pub address: Address,
    /// The reactors that may call it back.
    pub reactors: Reactors,
    /// The Settler, which its steps may not call.
    pub settler: Address,
}

impl Filler {
    /// The Filler of `contracts/artifacts`, which obeys mainnet's reactors and no priority orders'.
    pub const DEPLOYED: Self =
        Self { address: FILLER, reactors: Reactors::of_chain(1), settler: SETTLER };

    /// Whom its steps may not call.
    fn barred(&self) -> Vec<Address> {
        let Reactors { dutch, v2, v3, priority } = self.reactors;
        let reactors = [dutch, v2, v3, priority].into_iter().flatten();
        reactors.chain([self.address, self.settler]).collect()
    }
}

impl Moment {
    /// The block after a market's own, at its gas price.
    pub const fn next(market: &Market, filler: Address) -> Self {
        Self {
            chain_id: market.chain_id,
            timestamp: market.timestamp.saturating_add(SLOT_S),
            block: market.block.saturating_add(1),
            base_fee: market.gas_price,
            priority_fee: U256::ZERO,
            filler,
        }
    }
}

/// A fill that pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// The order's name.
    pub order: B256,
    /// Who takes it.
    pub reactor: Address,
    /// The one call, of the Filler.
    pub call: Call,
    /// What is sold, and how much of it.
    pub input: (Address, U256),
    /// In units of what.
    pub token: Address,
    /// What the trades return.
    pub received: U256,
    /// What is owed, to all recipients.
    pub owed: U256,
    /// Gas of the whole fill, estimated from the run of its trades.
    pub gas: u64,
    /// What that gas costs, rounded up.
    pub gas_cost: U256,
    /// What is left.
    pub profit: U256,
    /// Whether the whole of it was run, and the figures are what was measured.
    pub is_confirmed: bool,
}

/// What a run of a whole fill came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// What the solver has more of the token than before.
    pub gained: U256,
    /// Gas of the transaction.
    pub gas: u64,
    /// What that gas costs, rounded up.
    pub gas_cost: U256,
    /// What is left.
    pub profit: U256,
}

/// Why a fill does not pay, in units of the token that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the trades return {received} of {token}, {owed} are owed and gas costs {gas_cost}: short of {short}"
)]
pub struct Shortfall {
    /// Of what.
    pub token: Address,
    /// What the trades return.
    pub received: U256,
    /// What is owed.
    pub owed: U256,
    /// What gas costs.
    pub gas_cost: U256,
    /// What is missing; zero where nothing would be left.
    pub short: U256,
}

/// Why there is no fill.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum FillError {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("it wants several tokens: one is bought here")]
    SeveralTokens,
    #[error("the Filler at {filler} does not obey reactor {reactor}")]
    NotServed { filler: Address, reactor: Address },
    #[error(transparent)]
    Ask(#[from] FormError),
    #[error(transparent)]
    Solve(#[from] SolveError),
    #[error("this market does not pay for it: {0}")]
    NoRoute(String),
    #[error("{0}")]
    Engine(Box<EngineError>),
    #[error("no EVM state is at hand to confirm a plan on")]
    NoState,
    #[error(transparent)]
    Barred(#[from] Barred),
    #[error("what gas costs in {0} is not known in this market")]
    GasUnpriced(Address),
    #[error("it does not pay: {0}")]
    Unprofitable(Box<Shortfall>),
    #[error("a run pays the base fee alone: what a priority fee changes cannot be confirmed")]
    PriorityFee,
    #[error("the fill does not run: {0}")]
    Unconfirmed(Box<AfterError>),
    #[error("the state is not to be had: {0}")]
    State(#[from] SourceError),
    #[error("its numbers leave 256 bits")]
    Overflow,
}

impl From<EngineError> for FillError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Box::new(error))
    }
}

/// A resolved order as the one order model has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// A swap of all that the order gives.
    pub intent: Intent,
    /// What is wanted, in the solver's terms.
    pub token: Address,
    /// The least that must come of it.
    pub owed: U256,
}

impl Ask {
    /// The swap that pays for a resolved order, in the sentence that says so.
    pub fn of(engine: &Engine, resolved: &Resolved) -> Result<Self, FillError> {
        let wanted = resolved.outputs.first().map_or(Address::ZERO, |output| output.token);
        if resolved.outputs.iter().any(|output| output.token != wanted) {
            return Err(FillError::SeveralTokens);
        }
        let sum = |sum: U256, output: &super::Output| sum.checked_add(output.amount);
        let owed = resolved.outputs.iter().try_fold(U256::ZERO, sum).ok_or(FillError::Overflow)?;
        let token = ours(wanted);
        let intent = swap(engine, resolved.input.token, token, resolved.input.amount)?;
        Ok(Self { intent, token, owed })
    }
}

/// A token's address in the solver's terms.
pub(super) fn ours(token: Address) -> Address {
    if token.is_zero() { NATIVE } else { token }
}

/// A swap of a whole amount, by anybody, whatever it rests on: what is bought is owed at once.
pub(super) fn swap(
    engine: &Engine,
    from: Address,
    to: Address,
    amount: U256,
) -> Result<Intent, FormError> {
    Form::swap(from, amount, to).intent(&engine.names())
}

/// The fill of an order at a moment, if it pays.
pub fn fill(
    engine: &Engine,
    order: &Checked,
    at: &Moment,
    filler: &Filler,
) -> Result<Fill, FillError> {
    let at = &Moment { filler: filler.address, ..*at };
    let reactor = order.order().info().reactor;
    if filler.reactors.kind(reactor).is_none() {
        return Err(FillError::NotServed { filler: filler.address, reactor });
    }
    let market = engine.market();
    let resolved = resolve(order.order(), at)?;
    let ask = Ask::of(engine, &resolved)?;
    let answer = tenor_solver::solve(market, &ask.intent)?;
    if let Some(infeasible) = &answer.infeasible {
        return Err(FillError::NoRoute(infeasible.reason.clone()));
    }
    let plan = engine.verified(answer, &ask.intent, NOBODY)?.ok_or(FillError::NoState)?;
    let (run, plan) = (plan.report().calls.iter().map(|call| call.gas), plan.solution());
    let trades: u64 = run.map(|gas| gas.saturating_sub(TRANSACTION_GAS)).sum();
    let deadline = at.timestamp.saturating_add(ask.intent.limits.deadline_s);
    let encoded = plan.encode(market, filler.address, ask.intent.limits.slippage_bps, deadline);
    let steps = steps(market, &plan.legs, &encoded, &filler.barred())?;
    let gas = (steps.len() as u64).saturating_mul(STEP_GAS).saturating_add(trades + FILL_GAS);
    let received = balance(plan, ask.token);
    let gas_cost = gas_cost(engine, gas, ask.token, at)?;
    let profit = profit(ask.token, received, ask.owed, gas_cost)?;
    let tokens = once(ask.token).chain(once(resolved.input.token)).chain(plan.watched());
    let mut leaves: Vec<Address> = tokens.filter(|token| *token != NATIVE).collect();
    leaves.sort_unstable();
    leaves.dedup();
    let call = fillOrderCall { reactor, order: sent(order), steps, tokens: leaves };
    Ok(Fill {
        order: order.hash(),
        reactor,
        call: Call { to: filler.address, value: U256::ZERO, data: call.abi_encode().into() },
        input: (resolved.input.token, resolved.input.amount),
        token: ask.token,
        received,
        owed: ask.owed,
        gas,
        gas_cost,
        profit,
        is_confirmed: false,
    })
}

/// The reactor's own call, for who holds what is owed and has allowed the reactor to take it.
pub fn direct(order: &Checked) -> Call {
    let call = executeCall { order: sent(order) };
    let to = order.order().info().reactor;
    Call { to, value: U256::ZERO, data: call.abi_encode().into() }
}

fn sent(order: &Checked) -> SignedOrder {
    SignedOrder { order: order.bytes().clone(), sig: order.signature().clone() }
}

/// What a plan leaves of a token.
pub(super) fn balance(plan: &Solution, token: Address) -> U256 {
    plan.end.iter().find(|held| held.token == token).map_or(U256::ZERO, |held| held.balance)
}

fn profit(token: Address, received: U256, owed: U256, gas_cost: U256) -> Result<U256, FillError> {
    let spent = owed.checked_add(gas_cost).ok_or(FillError::Overflow)?;
    match received.checked_sub(spent).filter(|profit| !profit.is_zero()) {
        Some(profit) => Ok(profit),
        None => {
            let short = spent.saturating_sub(received);
            let shortfall = Shortfall { token, received, owed, gas_cost, short };
            Err(FillError::Unprofitable(Box::new(shortfall)))
        }
    }
}

/// What gas costs in units of a token, rounded up: by its redemption, or else what as much ether buys.
pub(super) fn gas_cost(
    engine: &Engine,
    gas: u64,
    token: Address,
    at: &Moment,
) -> Result<U256, FillError> {
    let price = at.base_fee.checked_add(at.priority_fee).ok_or(FillError::Overflow)?;
    let wei = price.checked_mul(U256::from(gas)).ok_or(FillError::Overflow)?;
    if wei.is_zero() || token == NATIVE {
        return Ok(wei);
    }
    let market = engine.market();
    if let Some(rate) = market.redemptions.iter().find(|rate| rate.token == token) {
        return mul_div_up(wei, rate.units, rate.eth).ok_or(FillError::Overflow);
    }
    let intent = swap(engine, NATIVE, token, wei)?;
    let plan = tenor_solver::decide(market, &intent)?.best;
    let units = plan.map(|plan| balance(&plan, token)).filter(|units| !units.is_zero());
    units.ok_or(FillError::GasUnpriced(token))
}

impl Fill {
    /// Whether both contracts of it are there, so that it can be run.
    pub fn is_runnable(&self, world: &World) -> Result<bool, SourceError> {
        let codes = world.answer(&[Read::CodeHash(self.call.to), Read::CodeHash(self.reactor)])?;
        Ok(codes.iter().all(|code| matches!(code, Answer::Word(hash) if !hash.is_zero())))
    }

    /// Runs the whole fill as `solver` would send it, in a world where reactor and Filler are, at the
    /// moment's block; and refuses what does not pay there.
    pub fn confirm(
        &self,
        engine: &Engine,
        world: &World,
        at: &Moment,
        solver: Address,
    ) -> Result<Confirmed, FillError> {
        if !at.priority_fee.is_zero() {
            return Err(FillError::PriorityFee);
        }
        let failed = |error: AfterError| FillError::Unconfirmed(Box::new(error));
        let script = |account, calls, watch| Script {
            account,
            holdings: Vec::new(),
            approvals: Vec::new(),
            calls,
            watch,
        };
        let base_fee = u64::try_from(at.base_fee).map_err(|_| FillError::Overflow)?;
        let (number, timestamp) = (at.block, at.timestamp);
        let block = Block { number, timestamp, base_fee, ..world.block() };
        let world = world.after(&script(NOBODY, Vec::new(), Vec::new()), block).map_err(failed)?;
        let run = script(solver, vec![self.call.clone()], vec![self.token]);
        let report = tenor_simulations::simulate(&world.world, &run);
        let report = report.map_err(|error| failed(AfterError::Script(error)))?;
        let before = report.before.first().map_or(U256::ZERO, |(_, stored)| *stored);
        let after = report.after.first();
        // Of a solver who held nothing, the balance tells; shares of a rebasing token otherwise.
        let gained = after.map_or(U256::ZERO, |after| {
            if before.is_zero() { after.balance } else { after.stored().saturating_sub(before) }
        });
        let gas_cost = gas_cost(engine, report.gas, self.token, at)?;
        let profit = profit(self.token, gained, U256::ZERO, gas_cost)?;
        Ok(Confirmed { gained, gas: report.gas, gas_cost, profit })
    }
}
