//! JSON-RPC 2.0, as nodes speak it: one request, or several at once.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The most requests at once.
const MOST_CALLS: usize = 1_000;

/// What a method answers.
pub(super) type Answer = Result<Value, RpcError>;

/// Why a method does not answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RpcError {
    code: i64,
    message: String,
    data: Option<Value>,
}

impl RpcError {
    /// No such method.
    pub(super) fn method(name: &str) -> Self {
        let message = format!("the method {name} does not exist or is not available");
        Self { code: -32_601, message, data: None }
    }

    /// Parameters of another form.
    pub(super) fn params(message: impl Into<String>) -> Self {
        Self { code: -32_602, message: message.into(), data: None }
    }

    /// What is no request.
    pub(super) fn request(message: impl Into<String>) -> Self {
        Self { code: -32_600, message: message.into(), data: None }
    }

    /// Refused, or not possible.
    pub(super) fn server(message: impl Into<String>) -> Self {
        Self { code: -32_000, message: message.into(), data: None }
    }

    /// A call that reverted, with what it returned.
    pub(super) fn reverted(message: impl Into<String>, data: Value) -> Self {
        Self { code: 3, message: message.into(), data: Some(data) }
    }

    fn json(self) -> Value {
        let Self { code, message, data } = self;
        match data {
            Some(data) => json!({ "code": code, "message": message, "data": data }),
            None => json!({ "code": code, "message": message }),
        }
    }
}

/// A method's parameters, by position.
#[derive(Debug, Clone, Default)]
pub(super) struct Params(Vec<Value>);

impl Params {
    /// One that must be there.
    pub(super) fn get<T: DeserializeOwned>(&self, at: usize) -> Result<T, RpcError> {
        self.opt(at)?.ok_or_else(|| RpcError::params(format!("missing value for argument {at}")))
    }

    /// One that may be missing, or null.
    pub(super) fn opt<T: DeserializeOwned>(&self, at: usize) -> Result<Option<T>, RpcError> {
        let Some(value) = self.0.get(at).filter(|value| !value.is_null()) else { return Ok(None) };
        let wrong = |error| RpcError::params(format!("invalid argument {at}: {error}"));
        T::deserialize(value).map(Some).map_err(wrong)
    }
}

/// Answers a body: a request, or several at once.
pub(super) fn answer(body: &[u8], call: impl Fn(&str, &Params) -> Answer) -> Value {
    match serde_json::from_slice(body) {
        Ok(Value::Array(calls)) if calls.is_empty() => {
            reply(&Value::Null, Err(RpcError::request("an empty batch")))
        }
        Ok(Value::Array(calls)) if calls.len() > MOST_CALLS => {
            let why = format!("{} requests at once: at most {MOST_CALLS}", calls.len());
            reply(&Value::Null, Err(RpcError::request(why)))
        }
        Ok(Value::Array(calls)) => calls.iter().map(|one| single(one, &call)).collect(),
        Ok(one) => single(&one, &call),
        Err(error) => {
            let why = RpcError { code: -32_700, message: error.to_string(), data: None };
            reply(&Value::Null, Err(why))
        }
    }
}

fn single(request: &Value, call: &impl Fn(&str, &Params) -> Answer) -> Value {
    let id = request.get("id").unwrap_or(&Value::Null);
    let answer = match (request.get("method"), request.get("params")) {
        (Some(Value::String(method)), None | Some(Value::Null)) => call(method, &Params::default()),
        (Some(Value::String(method)), Some(Value::Array(params))) => {
            call(method, &Params(params.clone()))
        }
        (Some(Value::String(_)), Some(_)) => Err(RpcError::params("params must be an array")),
        _ => Err(RpcError::request("a request is an object with a method")),
    };
    reply(id, answer)
}

fn reply(id: &Value, answer: Answer) -> Value {
    match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error.json() }),
    }
}

/// A result as JSON.
pub(super) fn told(value: impl serde::Serialize) -> Answer {
    serde_json::to_value(value).map_err(|error| RpcError::server(error.to_string()))
}

/// A number as nodes write it.
pub(super) fn quantity(number: impl Into<u128>) -> Value {
    Value::String(format!("{:#x}", number.into()))
}
