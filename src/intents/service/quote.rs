//! From a sentence to what its owner signs, or carries out by their own account.

use std::sync::atomic::{AtomicU64, Ordering};

use alloy_primitives::{Address, B256, U256, keccak256};
use serde::Serialize;
use serde_json::Value;
use tenor_simulations::{Verified, World};
use tenor_solver::{
    intent::Intent,
    solution::{Solution, approvals},
};
use utoipa::ToSchema;

use super::{
    IntakeError, Service,
    dto::{AllowanceDto, CallDto, CancellationDto},
};
use crate::{
    answer::AnswerDto,
    engine::{Engine, EngineError, NOBODY},
    intents::signed::{
        Deployment, Offer, OfferError, Preferences, Terms, cancel, offer::offer, typed_data, wallet,
    },
    market::current::Snapshot,
};

/// What is asked to be quoted for signing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What the owner wants, in one sentence.
    pub sentence: String,
    /// Who will sign.
    pub owner: Address,
    /// Who receives; the owner where nobody is named.
    pub recipient: Option<Address>,
    /// The nonce of Permit2 to spend; one that is free where none is named.
    pub nonce: Option<U256>,
    /// Unix seconds before which nobody may settle.
    pub valid_after: Option<u64>,
}

/// A plan, and the way its owner can have it.
#[derive(Debug)]
pub struct Quoted {
    /// The whole answer.
    pub answer: AnswerDto,
    /// How it can be had.
    pub way: Way,
}

/// How a plan can be had.
#[derive(Debug)]
pub enum Way {
    /// By one signature.
    Settled(Box<ToSignDto>),
    /// By the owner's own account.
    OwnerExecuted(Box<OwnDto>),
    /// There is nothing to do, or nothing can be done: the answer says which.
    None,
}

/// What is signed, schema `tenor.to_sign/1`: all that the signed intent needs but the signature.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ToSignDto {
    /// `tenor.to_sign/1`.
    pub schema: &'static str,
    /// The digest to sign, and the intent's id.
    #[schema(value_type = String)]
    pub id: B256,
    /// The parameters of `eth_signTypedData_v4`.
    #[schema(value_type = Object)]
    pub typed_data: Value,
    /// What its `statement` is the hash of: what the owner reads.
    pub statement: String,
    /// What its `preferences` are the hash of, as canonical JSON.
    pub preferences: Preferences,
    /// Unix seconds until which it may be settled.
    pub deadline: u64,
    /// The allowance that Permit2 needs once; null where it has it.
    pub approval: Option<AllowanceDto>,
    /// How to take it back once it is handed in.
    pub cancellation: CancellationDto,
}

/// A plan as calls of its owner's own account, schema `tenor.own/1`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwnDto {
    /// `tenor.own/1`.
    pub schema: &'static str,
    /// Why one signature cannot settle it, as a code ...
    pub code: &'static str,
    /// ... and in words.
    pub why: String,
    /// Allowances that the calls begin with, each with its gas.
    pub approvals: Vec<AllowanceDto>,
    /// All calls, in order, allowances included. Sent as a batch they happen all or not at all.
    pub calls: Vec<CallDto>,
    /// The parameters of EIP-5792's `wallet_sendCalls`.
    #[schema(value_type = Object)]
    pub send_calls: Value,
    /// Gas of the whole, as measured.
    pub gas: u64,
    /// Unix seconds until which venues take the calls.
    pub deadline: u64,
}

impl Service {
    /// Quotes a sentence for its owner to sign.
    pub async fn quote(&self, ask: Ask) -> Result<Quoted, IntakeError> {
        self.refuse_while_draining()?;
        let market = self.market.fresh()?;
        let (here, solver) = (self.options.deployment, self.options.solver);
        let now = self.options.clock.seconds();
        self.compute(move || quote(&market, &here, solver, now, &ask)).await?
    }
}

