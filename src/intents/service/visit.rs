//! One visit to an intent: as far as this market takes it.

use std::sync::Arc;

use alloy_primitives::{B256, U256};
use serde_json::{Value, json};
use tenor_simulations::Verified;

use super::{Options, Scribe, error::plan_problem, fit, rehearse::rehearse, rules, tell};
use crate::{
    engine::{Engine, NOBODY},
    intents::signed::{Checked, Refusal, Signer, check::check, wire},
    market::current::{Current, Snapshot},
    problems::Problem,
    settlement::{Offer, Offers},
    store::{Event, Kept, Stage, Step, StoreError},
};

/// What visits share.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) scribe: Scribe,
    pub(super) market: Arc<Current>,
    pub(super) options: Options,
    /// Whoever lands plans, if anybody does.
    pub(super) offers: Option<Offers>,
}

/// When an intent is to be visited again, besides with every new market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Never: it has ended.
    Never,
    /// At this time, in unix milliseconds.
    At(u64),
}

/// Milliseconds after which what could not be read or written is tried again.
const RETRY_MS: u64 = 1_000;

impl Visitor {
    /// Takes an intent as far as it goes on this market.
    pub(super) fn visit(&self, kept: &Kept, market: &Arc<Snapshot>) -> Result<Again, StoreError> {
        let engine = &market.engine;
        let body = wire::read(kept.body.as_bytes());
        let verdict =
            body.map_err(Refusal::from).and_then(|dto| check(&dto, &rules(engine, &self.options)));
        let checked = match verdict {
            Ok(checked) => checked,
            Err(refusal) => return self.refused(kept, &refusal, engine),
        };
        match kept.stage {
            Stage::Received => self.verified(checked, market),
            Stage::Verified | Stage::Quoted => {
                let plan = self.solve(&checked, engine);
                self.planned(checked, plan, market)
            }
            // Until it is in a block, every block may bring a better plan.
            Stage::Bundled | Stage::Submitted => Ok(self.plan_again(checked, market)),
            // What is in a block is others' to follow.
            _ => Ok(self.at_deadline(&checked)),
        }
    }

    /// What panicked is not tried again: it would panic again.
    pub(super) fn fail(&self, id: B256, why: &str) -> Result<Again, StoreError> {
        let step = self.step(id, Stage::Failed, Problem::Internal.code(), &told(why), None);
        self.scribe.write(step)?;
        Ok(Again::Never)
    }

    /// When something that could not be read or written is tried again.
    pub(super) fn retry(&self) -> Again {
        Again::At(self.scribe.clock.millis().saturating_add(RETRY_MS))
    }

    fn refused(&self, kept: &Kept, why: &Refusal, engine: &Engine) -> Result<Again, StoreError> {
        // What was sent for it may land all the same: the chain decides how it ends.
        if !self.scribe.store.attempts_of(kept.id)?.is_empty() {
            return Ok(self.retry());
        }
        if why.problem().retryable() {
            tell::waits(kept.id, why.code(), &why.to_string());
            return Ok(self.retry());
        }
        let stage = match (why, kept.stage) {
            (Refusal::Expired { .. }, _) => Stage::Expired,
            (_, Stage::Received) => Stage::Refused,
            _ => Stage::Failed,
        };
        self.advance(kept.id, stage, why.code(), &told(&why.to_string()), engine)?;
        Ok(Again::Never)
    }

    /// That it was verified is on its way to the disk while it is planned.
    fn verified(&self, checked: Checked, market: &Arc<Snapshot>) -> Result<Again, StoreError> {
        let (id, engine) = (checked.id(), &market.engine);
        let detail = json!({ "signer": word(checked.signer()) }).to_string();
        let block = Some(engine.market().block);
        let stage = (Stage::Verified, Stage::Verified.name());
        let written = self.scribe.begin(self.scribe.step(id, stage, detail, block));
        let plan = self.solve(&checked, engine);
        if self.scribe.ended(written.wait())?.is_none() {
            return Ok(Again::Never);
        }
        self.planned(checked, plan, market)
    }

    fn planned(
        &self,
        checked: Checked,
        plan: Result<Verified, (Problem, String)>,
        market: &Arc<Snapshot>,
    ) -> Result<Again, StoreError> {
        let engine = &market.engine;
        match plan {
            Ok(plan) => self.quoted(checked, plan, market),
            Err((problem, why)) => self.unplanned(checked.id(), problem, &why, &checked, engine),
        }
    }

    /// The best plan that gives what was signed, or why there is none.
    fn solve(&self, checked: &Checked, engine: &Engine) -> Result<Verified, (Problem, String)> {
        let permit = checked.permit();
        let below = |why: &str| (Problem::BelowSigned, why.to_owned());
        let asked = fit::asked(checked.intent(), permit).ok_or_else(|| below(NOTHING_LEFT))?;
        // Whoever settles acts, not the owner: the plan is run from an account of nobody's.
        match engine.plan_that(&asked, NOBODY, |plan| fit::fits(plan, permit)) {
            Ok(Some(plan)) => Ok(plan),
            Ok(None) if engine.world().is_none() => {
                Err((Problem::Unconfirmed, NO_STATE.to_owned()))
            }
            Ok(None) => Err(below(BELOW)),
            Err(error) => Err((plan_problem(&error), error.to_string())),
        }
    }

