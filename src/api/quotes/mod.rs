//! `/v1/quotes`: what a market gives for an intent. Indicative is routed alone, and quick; firm is run
//! in the EVM, proven, and comes with what its owner signs.

mod ask;
mod dto;
mod make;
mod sign;

use alloy_primitives::B256;
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{ask::QuoteRequest, dto::QuoteDto};
use super::{Api, body::Json, problem::Reply};
use crate::problems::Problem;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(quote)).routes(routes!(kept))
}

/// What the market gives for an intent, said in a sentence or in members.
///
/// A firm quote names its owner to come with what there is to sign; it is kept then, under the id that
/// the signed intent will have.
#[utoipa::path(post, path = "/v1/quotes", tag = "quotes", request_body = QuoteRequest,
    responses((status = 200, description = "The quote; also where holding is best, or nothing is \
        feasible.", body = QuoteDto)))]
async fn quote(
    State(api): State<Api>,
    Json(request): Json<QuoteRequest>,
) -> Result<Response, Reply> {
    let snapshot = api.market.fresh()?;
    let asked = api.clone();
    let made = api.workers.run(move || make::quote(&asked, &snapshot.engine, &request)).await??;
    if let Some(kept) = made.kept {
        api.store.keep_quote(kept).await?;
    }
    Ok(json(made.body))
}

/// A firm quote that was given to sign, expired or not.
#[utoipa::path(get, path = "/v1/quotes/{id}", tag = "quotes",
    params(("id" = String, Path, description = "The quote's id: 0x and 64 hexadecimal digits.")),
    responses((status = 200, description = "The quote, as it was given.", body = QuoteDto)))]
async fn kept(State(api): State<Api>, Path(id): Path<String>) -> Result<Response, Reply> {
    let id: B256 = id.parse().map_err(|_| Problem::UnknownQuote)?;
    let found = tokio::task::spawn_blocking(move || api.store.quote(id)).await;
    let found = found.map_err(|_| Problem::Internal)??;
    Ok(json(found.ok_or(Problem::UnknownQuote)?.body))
}

fn json(body: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, body).into_response()
}
