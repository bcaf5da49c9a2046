//! The server, asked over HTTP.

use std::time::Duration;

use reqwest::{Method, StatusCode, redirect::Policy};
use serde_json::Value;
use url::{Host, Url};

use crate::{api::problem::ProblemDto, cli::Outcome, config::Place};

/// The largest answer read.
const LARGEST: usize = 16 << 20;

/// How long an answer is waited for; events are waited for without end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server.
pub(super) struct Server {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    url: Url,
    /// The URL as far as it may be shown.
    shown: String,
    /// What should run there.
    runs: &'static str,
}

impl Server {
    pub(super) fn new(url: &Url) -> Result<Self, Outcome> {
        Self::of(url, url.to_string(), "`tenor serve`")
    }

    /// A node, in whose URL a key may stand.
    pub(super) fn node(url: &Url) -> Result<Self, Outcome> {
        Self::of(url, Place::new(url.to_string()).shown(), "a node")
    }

    fn of(url: &Url, shown: String, runs: &'static str) -> Result<Self, Outcome> {
        // Fails where there is a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let failed = |error: String| Outcome::Failed(format!("no client: {error}"));
        let mut builder = reqwest::Client::builder().redirect(Policy::none());
        builder = builder.user_agent(concat!("tenor/", env!("CARGO_PKG_VERSION")));
        // Between two requests an owner reads, or a transaction is waited for, and nobody looks at the
        // connection: the server may have let go of it by then.
        builder = builder.pool_max_idle_per_host(0);
        if is_loopback(url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| failed(error.to_string()))?;
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().map_err(|error| failed(error.to_string()))?;
        Ok(Self { runtime, client, url: url.clone(), shown, runs })
    }

    /// Whether it is on this machine.
    pub(super) fn is_here(&self) -> bool {
        is_loopback(&self.url)
    }

    pub(super) fn get(&self, path: &str) -> Result<Value, Outcome> {
        self.ask(Method::GET, path, None)
    }

    pub(super) fn post(&self, path: &str, body: Vec<u8>) -> Result<Value, Outcome> {
        self.ask(Method::POST, path, Some(body))
    }

    pub(super) fn delete(&self, path: &str, body: &Value) -> Result<Value, Outcome> {
        self.ask(Method::DELETE, path, Some(body.to_string().into_bytes()))
    }

    /// Hands every line of a stream to `each` until it says that it has enough, or the stream ends.
    pub(super) fn lines(
        &self,
        path: &str,
        mut each: impl FnMut(&str) -> Result<bool, Outcome>,
    ) -> Result<(), Outcome> {
        let request = self.client.get(self.place(path)?).header("accept", "text/event-stream");
        self.runtime.block_on(async {
            let mut answer = request.send().await.map_err(|error| self.lost(&error))?;
            if answer.status() != StatusCode::OK {
                let status = answer.status();
                let body = self.read(&mut answer).await?;
                return Err(refused(status, &body));
            }
            let mut held = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(|error| self.lost(&error))? {
                held.extend_from_slice(&chunk);
                while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = held.drain(..=end).collect();
                    if each(String::from_utf8_lossy(&line).trim_end())? {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }

    fn ask(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Value, Outcome> {
        let mut request = self.client.request(method, self.place(path)?).timeout(PATIENCE);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        self.runtime.block_on(async {
            let mut answer = request.send().await.map_err(|error| self.lost(&error))?;
            let status = answer.status();
            let body = self.read(&mut answer).await?;
            if !status.is_success() {
                return Err(refused(status, &body));
            }
            let wrong =
                |error| Outcome::Failed(format!("{} does not answer in JSON: {error}", self.shown));
            serde_json::from_slice(&body).map_err(wrong)
        })
    }

    async fn read(&self, answer: &mut reqwest::Response) -> Result<Vec<u8>, Outcome> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.lost(&error))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(Outcome::Failed(format!("{} answers without end", self.shown)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn place(&self, path: &str) -> Result<Url, Outcome> {
        let wrong = |error| Outcome::BadInput(format!("{}: {error}", self.shown));
        self.url.join(path).map_err(wrong)
    }

    fn lost(&self, error: &reqwest::Error) -> Outcome {
        let what =
            if error.is_connect() { "cannot be reached" } else { "did not answer to the end" };
        Outcome::Failed(format!("{} {what}; is {} running there?", self.shown, self.runs))
    }
}

/// What is wrong with what was asked is the asker's; the rest is the server's.
fn refused(status: StatusCode, body: &[u8]) -> Outcome {
    let told = match serde_json::from_slice::<ProblemDto>(body) {
        Ok(problem) => problem.line(),
        Err(_) => format!("the server answered {status}"),
    };
    if status.is_client_error() { Outcome::BadInput(told) } else { Outcome::Failed(told) }
}

/// Whether a URL is of this machine, which no proxy reaches.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
