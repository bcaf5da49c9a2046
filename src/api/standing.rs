//! `/v1/standing/poll`: whether the next step of a standing policy is due.

use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use tenor_solver::standing::{State as Past, poll};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Api, body::Json, problem::Reply};
use crate::{
    intents::{
        poll::PollDto,
        standing::{self, PolicyError},
    },
    problems::Problem,
};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(look))
}

/// A policy, and what has become of it so far.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = StandingLook)]
#[serde(deny_unknown_fields)]
struct Look {
    /// The policy, schema `tenor.standing/1`.
    #[schema(value_type = Object)]
    policy: Value,
    /// Unix seconds of its last step, which the cooldown counts from.
    last_step: Option<u64>,
    /// The block of the last look.
    last_block: Option<u64>,
}

/// Look at a standing policy. A policy cannot be one signature: each step that is due is a sentence of
/// its own, to be quoted and signed. Nothing is kept: whoever watches asks again when the answer says.
#[utoipa::path(
    post, path = "/v1/standing/poll", tag = "standing", request_body = Look,
    responses(
        (status = OK, description = "What the look came to.", body = PollDto),
    )
)]
async fn look(
    State(api): State<Api>,
    Json(Look { policy, last_step, last_block }): Json<Look>,
) -> Result<axum::Json<PollDto>, Reply> {
    let market = api.market.fresh()?;
    let work = move || {
        let engine = &market.engine;
        let policy = standing::parse("policy", &policy.to_string(), &engine.names())?;
        let past = Past { last_step, last_block, ..Past::default() };
        let polled = poll(&policy, &past, engine.market(), engine.market().timestamp);
        Ok(PollDto::new(engine, &polled))
    };
    let told: Result<_, PolicyError> = api.workers.run(work).await?;
    Ok(axum::Json(told.map_err(|error| refused(&error))?))
}

fn refused(error: &PolicyError) -> Reply {
    let problem = match error {
        PolicyError::Form { .. } => Problem::InvalidField,
        PolicyError::Sentence { .. } => Problem::BadSentence,
    };
    Reply::new(problem, error.to_string()).at("/policy")
}
