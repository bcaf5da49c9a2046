//! What a request that is not answered is told: RFC 9457, by the one table of [`Problem`]s.

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, Type},
    },
};

use tenor_solver::SolveError;

use crate::{
    engine::EngineError,
    intents::{
        form::FormError,
        sentence::{SentenceError, SentenceErrorKind as Kind},
        service::IntakeError,
        signed::{Refusal, WireError},
    },
    market::feed::StaleError,
    problems::Problem,
    store::StoreError,
    workers::WorkError,
};

/// The content type of a problem.
const MEDIA: &str = "application/problem+json";

/// What a request that is not answered is told.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The row of the table.
    pub problem: Problem,
    /// What is wrong with this request, and what to do.
    pub detail: String,
    /// JSON pointer to the member at fault, where it is one.
    pub pointer: Option<String>,
    /// Seconds after which to ask again, where that is known.
    pub after_s: Option<u64>,
}

/// A problem on the wire.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDto {
    /// The problem's own page on this server.
    #[serde(rename = "type")]
    #[schema(example = "/v1/problems/unknown_asset")]
    kind: String,
    /// What it is, the same for all occurrences.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable code.
    #[schema(schema_with = Code::schema)]
    code: Cow<'static, str>,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// What is wrong with this request, and what to do.
    detail: String,
    /// JSON pointer to the member of the body at fault, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pointer: Option<String>,
}

/// The codes, for the API's description.
#[derive(Debug)]
pub(super) struct Code;

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let codes = Problem::ALL.iter().map(|problem| problem.code());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes)).into()
    }
}

impl ProblemDto {
    /// It in one line, for people.
    pub fn line(&self) -> String {
        let at = self.pointer.as_ref().map_or_else(String::new, |at| format!(" (at {at})"));
        format!("{}: {}{at}", self.code, self.detail)
    }
}

impl Reply {
    /// A problem that its title says all of.
    pub fn of(problem: Problem) -> Self {
        Self::new(problem, problem.title())
    }

    /// A problem with its detail.
    pub fn new(problem: Problem, detail: impl Into<String>) -> Self {
        Self { problem, detail: detail.into(), pointer: None, after_s: None }
    }

    /// The same about a member of the body.
    #[must_use]
    pub fn at(self, pointer: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..self }
    }

    /// The same with the time to wait.
    #[must_use]
    pub fn after(self, seconds: u64) -> Self {
        Self { after_s: Some(seconds), ..self }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let Self { problem, detail, pointer, after_s } = self;
        let status = problem.status();
        let body = ProblemDto {
            kind: format!("/v1/problems/{}", problem.code()),
            title: problem.title().to_owned(),
            status,
            code: Cow::Borrowed(problem.code()),
            retryable: problem.retryable(),
            detail,
            pointer,
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
        // Whoever is turned away for now is told for how long.
        let busy =
            matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        if let Some(seconds) = after_s.or(busy.then_some(1)) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // Nothing may be kept on the way: the same request may succeed the next moment.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.extensions_mut().insert(problem);
        response
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self::of(problem)
    }
}

impl From<WorkError> for Reply {
    fn from(error: WorkError) -> Self {
        let problem = match error {
            WorkError::Full(_) => Problem::Overloaded,
            WorkError::Stopped => Problem::Internal,
        };
        Self::new(problem, error.to_string())
    }
}

impl From<StaleError> for Reply {
    fn from(error: StaleError) -> Self {
        Self::new(Problem::MarketStale, error.to_string())
    }
}

impl From<StoreError> for Reply {
    fn from(error: StoreError) -> Self {
        let problem = error.problem();
        // Where the store lies is the operator's to know.
        if problem.status() >= 500 {
            tracing::error!(%error, "store");
            return Self::of(problem);
        }
        Self::new(problem, error.to_string())
    }
}

impl From<WireError> for Reply {
    fn from(error: WireError) -> Self {
        let reply = Self::new(error.problem(), error.to_string());
        Self { pointer: error.pointer().map(str::to_owned), ..reply }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let reply = Self::new(refusal.problem(), refusal.to_string());
        Self { pointer: refusal.pointer().map(str::to_owned), ..reply }
    }
}

impl From<IntakeError> for Reply {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Refused(error) => error.into(),
            IntakeError::Store(error) => error.into(),
            error if error.problem().status() == 500 => {
                tracing::error!(%error, "intake");
                Self::of(error.problem())
            }
            error => {
                let reply = Self::new(error.problem(), error.to_string());
                Self { pointer: error.pointer().map(str::to_owned), ..reply }
            }
        }
    }
}

impl From<SentenceError> for Reply {
    fn from(error: SentenceError) -> Self {
        Self::new(sentence_problem(&error.kind), error.to_string()).at("/sentence")
    }
}

impl From<FormError> for Reply {
    fn from(error: FormError) -> Self {
        let (problem, pointer) = match &error {
            FormError::Member { pointer, .. } => (Problem::InvalidField, *pointer),
            FormError::UnknownToken { pointer, .. } => (Problem::UnknownAsset, *pointer),
            FormError::ZeroAmount(pointer) => (Problem::ZeroAmount, *pointer),
            FormError::Contradiction { pointer, .. } => (Problem::Contradiction, *pointer),
            FormError::Sentence { pointer, error } => match sentence_problem(&error.kind) {
                // There is no sentence to be bad.
                Problem::BadSentence => (Problem::InvalidField, *pointer),
                problem => (problem, *pointer),
            },
        };
        Self::new(problem, error.to_string()).at(format!("/intent{pointer}"))
    }
}

impl From<EngineError> for Reply {
    fn from(error: EngineError) -> Self {
        let problem = match &error {
            EngineError::Sentence(error) => return error.clone().into(),
            EngineError::Solve(SolveError::UnknownToken) => Problem::UnknownAsset,
            EngineError::Solve(SolveError::NotEth(_)) => Problem::NoEthYield,
            EngineError::NotAnAccount(_) => Problem::NotAnAccount,
            EngineError::Unconfirmed(_) | EngineError::Elsewhere { .. } => Problem::Unconfirmed,
            EngineError::Limit { .. } => Problem::LimitBroken,
            EngineError::Source(_) => Problem::StateUnavailable,
            EngineError::Market(_) | EngineError::Figures(_) | EngineError::World(_) => {
                Problem::Internal
            }
        };
        Self::new(problem, error.to_string())
    }
}

/// The row of a sentence's error: what a program can act on by itself has its own.
fn sentence_problem(kind: &Kind) -> Problem {
    match kind {
        Kind::Zero { what: "the amount" } => Problem::ZeroAmount,
        Kind::UnknownToken | Kind::AmbiguousToken { .. } => Problem::UnknownAsset,
        Kind::UnknownProtocol => Problem::UnknownProtocol,
        Kind::Past { .. } => Problem::Expired,
        Kind::AvoidedAndOnly | Kind::SameToken => Problem::Contradiction,
        _ => Problem::BadSentence,
    }
}
