//! A node that misbehaves on script: it stands before a chain, notes what is asked, and passes it on,
//! changes it or answers by itself.

use std::{
    io::{BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use serde_json::Value;

use super::{anvil::Anvil, http};

/// What is done with a request.
pub(super) enum Deed {
    /// The chain's answer.
    Forward,
    /// The chain's answer, changed.
    Change(Box<dyn FnOnce(&mut Value)>),
    /// A status with its headers and a body.
    Status(&'static str, &'static str, &'static str),
    /// A body of this text.
    Body(String),
    /// The chain's answer up to the middle, and the length of the whole.
    Cut,
    /// The chain's answer up to the middle, as if that were all.
    Truncate,
    /// Nothing, for as long as the proxy lives.
    Silence,
}

/// What a script does with each request, in turn.
pub(super) trait Script: FnMut(&Value) -> Deed + Send + 'static {}

impl<F: FnMut(&Value) -> Deed + Send + 'static> Script for F {}

/// A running proxy.
pub(super) struct Proxy {
    port: u16,
    seen: Arc<Mutex<Vec<Value>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Stands before a chain.
    pub(super) fn before(anvil: &Anvil, script: impl Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let desk = Arc::new(Desk {
            upstream: anvil.port(),
            script: Mutex::new(Box::new(script)),
            seen: Arc::clone(&seen),
            silent: Mutex::default(),
        });
        let end = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !end.load(Ordering::Relaxed)) {
                let desk = Arc::clone(&desk);
                // A client that hangs up is one.
                thread::spawn(move || stream.and_then(|stream| desk.serve(stream)));
            }
        });
        Self { port, seen, ended, thread: Some(thread) }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The requests so far, a batch being one.
    pub(super) fn requests(&self) -> Vec<Value> {
        self.seen.lock().unwrap().clone()
    }

    /// The calls of a method so far, in whatever requests.
    pub(super) fn calls(&self, method: &str) -> usize {
        self.requests().iter().flat_map(calls).filter(|call| call["method"] == method).count()
    }
}

/// What every connection needs.
struct Desk {
    upstream: u16,
    script: Mutex<Box<dyn Script>>,
    seen: Arc<Mutex<Vec<Value>>>,
    /// Connections that are kept waiting.
    silent: Mutex<Vec<TcpStream>>,
}

impl Desk {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let (_, body) = http::read(&mut reader)?;
        let request: Value = serde_json::from_slice(&body)?;
        let deed = (*self.script.lock().unwrap())(&request);
        self.seen.lock().unwrap().push(request);
        let mut stream = reader.into_inner();
        match deed {
            Deed::Silence => {
                self.silent.lock().unwrap().push(stream);
                Ok(())
            }
            deed => answer(&mut stream, self.upstream, &body, deed),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes it, so that it sees that.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The calls of a request.
pub(super) fn calls(request: &Value) -> Vec<&Value> {
    request.as_array().map_or_else(|| vec![request], |calls| calls.iter().collect())
}

/// Whether a request has a call of a method.
pub(super) fn has(request: &Value, method: &str) -> bool {
    calls(request).iter().any(|call| call["method"] == method)
}

fn answer(
    stream: &mut TcpStream,
    upstream: u16,
    request: &[u8],
    deed: Deed,
) -> std::io::Result<()> {
    let mut claimed = None;
    let (status, headers, body) = match deed {
        Deed::Status(status, headers, body) => (status, headers, body.as_bytes().to_vec()),
        Deed::Body(body) => ("200 OK", "", body.into_bytes()),
        Deed::Forward | Deed::Silence => ("200 OK", "", http::post(upstream, request)?),
        Deed::Change(change) => {
            let mut answer: Value = serde_json::from_slice(&http::post(upstream, request)?)?;
            change(&mut answer);
            ("200 OK", "", answer.to_string().into_bytes())
        }
        deed @ (Deed::Cut | Deed::Truncate) => {
            let mut body = http::post(upstream, request)?;
            claimed = matches!(deed, Deed::Cut).then_some(body.len());
            body.truncate(body.len() / 2);
            ("200 OK", "", body)
        }
    };
    let length = claimed.unwrap_or(body.len());
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}
