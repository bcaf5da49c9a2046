//! The transaction that settles a signed intent: from a verified plan to the Settler's calldata.
//!
//! The plan's calls are written again for the solver's Executor, which receives what they return; the
//! Settler hands that over to the recipient and enforces what was signed. Nothing here is trusted to be
//! right: [`super::prove`] runs the transaction, and only what it confirms is ever signed.

use std::fmt;

use alloy_eips::eip7702::SignedAuthorization;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall as _;
use tenor_simulations::{Sent, Verified, World};
use tenor_solver::{
    amount::mul_div_up,
    market::Market,
    mev::plan::least,
    venues::{Approval, NATIVE},
};

use super::{
    books::{self, Moved, Parties},
    steps::{self, At, Steps, Unsettleable},
};
use crate::intents::signed::{
    Checked, Deployment,
    frozen::{PermitTransferFrom, Plan, settleCall},
};

/// What neither the owner nor the plan decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Who settles, and sends the transaction.
    pub solver: Address,
    /// Units of the asset in that the solver declares as its fee.
    pub fee: U256,
    /// By how much, in basis points, a leg may return less than its quote.
    pub slippage_bps: u32,
    /// Unix seconds after which venues that can tell must refuse: the time of the last block that the
    /// transaction is for, so that it is worth nothing to whoever keeps it.
    pub deadline: u64,
    /// Accounts that take on code with the transaction (EIP-7702): an owner whose signature its code is
    /// to accept, and who has not delegated yet. A transaction with any is of type 4.
    pub authorizations: Vec<SignedAuthorization>,
}

/// A settlement that nobody has run yet. What is not sent yet is nobody's to know: `Debug` shows neither
/// calldata nor signature.
#[derive(Clone)]
pub struct Settlement {
    pub(super) id: B256,
    pub(super) here: Deployment,
    pub(super) call: settleCall,
    pub(super) solver: Address,
    pub(super) authorizations: Vec<SignedAuthorization>,
    /// By step.
    pub(super) legs: Vec<At>,
    pub(super) moved: Vec<Moved>,
    /// The least that each leg of the plan may return.
    pub(super) least: Vec<U256>,
    /// Gas of the same plan's calls sent one by one.
    pub(super) direct_gas: u64,
}

/// Writes the settlement of a plan that an EVM has confirmed. `world` is where it was confirmed.
pub fn settlement(
    market: &Market,
    world: &World,
    here: &Deployment,
    checked: &Checked,
    plan: &Verified,
    terms: &Terms,
) -> Result<Settlement, Unsettleable> {
    let least = least(plan.solution(), terms.slippage_bps);
    settlement_at(market, world, here, checked, plan, (terms, least))
}

/// The same with a limit of its own for each leg, in place of the terms' slippage.
pub fn settlement_at(
    market: &Market,
    world: &World,
    here: &Deployment,
    checked: &Checked,
    plan: &Verified,
    (terms, least): (&Terms, Vec<U256>),
) -> Result<Settlement, Unsettleable> {
    let (permit, direct_gas) = (checked.permit(), plan.report().gas);
    let plan = plan.solution();
    steps::check(market, world, plan)?;
    let asset = permit.permitted.token;
    if let Some(other) = plan.start.tokens().find(|token| *token != asset) {
        return Err(Unsettleable::OtherAsset(other));
    }
    let executor = here.executor(terms.solver);
    let encoded = plan.encode_at(market, executor, &least, terms.deadline);
    let Steps { steps, legs } = steps::steps(market, plan, &encoded, here)?;
    let moved = books::moved(market, plan, asset)
        .ok_or_else(|| Unsettleable::NativeOut(steps::at(market, plan, plan.legs.len() - 1)))?;
    let outputs = &permit.witness.outputs;
    let named = |token| token == asset || outputs.iter().any(|output| output.token == token);
    let rests = moved.iter().filter(|of| !named(of.token) && (of.at_least || !of.left.is_zero()));
    let leftovers = rests.map(|of| of.token).collect();
    let call = settleCall {
        permit: PermitTransferFrom {
            permitted: permit.permitted.clone(),
            nonce: permit.nonce,
            deadline: permit.deadline,
        },
        intent: permit.witness.clone(),
        signature: checked.signature().clone(),
        plan: Plan { fee: terms.fee, steps, leftovers },
    };
    Ok(Settlement {
        id: checked.id(),
        here: *here,
        call,
        solver: terms.solver,
        authorizations: terms.authorizations.clone(),
        legs,
        moved,
        least,
        direct_gas,
    })
}

impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, solver, call, .. } = self;
        let steps = call.plan.steps.len();
        write!(f, "Settlement {{ id: {id}, solver: {solver}, {steps} steps }}")
    }
}

impl Settlement {
    /// The intent's id.
    pub const fn id(&self) -> B256 {
        self.id
    }

    /// What the Settler is called with.
    pub const fn call(&self) -> &settleCall {
        &self.call
    }

    /// Who sends it.
    pub const fn solver(&self) -> Address {
        self.solver
    }

    /// The contracts.
    pub const fn deployment(&self) -> &Deployment {
        &self.here
    }

    /// The calldata.
    pub fn calldata(&self) -> Bytes {
        self.call.abi_encode().into()
    }

    /// The transaction, before anybody bids for it.
    pub fn transaction(&self) -> Sent {
        let authorizations = self.authorizations.clone();
        let call = Sent::call(self.solver, self.here.settler, self.calldata());
        Sent { authorizations, ..call }
    }

    /// What the owner must hold, and allow Permit2, for it to run.
    pub const fn asked(&self) -> Approval {
        let permitted = &self.call.permit.permitted;
        Approval { token: permitted.token, spender: self.here.permit2, amount: permitted.amount }
    }

    pub(super) fn parties(&self) -> Parties {
        Parties {
            owner: self.call.intent.owner,
            executor: self.here.executor(self.solver),
            solver: self.solver,
            recipient: self.call.intent.recipient,
        }
    }

    /// The least that each leg of the plan may return.
    pub fn least(&self) -> &[U256] {
        &self.least
    }

    /// The tokens that the owner asked for.
    pub(super) fn outputs(&self) -> impl Iterator<Item = Address> + '_ {
        self.call.intent.outputs.iter().map(|output| output.token)
    }

    /// Whether a token is handed over to the recipient.
    pub(super) fn delivers(&self, token: Address) -> bool {
        token == self.call.permit.permitted.token
            || self.call.intent.outputs.iter().any(|output| output.token == token)
            || self.call.plan.leftovers.contains(&token)
    }
}

/// The fee to declare for what a settlement costs its solver in wei, in units of the asset in, rounded
/// up, by what the asset redeems for. Never more than [`most_fee`]; `None` where the asset has no known
/// worth.
pub fn fee(market: &Market, checked: &Checked, cost: U256) -> Option<U256> {
    let permit = checked.permit();
    let (token, amount) = (permit.permitted.token, permit.permitted.amount);
    let worth = if token == NATIVE { Some(amount) } else { market.redeem_value(token, amount) };
    let fee = mul_div_up(cost, amount, worth.filter(|worth| !worth.is_zero())?)?;
    Some(fee.min(most_fee(market, checked)))
}

/// The highest fee that may be declared: what was signed, less what the rounding of a rebasing asset may
/// need of a plan for all that is left.
pub fn most_fee(market: &Market, checked: &Checked) -> U256 {
    let permit = checked.permit();
    let rebases = market.rebase(permit.permitted.token).is_some();
    let rounding = U256::from(if rebases { ROUNDING } else { 0 });
    permit.witness.maxFeeIn.saturating_sub(rounding)
}

/// Units that a rebasing asset may lose on its way: one for each transfer, and one for their sum.
const ROUNDING: u64 = 3;
