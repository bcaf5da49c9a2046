//! What a look at a standing policy came to: for programs, and for people.

use serde::Serialize;
use tenor_solver::{
    market::Market,
    standing::{Poll, Step, Trigger},
};
use utoipa::ToSchema;

use super::standing::to_sign;
use crate::engine::Engine;

/// What a poll came to, schema `tenor.poll/1`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandingPoll)]
pub struct PollDto {
    /// `tenor.poll/1`.
    schema: &'static str,
    /// The market that was looked at.
    market: String,
    /// Its block.
    block: u64,
    /// That block's unix seconds.
    timestamp: u64,
    /// ready, try_next_block, try_at_block, try_at_epoch or never.
    poll: &'static str,
    /// Why not now.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The block, or the unix seconds, to try at.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    /// What is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<StepDto>,
}

/// A step that is due.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandingStep)]
pub struct StepDto {
    /// improvement, limit_broken or expiry_near.
    trigger: &'static str,
    /// What it adds to holding, in basis points a year.
    improvement_bps: Option<String>,
    /// The plan that the market answers with now.
    plan: String,
    /// The sentence to quote and sign; null where this market cannot name a token of it.
    sign: Option<String>,
}

impl PollDto {
    /// What a poll on this market came to.
    pub fn new(engine: &Engine, polled: &Poll) -> Self {
        let Market { source, block, timestamp, .. } = engine.market();
        let (poll, reason, at, step) = match polled {
            Poll::Ready(step) => ("ready", None, None, Some(StepDto::new(engine, step))),
            Poll::TryNextBlock(why) => ("try_next_block", Some(why.clone()), None, None),
            Poll::TryAtBlock(at) => ("try_at_block", None, Some(*at), None),
            Poll::TryAtEpoch(at) => ("try_at_epoch", None, Some(*at), None),
            Poll::Never(why) => ("never", Some(why.clone()), None, None),
        };
        let (market, block, timestamp) = (source.clone(), *block, *timestamp);
        Self { schema: "tenor.poll/1", market, block, timestamp, poll, reason, at, step }
    }

    /// The same for people.
    pub fn page(&self) -> String {
        let head = format!("{}, block {}\n", self.market, self.block);
        let at = self.at.unwrap_or_default();
        let told = match (self.poll, &self.step) {
            (_, Some(step)) => step.page(),
            ("try_at_block", _) => format!("Not yet: try at block {at}\n"),
            ("try_at_epoch", _) => format!("Not yet: try at unix {at}\n"),
            ("never", _) => format!("Never: {}\n", self.reason.as_deref().unwrap_or_default()),
            _ => {
                let reason = self.reason.as_deref().unwrap_or_default();
                format!("Not now, try the next block: {reason}\n")
            }
        };
        head + &told
    }
}

impl StepDto {
    fn new(engine: &Engine, step: &Step) -> Self {
        Self {
            trigger: match step.why {
                Trigger::Improvement => "improvement",
                Trigger::LimitBroken => "limit_broken",
                Trigger::ExpiryNear => "expiry_near",
            },
            improvement_bps: step.improvement_bps.map(|bps| format!("{bps:.4}")),
            plan: step.plan.label.clone(),
            sign: to_sign(&step.intent, &engine.names()),
        }
    }

    fn page(&self) -> String {
        let adds = self
            .improvement_bps
            .as_ref()
            .map_or_else(String::new, |bps| format!(", {bps} bp a year against holding"));
        let why = match self.trigger {
            "limit_broken" => "what is held breaks a limit",
            "expiry_near" => "a fixed term ends soon",
            _ => "the improvement asked for is there",
        };
        let sign = self.sign.as_deref().unwrap_or("(this market cannot name a token of it)");
        format!("Ready: {why}\n  plan  {}{adds}\n  sign  {sign}\n", self.plan)
    }
}
