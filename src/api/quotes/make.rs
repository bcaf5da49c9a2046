//! How a quote is made, on a solver thread.

use alloy_primitives::{Address, B256, U256};
use tenor_simulations::Verified;
use tenor_solver::{intent::Intent, solution::Answer};

use super::{
    ask::{Kind, QuoteRequest},
    dto::{AmountDto, FeesDto, PlanKindDto, QuoteDto, RouteDto},
    sign::{OwnerDto, SignDto, fresh_nonce},
};
use crate::{
    answer::{self, PlanDto},
    api::{Api, health::BlockDto, problem::Reply},
    engine::{Answered, Engine, EngineError, NOBODY},
    intents::signed::{OfferError, Terms, cancel, offer::offer},
    problems::Problem,
    store,
};

const SCHEMA: &str = "tenor.quote/1";

const ROUTED: &str = "Indicative: routed through the venues' integers, not run in an EVM, and not to be \
    signed. Ask for kind firm.";

const NO_OWNER: &str = "Name an owner to get what there is to sign.";

/// Seconds after which a market's block is old enough to be said.
const OLD_S: u64 = 300;

/// A quote as text, and what is to be kept of it.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) body: String,
    pub(super) kept: Option<store::Quote>,
}

/// What everything about one quote is made from.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    api: &'a Api,
    engine: &'a Engine,
    request: &'a QuoteRequest,
    intent: &'a Intent,
    now: u64,
}

/// Makes a quote.
pub(super) fn quote(api: &Api, engine: &Engine, request: &QuoteRequest) -> Result<Made, Reply> {
    let now = api.clock.seconds();
    let intent = &request.read(engine, now)?;
    let asked = Asked { api, engine, request, intent, now };
    let (quote, id) = match request.kind {
        Kind::Indicative => (asked.indicative()?, None),
        Kind::Firm => asked.firm()?,
    };
    let body = serde_json::to_string(&quote)
        .map_err(|error| Reply::new(Problem::Internal, error.to_string()))?;
    let kept = id.map(|id| store::Quote {
        id,
        body: body.clone(),
        expires_ms: quote.expires_at.saturating_mul(1_000),
    });
    Ok(Made { body, kept })
}

