//! `tenor certify`: checks an answer's proof without believing the one who answered.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, options::MarketArgs, print};
use crate::{answer::check::ClaimedAnswer, market};

/// The largest answer read; real ones are a thousandth of it.
const LARGEST_MIB: u64 = 16;

/// Check the certificate of an answer: that its plan returns what it says, to the unit, and that no
/// plan on this market returns more than its bound.
///
/// Examples:
///   tenor solve "swap 50 WETH to wstETH" --json > answer.json
///   tenor certify answer.json
///   tenor certify answer.json --rpc http://127.0.0.1:8545
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Certify {
    /// An answer, schema tenor.answer/1.
    #[arg(value_name = "ANSWER.json")]
    answer: PathBuf,
    /// The market that was asked, and what was assumed of it. Of a node it is read at the answer's
    /// block, which the node must still know.
    #[command(flatten)]
    market: MarketArgs,
}

impl Certify {
    pub(super) fn run(&self) -> Outcome {
        let checked = self.check();
        Outcome::of(checked.and_then(|line| print::page("the result", &format_args!("{line}\n"))))
    }

    fn check(&self) -> Result<String, Outcome> {
        let path = self.answer.display();
        let text = market::read(&self.answer, "an answer", LARGEST_MIB)
            .map_err(|error| Outcome::BadInput(error.to_string()))?;
        let refused = |why: String| Outcome::BadInput(format!("{path} {why}"));
        let claimed: ClaimedAnswer =
            serde_json::from_slice(&text).map_err(|e| refused(format!("is no answer: {e}")))?;
        let engine = self.market.engine_at(claimed.block())?;
        let intent = engine
            .read(claimed.sentence())
            .map_err(|e| Outcome::BadInput(format!("{path}: {e}")))?;
        let checked = claimed
            .check(engine.market(), &intent)
            .map_err(|e| refused(format!("is refused: {e}")))?;
        Ok(format!(
            "holds: the plan returns {}, no plan more than {}; gap {:.6} bp",
            checked.answer, checked.bound, checked.gap_bps
        ))
    }
}
