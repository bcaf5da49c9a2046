//! What is asked for a quote.

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use tenor_solver::intent::Intent;
use utoipa::ToSchema;

use crate::{
    api::problem::Reply,
    engine::Engine,
    intents::{
        form::Form,
        sentence::{self, Names},
        signed::wire::Decimal,
    },
    problems::Problem,
};

/// What is asked for a quote: a sentence, or an intent in members.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuoteRequest {
    /// How sure the quote is to be; firm otherwise.
    #[serde(default)]
    pub(super) kind: Kind,
    /// What is wanted, in a sentence.
    #[schema(example = "swap 50 WETH to wstETH", max_length = 1000)]
    pub(super) sentence: Option<String>,
    /// What is wanted, in members.
    pub(super) intent: Option<Form>,
    /// Who gives the asset and signs.
    #[schema(value_type = Option<String>, pattern = "^0x[0-9a-fA-F]{40}$")]
    pub(super) owner: Option<Address>,
    /// Who receives; the owner otherwise.
    #[schema(value_type = Option<String>, pattern = "^0x[0-9a-fA-F]{40}$")]
    pub(super) recipient: Option<Address>,
    /// The unordered nonce of Permit2 to sign with; one that nobody has used otherwise.
    #[schema(value_type = Option<String>, pattern = "^(0|[1-9][0-9]{0,77})$")]
    pub(super) nonce: Option<Decimal>,
}

/// How sure a quote is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuoteKind)]
pub(super) enum Kind {
    /// Routed through the venues' own integers; not run, and nothing to sign.
    Indicative,
    /// Run in the EVM to the wei, proven, and to be signed.
    #[default]
    Firm,
}

impl QuoteRequest {
    /// The complete intent; times in it count from `now`.
    pub(super) fn read(&self, engine: &Engine, now: u64) -> Result<Intent, Reply> {
        let names = Names { now, ..engine.names() };
        match (&self.sentence, &self.intent) {
            (Some(sentence), None) => Ok(sentence::parse(sentence, &names)?),
            (None, Some(form)) => Ok(form.intent(&names)?),
            (None, None) => {
                let detail = "give a sentence, or an intent in members";
                Err(Reply::new(Problem::MissingField, detail).at("/sentence"))
            }
            (Some(_), Some(_)) => {
                let detail = "both a sentence and an intent in members: give one";
                Err(Reply::new(Problem::Contradiction, detail).at("/sentence"))
            }
        }
    }
}