    /// A newer plan for what is with relays already.
    fn plan_again(&self, checked: Checked, market: &Arc<Snapshot>) -> Again {
        let again = self.at_deadline(&checked);
        if self.offers.is_some() {
            let plan = self.solve(&checked, &market.engine);
            self.offer(checked, plan.map_err(|(_, why)| why), market);
        }
        again
    }

    /// Hands a plan to whoever lands it. Where there is no room it is made again with the next market.
    fn offer(&self, checked: Checked, plan: Result<Verified, String>, market: &Arc<Snapshot>) {
        let Some(offers) = &self.offers else { return };
        let (id, plan, market) = (checked.id(), plan.map(Box::new), Arc::clone(market));
        if !offers.give(Offer { checked, plan, market }) {
            tell::unoffered(id);
        }
    }

    /// The plan is told once for as long as it stays the same.
    fn quoted(
        &self,
        checked: Checked,
        plan: Verified,
        market: &Arc<Snapshot>,
    ) -> Result<Again, StoreError> {
        let (id, engine) = (checked.id(), &market.engine);
        let settled = match rehearse(engine, &self.options.deployment, &checked, &plan) {
            Ok(settled) => settled,
            Err(why) => return self.unplanned(id, Problem::Unconfirmed, &why, &checked, engine),
        };
        let detail = told_of(&checked, &plan, &settled);
        let events = self.scribe.store.events_of(id, 0, usize::MAX)?;
        let text = detail.to_string();
        // What is told of landing it says nothing of the plan; that there was none does.
        let of_plans = |step: &&Step| step.code == QUOTED || Problem::named(&step.code).is_some();
        let last = events.iter().rev().map(|event| &event.step).find(of_plans);
        if last.is_none_or(|step| step.code != QUOTED || step.detail != text)
            && self.advance(id, Stage::Quoted, QUOTED, &detail, engine)?.is_none()
        {
            return Ok(Again::Never);
        }
        let again = self.at_deadline(&checked);
        self.offer(checked, Ok(plan), market);
        Ok(again)
    }

    /// Without a plan an intent waits for another market; where there will be none, it has failed.
    fn unplanned(
        &self,
        id: B256,
        problem: Problem,
        why: &str,
        checked: &Checked,
        engine: &Engine,
    ) -> Result<Again, StoreError> {
        if self.market.is_live() || matches!(problem, Problem::StateUnavailable) {
            tell::waits(id, problem.code(), why);
            self.waits(id, problem, why, engine)?;
            return Ok(self.at_deadline(checked));
        }
        self.advance(id, Stage::Failed, problem.code(), &told(why), engine)?;
        Ok(Again::Never)
    }

    /// Whoever follows an intent is told why it waits: once for as long as the reason stays the same.
    fn waits(
        &self,
        id: B256,
        problem: Problem,
        why: &str,
        engine: &Engine,
    ) -> Result<(), StoreError> {
        let store = &self.scribe.store;
        let Some(kept) = store.intent(id)? else { return Ok(()) };
        let last = store.events_of(id, 0, usize::MAX)?.pop();
        let said = last.is_some_and(|event| event.step.code == problem.code());
        if !said && matches!(kept.stage, Stage::Verified | Stage::Quoted) {
            self.advance(id, kept.stage, problem.code(), &told(why), engine)?;
        }
        Ok(())
    }

    /// The deadline's second is still in time.
    fn at_deadline(&self, checked: &Checked) -> Again {
        let deadline: u64 = checked.permit().deadline.saturating_to();
        Again::At(deadline.saturating_add(1).saturating_mul(1_000))
    }

    /// Writes an event; `None` where the intent has ended meanwhile.
    fn advance(
        &self,
        id: B256,
        stage: Stage,
        code: &str,
        detail: &Value,
        engine: &Engine,
    ) -> Result<Option<Event>, StoreError> {
        self.scribe.write(self.step(id, stage, code, detail, Some(engine.market().block)))
    }

    fn step(&self, id: B256, stage: Stage, code: &str, detail: &Value, block: Option<u64>) -> Step {
        self.scribe.step(id, (stage, code), detail.to_string(), block)
    }
}

/// The code of a plan that was told.
const QUOTED: &str = "quoted";
const NOTHING_LEFT: &str = "the fee may take the whole amount";
const BELOW: &str = "no plan of this market gives what was signed";
const NO_STATE: &str = "this market has no state to run a plan on";

fn told(why: &str) -> Value {
    json!({ "why": why })
}

const fn word(signer: &Signer) -> &'static str {
    match signer {
        Signer::Key => "key",
        Signer::Contract => "contract",
        Signer::Undeployed { .. } => "undeployed_contract",
    }
}

/// What an event tells of a plan. Amounts are what the run measured, as decimal strings.
fn told_of(checked: &Checked, plan: &Verified, settled: &Value) -> Value {
    let permit = checked.permit();
    let solution = plan.solution();
    let outputs = permit.witness.outputs.iter().map(|output| {
        let held = solution.end.iter().find(|held| held.token == output.token);
        let amount = held.map_or(U256::ZERO, |held| held.balance);
        json!({
            "token": output.token,
            "amount": amount.to_string(),
            "least": output.minAmount.to_string(),
        })
    });
    json!({
        "plan": solution.label,
        "outputs": outputs.collect::<Vec<_>>(),
        "value": fit::credit(solution, permit).unwrap_or_default().to_string(),
        "least_value": permit.witness.minValueOut.to_string(),
        "gas": plan.report().gas,
        "difference_wei": plan.difference().to_string(),
        "settlement": settled,
    })
}
