//! A client that sends exactly what it is given.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// No answer takes this long, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Asks a server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) at: SocketAddr,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) const fn new(at: SocketAddr) -> Self {
        Self { at, headers: Vec::new() }
    }

    /// The same with a header in every request.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.push((name.to_owned(), value.to_owned()));
        Self { at: self.at, headers }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        let json = self.with("content-type", "application/json");
        json.send("POST", path, Some(body.to_string().as_bytes()))
    }

    /// One request on a connection of its own.
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&[u8]>) -> Reply {
        let mut stream = self.open();
        stream.write_all(&self.head(method, path, body.map(<[u8]>::len))).unwrap();
        // A server that refuses by the head alone may close before the body is there.
        let _ = stream.write_all(body.unwrap_or_default());
        read(stream)
    }

    pub(crate) fn open(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    pub(crate) fn head(&self, method: &str, path: &str, length: Option<usize>) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        if let Some(length) = length {
            write!(head, "content-length: {length}\r\n").unwrap();
        }
        head += "\r\n";
        head.into_bytes()
    }
}

/// Reads the one reply of a connection, to its end.
pub(crate) fn read(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    // What is reset after the reply has arrived has been answered.
    let ended = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head: {ended:?}, {bytes:?}"));
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    Reply { status, headers: lines.map(header).collect(), body: bytes.split_off(end + 4) }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// That it is a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// That it is the problem of this code, in its form.
    #[track_caller]
    pub(crate) fn refused(&self, code: &str) -> Value {
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        let problem = tenor::problems::Problem::named(code).expect("a row of the table");
        assert_eq!(self.status, problem.status(), "{body}");
        assert_eq!(body["status"], problem.status(), "{body}");
        assert_eq!(body["retryable"], problem.retryable(), "{body}");
        assert_eq!(body["title"], problem.title(), "{body}");
        assert_eq!(body["type"], format!("/v1/problems/{code}"), "{body}");
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{body}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert!(self.header("x-request-id").is_some());
        body
    }
}
