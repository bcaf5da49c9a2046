//! The HTTP surface: `/v1`, additive inside version 1.
//!
//! ```text
//! server (connections, slow heads, drain) -> front (request id, log, panics) -> CORS -> guard (keys,
//! rates) -> a resource's file -> workers (bounded) -> an answer, or a problem of the one table
//! ```
//!
//! To add a resource: a file with `pub(super) fn routes() -> OpenApiRouter<Api>`, and one line in
//! `resources`. What it needs of others is a field of [`Api`]. Bodies come through [`body::Json`] (or
//! [`body::JsonBytes`]), errors leave as [`problem::Reply`], and search goes through
//! [`Workers`]. The description that `/v1/openapi.json` serves is made of the same
//! code; `openapi.json` beside this file is its copy, which a test compares.

pub mod admin;
pub mod body;
mod cow;
mod curve;
mod docs;
mod front;
mod guard;
mod health;
mod intents;
pub mod keys;
mod markets;
pub mod problem;
mod problems;
mod quotes;
pub mod server;
mod standing;
mod uniswapx;

use std::{num::NonZeroUsize, sync::Arc, time::Instant};

use axum::{Router, middleware};
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    clock::Clock,
    config::Config,
    intents::{
        service::{Options, Service},
        signed::Deployment,
        uniswapx::book::Book,
    },
    market::current::Current,
    problems::Problem,
    settlement::Offers,
    store::Store,
    workers::Workers,
};
use keys::Keys;

/// What every resource has at hand. Copies share it.
#[derive(Debug, Clone)]
pub struct Api {
    /// What the operator set.
    pub config: Arc<Config>,
    /// The market that is quoted from.
    pub market: Arc<Current>,
    /// The threads that search.
    pub workers: Arc<Workers>,
    /// What must not be lost.
    pub store: Arc<dyn Store>,
    /// What takes signed intents to their end.
    pub intake: Arc<Service>,
    /// Open orders of UniswapX.
    pub orders: Arc<Book>,
    /// What time it is.
    pub clock: Clock,
    /// The contracts that signatures name.
    pub deployment: Deployment,
    /// Of a sandbox: the URL of its node.
    pub sandbox: Option<Arc<str>>,
    /// Who may ask how much.
    pub guard: Arc<guard::Guard>,
    /// Told when the server stops: streams end then.
    pub stopping: CancellationToken,
    /// When it started.
    pub started: Instant,
}

/// What it takes to answer.
#[derive(Debug)]
pub struct Parts {
    /// What the operator set.
    pub config: Config,
    /// The market.
    pub market: Arc<Current>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Clock,
    /// Who holds a key.
    pub keys: Keys,
    /// The contracts that signatures name.
    pub deployment: Deployment,
    /// Whoever lands plans, if anybody does.
    pub offers: Option<Offers>,
    /// Of a sandbox, whose keys are everybody's: the URL of its node.
    pub sandbox: Option<String>,
}

impl Api {
    /// Starts the threads that search, and goes on with the intents of the store.
    pub fn new(parts: Parts) -> std::io::Result<Self> {
        let Parts { config, market, store, clock, keys, deployment, offers, sandbox } = parts;
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = NonZeroUsize::new(config.solvers.threads).unwrap_or_else(cores);
        let workers = Arc::new(Workers::start(threads, config.solvers.queue)?);
        let options =
            Options { workers: threads.get(), clock: clock.clone(), ..Options::of(deployment) };
        let intake = Service::start(Arc::clone(&store), Arc::clone(&market), options, offers);
        let intake = Arc::new(intake.map_err(|error| std::io::Error::other(error.to_string()))?);
        let guard = Arc::new(guard::Guard::new(&config.api, keys));
        Ok(Self {
            config: Arc::new(config),
            market,
            workers,
            store,
            intake,
            orders: Arc::default(),
            clock,
            deployment,
            sandbox: sandbox.map(Arc::from),
            guard,
            stopping: CancellationToken::new(),
            started: Instant::now(),
        })
    }
}

/// Every resource of version 1.
fn resources() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(quotes::routes())
        .merge(intents::routes())
        .merge(standing::routes())
        .merge(markets::routes())
        .merge(curve::routes())
        .merge(health::routes())
        .merge(problems::routes())
}

/// The description of the API.
pub fn document() -> OpenApi {
    docs::document(resources().into_openapi())
}

/// The description as the file `openapi.json` has it: made by `tenor openapi`.
pub fn description() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&document())? + "\n")
}

/// The whole service.
pub fn router(api: Api) -> Router {
    let (routes, described) = resources().split_for_parts();
    routes
        .merge(docs::routes(&docs::document(described)))
        .merge(cow::routes())
        .merge(uniswapx::routes())
        .fallback(async || problem::Reply::of(Problem::NotFound))
        .method_not_allowed_fallback(async || problem::Reply::of(Problem::MethodNotAllowed))
        .layer(middleware::from_fn_with_state(api.clone(), guard::check))
        .layer(guard::cors(&api.config.api))
        .layer(middleware::from_fn(front::tell))
        .with_state(api)
}
