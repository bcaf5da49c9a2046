//! `tenor watch`: whether the next step of a standing policy is due.

use std::{path::PathBuf, thread, time::Duration};

use clap::Args;
use tenor_solver::standing::{Poll, State, poll};

use super::{Outcome, options::MarketArgs, print};
use crate::{
    engine::Engine,
    intents::{poll::PollDto, standing},
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
