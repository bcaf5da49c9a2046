//! The wire form of `tenor.market/1`.

use serde::{Deserialize, Serialize};
use tenor_solver::market;

use crate::market::places::wire::{Code, Place, Token};

#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) schema: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) schema: String,
    #[serde(rename = "note", default)]
    _note: String,
    pub(super) hash: String,
    pub(super) source: String,
    pub(super) head: Block,
    pub(super) tokens: Vec<Token>,
    pub(super) places: Vec<Place>,
    /// Code that was checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) code: Vec<Code>,
    /// Tokens that the user's own list names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) listed: Vec<Token>,
    pub(super) yields: Vec<Yield>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) no_yields: Option<String>,
    pub(super) answers: Vec<Answer>,
}

#[derive(Debug, Serialize)]
pub(super) struct Out<'l> {
    pub(super) schema: &'static str,
    pub(super) note: &'static str,
    /// Names the market, as its certificates do.
    pub(super) hash: String,
    pub(super) source: &'l str,
    pub(super) head: Block,
    pub(super) tokens: Vec<Token>,
    pub(super) places: Vec<Place>,
    /// Code that was checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) code: Vec<Code>,
    /// Tokens that the user's own list names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) listed: Vec<Token>,
    pub(super) yields: Vec<Yield>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) no_yields: Option<String>,
    pub(super) answers: Vec<Answer>,
}

/// What a token earned, known from elsewhere.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Yield {
    pub(super) token: String,
    /// Continuously compounded annual rate in RAY.
    pub(super) rate_ray: String,
    pub(super) window_s: u64,
    pub(super) window: String,
    pub(super) source: String,
    #[serde(default, skip_serializing_if = "Weighing::is_even")]
    pub(super) weighing: Weighing,
}

/// How the time within the window counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Weighing {
    #[default]
    Even,
    Recent,
}

impl Weighing {
    fn is_even(&self) -> bool {
        *self == Self::Even
    }
}

impl From<Weighing> for market::Weighing {
    fn from(weighing: Weighing) -> Self {
        match weighing {
            Weighing::Even => Self::Even,
            Weighing::Recent => Self::Recent,
        }
    }
}

impl From<market::Weighing> for Weighing {
    fn from(weighing: market::Weighing) -> Self {
        match weighing {
            market::Weighing::Even => Self::Even,
            market::Weighing::Recent => Self::Recent,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Block {
    pub(super) chain_id: u64,
    pub(super) block: u64,
    pub(super) timestamp: u64,
    pub(super) base_fee_wei: String,
}

/// A question and its answer: one field of each.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// The account asked.
    pub(super) of: String,
    /// A view function, by its calldata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<String>,
    /// A slot of its storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) slot: Option<String>,
    /// Something of the account itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) what: Option<What>,
    /// What a call returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) returned: Option<String>,
    /// A slot, a balance or a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) word: Option<String>,
    /// The call failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) reverted: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Balance,
    CodeHash,
}
