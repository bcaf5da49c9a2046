//! One visit to an intent: as far as this market takes it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use alloy_primitives::{B256, U256};
use serde_json::{Value, json};
use tenor_simulations::Verified;

use super::{Bell, Options, error::plan_problem, fit, rehearse::rehearse, rules, tell};
use crate::{
    engine::{Engine, NOBODY},
    intents::signed::{Checked, Refusal, Signer, check::check, wire},
    market::current::Current,
    problems::Problem,
    store::{Event, Kept, Stage, Step, Store, StoreError},
};

/// What visits share.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) store: Arc<dyn Store>,
    pub(super) market: Arc<Current>,
    pub(super) options: Options,
    pub(super) bell: Bell,
    pub(super) open: Arc<AtomicUsize>,
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
    pub(super) fn visit(&self, kept: &Kept, engine: &Engine) -> Result<Again, StoreError> {
        let body = wire::read(kept.body.as_bytes());
        let verdict =
            body.map_err(Refusal::from).and_then(|dto| check(&dto, &rules(engine, &self.options)));
        let checked = match verdict {
            Ok(checked) => checked,
            Err(refusal) => return self.refused(kept, &refusal, engine),
        };
        let mut stage = kept.stage;
        if stage == Stage::Received {
            let detail = json!({ "signer": word(checked.signer()) });
            if self.advance(kept.id, Stage::Verified, "verified", &detail, engine)?.is_none() {
                return Ok(Again::Never);
            }
            stage = Stage::Verified;
        }
        match stage {
            Stage::Verified | Stage::Quoted => self.plan(kept.id, &checked, engine),
            // Bundles are others' to make and to follow.
            _ => Ok(self.at_deadline(&checked)),
        }
    }

    /// What panicked is not tried again: it would panic again.
    pub(super) fn fail(&self, id: B256, why: &str) -> Result<Again, StoreError> {
        let step = self.step(id, Stage::Failed, Problem::Internal.code(), &told(why), None);
        self.write(step)?;
        Ok(Again::Never)
    }

    /// When something that could not be read or written is tried again.
    pub(super) fn retry(&self) -> Again {
        Again::At(self.options.clock.millis().saturating_add(RETRY_MS))
    }

    fn refused(&self, kept: &Kept, why: &Refusal, engine: &Engine) -> Result<Again, StoreError> {
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

    fn plan(&self, id: B256, checked: &Checked, engine: &Engine) -> Result<Again, StoreError> {
        let permit = checked.permit();
        let Some(asked) = fit::asked(checked.intent(), permit) else {
            return self.unplanned(id, Problem::BelowSigned, NOTHING_LEFT, checked, engine);
        };
        // Whoever settles acts, not the owner: the plan is run from an account of nobody's.
        match engine.plan_that(&asked, NOBODY, |plan| fit::fits(plan, permit)) {
            Ok(Some(plan)) => self.quoted(id, checked, &plan, engine),
            Ok(None) if engine.world().is_none() => {
                self.unplanned(id, Problem::Unconfirmed, NO_STATE, checked, engine)
            }
            Ok(None) => self.unplanned(id, Problem::BelowSigned, BELOW, checked, engine),
            Err(error) => {
                self.unplanned(id, plan_problem(&error), &error.to_string(), checked, engine)
            }
        }
    }

    /// The plan is told once for as long as it stays the same.
    fn quoted(
        &self,
        id: B256,
        checked: &Checked,
        plan: &Verified,
        engine: &Engine,
    ) -> Result<Again, StoreError> {
        let settled = match rehearse(engine, &self.options.deployment, checked, plan) {
            Ok(settled) => settled,
            Err(why) => return self.unplanned(id, Problem::Unconfirmed, &why, checked, engine),
        };
        let detail = planned(checked, plan, &settled);
        let events = self.store.events_of(id, 0, usize::MAX)?;
        let last = events.last().map(|event| &event.step);
        let text = detail.to_string();
        let same = |step: &Step| step.stage == Stage::Quoted && step.detail == text;
        if !last.is_some_and(same)
            && self.advance(id, Stage::Quoted, "quoted", &detail, engine)?.is_none()
        {
            return Ok(Again::Never);
        }
        Ok(self.at_deadline(checked))
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
            return Ok(self.at_deadline(checked));
        }
        self.advance(id, Stage::Failed, problem.code(), &told(why), engine)?;
        Ok(Again::Never)
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
        self.write(self.step(id, stage, code, detail, Some(engine.market().block)))
    }

    fn step(&self, id: B256, stage: Stage, code: &str, detail: &Value, block: Option<u64>) -> Step {
        let (code, detail) = (code.to_owned(), detail.to_string());
        Step { id, stage, code, detail, at_ms: self.options.clock.millis(), block }
    }

    fn write(&self, step: Step) -> Result<Option<Event>, StoreError> {
        let id = step.id;
        match self.store.advance(step).wait() {
            Ok(event) => {
                if event.step.stage.is_last() {
                    self.open.fetch_sub(1, Ordering::Relaxed);
                }
                tell::advanced(&event);
                self.bell.ring(id);
                Ok(Some(event))
            }
            // Its owner took it back while it was being solved.
            Err(StoreError::IllegalTransition { from, .. }) if from.is_last() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

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
fn planned(checked: &Checked, plan: &Verified, settled: &Value) -> Value {
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
