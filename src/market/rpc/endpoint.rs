//! Where a node is, and what of that may be shown.

use std::path::PathBuf;

use url::Url;

use super::error::{Fault, RpcError};

/// The most of a node's own words that is shown.
const EXCERPT: usize = 160;

/// Parts of a URL shorter than this are no secrets: blotting them out would garble messages.
const SECRET: usize = 6;

/// An address of a node. Its `Debug` shows what its [`Endpoint::shown`] does.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) place: Place,
    shown: String,
    secrets: Vec<String>,
}

/// How to reach it.
#[derive(Clone)]
pub(super) enum Place {
    /// HTTP, with or without TLS.
    Http(Url),
    /// A web socket, with or without TLS.
    WebSocket(Url),
    /// A local socket.
    Ipc(PathBuf),
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Endpoint {
    pub(super) fn parse(text: &str) -> Result<Self, RpcError> {
        let text = text.trim();
        if let Some(path) = ipc(text) {
            let shown = format!("ipc:{}", path.display());
            return Ok(Self { place: Place::Ipc(path), shown, secrets: Vec::new() });
        }
        let bad =
            |why: String| RpcError { node: "the node's URL".to_owned(), fault: Fault::BadUrl(why) };
        let url = Url::parse(text).map_err(|error| bad(error.to_string()))?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| bad("no host".to_owned()))?;
        let port = url.port_or_known_default().unwrap_or_default();
        let shown = format!("{}://{host}:{port}", url.scheme());
        let secrets = secrets(text, &url);
        let place = match url.scheme() {
            "http" | "https" => Place::Http(url),
            "ws" | "wss" => Place::WebSocket(url),
            _ => return Err(bad("its scheme is none of http, https, ws, wss".to_owned())),
        };
        Ok(Self { place, shown, secrets })
    }

    /// Scheme, host and port.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Words from outside, without what the URL keeps secret, and on one short line.
    pub(super) fn clean(&self, words: &str) -> String {
        let mut words = words.to_owned();
        for secret in &self.secrets {
            words = words.replace(secret, "***");
        }
        let printable = words.chars().map(|c| if c.is_control() { ' ' } else { c });
        let mut short: String = printable.take(EXCERPT).collect();
        if short.len() < words.len() {
            short.push('…');
        }
        short
    }
}

fn ipc(text: &str) -> Option<PathBuf> {
    let path = text.strip_prefix("ipc:").map(|path| path.strip_prefix("//").unwrap_or(path));
    let path = path.or_else(|| (text.starts_with('/') || text.ends_with(".ipc")).then_some(text));
    path.filter(|path| !path.contains("://")).map(PathBuf::from)
}

/// What of a URL may be a key: all but scheme, host and port. Longest first, so that none is left
/// in parts.
fn secrets(text: &str, url: &Url) -> Vec<String> {
    let mut secrets = vec![text.to_owned(), url.as_str().to_owned(), url.path().to_owned()];
    secrets.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
    secrets.extend([url.username(), url.password().unwrap_or_default()].map(str::to_owned));
    secrets.extend(url.query().map(str::to_owned));
    secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    secrets.extend(url.fragment().map(str::to_owned));
    secrets.retain(|secret| secret.len() >= SECRET);
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_shows_its_scheme_host_and_port_only() {
        for (url, shown) in [
            (
                "https://user:hunter22@node.example/v2/abcdefgh?key=12345678",
                "https://node.example:443",
            ),
            ("ws://127.0.0.1:8546/secret-token", "ws://127.0.0.1:8546"),
            ("http://[::1]:1", "http://[::1]:1"),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!(endpoint.shown(), shown);
            assert_eq!(format!("{endpoint:?}"), shown);
            let said = endpoint.clean(&format!("cannot get {url}: no such key"));
            for secret in ["hunter22", "abcdefgh", "12345678", "secret-token"] {
                assert!(!said.contains(secret), "{said}");
            }
        }
    }

    #[test]
    fn words_from_outside_are_one_short_printable_line() {
        let endpoint = Endpoint::parse("http://127.0.0.1:1").unwrap();
        assert_eq!(endpoint.clean("a\u{1b}[31m\nb"), "a [31m b");
        assert!(endpoint.clean(&"x".repeat(10_000)).chars().count() <= EXCERPT + 1);
    }

    #[test]
    fn what_is_no_url_is_refused_without_repeating_it() {
        for url in ["", "node", "ftp://host/secret-key", "http://", "unix:/secret-key"] {
            let error = Endpoint::parse(url).unwrap_err();
            assert!(matches!(error.fault, Fault::BadUrl(_)), "{url}: {error}");
            assert!(!error.to_string().contains("secret-key"), "{error}");
        }
    }

    #[test]
    fn a_path_is_a_local_socket() {
        for url in ["/run/node.ipc", "ipc:/run/node.ipc", "ipc:///run/node.ipc"] {
            let endpoint = Endpoint::parse(url).unwrap();
            let Place::Ipc(path) = endpoint.place else { panic!("{url}") };
            assert_eq!(path.to_str(), Some("/run/node.ipc"));
        }
    }
}
