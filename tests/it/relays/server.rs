//! A server on this machine that notes what it is asked and does what a script says.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long an event is waited for: as long as a busy machine may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The method and the path.
    pub(crate) line: String,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Which connection it came by, counted from zero.
    pub(crate) connection: usize,
}

/// What is done with a request.
pub(crate) enum Deed {
    /// A status with its headers, each with its line's end, and a body.
    Answer(u16, &'static str, String),
    /// The connection is closed without a word.
    Close,
    /// Nothing, for as long as the server lives.
    Silence,
    /// Half of a body, and the length of the whole.
    Cut(String),
    /// A body without an end.
    Endless,
    /// Pieces as they come, until there are no more.
    Stream(flume::Receiver<String>),
}

type Script = Box<dyn FnMut(&Request) -> Deed + Send>;

pub(crate) struct Server {
    port: u16,
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

struct Desk {
    script: Mutex<Script>,
    seen: Mutex<Vec<Request>>,
    more: Condvar,
    ended: AtomicBool,
    silent: Mutex<Vec<TcpStream>>,
}

/// An answer of 200.
pub(crate) fn ok(body: impl Into<String>) -> Deed {
    Deed::Answer(200, "", body.into())
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Server {
    pub(crate) fn start(script: impl FnMut(&Request) -> Deed + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let desk = Arc::new(Desk {
            script: Mutex::new(Box::new(script)),
            seen: Mutex::default(),
            more: Condvar::new(),
            ended: AtomicBool::new(false),
            silent: Mutex::default(),
        });
        let shared = Arc::clone(&desk);
        let thread = thread::spawn(move || {
            let open = |_: &io::Result<TcpStream>| !shared.ended.load(Ordering::Relaxed);
            for (number, stream) in listener.incoming().take_while(open).enumerate() {
                let desk = Arc::clone(&shared);
                // A client that hangs up is one.
                thread::spawn(move || stream.and_then(|stream| desk.serve(stream, number)));
            }
        });
        Self { port, desk, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.desk.seen.lock().unwrap().clone()
    }

    /// Waits until so much was asked.
    pub(crate) fn asked(&self, count: usize) -> Vec<Request> {
        let seen = self.desk.seen.lock().unwrap();
        let waited = self.desk.more.wait_timeout_while(seen, PATIENCE, |seen| seen.len() < count);
        let (seen, late) = waited.unwrap();
        assert!(!late.timed_out(), "{} of {count} requests", seen.len());
        seen.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.desk.ended.store(true, Ordering::Relaxed);
        // Wakes it, so that it sees that.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn serve(&self, stream: TcpStream, connection: usize) -> io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        while let Some(request) = read(&mut reader, connection)? {
            let deed = (*self.script.lock().unwrap())(&request);
            self.seen.lock().unwrap().push(request);
            self.more.notify_all();
            match deed {
                Deed::Answer(status, headers, body) => {
                    write!(
                        stream,
                        "HTTP/1.1 {status} Said\r\n{headers}Content-Type: application/json\r\n\
                         Content-Length: {}\r\n\r\n{body}",
                        body.len()
                    )?;
                }
                Deed::Close => return Ok(()),
                Deed::Silence => {
                    self.silent.lock().unwrap().push(stream);
                    return Ok(());
                }
                Deed::Cut(body) => {
                    let half = &body[..body.len() / 2];
                    let length = body.len();
                    return write!(
                        stream,
                        "HTTP/1.1 200 Said\r\nContent-Length: {length}\r\n\r\n{half}"
                    );
                }
                Deed::Endless => {
                    write!(stream, "HTTP/1.1 200 Said\r\n\r\n")?;
                    while stream.write_all(&[b' '; 1 << 14]).is_ok() {}
                    return Ok(());
                }
                Deed::Stream(pieces) => {
                    write!(stream, "HTTP/1.1 200 Said\r\nContent-Type: text/event-stream\r\n\r\n")?;
                    while let Ok(piece) = pieces.recv() {
                        stream.write_all(piece.as_bytes())?;
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// A request, or the end of the connection.
fn read(stream: &mut BufReader<TcpStream>, connection: usize) -> io::Result<Option<Request>> {
    let mut first = String::new();
    if stream.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let line = first.rsplit_once(' ').unwrap().0.to_owned();
    Ok(Some(Request { line, headers, body, connection }))
}
