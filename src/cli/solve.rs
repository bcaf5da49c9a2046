//! `tenor solve`: from one sentence to a verified plan.

use std::io::IsTerminal as _;

use alloy_primitives::Address;
use clap::Args;

use super::{Outcome, options::MarketArgs, print};
use crate::{
    answer::{AnswerDto, terminal::Page},
    engine::{EngineError, NOBODY},
};

/// Solve one sentence, such as "maximize ETH yield on 100 stETH".
///
/// Examples:
///   tenor solve "maximize ETH yield on 100 WETH for 365 days"
///   tenor solve "swap 50 WETH to wstETH" --json
///   tenor solve "exit 400 wstETH to ETH within 7 days"
///   tenor solve "swap 50 WETH to wstETH" --rpc http://127.0.0.1:8545
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Solve {
    /// What you want, in one sentence.
    sentence: String,
    #[command(flatten)]
    market: MarketArgs,
    /// The account that the plan is for.
    #[arg(long, value_name = "ADDRESS", value_parser = account)]
    from: Option<Address>,
    /// Print the answer as JSON, schema tenor.answer/1.
    #[arg(long)]
    json: bool,
}

/// Reads an account's address.
fn account(text: &str) -> Result<Address, &'static str> {
    text.parse().map_err(|_| "an address is 0x and 40 hexadecimal digits")
}

impl Solve {
    pub(super) fn run(&self) -> Outcome {
        let engine = match self.market.engine() {
            Ok(engine) => engine,
            Err(outcome) => return outcome,
        };
        let answer = engine.ask(&self.sentence, self.from.unwrap_or(NOBODY));
        match answer {
            Ok(answer) => self.print(&answer),
            Err(EngineError::Sentence(error)) => {
                let pointer = error.pointer(&self.sentence);
                if pointer.is_empty() || !std::io::stderr().is_terminal() {
                    return Outcome::BadInput(error.to_string());
                }
                Outcome::BadInput(format!("{error}\n{pointer}"))
            }
            Err(error) if error.is_input() => Outcome::BadInput(error.to_string()),
            Err(error @ EngineError::Limit { .. }) => Outcome::Lacking(error.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    fn print(&self, answer: &AnswerDto) -> Outcome {
        let printed = if self.json {
            print::json("the answer", answer)
        } else {
            let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            print::page("the answer", &Page::new(answer, colour))
        };
        match Outcome::of(printed) {
            Outcome::Done if answer.infeasible.is_some() => Outcome::Infeasible,
            outcome => outcome,
        }
    }
}
