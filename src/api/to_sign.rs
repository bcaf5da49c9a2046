//! `/v1/quotes/to-sign`: from a sentence to what its owner signs, or carries out by their own account.

use alloy_primitives::Address;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Api, body::Json, problem::Reply};
use crate::{
    intents::{
        service::{
            Ask, Quoted,
            quote::{OwnDto, ToSignDto, Way},
        },
        signed::wire::Decimal,
    },
    problems::Problem,
};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(offer))
}

/// What is to be signed, and by whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskDto {
    /// What the owner wants, in one sentence.
    #[schema(example = "swap 50 WETH to wstETH")]
    sentence: String,
    /// Who will sign.
    #[schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$")]
    owner: Address,
    /// Who receives; the owner where nobody is named.
    #[schema(value_type = Option<String>, pattern = "^0x[0-9a-fA-F]{40}$")]
    recipient: Option<Address>,
    /// The unordered nonce of Permit2 to spend; one that is free where none is named.
    #[schema(value_type = Option<String>, pattern = "^(0|[1-9][0-9]{0,77})$")]
    nonce: Option<Decimal>,
    /// Unix seconds before which nobody may settle.
    valid_after: Option<u64>,
}

/// A verified plan and the way to have it, schema `tenor.offered/1`.
#[derive(Debug, Serialize, ToSchema)]
struct OfferedDto {
    /// `tenor.offered/1`.
    schema: &'static str,
    /// settled: by one signature. owner_executed: by the owner's own account. none: there is nothing to
    /// do, or nothing can be done; the answer says which.
    way: &'static str,
    /// What is signed; null unless the way is settled.
    to_sign: Option<ToSignDto>,
    /// What the owner's account sends; null unless the way is owner_executed.
    own: Option<OwnDto>,
    /// The whole answer, schema `tenor.answer/1`. What it says of a yield is no promise: only what is
    /// signed is enforced.
    #[schema(value_type = Object)]
    answer: Value,
}

/// Ask for what is signed: the plan is found and confirmed by an EVM run first. To have it carried out,
/// sign `to_sign.typed_data` and hand it in at `POST /v1/intents`.
#[utoipa::path(
    post, path = "/v1/quotes/to-sign", tag = "quotes", request_body = AskDto,
    responses((status = OK, description = "What is offered.", body = OfferedDto))
)]
async fn offer(
    State(api): State<Api>,
    Json(AskDto { sentence, owner, recipient, nonce, valid_after }): Json<AskDto>,
) -> Result<axum::Json<OfferedDto>, Reply> {
    let nonce = nonce.map(|nonce| nonce.0);
    let ask = Ask { sentence, owner, recipient, nonce, valid_after };
    let Quoted { answer, way } = api.intake.quote(ask).await?;
    let failed = |_| Reply::of(Problem::Internal);
    let answer = serde_json::to_value(&answer).map_err(failed)?;
    let (way, to_sign, own) = match way {
        Way::Settled(to_sign) => ("settled", Some(*to_sign), None),
        Way::OwnerExecuted(own) => ("owner_executed", None, Some(*own)),
        Way::None => ("none", None, None),
    };
    Ok(axum::Json(OfferedDto { schema: "tenor.offered/1", way, to_sign, own, answer }))
}
