//! Standing policies as files, schema `tenor.standing/1`, TOML or JSON: what is held, what is wanted
//! of it, and when a step is worth taking.
//!
//! ```toml
//! schema = "tenor.standing/1"
//! hold = ["40 wstETH", "60 WETH"]     # what is held at first
//! yields = "net"                      # net, organic, risk-adjusted
//! horizon = "90 days"
//! clauses = "risk medium at most 60% per protocol"    # any of the sentence grammar's, but "for"
//! cooldown = "7 days"
//! min_improvement_bps = 10
//! every_blocks = 1
//! ends = 1767225600                   # unix seconds; left out, never
//!
//! [trigger]
//! improvement_bps = 25
//! limit_broken = true
//! expiry_within = "7 days"
//! ```
//!
//! A file becomes the sentence that its first step would be, read by the grammar: what the sentence
//! may not say, a file may not either.

use serde::Deserialize;
use tenor_solver::{
    intent::Intent,
    standing::{Policy, Triggers},
};

use super::sentence::{self, Names, SentenceError, render_sentence};

const SCHEMA: &str = "tenor.standing/1";

/// Why a policy cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or not of this form.
    #[error("{path}: {why}; see 'tenor watch --help' for an example")]
    Form {
        /// The file.
        path: String,
        /// Where and what.
        why: String,
    },
    /// What the file says together is no sentence of the grammar.
    #[error("{path}: as the sentence {sentence:?}: {source}")]
    Sentence {
        /// The file.
        path: String,
        /// The sentence.
        sentence: String,
        /// What is wrong with it.
        source: Box<SentenceError>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    schema: String,
    hold: Vec<String>,
    #[serde(default)]
    yields: Wanted,
    horizon: String,
    #[serde(default)]
    clauses: String,
    cooldown: String,
    #[serde(default)]
    min_improvement_bps: u32,
    #[serde(default)]
    every_blocks: u64,
    ends: Option<u64>,
    trigger: TriggerFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TriggerFile {
    improvement_bps: Option<u32>,
    #[serde(default)]
    limit_broken: bool,
    expiry_within: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wanted {
    #[default]
    Net,
    Organic,
    RiskAdjusted,
}

impl Wanted {
    const fn word(self) -> &'static str {
        match self {
            Self::Net => "",
            Self::Organic => "organic ",
            Self::RiskAdjusted => "risk-adjusted ",
        }
    }
}

/// Reads a policy; a file whose first character is a brace is JSON.
pub fn parse(path: &str, text: &str, names: &Names<'_>) -> Result<Policy, PolicyError> {
    let form = |why: String| PolicyError::Form { path: path.to_owned(), why };
    let file: PolicyFile = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| form(error.to_string()))?
    } else {
        toml::from_str(text).map_err(|error| form(one_line(&error.to_string())))?
    };
    if file.schema != SCHEMA {
        return Err(form(format!("schema is {:?}, not {SCHEMA:?}", file.schema)));
    }
    let duration = |field: &str, text: &str| {
        sentence::duration(text).map_err(|error| form(format!("{field}: {error}")))
    };
    let within = file.trigger.expiry_within.as_deref();
    Ok(Policy {
        intent: file.intent(path, names)?,
        triggers: Triggers {
            improvement_bps: file.trigger.improvement_bps,
            limit_broken: file.trigger.limit_broken,
            expiry_within_s: within.map(|t| duration("trigger.expiry_within", t)).transpose()?,
        },
        cooldown_s: duration("cooldown", &file.cooldown)?,
        min_improvement_bps: file.min_improvement_bps,
        every_blocks: file.every_blocks,
        ends: file.ends,
    })
}

impl PolicyFile {
    /// The first step's intent.
    fn intent(&self, path: &str, names: &Names<'_>) -> Result<Intent, PolicyError> {
        let word = self.yields.word();
        let asked = match self.hold.as_slice() {
            [one] => format!("maximize {word}ETH yield on {one}"),
            several => format!("rebalance {word}{}", several.join(" and ")),
        };
        let sentence = format!("{asked} for {} {}", self.horizon, self.clauses);
        let sentence = sentence.trim_end().to_owned();
        sentence::parse(&sentence, names).map_err(|source| PolicyError::Sentence {
            path: path.to_owned(),
            sentence,
            source: Box::new(source),
        })
    }
}

/// The sentence of a step, with every clause written out: what its owner signs.
pub fn to_sign(intent: &Intent, names: &Names<'_>) -> Option<String> {
    render_sentence(intent, names)
}

/// A parser's message without its picture of the file.
fn one_line(message: &str) -> String {
    let pictured = |line: &&str| !line.contains('|') && !line.trim().is_empty();
    message.lines().filter(pictured).map(str::trim).collect::<Vec<_>>().join(": ")
}
