//! From a checked order to the transaction that fills it, with what that earns; or why it does not.
//!
//! The order is asked as a swap of what it gives now into what it wants: the one order model. What the
//! best plan returns over what is owed, less gas, is the profit, all in units of the token owed. Nothing is
//! planned that no EVM has confirmed, and [`Fill::confirm`] runs the whole fill, the reactor's part too,
//! where the reactor and the Filler are.

mod confirm;
mod error;

use std::iter::once;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall as _;
use tenor_solver::{
    amount::mul_div_up,
    intent::Intent,
    market::Market,
    solution::Solution,
    venues::{Call, NATIVE},
};

pub use self::{
    confirm::Confirmed,
    error::{FillError, Shortfall},
};
use super::{
    abi::{SignedOrder, executeCall, fillOrderCall},
    check::Checked,
    fault::Fault,
    price::{Moment, Resolved, resolve},
    reactors::{FILLER, Reactors},
    steps::steps,
};
use crate::{
    engine::{Engine, NOBODY},
    intents::{
        form::{Form, FormError},
        signed::{Deployment, SETTLER, cancel},
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
    unspent(engine, order)?;
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

/// Whether it is still there to be filled, where the state tells.
fn unspent(engine: &Engine, order: &Checked) -> Result<(), FillError> {
    let Some(world) = engine.world() else { return Ok(()) };
    let (info, here) =
        (order.order().info(), Deployment::of(engine.market().chain_id, Address::ZERO));
    if cancel::is_spent(&here, info.swapper, info.nonce, world).map_err(Fault::from)? {
        let (swapper, nonce) = (info.swapper, info.nonce);
        return Err(Fault::NonceUsed { swapper, nonce }.into());
    }
    Ok(())
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
