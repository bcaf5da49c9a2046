//! Hints of MEV-Share: each once, none left out, however often the stream ends.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy_primitives::{B256, U256};
use serde_json::json;
use tenor::{
    clock::Clock,
    relays::{
        hints::{Event, Hints, Options},
        http::Transport,
    },
};
use tokio_util::sync::CancellationToken;

use super::server::{Deed, Request, Server, ok};

/// Impatient about pauses, and patient about a busy machine.
fn options(page: usize) -> Options {
    Options {
        silence: Duration::from_secs(60),
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(2),
        overlap: Duration::from_secs(30),
        page,
    }
}

fn hash(number: u64) -> B256 {
    U256::from(number).into()
}

fn event(number: u64) -> String {
    let hint = json!({ "hash": hash(number), "logs": null, "txs": null, "mevGasPrice": "0x1" });
    format!("data: {hint}\n\n")
}

/// A service: one list of what it ever told, and a stream for each connection.
#[derive(Clone, Default)]
struct Service {
    history: Arc<Mutex<Vec<u64>>>,
    streams: Arc<Mutex<Vec<flume::Receiver<String>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    fn start(&self) -> Server {
        let service = self.clone();
        Server::start(move |request| service.deed(request))
    }

    fn deed(&self, request: &Request) -> Deed {
        let Some((_, query)) = request.line.split_once("/api/v1/history?") else {
            let mut streams = self.streams.lock().unwrap();
            return match streams.is_empty() {
                false => Deed::Stream(streams.remove(0)),
                true => Deed::Silence,
            };
        };
        self.asked.lock().unwrap().push(query.to_owned());
        let number = |name: &str| -> usize {
            let value = query.split('&').find_map(|part| part.strip_prefix(&format!("{name}=")));
            value.unwrap().parse().unwrap()
        };
        let history = self.history.lock().unwrap();
        let page = history.iter().skip(number("offset")).take(number("limit"));
        let entry =
            |number: &u64| json!({ "block": 1, "timestamp": 2, "hint": { "hash": hash(*number) } });
        ok(json!(page.map(entry).collect::<Vec<_>>()).to_string())
    }

    /// A stream of the next connection.
    fn stream(&self) -> flume::Sender<String> {
        let (to, from) = flume::unbounded();
        self.streams.lock().unwrap().push(from);
        to
    }

    fn tell(&self, stream: &flume::Sender<String>, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            self.history.lock().unwrap().push(number);
            stream.send(event(number)).unwrap();
        }
    }

    /// Event while nobody listens.
    fn miss(&self, numbers: impl IntoIterator<Item = u64>) {
        self.history.lock().unwrap().extend(numbers);
    }
}

struct Reader {
    hints: flume::Receiver<Event>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Option<u64>>,
}

fn listen(server: &Server, page: usize, since: Option<u64>) -> Reader {
    let (to, hints) = flume::bounded(4);
    let stop = CancellationToken::new();
    let clock = Clock::standing(1_000);
    let transport = Transport::new().unwrap();
    let reader = Hints::new(&server.url(), transport, options(page), clock, since).unwrap();
    let task = tokio::spawn(reader.run(to, stop.clone()));
    Reader { hints, stop, task }
}

impl Reader {
    async fn next(&self) -> u64 {
        let hint = tokio::time::timeout(Duration::from_secs(60), self.hints.recv_async()).await;
        U256::from_be_bytes(hint.unwrap().unwrap().hash.0).to()
    }

