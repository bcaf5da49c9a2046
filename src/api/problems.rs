//! `/v1/problems`: the table of everything that can be wrong, which a problem's `type` points into.

use axum::{Json, extract::Path};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    problem::{Code, Reply},
};
use crate::problems::Problem;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(table)).routes(routes!(row))
}

/// A row of the table.
#[derive(Debug, Serialize, ToSchema)]
struct ProblemRow {
    /// The stable code.
    #[schema(schema_with = code)]
    code: &'static str,
    /// What it is.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Whether the same request may succeed later.
    retryable: bool,
}

fn code() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    <Code as utoipa::PartialSchema>::schema()
}

impl From<Problem> for ProblemRow {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code(),
            title: problem.title(),
            status: problem.status(),
            retryable: problem.retryable(),
        }
    }
}

/// Everything that can be wrong.
#[utoipa::path(get, path = "/v1/problems", tag = "service",
    responses((status = 200, description = "The whole table.", body = Vec<ProblemRow>)))]
async fn table() -> Json<Vec<ProblemRow>> {
    Json(Problem::ALL.iter().copied().map(ProblemRow::from).collect())
}

/// One thing that can be wrong.
#[utoipa::path(get, path = "/v1/problems/{code}", tag = "service",
    params(("code" = String, Path, description = "A problem's code.")),
    responses((status = 200, description = "The row.", body = ProblemRow)))]
async fn row(Path(code): Path<String>) -> Result<Json<ProblemRow>, Reply> {
    let problem = Problem::named(&code).ok_or(Problem::UnknownProblem)?;
    Ok(Json(problem.into()))
}
