//! `/v1/health` and `/v1/ready`: whether it runs, on what, and how old that is.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Api, problem::Reply};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(ready))
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// "ok", or "stale" where the market is too old to quote from.
    #[schema(example = "ok")]
    status: &'static str,
    /// The program's version.
    version: &'static str,
    /// What is done with plans: "simulate" sends nothing, "shadow" signs and sends nothing, "live" sends.
    #[schema(example = "simulate")]
    mode: String,
    /// Of a sandbox: nothing here is worth anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sandbox: Option<SandboxDto>,
    /// Whether the market follows a node.
    live: bool,
    /// The market's block.
    block: BlockDto,
    /// Where the market's figures come from.
    source: String,
    /// Requests that wait for a solver thread.
    waiting: usize,
    /// Seconds since it started.
    uptime_s: u64,
    /// The contracts that signatures name.
    contracts: ContractsDto,
}

/// A sandbox, whose accounts' keys are everybody's.
#[derive(Debug, Serialize, ToSchema)]
struct SandboxDto {
    /// Its node.
    #[schema(example = "http://127.0.0.1:8545")]
    node: String,
}

/// A block, and how old it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BlockDto {
    /// The chain.
    pub(super) chain_id: u64,
    /// Its number.
    pub(super) number: u64,
    /// Its unix seconds.
    pub(super) timestamp: u64,
    /// The same in words.
    pub(super) utc: String,
    /// Seconds since then, by this server's clock.
    pub(super) age_s: u64,
}

/// The contracts that signatures name.
#[derive(Debug, Serialize, ToSchema)]
struct ContractsDto {
    /// Permit2.
    permit2: String,
    /// The Settler, which alone may spend a signature.
    settler: String,
}

impl BlockDto {
    /// The market's block as of now.
    pub(super) fn of(market: &tenor_solver::market::Market, now: u64) -> Self {
        Self {
            chain_id: market.chain_id,
            number: market.block,
            timestamp: market.timestamp,
            utc: market.utc.clone(),
            age_s: now.saturating_sub(market.timestamp),
        }
    }
}

/// How the server is: always answered, without key and rate.
#[utoipa::path(get, path = "/v1/health", tag = "service",
    responses((status = 200, description = "How it is.", body = Health)))]
async fn health(State(api): State<Api>) -> Json<Health> {
    let status = if api.market.fresh().is_ok() { "ok" } else { "stale" };
    let snapshot = api.market.newest();
    let market = snapshot.engine.market();
    Json(Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        mode: api.config.mode.to_string(),
        sandbox: api.sandbox.as_deref().map(|node| SandboxDto { node: node.to_owned() }),
        live: api.market.is_live(),
        block: BlockDto::of(market, api.clock.seconds()),
        source: market.source.clone(),
        waiting: api.workers.waiting(),
        uptime_s: api.started.elapsed().as_secs(),
        contracts: ContractsDto {
            permit2: api.deployment.permit2.to_string(),
            settler: api.deployment.settler.to_string(),
        },
    })
}

/// Whether it can quote.
#[derive(Debug, Serialize, ToSchema)]
struct Ready {
    /// Always true: what is not ready is a problem.
    ready: bool,
}

/// Whether it can quote: the market is fresh, and it is not stopping.
#[utoipa::path(get, path = "/v1/ready", tag = "service",
    responses((status = 200, description = "It can.", body = Ready)))]
async fn ready(State(api): State<Api>) -> Result<Json<Ready>, Reply> {
    if api.stopping.is_cancelled() {
        return Err(Reply::of(crate::problems::Problem::Stopping));
    }
    api.market.fresh()?;
    Ok(Json(Ready { ready: true }))
}