    async fn take(&self, count: usize) -> Vec<u64> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(self.next().await);
        }
        taken
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_made_up_for_and_nothing_comes_twice() {
    let service = Service::default();
    let [first, second, third] = [service.stream(), service.stream(), service.stream()];
    let server = service.start();
    let reader = listen(&server, 3, None);
    service.tell(&first, 0..5);
    assert_eq!(reader.take(5).await, [0, 1, 2, 3, 4]);
    service.miss(5..12);
    // In the middle of an event, which is told again by the history alone.
    service.miss([12]);
    first.send(event(12)[..30].to_owned()).unwrap();
    drop(first);
    assert_eq!(reader.take(8).await, [5, 6, 7, 8, 9, 10, 11, 12]);
    // The stream repeats what the history had, and goes on.
    second.send(event(11)).unwrap();
    service.tell(&second, 13..15);
    assert_eq!(reader.take(2).await, [13, 14]);
    drop(second);
    // What the history has late comes with the first sign of life.
    server.asked(3);
    service.tell(&third, [16]);
    assert_eq!(reader.next().await, 16);
    service.miss([15]);
    third.send(":ping\n\n".to_owned()).unwrap();
    assert_eq!(reader.next().await, 15);
    third.send("data: {\"of\":\"another form\"}\n\n".to_owned()).unwrap();
    service.tell(&third, [17]);
    assert_eq!(reader.next().await, 17);
    reader.stop.cancel();
    assert_eq!(reader.task.await.unwrap(), Some(1_000));
    assert_eq!(reader.hints.try_recv(), Err(flume::TryRecvError::Disconnected), "nothing twice");
    let asked = service.asked.lock().unwrap();
    assert!(
        asked.iter().all(|query| query.starts_with("timestampStart=970&limit=3&")),
        "{asked:?}"
    );
    assert!(asked.iter().any(|query| query.ends_with("offset=9")), "{asked:?}");
}

/// One that goes on where another ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_goes_on_from_a_time() {
    let service = Service::default();
    let stream = service.stream();
    service.miss(0..7);
    let server = service.start();
    let reader = listen(&server, 2, Some(500));
    assert_eq!(reader.take(7).await, [0, 1, 2, 3, 4, 5, 6]);
    service.tell(&stream, [7]);
    assert_eq!(reader.next().await, 7);
    assert!(service.asked.lock().unwrap()[0].starts_with("timestampStart=470&"));
    // Nobody takes hints any more: it ends by itself.
    drop(reader.hints);
    service.tell(&stream, 8..12);
    reader.task.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_is_asked_again() {
    let service = Service::default();
    let stream = service.stream();
    let inner = service.clone();
    let mut number = 0;
    let server = Server::start(move |request| {
        number += 1;
        match number {
            1 => Deed::Answer(503, "", String::new()),
            2 => Deed::Close,
            _ => inner.deed(request),
        }
    });
    let reader = listen(&server, 100, None);
    service.tell(&stream, 0..3);
    assert_eq!(reader.take(3).await, [0, 1, 2]);
    reader.stop.cancel();
    reader.task.await.unwrap();
}

/// The example of the documentation.
#[tokio::test(flavor = "multi_thread")]
async fn a_hint_says_what_is_told() {
    let service = Service::default();
    let stream = service.stream();
    let server = service.start();
    let reader = listen(&server, 100, None);
    let text = r#"{"hash":"0xc7dc06c994400830054ab815732d91275bc1241f9be62b62b687b7882f19b8d4","logs":[{"address":"0x0000c335bc9d5d1af0402cad63fa7f258363d71a","topics":["0x0000000000000000000000000000000000000000000000000000000000000001"],"data":"0x"}],"txs":[{"to":"0x0000c335bc9d5d1af0402cad63fa7f258363d71a","functionSelector":"0x696d2073","callData":"0x696d20736861726969696969696e67"}]}"#;
    stream.send(format!(":ping\n\ndata: {text}\n\n")).unwrap();
    let hint = reader.hints.recv_async().await.unwrap();
    let transaction = &hint.txs.as_ref().unwrap()[0];
    assert_eq!(transaction.function_selector.as_ref().unwrap().to_string(), "0x696d2073");
    assert_eq!(Some(hint.logs.as_ref().unwrap()[0].address), transaction.to);
    reader.stop.cancel();
    reader.task.await.unwrap();
}
