//! `tenor watch`: whether the next step of a standing policy is due.

use std::{path::PathBuf, thread, time::Duration};

use clap::Args;
use serde::Serialize;
use tenor_solver::{
    market::Market,
    standing::{Poll, State, Step, Trigger, poll},
};

use super::{Outcome, options::MarketArgs, print};
use crate::{
    engine::Engine,
    intents::standing::{self, to_sign},
    market,
};

/// Seconds between two blocks of Ethereum.
const BLOCK: Duration = Duration::from_secs(12);

/// Look at a standing policy: whether its next step is due, and the sentence to sign then.
///
/// A standing policy cannot be one signature in version 1: each step is signed. With --rpc the policy
/// is looked at in every block until a step is due; a market file says one block.
///
/// A policy is TOML or JSON:
///   schema = "tenor.standing/1"
///   hold = ["40 wstETH", "60 WETH"]
///   horizon = "90 days"
///   clauses = "risk medium"
///   cooldown = "7 days"
///   trigger.improvement_bps = 25
///   trigger.limit_broken = true
///
/// Examples:
///   tenor watch policy.toml
///   tenor watch policy.toml --json
///   tenor watch policy.toml --rpc http://127.0.0.1:8545 --once
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Watch {
    /// The policy, schema tenor.standing/1.
    #[arg(value_name = "FILE")]
    policy: PathBuf,
    #[command(flatten)]
    market: MarketArgs,
    /// Unix seconds of the last step, which the cooldown counts from.
    #[arg(long, value_name = "SECONDS")]
    last_step: Option<u64>,
    /// Look once, also with --rpc.
    #[arg(long)]
    once: bool,
    /// Print JSON, schema tenor.poll/1.
    #[arg(long)]
    json: bool,
}

impl Watch {
    pub(super) fn run(&self) -> Outcome {
        let text = match market::read_text(&self.policy, "a policy, schema tenor.standing/1") {
            Ok(text) => text,
            Err(error) => return Outcome::BadInput(error.to_string()),
        };
        let mut state = State { last_step: self.last_step, ..State::default() };
        loop {
            let engine = match self.market.engine() {
                Ok(engine) => engine,
                Err(outcome) => return outcome,
            };
            let path = self.policy.display().to_string();
            let policy = match standing::parse(&path, &text, &engine.names()) {
                Ok(policy) => policy,
                Err(error) => return Outcome::BadInput(error.to_string()),
            };
            let market = engine.market();
            // A market says what time it is: the same file polls the same on any day.
            let now = market.timestamp;
            let polled = poll(&policy, &state, market, now);
            if let Err(outcome) = self.print(&engine, &polled) {
                return outcome;
            }
            state = state.after(&polled, market, now);
            let ends = matches!(polled, Poll::Ready(_) | Poll::Never(_));
            if self.once || ends || !self.market.follows() {
                return Outcome::Done;
            }
            thread::sleep(BLOCK);
        }
    }

    fn print(&self, engine: &Engine, polled: &Poll) -> Result<(), Outcome> {
        let told = PollDto::new(engine, polled);
        if self.json {
            print::json("the poll", &told)
        } else {
            print::page("the poll", &told.page())
        }
    }
}

/// What a poll came to, schema `tenor.poll/1`.
#[derive(Debug, Serialize)]
struct PollDto {
    schema: &'static str,
    market: String,
    block: u64,
    timestamp: u64,
    poll: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<StepDto>,
}

#[derive(Debug, Serialize)]
struct StepDto {
    trigger: &'static str,
    improvement_bps: Option<String>,
    plan: String,
    sign: Option<String>,
}

impl PollDto {
    fn new(engine: &Engine, polled: &Poll) -> Self {
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

    fn page(&self) -> String {
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