fn quote(
    market: &Snapshot,
    here: &Deployment,
    solver: Address,
    now: u64,
    ask: &Ask,
) -> Result<Quoted, IntakeError> {
    let engine = &market.engine;
    let intent = engine.read(&ask.sentence).map_err(EngineError::from)?;
    let (answer, plan) = answered(engine, &intent, ask.owner)?;
    let (Some(world), Some(plan)) = (engine.world(), plan) else {
        return Ok(Quoted { answer, way: Way::None });
    };
    let nonce = nonce(here, ask, world)?;
    let terms = Terms {
        recipient: ask.recipient.unwrap_or(ask.owner),
        valid_after: ask.valid_after.unwrap_or_default(),
        ..Terms::new(*here, ask.owner, nonce, solver, now)
    };
    let way = match offer(engine.market(), world, &intent, &plan, &terms) {
        Ok(offer) => Way::Settled(Box::new(ToSignDto::of(here, &offer))),
        Err(OfferError::OwnerOnly(why)) => {
            let own = own(engine, world, &intent, &plan, ask.owner, now)?;
            Way::OwnerExecuted(Box::new(OwnDto { code: why.code(), why: why.to_string(), ..own }))
        }
        Err(OfferError::Nothing) => Way::None,
        Err(error) => return Err(IntakeError::Offer(error)),
    };
    Ok(Quoted { answer, way })
}

/// A contract's plan is run from nobody's account: it is the Executor that acts for it, or its own code.
fn answered(
    engine: &Engine,
    intent: &Intent,
    owner: Address,
) -> Result<(AnswerDto, Option<Box<Verified>>), EngineError> {
    match engine.ask_intent(intent, owner) {
        Err(EngineError::NotAnAccount(_)) => engine.ask_intent(intent, NOBODY),
        told => told,
    }
}

/// The nonce asked for, if it is free, or one that is.
fn nonce(here: &Deployment, ask: &Ask, world: &World) -> Result<U256, IntakeError> {
    if let Some(nonce) = ask.nonce {
        let spent = cancel::is_spent(here, ask.owner, nonce, world)?;
        return if spent { Err(IntakeError::NonceSpent(nonce)) } else { Ok(nonce) };
    }
    loop {
        let nonce = fresh(ask);
        if !cancel::is_spent(here, ask.owner, nonce, world)? {
            return Ok(nonce);
        }
    }
}

/// A nonce that no other quote of any run has. It need not be secret: nobody else can spend it.
fn fresh(ask: &Ask) -> U256 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = crate::clock::Clock::System.millis();
    let run = std::process::id();
    U256::from_be_bytes(keccak256(format!("{} {time} {run} {count}", ask.owner)).0)
}

impl ToSignDto {
    fn of(here: &Deployment, offer: &Offer) -> Self {
        Self {
            schema: "tenor.to_sign/1",
            id: offer.id,
            typed_data: typed_data::intent(here, &offer.permit),
            statement: offer.statement.clone(),
            preferences: offer.preferences.clone(),
            deadline: offer.permit.deadline.saturating_to(),
            approval: offer.approval.as_ref().map(AllowanceDto::of),
            cancellation: CancellationDto::of(here, offer.id, offer.permit.nonce),
        }
    }
}

/// A plan as its owner's calls; why it must be so is said by who asks.
fn own(
    engine: &Engine,
    world: &World,
    intent: &Intent,
    plan: &Verified,
    owner: Address,
    now: u64,
) -> Result<OwnDto, IntakeError> {
    let solution: &Solution = plan.solution();
    let (slippage, market) = (intent.limits.slippage_bps, engine.market());
    let deadline = now.saturating_add(intent.limits.deadline_s);
    let encoded = solution.encode(market, owner, slippage, deadline);
    let given = approvals(&encoded);
    let given = given.into_iter().map(|approval| wallet::given(world, owner, approval));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    let all = wallet::own(market, solution, owner, slippage, deadline);
    Ok(OwnDto {
        schema: "tenor.own/1",
        code: "",
        why: String::new(),
        approvals: given.iter().map(AllowanceDto::of).collect(),
        calls: all.iter().map(CallDto::of).collect(),
        send_calls: wallet::send_calls(market.chain_id, owner, &all),
        gas: plan.report().gas,
        deadline,
    })
}
