//! Who may ask how much, and what happens to those who ask for more.

use std::{
    net::TcpStream,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tenor::{
    api::keys::Keys,
    config::{Config, Secret},
    workers::Workers,
};

use super::{Client, Program, Server, http::PATIENCE, server::folder};

/// The key `open-sesame`: printf %s open-sesame | sha256sum
const KEYS: &str = "ali d7ecdf25eaf3deba0f2628771dbdd22d4138ab6cf38f91ed02a2ca0dec7c8ab7\n";

fn limited(rate_per_s: u32, burst: u32) -> Config {
    let mut config = Config::default();
    config.api.rate_per_s = rate_per_s;
    config.api.burst = burst;
    config
}

fn keys() -> Keys {
    let path = folder().join("keys");
    std::fs::write(&path, KEYS).unwrap();
    Keys::read(&Secret::File(path)).unwrap()
}

/// Asks until it is turned away; how often it was not.
fn until_refused(client: &Client) -> usize {
    for asked in 0.. {
        let reply = client.get("/v1/problems/expired");
        if reply.status != 200 {
            reply.refused("rate_limited");
            let after: u64 = reply.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&after), "{after}");
            return asked;
        }
        assert_eq!(reply.header("ratelimit-limit"), Some("3"));
        assert!(reply.header("ratelimit-remaining").is_some());
        // At one a second only a machine that stands still is never refused.
        assert!(asked < 10_000);
    }
    unreachable!()
}

#[test]
fn askers_are_counted_apart_and_told_when_to_come_back() {
    let server = Server::with(limited(1, 3), keys());
    let anybody = server.client();
    assert!(until_refused(&anybody) >= 3);
    // Probes and holders of a key are not in that count.
    anybody.get("/v1/health").ok();
    assert!(until_refused(&anybody.with("authorization", "Bearer open-sesame")) >= 3);
    anybody.with("authorization", "Bearer wrong").get("/v1/problems").refused("key_unknown");
}

#[test]
fn a_key_is_required_where_the_operator_says_so() {
    let mut config = Config::default();
    config.api.key_required = true;
    let server = Server::with(config, keys());
    let refused = server.client().get("/v1/problems");
    refused.refused("key_required");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    server.client().with("authorization", "bearer open-sesame").get("/v1/problems").ok();
    server.client().get("/v1/health").ok();
}

#[test]
fn keys_are_in_no_log() {
    let folder = folder();
    std::fs::write(folder.join("keys"), KEYS).unwrap();
    let config = folder.join("tenor.toml");
    let text = format!("[api]\nkeys = \"file:{}\"\n", folder.join("keys").display());
    std::fs::write(&config, text).unwrap();
    let program = Program::start(&["--config", config.to_str().unwrap()]);
    let client = program.client();
    client.with("authorization", "Bearer open-sesame").get("/v1/problems").ok();
    client.with("authorization", "Bearer not-a-key").get("/v1/problems").refused("key_unknown");
    let greeting = program.greeting.clone();
    let (_, log) = program.stop();
    assert!(log.contains("key_unknown"), "{log}");
    for secret in ["open-sesame", "not-a-key", "d7ecdf25"] {
        assert!(!log.contains(secret) && !greeting.contains(secret), "{secret}: {log}");
    }
}

#[test]
fn only_listed_origins_are_allowed() {
    let mut config = Config::default();
    config.api.cors_origins = vec!["https://app.example".to_owned()];
    let server = Server::with(config, Keys::default());
    let allowed = |origin: &str| {
        let client = server.client().with("origin", origin);
        let preflight = client
            .with("access-control-request-method", "POST")
            .with("access-control-request-headers", "content-type");
        let ways = [client.get("/v1/health"), preflight.send("OPTIONS", "/v1/quotes", None)];
        ways.map(|reply| reply.header("access-control-allow-origin").map(str::to_owned))
    };
    let ours = Some("https://app.example".to_owned());
    assert_eq!(allowed("https://app.example"), [ours.clone(), ours]);
    for other in ["https://evil.example", "https://app.example.evil.example", "null"] {
        assert_eq!(allowed(other), [None, None], "{other}");
    }
}

/// A pool whose one thread is kept busy until the guard is dropped.
struct Busy {
    release: mpsc::Sender<()>,
    held: Vec<thread::JoinHandle<()>>,
}

impl Busy {
    /// Fills the thread and so many places of the queue.
    fn new(workers: &Arc<Workers>, waiting: usize) -> Self {
        let (release, gate) = mpsc::channel::<()>();
        let (started, starts) = mpsc::channel();
        let run = |work: Box<dyn FnOnce() + Send>| {
            let workers = Arc::clone(workers);
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(workers.run(work)).unwrap();
            })
        };
        let first = run(Box::new(move || {
            started.send(()).unwrap();
            let _ = gate.recv();
        }));
        starts.recv_timeout(PATIENCE).unwrap();
        let mut held = vec![first];
        held.extend((0..waiting).map(|_| run(Box::new(|| ()))));
        until(|| workers.waiting() == waiting);
        Self { release, held }
    }

    fn release(self) {
        drop(self.release);
        for thread in self.held {
            thread.join().unwrap();
        }
    }
}

/// Waits for an event.
fn until(mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "it never came");
        thread::sleep(Duration::from_millis(1));
    }
}

fn narrow() -> Server {
    let mut config = Config::default();
    config.solvers.threads = 1;
    config.solvers.queue = 1;
    Server::with(config, Keys::default())
}

#[test]
fn what_does_not_fit_is_turned_away_at_once_and_taken_again_later() {
    let server = narrow();
    let request = json!({ "kind": "indicative", "sentence": "swap 1 WETH to wstETH" });
    let busy = Busy::new(&server.api.workers, 1);
    for _ in 0..3 {
        let reply = server.client().post("/v1/quotes", &request);
        reply.refused("overloaded");
        assert!(reply.header("retry-after").is_some());
    }
    // What needs no search is answered all the while.
    let health = server.client().get("/v1/health").ok();
    assert_eq!(health["waiting"], 1);
    busy.release();
    server.client().post("/v1/quotes", &request).ok();
}

#[test]
fn stopping_finishes_what_was_taken_and_takes_no_more() {
    let mut server = narrow();
    let busy = Busy::new(&server.api.workers, 0);
    let (client, workers) = (server.client(), Arc::clone(&server.api.workers));
    let asked = thread::spawn(move || {
        let request = json!({ "kind": "indicative", "sentence": "swap 1 WETH to wstETH" });
        client.post("/v1/quotes", &request).ok()
    });
    until(|| workers.waiting() == 1);
    server.api.stopping.cancel();
    until(|| TcpStream::connect(server.at).is_err());
    busy.release();
    assert_eq!(asked.join().unwrap()["plan"]["kind"], "swap");
    server.stop();
}
