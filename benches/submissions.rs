//! Durable submissions a second over HTTP: signed intents, each checked and on disk before its 201, while
//! the solver works on what was accepted. `cargo bench --bench submissions [FOLDER]` keeps its store in
//! a folder of its own in FOLDER, or among temporary files, and prints a line for each number of
//! connections.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, U256, keccak256};
use k256::ecdsa::SigningKey;
use tenor::{
    api::{Api, Parts, keys::Keys, server},
    clock::Clock,
    config::Config,
    intents::signed::{
        Deployment, SETTLER, Terms,
        offer::offer,
        wire::{Decimal, SignedDto},
    },
    market::{self, Assume, current::Current},
    store::sqlite::{Options, Sqlite},
};

const CONNECTIONS: [usize; 3] = [1, 16, 64];
const EACH: usize = 5_000;

/// Bodies of so many intents, each signed with a nonce of its own.
fn bodies(market: &Current, here: &Deployment, from: usize) -> Vec<String> {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let point = key.verifying_key().to_encoded_point(false);
    let owner = Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..]);
    let snapshot = market.newest();
    let engine = &snapshot.engine;
    let intent = engine.read("swap 50 WETH to wstETH").unwrap();
    let plan = engine.plan(&intent, owner).unwrap().unwrap();
    let now = Clock::System.seconds();
    let terms = Terms::new(*here, owner, U256::ZERO, Address::ZERO, now);
    let offered = offer(engine.market(), engine.world().unwrap(), &intent, &plan, &terms).unwrap();
    let template = offered.signed(here, Vec::new().into());
    let sign = |number: usize| {
        let mut dto: SignedDto = template.clone();
        dto.message.nonce = Decimal(U256::from(number));
        dto.message.deadline = Decimal(U256::from(now + 86_400));
        let id = here.id(&(&dto.message).into());
        let (signature, recovery) = key.sign_prehash_recoverable(id.as_slice()).unwrap();
        dto.signature = [&signature.to_bytes()[..], &[27 + recovery.to_byte()]].concat().into();
        dto.text().unwrap()
    };
    (from..from + EACH).map(sign).collect()
}

/// Posts bodies on one connection, one after the other; how long each took.
fn post(at: SocketAddr, bodies: &[String]) -> Vec<Duration> {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let each = |body: &String| {
        let started = Instant::now();
        let length = body.len();
        let request = format!(
            "POST /v1/intents HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        reader.read_line(&mut line).unwrap();
        assert!(line.contains(" 201 "), "{line}");
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        started.elapsed()
    };
    bodies.iter().map(each).collect()
}

fn measure(at: SocketAddr, connections: usize, bodies: &[String]) {
    let started = Instant::now();
    let mut waits: Vec<Duration> = thread::scope(|scope| {
        let parts = bodies.chunks(bodies.len().div_ceil(connections));
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || post(at, part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let rate = waits.len() as f64 / started.elapsed().as_secs_f64();
    waits.sort_unstable();
    let quantile = |share: usize| waits[(waits.len() * share / 100).min(waits.len() - 1)];
    println!(
        "{connections:>4} connections: {rate:>6.0} durable submissions/s, wait p50 {:?}, p99 {:?}",
        quantile(50),
        quantile(99)
    );
}

fn start(folder: &Path, market: Arc<Current>, deployment: Deployment) -> (Api, SocketAddr) {
    let mut config = Config::default();
    config.api.rate_per_s = 0;
    let store = Sqlite::open(&folder.join("tenor.db"), Options::default()).unwrap();
    let (store, clock, keys) = (Arc::new(store), Clock::System, Keys::default());
    let (offers, sandbox) = (None, None);
    let parts = Parts { config, market, store, clock, keys, deployment, offers, sandbox };
    let api = Api::new(parts).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let at = listener.local_addr().unwrap();
    let serving = api.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            server::serve(listener, serving).await.unwrap();
        });
    });
    (api, at)
}

fn main() {
    let given = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let within = given.map_or_else(env::temp_dir, PathBuf::from);
    let folder = within.join(format!("tenor-bench-submissions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let market = Arc::new(Current::standing(market::engine(None, &Assume::Default).unwrap()));
    let here = Deployment::of(market.newest().engine.market().chain_id, SETTLER);
    let (api, at) = start(&folder, Arc::clone(&market), here);
    for (round, connections) in CONNECTIONS.into_iter().enumerate() {
        measure(at, connections, &bodies(&market, &here, round * EACH));
    }
    api.stopping.cancel();
    std::fs::remove_dir_all(&folder).unwrap();
}
