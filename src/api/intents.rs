//! `/v1/intents`: signed intents are handed in, looked up, followed and taken back.

use std::{convert::Infallible, time::Duration};

use alloy_primitives::{Address, B256, Bytes};
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event as Sent, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    body::{Json, JsonBytes},
    problem::Reply,
};
use crate::{
    intents::{
        service::{
            Events, LIST_MOST,
            dto::{AcceptedDto, EventDto, ListDto, StatusDto},
        },
        signed::wire::SignedDto,
    },
    problems::Problem,
};

/// The header with which a reader who was cut off goes on.
const LAST_EVENT_ID: &str = "last-event-id";

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(submit, list))
        .routes(routes!(status, cancel))
        .routes(routes!(events))
}

/// Hand in a signed intent. Once this answers with 2xx the intent is on disk. Its id is the digest that
/// was signed: handing it in again tells the same again, with 200.
#[utoipa::path(
    post, path = "/v1/intents", tag = "intents", request_body = SignedDto,
    responses(
        (status = CREATED, description = "It is kept.", body = AcceptedDto),
        (status = OK, description = "It was kept before.", body = AcceptedDto),
    )
)]
async fn submit(State(api): State<Api>, JsonBytes(body): JsonBytes) -> Result<Response, Reply> {
    let accepted = api.intake.accept(&body).await?;
    let status = if accepted.known { StatusCode::OK } else { StatusCode::CREATED };
    let place = format!("/v1/intents/{}", accepted.told.id);
    Ok((status, [("location", place)], axum::Json(accepted.told)).into_response())
}

/// Whose intents are listed, and from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Who signed.
    #[param(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$")]
    owner: Address,
    /// The number of an event: intents received later are listed.
    #[serde(default)]
    after: u64,
    /// At most so many, up to 100.
    #[serde(default = "most")]
    #[param(minimum = 1, maximum = 100)]
    limit: usize,
}

const fn most() -> usize {
    LIST_MOST
}

/// An owner's intents, in the order received. Nothing of a signature is told.
#[utoipa::path(
    get, path = "/v1/intents", tag = "intents", params(Page),
    responses(
        (status = OK, description = "A page of them.", body = ListDto),
    )
)]
async fn list(
    State(api): State<Api>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<axum::Json<ListDto>, Reply> {
    let Query(Page { owner, after, limit }) = page.map_err(|error| query(&error))?;
    if !(1..=LIST_MOST).contains(&limit) {
        let detail = format!("limit is {limit}: 1 to {LIST_MOST}");
        return Err(Reply::new(Problem::InvalidQuery, detail));
    }
    Ok(axum::Json(ListDto::of(&api.intake.list(owner, after, limit)?, limit)))
}

/// How far an intent has come, and everything that happened to it.
#[utoipa::path(
    get, path = "/v1/intents/{id}", tag = "intents", params(("id" = String, Path, description = ID)),
    responses(
        (status = OK, description = "Its status.", body = StatusDto),
    )
)]
async fn status(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<axum::Json<StatusDto>, Reply> {
    Ok(axum::Json(api.intake.status(read(&id)?)?))
}

/// A signed cancellation.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SignedCancellation)]
#[serde(deny_unknown_fields)]
struct Cancel {
    /// The owner's signature of the cancellation's typed data.
    #[schema(value_type = String, pattern = "^0x([0-9a-fA-F]{2})*$")]
    signature: Bytes,
}

/// Take an intent back: it is not tried any more. Until its nonce is spent by the owner's transaction,
/// the signature itself stays good.
#[utoipa::path(
    delete, path = "/v1/intents/{id}", tag = "intents", request_body = Cancel,
    params(("id" = String, Path, description = ID)),
    responses(
        (status = OK, description = "It is taken back.", body = StatusDto),
    )
)]
async fn cancel(
    State(api): State<Api>,
    Path(id): Path<String>,
    Json(Cancel { signature }): Json<Cancel>,
) -> Result<axum::Json<StatusDto>, Reply> {
    Ok(axum::Json(api.intake.cancel(read(&id)?, signature).await?))
}

/// After which event.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct After {
    /// The number of the last event known; the header `Last-Event-ID` comes before it.
    #[serde(default)]
    after: u64,
}

/// Follow an intent: its events so far and then as they happen, as server-sent events. `id` is the
/// event's number, `event` its stage, `data` the event. It ends with the intent's life; a reader who was
/// cut off before goes on by `Last-Event-ID`, and misses nothing.
#[utoipa::path(
    get, path = "/v1/intents/{id}/events", tag = "intents",
    params(
        ("id" = String, Path, description = ID), After,
        ("last-event-id" = Option<u64>, Header, description = "The last event known."),
    ),
    responses(
        (status = OK, description = "Events.", body = EventDto, content_type = "text/event-stream"),
    )
)]
async fn events(
    State(api): State<Api>,
    Path(id): Path<String>,
    after: Result<Query<After>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Sent, Infallible>>>, Reply> {
    let Query(After { after }) = after.map_err(|error| query(&error))?;
    let after = last_known(&headers)?.unwrap_or(after);
    let events = api.intake.events(read(&id)?, after)?;
    let stopping = api.stopping.clone().cancelled_owned();
    let sent = stream::unfold(events, next).take_until(stopping);
    let heartbeat = Duration::from_millis(api.config.api.heartbeat_ms.max(1));
    let alive = KeepAlive::new().interval(heartbeat).text("heartbeat");
    Ok(Sse::new(sent).keep_alive(alive))
}

/// The next event as it is sent. What cannot be read ends the stream: its reader asks again.
async fn next(mut events: Events) -> Option<(Result<Sent, Infallible>, Events)> {
    let event = events.next().await.ok().flatten()?;
    let dto = EventDto::of(&event).ok()?;
    let sent = Sent::default().id(event.seq.to_string()).event(dto.stage).json_data(&dto).ok()?;
    Some((Ok(sent), events))
}

fn last_known(headers: &HeaderMap) -> Result<Option<u64>, Reply> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    let wrong = || Reply::new(Problem::InvalidQuery, "Last-Event-ID is the number of an event");
    number.map(Some).ok_or_else(wrong)
}

const ID: &str = "The digest that was signed: 0x and 64 hexadecimal digits.";

/// What is no id is the id of nothing.
fn read(id: &str) -> Result<B256, Reply> {
    id.parse().map_err(|_| Reply::new(Problem::UnknownIntent, ID))
}

fn query(error: &QueryRejection) -> Reply {
    Reply::new(Problem::InvalidQuery, error.body_text())
}
