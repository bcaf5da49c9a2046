//! `tenor certify`: checks an answer's proof without believing the one who answered.

use std::{io::Write as _, path::PathBuf};

use clap::Args;

use super::Outcome;
use crate::{
    answer::check::ClaimedAnswer,
    market::{self, Assume},
};

/// The largest answer read; real ones are a thousandth of it.
const LARGEST_MIB: u64 = 16;

/// Check the certificate of an answer: that its plan returns what it says, to the unit, and that no
/// plan on this market returns more than its bound.
///
/// Examples:
///   tenor solve "swap 50 WETH to wstETH" --json > answer.json
///   tenor certify answer.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Certify {
    /// An answer, schema tenor.answer/1.
    #[arg(value_name = "ANSWER.json")]
    answer: PathBuf,
    /// The market file that was asked, where it was not the built-in one.
    #[arg(long, value_name = "FILE")]
    market: Option<PathBuf>,
    /// The assumptions that the answer was given under: a file, or "none".
    #[arg(long, value_name = "FILE")]
    assume: Option<PathBuf>,
}

impl Certify {
    pub(super) fn run(&self) -> Outcome {
        match self.check() {
            Ok(line) => match writeln!(std::io::stdout(), "{line}") {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    Outcome::Failed(format!("cannot write the result: {error}"))
                }
                _ => Outcome::Done,
            },
            Err(message) => Outcome::BadInput(message),
        }
    }

    fn check(&self) -> Result<String, String> {
        let path = self.answer.display();
        let text =
            market::read(&self.answer, "an answer", LARGEST_MIB).map_err(|e| e.to_string())?;
        let claimed: ClaimedAnswer =
            serde_json::from_slice(&text).map_err(|e| format!("{path} is no answer: {e}"))?;
        let assume = Assume::of(self.assume.as_deref());
        let engine = market::engine(self.market.as_deref(), &assume).map_err(|e| e.to_string())?;
        let intent = engine.read(claimed.sentence()).map_err(|e| format!("{path}: {e}"))?;
        let checked = claimed
            .check(engine.market(), &intent)
            .map_err(|e| format!("{path} is refused: {e}"))?;
        Ok(format!(
            "holds: the plan returns {}, no plan more than {}; gap {:.6} bp",
            checked.answer, checked.bound, checked.gap_bps
        ))
    }
}