impl Asked<'_> {
    /// Routed and checked against the limits, not run.
    fn indicative(&self) -> Result<QuoteDto, Reply> {
        let market = self.engine.market();
        let answer = tenor_solver::decide(market, self.intent).map_err(EngineError::from)?;
        if let Some(plan) = &answer.best {
            self.engine.keeps_limits(self.intent, plan)?;
        }
        let plan = answer::plan(market, self.intent, answer.best.as_ref(), &[]);
        let quote = self.told(&plan, reason(&answer))?;
        Ok(QuoteDto { warnings: [vec![ROUTED.to_owned()], quote.warnings].concat(), ..quote })
    }

    /// Run in the EVM, with what there is to sign, and the id under which that is kept.
    fn firm(&self) -> Result<(QuoteDto, Option<B256>), Reply> {
        let (account, (answer, plan)) = self.run()?;
        let reason = answer.infeasible.as_ref().map(|infeasible| infeasible.reason.clone());
        let mut quote = self.told(&answer.plan, reason)?;
        quote.approvals.clone_from(&answer.plan.approvals);
        if self.request.owner.is_some_and(|owner| owner != account) {
            let why = "The owner is a contract: the plan was run from an account of nobody's.";
            quote.warnings.push(why.to_owned());
        }
        let mut id = None;
        match (self.request.owner, &plan) {
            (Some(owner), Some(plan)) => id = self.offer(&mut quote, owner, plan)?,
            (None, Some(_)) => quote.warnings.push(NO_OWNER.to_owned()),
            (_, None) => {}
        }
        quote.answer = Some(answer);
        Ok((quote, id))
    }

    /// The plan, run from the owner; from nobody where the owner is a contract, which cannot send.
    fn run(&self) -> Result<(Address, Answered), Reply> {
        let owner = self.request.owner.unwrap_or(NOBODY);
        match self.engine.quote(self.intent, owner) {
            Err(EngineError::NotAnAccount(_)) => {
                Ok((NOBODY, self.engine.quote(self.intent, NOBODY)?))
            }
            made => Ok((owner, made?)),
        }
    }

    /// Adds what the owner signs, or does by their own account.
    fn offer(
        &self,
        quote: &mut QuoteDto,
        owner: Address,
        plan: &Verified,
    ) -> Result<Option<B256>, Reply> {
        let Some(world) = self.engine.world() else { return Ok(None) };
        let (market, deployment) = (self.engine.market(), self.api.deployment);
        let nonce = self.nonce(owner)?;
        let solver = self.api.config.contracts.solver.unwrap_or_default();
        let terms = Terms::new(deployment, owner, nonce, solver, self.now);
        let terms = Terms { recipient: self.request.recipient.unwrap_or(owner), ..terms };
        match offer(market, world, self.intent, plan, &terms) {
            Ok(offer) => {
                quote.id = offer.id.to_string();
                quote.sign = Some(SignDto::of(&deployment, &offer));
                Ok(Some(offer.id))
            }
            Err(OfferError::OwnerOnly(why)) => {
                let limits = &self.intent.limits;
                let deadline = self.now.saturating_add(limits.deadline_s);
                let (plan, slippage) = (plan.solution(), limits.slippage_bps);
                let calls = OwnerDto::of(market, plan, owner, slippage, deadline, why);
                quote.owner_executed = Some(calls);
                Ok(None)
            }
            Err(OfferError::Nothing) => Ok(None),
            Err(OfferError::State(error)) => {
                Err(Reply::new(Problem::StateUnavailable, error.to_string()))
            }
            Err(error @ (OfferError::Overflow | OfferError::NotCanonical(_))) => {
                Err(Reply::new(Problem::InvalidField, error.to_string()))
            }
            Err(error @ OfferError::Approval(_)) => {
                Err(Reply::new(Problem::Unconfirmed, error.to_string()))
            }
        }
    }

    /// The nonce that was asked for, if it is not spent; otherwise a fresh one.
    fn nonce(&self, owner: Address) -> Result<U256, Reply> {
        let Some(nonce) = self.request.nonce else {
            let failed = |error: getrandom::Error| Reply::new(Problem::Internal, error.to_string());
            return fresh_nonce().map_err(failed);
        };
        let Some(world) = self.engine.world() else { return Ok(nonce.0) };
        if cancel::is_spent(&self.api.deployment, owner, nonce.0, world)? {
            let detail = format!("nonce {} of {owner} is spent on Permit2", nonce.0);
            return Err(Reply::new(Problem::NonceUsed, detail).at("/nonce"));
        }
        Ok(nonce.0)
    }

    /// What quotes of both kinds say of a plan.
    fn told(&self, plan: &PlanDto, reason: Option<String>) -> Result<QuoteDto, Reply> {
        let Self { api, engine, intent, now, .. } = *self;
        let market = engine.market();
        let block = BlockDto::of(market, now);
        let old = (block.age_s > OLD_S)
            .then(|| format!("The market is of {}: {} s old.", block.utc, block.age_s));
        let id = fresh_nonce().map_err(|error| Reply::new(Problem::Internal, error.to_string()))?;
        Ok(QuoteDto {
            schema: SCHEMA,
            id: B256::from(id).to_string(),
            kind: self.request.kind,
            mode: api.config.mode.to_string(),
            quoted_at: now,
            expires_at: now.saturating_add(intent.limits.quote_valid_s),
            block,
            market_hash: market.hash.to_string(),
            statement: intent.canonical.clone(),
            plan: PlanKindDto::of(plan, reason),
            inputs: AmountDto::given(market, intent),
            outputs: AmountDto::held(market, plan),
            route: RouteDto::of(market, &plan.legs),
            fees: FeesDto::of(market, intent, plan),
            approvals: Vec::new(),
            warnings: old.into_iter().collect(),
            sign: None,
            owner_executed: None,
            answer: None,
        })
    }
}

fn reason(answer: &Answer) -> Option<String> {
    answer.infeasible.as_ref().map(|infeasible| infeasible.reason.clone())
}
