//! Relays on this machine that say when they have read a request, and a fleet that sends to them.

use std::{
    io::{BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use k256::ecdsa::SigningKey;
use tenor::{
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

/// So many relays, and when each has read each request. They answer at once; where there is a builder, each
/// request is passed on to it first, and its answer back.
pub(crate) fn fleet(
    relays: usize,
    builder: Option<SocketAddr>,
    clock: &Clock,
) -> (Fleet, flume::Receiver<Instant>) {
    let identity = Arc::new(Identity::new(SigningKey::from_slice(&[7; 32]).unwrap()));
    let (to, read) = flume::unbounded();
    let transport = Transport::new().unwrap();
    let berths = (0..relays).map(|number| {
        let url = format!("http://{}/relay", relay(to.clone(), builder));
        let (patience, identity) = (Duration::from_secs(60), Arc::clone(&identity));
        let relay = Http::new(Dialect::Flashbots, &url, patience, identity, transport.clone());
        let relay = relay.unwrap().named(format!("flashbots-{number}"));
        Berth { relay: Arc::new(relay), requests: REQUESTS, told_anyway: false }
    });
    (Fleet::new(berths.collect(), RULES, clock).unwrap(), read)
}

fn relay(read: flume::Sender<Instant>, builder: Option<SocketAddr>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, read) = (stream.unwrap(), read.clone());
            thread::spawn(move || serve(stream, builder, &read));
        }
    });
    at
}

fn serve(
    stream: TcpStream,
    builder: Option<SocketAddr>,
    read: &flume::Sender<Instant>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut answer = stream.try_clone()?;
    let mut stream = BufReader::new(stream);
    let mut upstream = match builder {
        Some(at) => Some(BufReader::new(TcpStream::connect(at)?)),
        None => None,
    };
    while let Some(request) = message(&mut stream)? {
        // Whoever measures may have ended.
        let _ = read.send(Instant::now());
        let said = match &mut upstream {
            Some(upstream) => {
                upstream.get_mut().write_all(&request)?;
                message(upstream)?.unwrap_or_default()
            }
            None => b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull".to_vec(),
        };
        answer.write_all(&said)?;
    }
    Ok(())
}

/// One HTTP message, whole; `None` at the end.
fn message(stream: &mut impl std::io::BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let (mut whole, mut length) = (Vec::new(), 0);
    loop {
        let begun = whole.len();
        if stream.read_until(b'\n', &mut whole)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&whole[begun..]).to_ascii_lowercase();
        if line.trim().is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap();
        }
    }
    let head = whole.len();
    whole.resize(head + length, 0);
    stream.read_exact(&mut whole[head..])?;
    Ok(Some(whole))
}

/// The median and the 99th percentile, told.
pub(crate) fn told(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let quantile = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    println!("{what}: median {:?}, p99 {:?}, {} times", quantile(50), quantile(99), took.len());
}
