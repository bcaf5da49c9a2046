//! The sentence grammar: what a user types becomes a complete intent, or one clear error.
//!
//! ```text
//! maximize [organic] [risk-adjusted] ETH yield on <amount> <token>
//!     [for <duration>] [risk low|medium|high] [risk [<=] T0..T4] [leverage [<=] <number>]
//!     [liquid <share>% within <duration>] [at most <share>% per protocol]
//!     [avoid <protocol>, ..] [only <protocol>, ..] [slippage <n> bps|%] [by <time>]
//! minimize risk for <share>% ETH yield on <amount> <token>
//!     [the clauses of maximize]
//! fix ETH yield on <amount> <token>
//!     [the clauses of maximize]
//! rebalance [organic] [risk-adjusted] <amount> <token> and <amount> <token> [and ..]
//!     [the clauses of maximize]
//! swap <amount> <token> to|for|into <token>
//!     [slippage ..] [avoid ..] [only ..] [by ..]
//! exit <amount> <token>
//!     [to ETH|WETH] [within <duration>] [slippage ..] [avoid ..] [only ..] [by ..]
//! ```
//!
//! Keywords are read in any case, words are separated by any ASCII whitespace, and clauses stand
//! in any order, each at most once. `maximise` and `minimise` are read too.
//!
//! - **Amounts** are plain decimals with at most the token's decimals; `,` or `_` may separate
//!   groups of three digits.
//! - **Tokens** are symbols in any case, or addresses. Where symbols differ by case alone, the case
//!   decides; where nothing decides, the address must.
//! - **Durations** are `90 days`, `12h`, `1.5 days`, `2 weeks`, `6 months` (of 30 days), `1 year`
//!   (of 365 days), at most 10 years.
//! - **Times** are RFC 3339 in UTC, unix seconds, or a duration from the market's time.
//! - **`risk low|medium|high`** selects the profile that fills what is left out (medium by
//!   default); `risk <=T2` sets the highest tier alone.
//!
//! What the grammar decides for itself: slippage 10 bp, an exit to ETH within 7 days. The rest
//! comes from the profile. `organic` counts no incentives, whatever the profile does; a target, which
//! is a rate as answers state them, and a fixed rate count none either.
//!
//! A sentence is data from outside: its length is checked before anything else, and everything
//! outside ASCII is refused because it may look like something it is not.

mod amounts;
mod canonical;
mod clauses;
mod draft;
mod durations;
mod error;
mod names;
mod numbers;
mod profile;
mod words;

use tenor_solver::intent::Intent;

use self::words::Words;

pub use self::{
    canonical::{render_sentence, statement},
    error::{SentenceError, SentenceErrorKind},
    names::Names,
};

/// Reads a duration alone, such as `90 days`, in seconds.
pub fn duration(text: &str) -> Result<u64, SentenceError> {
    let mut words = Words::split(text, "90 days")?;
    let seconds = durations::read(&mut words, "the duration", "90 days")?;
    match words.peek() {
        Some(word) => Err(word.error(SentenceErrorKind::Unexpected, "a duration alone")),
        None => Ok(seconds),
    }
}

/// Reads a sentence as a complete intent.
pub fn parse(sentence: &str, names: &Names<'_>) -> Result<Intent, SentenceError> {
    let draft = draft::read(sentence, names)?;
    let intent = Intent { sentence: sentence.to_owned(), ..draft.complete(names) };
    Ok(Intent { canonical: canonical::english(&intent, names), ..intent })
}
