//! Standing intents: a policy that is watched, and says when its next step is due.
//!
//! A standing policy cannot be one signature in version 1 of the signed intent: every step is an
//! intent of its own, to be signed. What a poll comes to is told as CoW's conditional orders tell it
//! (`ComposableCoW`: `PollTryNextBlock`, `PollTryAtBlock`, `PollTryAtEpoch`, `PollNever`), so that a
//! watcher knows when to ask again. Pure: what is held, the market and the time are given.

use alloy_primitives::{Address, U256};

use crate::{
    decide,
    fixed::fixed_until,
    intent::{Goal, Intent},
    limits_check::check,
    market::Market,
    solution::{Answer, PlanKind, Solution},
};

/// What is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Triggers {
    /// A plan that improves on holding by as much, in basis points a year of what the objective
    /// counts.
    pub improvement_bps: Option<u32>,
    /// What is held breaks a limit of the policy, and a plan keeps all.
    pub limit_broken: bool,
    /// A fixed term that is held ends within so many seconds.
    pub expiry_within_s: Option<u64>,
}

/// What an owner wants kept up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Every step's goal and limits, with what is held at first.
    pub intent: Intent,
    /// What makes a step due.
    pub triggers: Triggers,
    /// Seconds after a step in which there is no other.
    pub cooldown_s: u64,
    /// What every step must improve on holding, but one that a broken limit forces.
    pub min_improvement_bps: u32,
    /// Blocks between two looks; none or one looks at every block.
    pub every_blocks: u64,
    /// Unix seconds from which on nothing more is due.
    pub ends: Option<u64>,
}

/// What has become of a policy so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// What is held now, each token once; nothing leaves what the policy began with.
    pub holdings: Vec<(Address, U256)>,
    /// Unix seconds of the last step that was ready.
    pub last_step: Option<u64>,
    /// The block of the last look.
    pub last_block: Option<u64>,
}

/// Why a step is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The plan improves on holding by enough.
    Improvement,
    /// What is held breaks a limit.
    LimitBroken,
    /// A fixed term ends soon.
    ExpiryNear,
}

/// One step, to be signed.
#[derive(Debug, Clone)]
pub struct Step {
    /// The intent; its sentences are left to who renders them.
    pub intent: Intent,
    /// Why it is due.
    pub why: Trigger,
    /// By how much its plan improves on holding, in basis points a year; `None` where holding has no
    /// known value.
    pub improvement_bps: Option<f64>,
    /// The plan that the market answers with now.
    pub plan: Solution,
}

/// What a look at a policy comes to.
#[derive(Debug, Clone)]
pub enum Poll {
    /// A step is due.
    Ready(Box<Step>),
    /// Nothing now; the next block may differ.
    TryNextBlock(String),
    /// Nothing before this block.
    TryAtBlock(u64),
    /// Nothing before these unix seconds.
    TryAtEpoch(u64),
    /// Nothing ever, unless the policy changes.
    Never(String),
}

impl Policy {
    /// The intent of a step from what is held; `None` where nothing is.
    fn step(&self, state: &State) -> Option<Intent> {
        if state.holdings.is_empty() {
            return Some(self.intent.clone());
        }
        let mut held = state.holdings.iter().copied().filter(|(_, amount)| !amount.is_zero());
        let (asset, amount) = held.next()?;
        Some(Intent { asset, amount, others: held.collect(), ..self.intent.clone() })
    }

    /// Why the policy can never be ready.
    fn idle(&self, now: u64) -> Option<String> {
        let Triggers { improvement_bps, limit_broken, expiry_within_s } = self.triggers;
        if !matches!(self.intent.goal, Goal::Yield { .. }) {
            return Some("a standing policy keeps up a yield: swaps and exits end".to_owned());
        }
        if improvement_bps.is_none() && !limit_broken && expiry_within_s.is_none() {
            return Some("the policy names no trigger".to_owned());
        }
        let ended = self.ends.is_some_and(|ends| now >= ends);
        ended.then(|| "the policy has ended".to_owned())
    }
}

impl State {
    /// The state after a poll at a block and time: a step that is ready starts the cooldown.
    #[must_use]
    pub fn after(&self, poll: &Poll, market: &Market, now: u64) -> Self {
        let ready = matches!(poll, Poll::Ready(_));
        let looked = !matches!(poll, Poll::TryAtBlock(_) | Poll::TryAtEpoch(_));
        Self {
            holdings: self.holdings.clone(),
            last_step: if ready { Some(now) } else { self.last_step },
            last_block: if looked { Some(market.block) } else { self.last_block },
        }
    }
}

