//! The API's description: OpenAPI as JSON, and pages to read it on.

use axum::{Json, Router, routing::get};
use utoipa::openapi::{
    Content, Info, License, OpenApi, Ref, RefOr, Response, Server,
    path::Operation,
    security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{Api, problem::ProblemDto};

const PATH: &str = "/v1/openapi.json";

const ABOUT: &str = "Quotes, signed intents and their events. Amounts are decimal strings in the token's \
    smallest unit; rates are in basis points, annual and continuously compounded. Whatever is not \
    answered is told by RFC 9457, by the table at /v1/problems.";

/// The description and its pages at `/docs`.
pub(super) fn routes(document: OpenApi) -> Router<Api> {
    let served = document.clone();
    Router::new()
        .route(PATH, get(async move || Json(served.clone())))
        .merge(SwaggerUi::new("/docs").config(Config::from(PATH)))
}

/// Adds to the described resources what holds for all of them.
pub(super) fn document(mut document: OpenApi) -> OpenApi {
    let mut info = Info::new("Tenor", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    document.info = info;
    document.servers = Some(vec![Server::new("/")]);
    let components = document.components.get_or_insert_default();
    components.schemas.insert(ProblemDto::name().into_owned(), ProblemDto::schema());
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.security_schemes.insert("key".to_owned(), bearer.into());
    // A key is optional, unless the operator says otherwise.
    let (none, key) = (SecurityRequirement::default(), SecurityRequirement::new("key", [""; 0]));
    document.security = Some(vec![none, key]);
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            problems(operation);
        }
    }
    document
}

/// Whatever else an operation answers is a problem.
fn problems(operation: &mut Operation) {
    let schema = Ref::from_schema_name(ProblemDto::name());
    let mut response = Response::new("A problem of the table at /v1/problems.");
    response.content.insert(
        "application/problem+json".to_owned(),
        Content::new(Some(RefOr::Ref(schema))).into(),
    );
    operation.responses.responses.entry("default".to_owned()).or_insert(RefOr::T(response));
}
