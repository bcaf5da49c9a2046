//! Request bodies: declared as JSON, small, in time, UTF-8, not deep, and of the form that is expected.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::{Api, problem::Reply};
use crate::{intents::signed::wire, problems::Problem};

/// A body that is declared as JSON, and has arrived.
#[derive(Debug)]
pub struct JsonBytes(pub Bytes);

/// A body of this form.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl FromRequest<Api> for JsonBytes {
    type Rejection = Reply;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Reply> {
        let (most, patience) =
            (api.config.api.most_body_bytes, Duration::from_millis(api.config.api.body_ms));
        received(request, most, patience).await.map(Self)
    }
}

/// A body that is declared as JSON, of at most so many bytes, in so much time.
pub(super) async fn received(
    request: Request,
    most: usize,
    patience: Duration,
) -> Result<Bytes, Reply> {
    declared(request.headers())?;
    sized(request.headers(), most)?;
    let body = tokio::time::timeout(patience, read(request.into_body(), most));
    let late = |_| {
        let detail = format!("the body did not arrive within {} ms", patience.as_millis());
        Reply::new(Problem::SlowClient, detail)
    };
    body.await.map_err(late)?
}

impl<T: DeserializeOwned> FromRequest<Api> for Json<T> {
    type Rejection = Reply;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Reply> {
        let JsonBytes(bytes) = JsonBytes::from_request(request, api).await?;
        Ok(Self(wire::parse(&bytes)?))
    }
}

fn declared(headers: &HeaderMap) -> Result<(), Reply> {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = named.and_then(|text| text.split(';').next()).map_or("", str::trim);
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = "declare the body: content-type: application/json";
    Err(Reply::new(Problem::WrongContentType, detail))
}

/// What is too large by its own word is not read.
fn sized(headers: &HeaderMap, most: usize) -> Result<(), Reply> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    if length > u64::try_from(most).unwrap_or(u64::MAX) {
        return Err(too_large(most));
    }
    Ok(())
}

async fn read(body: Body, most: usize) -> Result<Bytes, Reply> {
    let collected = Limited::new(body, most).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            too_large(most)
        } else {
            Reply::of(Problem::BrokenBody)
        }
    })
}

fn too_large(most: usize) -> Reply {
    Reply::new(Problem::BodyTooLarge, format!("a body has at most {most} bytes"))
}
