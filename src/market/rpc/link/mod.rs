//! Calls in packets: batches, timeouts, retries, the budget, and the runtime that does the waiting.

mod heads;
mod packet;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use alloy_json_rpc::{Id, Response, ResponsePacket};
use backon::{ExponentialBuilder, Retryable as _};
use serde_json::{Value, value::RawValue};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
};

pub(in crate::market) use self::heads::Heads;
use super::{
    classify,
    endpoint::{Endpoint, Place},
    error::{Fault, RpcError},
    http::Http,
    options::Options,
    stream::Stream,
    wire,
};

/// A call: a method and its parameters.
#[derive(Debug, Clone)]
pub(super) struct Call {
    method: &'static str,
    params: Value,
}

impl Call {
    pub(super) const fn new(method: &'static str, params: Value) -> Self {
        Self { method, params }
    }
}

/// What a call came to.
#[derive(Debug)]
pub(super) enum Said {
    /// It has an answer.
    Value(Box<RawValue>),
    /// A contract that was called failed: only `eth_call` comes to this.
    Reverted,
}

impl Said {
    fn value(self) -> Result<Box<RawValue>, Fault> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Reverted => Err(wire::garbage("a call", "a revert where nothing ran")),
        }
    }
}

/// What has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Packets: round trips, retries included.
    pub packets: u64,
    /// Calls in them.
    pub calls: u64,
}

/// How many calls may still be made.
#[derive(Debug)]
pub(super) struct Budget {
    most: u64,
    spent: AtomicU64,
}

impl Budget {
    pub(super) const fn of(most: u64) -> Self {
        Self { most, spent: AtomicU64::new(0) }
    }

    pub(super) fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    fn spend(&self, calls: usize) -> Result<(), Fault> {
        let calls = calls as u64;
        let taken = self.spent.try_update(Ordering::Relaxed, Ordering::Relaxed, |spent| {
            spent.checked_add(calls).filter(|spent| *spent <= self.most)
        });
        taken.map(drop).map_err(|_| Fault::Budget { most: self.most })
    }
}

/// A connection, with the thread that waits for its answers.
#[derive(Debug)]
pub(super) struct Link {
    wire: Arc<Wire>,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Wire {
    endpoint: Endpoint,
    options: Options,
    transport: Transport,
    slots: Semaphore,
    ids: AtomicU64,
    packets: AtomicU64,
    calls: AtomicU64,
}

#[derive(Debug)]
enum Transport {
    Http(Http),
    Stream(Stream),
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Link {
    pub(super) fn open(endpoint: Endpoint, options: Options) -> Result<Self, RpcError> {
        let failed = |why: String| RpcError {
            node: endpoint.shown().to_owned(),
            fault: Fault::Unreachable(why),
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("tenor-rpc")
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let transport = match &endpoint.place {
            Place::Http(url) => Transport::Http(Http::new(url).map_err(|e| failed(e.to_string()))?),
            Place::WebSocket(_) | Place::Ipc(_) => Transport::Stream(Stream::default()),
        };
        let wire = Wire {
            slots: Semaphore::new(options.packets.max(1)),
            endpoint,
            options,
            transport,
            ids: AtomicU64::new(1),
            packets: AtomicU64::new(0),
            calls: AtomicU64::new(0),
        };
        Ok(Self { wire: Arc::new(wire), runtime: Some(runtime) })
    }

    pub(super) fn shown(&self) -> &str {
        self.wire.endpoint.shown()
    }

    pub(super) fn options(&self) -> &Options {
        &self.wire.options
    }

    pub(super) fn error(&self, fault: Fault) -> RpcError {
        RpcError { node: self.shown().to_owned(), fault }
    }

    /// Names the node that is at fault.
    pub(super) fn blame<T>(&self, result: Result<T, Fault>) -> Result<T, RpcError> {
        result.map_err(|fault| self.error(fault))
    }

    pub(super) fn sent(&self) -> Sent {
        let [packets, calls] =
            [&self.wire.packets, &self.wire.calls].map(|count| count.load(Ordering::Relaxed));
        Sent { packets, calls }
    }

    /// Makes calls and waits for all their answers, which come in the same order and are not
    /// `null` unless the node says so. One error is an error of the whole.
    pub(super) fn ask(
        &self,
        calls: Vec<Call>,
        budget: Option<&Arc<Budget>>,
    ) -> Result<Vec<Box<RawValue>>, RpcError> {
        let said = self.ask_views(calls, budget)?;
        self.blame(said.into_iter().map(Said::value).collect())
    }

    /// As [`Link::ask`], where calls of contracts may fail without taking the others with them.
    pub(super) fn ask_views(
        &self,
        calls: Vec<Call>,
        budget: Option<&Arc<Budget>>,
    ) -> Result<Vec<Said>, RpcError> {
        let work = Arc::clone(&self.wire).ask(calls, budget.cloned());
        self.blame(self.wait(work).unwrap_or(Err(Fault::Closed)))
    }

    /// Has the runtime do something, and waits for it. `None` when the runtime has ended.
    fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (tell, told) = mpsc::sync_channel(1);
        self.runtime.as_ref()?.spawn(async move {
            // Whoever asked waits; it cannot have gone.
            let _ = tell.send(work.await);
        });
        told.recv().ok()
    }
}

impl Wire {
    async fn ask(
        self: Arc<Self>,
        calls: Vec<Call>,
        budget: Option<Arc<Budget>>,
    ) -> Result<Vec<Said>, Fault> {
        let most = self.options.batch.max(1);
        let packets: Vec<_> = calls
            .chunks(most)
            .map(|calls| {
                let (wire, calls, budget) = (Arc::clone(&self), calls.to_vec(), budget.clone());
                tokio::spawn(async move { wire.persist(&calls, budget.as_deref()).await })
            })
            .collect();
        let mut answers = Vec::with_capacity(calls.len());
        for packet in packets {
            answers.extend(packet.await.unwrap_or(Err(Fault::Closed))?);
        }
        Ok(answers)
    }

