//! `/uniswapx`: this engine as UniswapX meets it. Not part of `/v1`: the forms are UniswapX's.
//!
//! - `POST /uniswapx/quote`: a quoter's answer, in time or not at all (204).
//! - `POST /uniswapx/orders`: the webhook that orders are told of by. What is taken is looked at with every
//!   newer market ([`mod@attend`]); nothing is sent.
//! - `GET /uniswapx/orders`: the open orders, and what was last thought of each.

mod attend;

use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, U256};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde::Serialize;

pub(super) use self::attend::attend;
use super::{Api, body::Json, problem::Reply};
use crate::{
    engine::Engine,
    events,
    intents::{
        signed::wire::Decimal,
        uniswapx::{
            Fault, Fill, Reactors, Rules,
            book::{Entry, Taken},
            fill::Filler,
            notice::Notice,
            rfq,
        },
    },
    problems::Problem,
    store::Order,
};

/// In which a quote is there: whoever asks waits for half a second, the way there and back included.
const QUOTE: Duration = Duration::from_millis(400);

/// Kept back of it for what a search does after it was told to stop.
const WRITING: Duration = Duration::from_millis(100);

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/uniswapx/quote", post(quote))
        .route("/uniswapx/orders", post(take).get(list))
}

impl From<Fault> for Reply {
    fn from(fault: Fault) -> Self {
        Self::new(fault.problem(), fault.to_string())
    }
}

/// Who fills, on this market's chain.
fn filler(api: &Api) -> Filler {
    let address = api.config.uniswapx.filler.unwrap_or(Filler::DEPLOYED.address);
    let settler = api.deployment.settler;
    Filler { address, settler, ..Filler::DEPLOYED }
}

/// What orders are checked against.
fn rules<'a>(api: &Api, engine: &'a Engine) -> Rules<'a> {
    let chain_id = engine.market().chain_id;
    let (reactors, now) = (Reactors::of_chain(chain_id), api.clock.seconds());
    Rules { chain_id, reactors, state: engine.world(), now }
}

/// A quote, or 204: without one nothing is promised. A market that stands promises nothing of today, unless
/// the operator says so.
async fn quote(
    State(api): State<Api>,
    Json(request): Json<rfq::Request>,
) -> Result<Response, Reply> {
    let until = Instant::now() + QUOTE;
    let Ok(snapshot) = api.market.fresh() else { return Ok(nothing()) };
    if !api.market.is_live() && !api.config.uniswapx.quote_standing {
        return Ok(nothing());
    }
    let terms = rfq::Terms {
        filler: filler(&api),
        margin_bps: api.config.uniswapx.margin_bps,
        until: until - WRITING,
    };
    let searching = api.workers.run(move || rfq::quote(&snapshot.engine, &request, &terms));
    // A thread may be busy for longer than there is time.
    let last = tokio::time::Instant::from_std(until);
    let Ok(Ok(quoted)) = tokio::time::timeout_at(last, searching).await else {
        return Ok(nothing());
    };
    events::rfq_answered(quoted.as_ref());
    Ok(quoted.map_or_else(|_| nothing(), |quote| json(&quote)))
}

fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// What became of an order that was told of.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TakenDto {
    order_hash: B256,
    #[serde(rename = "type")]
    kind: &'static str,
    taken: &'static str,
}

/// Takes an order from the webhook, checked.
async fn take(State(api): State<Api>, Json(notice): Json<Notice>) -> Result<Response, Reply> {
    if !notice.is_open() {
        let (order_hash, kind, taken) = (notice.order_hash, "", "forgotten");
        api.orders.forget(order_hash);
        api.store.forget_order(order_hash).await?;
        return Ok(json(&TakenDto { order_hash, kind, taken }));
    }
    let snapshot = api.market.fresh()?;
    let body = serde_json::to_string(&notice).map_err(|_| Problem::Internal)?;
    let asked = api.clone();
    let checked =
        tokio::task::spawn_blocking(move || notice.check(&rules(&asked, &snapshot.engine)));
    let order = checked.await.map_err(|_| Problem::Internal)??;
    let (order_hash, kind) = (order.hash(), order.order().kind().name());
    let (now, deadline) = (api.clock.seconds(), order.order().info().deadline);
    let expires_ms = deadline.saturating_mul(U256::from(1_000)).saturating_to();
    let told_ms = now.saturating_mul(1_000);
    let taken = match api.orders.take(order, now) {
        Taken::New => "new",
        Taken::Known => "known",
        Taken::Full => return Err(Problem::TooManyOpen.into()),
    };
    // Whoever is told that it was taken need not tell again: it is on disk first.
    let kept = api.store.keep_order(Order { id: order_hash, body, told_ms, expires_ms }).await;
    if let Err(error) = kept {
        api.orders.forget(order_hash);
        return Err(error.into());
    }
    events::order_taken(order_hash, kind, taken);
    Ok(json(&TakenDto { order_hash, kind, taken }))
}

/// An open order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenDto {
    order_hash: B256,
    #[serde(rename = "type")]
    kind: &'static str,
    swapper: Address,
    deadline: Decimal,
    block: Option<u64>,
    fill: Option<FillDto>,
    refused: Option<String>,
}

/// A fill that pays; amounts in units of `token`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FillDto {
    token_in: Address,
    amount_in: Decimal,
    token: Address,
    received: Decimal,
    owed: Decimal,
    gas: u64,
    gas_cost: Decimal,
    profit: Decimal,
    /// Whether the whole fill was run, and these figures measured; its trades were in any case.
    confirmed: bool,
    to: Address,
    data: alloy_primitives::Bytes,
}

impl From<&Fill> for FillDto {
    fn from(fill: &Fill) -> Self {
        Self {
            token_in: fill.input.0,
            amount_in: Decimal(fill.input.1),
            token: fill.token,
            received: Decimal(fill.received),
            owed: Decimal(fill.owed),
            gas: fill.gas,
            gas_cost: Decimal(fill.gas_cost),
            profit: Decimal(fill.profit),
            confirmed: fill.is_confirmed,
            to: fill.call.to,
            data: fill.call.data.clone(),
        }
    }
}

impl From<Entry> for OpenDto {
    fn from(Entry { order, verdict }: Entry) -> Self {
        let info = order.order().info();
        let block = verdict.as_ref().map(|verdict| verdict.block);
        let (fill, refused) = match verdict.map(|verdict| verdict.fill) {
            None => (None, None),
            Some(Ok(fill)) => (Some(FillDto::from(&*fill)), None),
            Some(Err(why)) => (None, Some(why)),
        };
        Self {
            order_hash: order.hash(),
            kind: order.order().kind().name(),
            swapper: info.swapper,
            deadline: Decimal(info.deadline),
            block,
            fill,
            refused,
        }
    }
}

async fn list(State(api): State<Api>) -> Response {
    let orders: Vec<OpenDto> = api.orders.entries().into_iter().map(OpenDto::from).collect();
    json(&serde_json::json!({ "orders": orders }))
}

fn json(body: &impl Serialize) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, axum::Json(body)).into_response()
}
