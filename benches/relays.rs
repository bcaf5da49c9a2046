//! Signed transactions given, how long until every relay has the last byte of its bundle: built, linted, written,
//! signed and sent to relays on this machine, over connections that are kept. Relays answer at once, and what
//! they do after the last byte is not counted.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, TxKind};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use k256::ecdsa::SigningKey;
use tenor::{
    bundle::{Bundle, Raw},
    clock::Clock,
    relays::{
        Dialect, Fleet,
        breaker::Rules,
        fleet::Berth,
        http::{Http, Transport},
        identity::Identity,
        terms::Requests,
    },
};

const RULES: Rules =
    Rules { failures: 3, rest: Duration::from_secs(1), longest: Duration::from_secs(1) };

/// Nothing is held back: what is measured is the way, not the wait.
const REQUESTS: Requests = Requests {
    sends: u32::MAX / 8,
    cancels: u32::MAX / 8,
    simulations: u32::MAX / 8,
    questions: u32::MAX / 8,
};

/// A relay that says when it has read each request.
fn relay(read: flume::Sender<Instant>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, read) = (stream.unwrap(), read.clone());
            thread::spawn(move || serve(stream, &read));
        }
    });
    url
}

fn serve(stream: TcpStream, read: &flume::Sender<Instant>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut answer = stream.try_clone()?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap();
                }
                _ if line.trim().is_empty() => break,
                _ => {}
            }
        }
        stream.read_exact(&mut vec![0; length])?;
        read.send(Instant::now()).unwrap();
        answer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull")?;
    }
}

/// Two transactions of a settlement's size.
fn transactions() -> Vec<Raw> {
    let signer = PrivateKeySigner::from_slice(&[9; 32]).unwrap();
    let sign = |nonce| {
        let transaction = TxEip1559 {
            chain_id: 1,
            nonce,
            gas_limit: 600_000,
            max_fee_per_gas: 1 << 30,
            to: TxKind::Call(Address::repeat_byte(1)),
            input: vec![0x5a; 2_500].into(),
            ..TxEip1559::default()
        };
        let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
        let envelope: TxEnvelope = transaction.into_signed(signature).into();
        Raw::decode(envelope.encoded_2718().into()).unwrap()
    };
    vec![sign(0), sign(1)]
}

fn bench(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let identity = Arc::new(Identity::new(SigningKey::from_slice(&[7; 32]).unwrap()));
    let transactions = transactions();
    let mut group = criterion.benchmark_group("bundle_to_wire");
    for count in [1, 3, 6] {
        let (to, read) = flume::unbounded();
        let transport = Transport::new().unwrap();
        let berths = (0..count).map(|_| {
            let (url, identity) = (relay(to.clone()), Arc::clone(&identity));
            let patience = Duration::from_secs(60);
            let relay = Http::new(Dialect::Flashbots, &url, patience, identity, transport.clone());
            Berth { relay: Arc::new(relay.unwrap()), requests: REQUESTS, told_anyway: false }
        });
        let fleet = Fleet::new(berths.collect(), RULES, &Clock::System).unwrap();
        let once = || {
            let begun = Instant::now();
            let bundle = Bundle::new(transactions.clone(), 21_000_001);
            let told = runtime.block_on(fleet.send(&bundle, |_| true));
            assert!(told.iter().all(|told| told.outcome.is_ok()), "{told:?}");
            let last = read.drain().map(|at| at - begun).max();
            last.expect("somebody read it")
        };
        // Connections are opened before.
        once();
        group.bench_function(BenchmarkId::from_parameter(format!("{count} relays")), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| once()).sum());
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
