//! `/v1/curve`: what ETH pays over time.

use axum::{Json, extract::State};
use tenor_simulations::figures::EMBEDDED_NAME;
use tenor_solver::curve::benchmark::Benchmark;
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
        // The made-up rates belong to the built-in market and no other.
        let observations = curve::observations(market, market.source == EMBEDDED_NAME)?;
        curve::report(market, &observations, Benchmark::of_steth(market), &Choices::default())
    });
    Ok(Json(made.await??))
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Input(why) | Failure::Lacking(why) => Self::new(Problem::MarketLacks, why),
            Failure::Failed(why) => Self::new(Problem::Internal, why),
        }
    }
}
