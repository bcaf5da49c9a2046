//! `/v1/curve`: what ETH pays over time.

use alloy_primitives::keccak256;
use axum::{Json, extract::State};
use tenor_simulations::figures;
use tenor_solver::{curve::benchmark::Benchmark, market::Market};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Api, problem::Reply};
use crate::{
    curve::{self, Choices, Failure, dto::ReportDto},
    problems::Problem,
};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(term))
}

/// The term structure of ETH staking yield: spot, forward, and what each fixed-rate market pays over it,
/// beside the benchmark of plain staking. `observations.synthetic` says where fixed rates are made up.
#[utoipa::path(get, path = "/v1/curve", tag = "markets",
    responses((status = 200, description = "The curve.", body = ReportDto)))]
async fn term(State(api): State<Api>) -> Result<Json<ReportDto>, Reply> {
    let snapshot = api.market.fresh()?;
    let made = api.workers.run(move || {
        let market = snapshot.engine.market();
        let observations = curve::observations(market, is_built_in(market))?;
        curve::report(market, &observations, Benchmark::of_steth(market), &Choices::default())
    });
    Ok(Json(made.await??))
}

/// Whether this is the built-in market, which the made-up rates belong to and no other: a market is its
/// source's hash.
fn is_built_in(market: &Market) -> bool {
    market.hash == keccak256(figures::embedded())
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Input(why) | Failure::Lacking(why) => Self::new(Problem::MarketLacks, why),
            Failure::Failed(why) => Self::new(Problem::Internal, why),
        }
    }
}