/// Looks at a policy: whether a step is due on this market, and when to look again where not.
pub fn poll(policy: &Policy, state: &State, market: &Market, now: u64) -> Poll {
    if let Some(why) = policy.idle(now) {
        return Poll::Never(why);
    }
    let Some(intent) = policy.step(state) else {
        return Poll::Never("nothing is held".to_owned());
    };
    if let Some(next) = waits(policy, state, market, now) {
        return next;
    }
    let answer = match decide(market, &intent) {
        Ok(answer) => answer,
        Err(error) => return Poll::Never(error.to_string()),
    };
    match due(policy, market, &intent, &answer, now) {
        Ok(step) => Poll::Ready(Box::new(step)),
        Err(why) => later(policy, market, &intent, now).unwrap_or(Poll::TryNextBlock(why)),
    }
}

/// When to look again, where it is too soon to look at all.
fn waits(policy: &Policy, state: &State, market: &Market, now: u64) -> Option<Poll> {
    let cool = state.last_step.map(|last| last.saturating_add(policy.cooldown_s));
    if let Some(at) = cool.filter(|at| now < *at) {
        return Some(Poll::TryAtEpoch(at));
    }
    let next = state.last_block.map(|last| last.saturating_add(policy.every_blocks));
    if let Some(at) = next.filter(|at| market.block < *at) {
        return Some(Poll::TryAtBlock(at));
    }
    let stale = state.last_step.is_some_and(|last| market.timestamp < last);
    let why = || "the market is older than the last step".to_owned();
    stale.then(|| Poll::TryNextBlock(why()))
}

/// The step that is due, or why none is.
fn due(
    policy: &Policy,
    market: &Market,
    intent: &Intent,
    answer: &Answer,
    now: u64,
) -> Result<Step, String> {
    let Some(best) = &answer.best else {
        let why = answer.infeasible.as_ref().map(|i| i.reason.clone());
        return Err(why.unwrap_or_else(|| "nothing can be recommended".to_owned()));
    };
    if best.kind == PlanKind::Hold {
        return Err("holding is best".to_owned());
    }
    check(market, intent, best).map_err(|broken| broken.to_string())?;
    let hold = answer.alternatives.iter().find(|plan| plan.kind == PlanKind::Hold);
    let improvement_bps = hold.map(|hold| best.score - hold.score);
    let reaches = |bps: u32| improvement_bps.is_some_and(|is| is >= f64::from(bps));
    let least = policy.min_improvement_bps;
    let Triggers { improvement_bps: wanted, limit_broken, expiry_within_s } = policy.triggers;
    let broken = hold.is_some_and(|hold| !hold.is_feasible());
    let ends = expiry(market, intent).zip(expiry_within_s);
    let why = if limit_broken && broken {
        Trigger::LimitBroken
    } else if ends.is_some_and(|(at, within)| at <= now.saturating_add(within)) && reaches(least) {
        Trigger::ExpiryNear
    } else if wanted.is_some_and(|wanted| reaches(wanted.max(least))) {
        Trigger::Improvement
    } else {
        let gains = improvement_bps.unwrap_or(0.0);
        return Err(format!("the best plan adds {gains:.2} bp a year to holding, too little"));
    };
    let (intent, plan) = (intent.clone(), best.clone());
    Ok(Step { intent, why, improvement_bps, plan })
}

/// Where only the end of a fixed term is watched for, the time from which it is near.
fn later(policy: &Policy, market: &Market, intent: &Intent, now: u64) -> Option<Poll> {
    let Triggers { improvement_bps, limit_broken, expiry_within_s } = policy.triggers;
    if improvement_bps.is_some() || limit_broken {
        return None;
    }
    let Some(expiry) = expiry(market, intent) else {
        return Some(Poll::TryNextBlock("nothing that is held has a fixed term".to_owned()));
    };
    let near = expiry.saturating_sub(expiry_within_s?);
    (near > now).then_some(Poll::TryAtEpoch(near))
}

/// When the first fixed term that is held ends.
fn expiry(market: &Market, intent: &Intent) -> Option<u64> {
    intent.holdings().filter_map(|(token, _)| fixed_until(market, token)).min()
}