    /// Sends a packet until it is answered or what keeps it from that is not transient.
    async fn persist(&self, calls: &[Call], budget: Option<&Budget>) -> Result<Vec<Said>, Fault> {
        let Options { retries, first_pause, longest_pause, .. } = self.options;
        let pauses = ExponentialBuilder::new()
            .with_min_delay(first_pause)
            .with_max_delay(longest_pause)
            .with_max_times(retries)
            .with_jitter();
        (|| self.once(calls, budget))
            .retry(pauses)
            .when(Fault::is_transient)
            .adjust(|fault, pause| patient(fault, pause?, longest_pause))
            .await
    }

    async fn once(&self, calls: &[Call], budget: Option<&Budget>) -> Result<Vec<Said>, Fault> {
        let _slot = self.slots.acquire().await.map_err(|_| Fault::Closed)?;
        if let Some(budget) = budget {
            budget.spend(calls.len())?;
        }
        self.packets.fetch_add(1, Ordering::Relaxed);
        self.calls.fetch_add(calls.len() as u64, Ordering::Relaxed);
        let within = self.options.timeout;
        let sent = tokio::time::timeout(within, self.send(calls)).await;
        sent.unwrap_or(Err(Fault::Timeout { within }))
    }

    async fn send(&self, calls: &[Call]) -> Result<Vec<Said>, Fault> {
        let first = calls.first().map_or("nothing", |call| call.method);
        let first_id = self.ids.fetch_add(calls.len() as u64, Ordering::Relaxed);
        let packet = packet::of(calls, first_id)?;
        let answer = match (&self.transport, &self.endpoint.place) {
            (Transport::Http(http), Place::Http(url)) => {
                http.send(url.clone(), &self.endpoint, first, packet).await?
            }
            (Transport::Stream(stream), _) => stream.send(&self.endpoint, first, packet).await?,
            (Transport::Http(_), _) => return Err(Fault::Closed),
        };
        self.sort(calls, first_id, answer)
    }

    /// The answers in the order of the calls, told by their ids.
    fn sort(
        &self,
        calls: &[Call],
        first_id: u64,
        answer: ResponsePacket,
    ) -> Result<Vec<Said>, Fault> {
        let mut sorted: Vec<Option<Response>> = vec![None; calls.len()];
        let responses = match answer {
            ResponsePacket::Batch(responses) => responses,
            // One error for a whole batch, with the id of none of its calls.
            ResponsePacket::Single(one) if calls.len() > 1 => {
                return Err(self.whole(calls[0].method, &one));
            }
            ResponsePacket::Single(one) => vec![one],
        };
        for response in responses {
            let at = match &response.id {
                Id::Number(id) => id.checked_sub(first_id).and_then(|at| usize::try_from(at).ok()),
                Id::String(_) | Id::None => None,
            };
            match at.and_then(|at| sorted.get_mut(at)) {
                Some(place) if place.is_some() => {
                    let what = "two answers to one call".to_owned();
                    return Err(Fault::Garbage { method: calls[0].method, what });
                }
                Some(place) => *place = Some(response),
                None if calls.len() == 1 => return Err(self.whole(calls[0].method, &response)),
                None => {}
            }
        }
        let pairs = sorted.into_iter().zip(calls);
        pairs.map(|(response, call)| self.payload(call.method, response)).collect()
    }

    fn payload(&self, method: &'static str, response: Option<Response>) -> Result<Said, Fault> {
        let missing = || Fault::Garbage { method, what: "no answer to this call".to_owned() };
        let payload = response.ok_or_else(missing)?.payload;
        match payload.try_into_success() {
            Ok(value) => Ok(Said::Value(value)),
            Err(error) if classify::reverted(method, &error) => Ok(Said::Reverted),
            Err(error) => Err(classify::payload(&self.endpoint, method, &error)),
        }
    }

    /// What an answer with another's id means: an error of all, or nonsense.
    fn whole(&self, method: &'static str, response: &Response) -> Fault {
        match response.payload.as_error() {
            Some(error) => classify::payload(&self.endpoint, method, error),
            None => Fault::Garbage { method, what: "an answer to another call".to_owned() },
        }
    }
}

/// How long to pause: as long as the node asks for, unless that is too long to wait.
fn patient(fault: &Fault, pause: Duration, longest: Duration) -> Option<Duration> {
    let Fault::RateLimited { retry_after: Some(wanted) } = fault else { return Some(pause) };
    (*wanted <= longest).then_some(pause.max(*wanted))
}
