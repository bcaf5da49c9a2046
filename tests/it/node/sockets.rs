//! Connections that stay, and what can go wrong on them: a local socket before a chain, on script.

use std::{
    fs,
    io::{self, Write as _},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use alloy_primitives::U256;
use serde_json::{Value, json};
use tenor::market::rpc::{Fault, Node, RpcError};

use super::{VAULT, anvil::Anvil, furnished, http, kept, options};

/// A socket that answers for a chain, and spoils the answers about storage as often as it is told.
struct Socket {
    path: PathBuf,
    spoilt: Arc<AtomicUsize>,
}

impl Socket {
    fn before(anvil: &Anvil, name: &str, times: usize, says: &'static str) -> Self {
        let name = format!("tenor-{}-{name}.sock", std::process::id());
        let path = std::env::temp_dir().join(name);
        let listener = UnixListener::bind(&path).unwrap();
        let spoilt = Arc::new(AtomicUsize::new(0));
        let (port, count) = (anvil.port(), Arc::clone(&spoilt));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let count = Arc::clone(&count);
                // A client that hangs up is one.
                thread::spawn(move || stream.and_then(|s| serve(s, port, &count, times, says)));
            }
        });
        Self { path, spoilt }
    }

    fn read(&self) -> Result<U256, RpcError> {
        let node = Node::connect(self.path.to_str().unwrap(), None, options())?;
        let state = node.state(&node.head()?);
        state.load(&[], &[(VAULT, U256::ONE)])?;
        Ok(tenor_simulations::StateSource::storage(&*state, VAULT, U256::ONE).unwrap())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn serve(
    mut stream: UnixStream,
    port: u16,
    count: &AtomicUsize,
    times: usize,
    says: &str,
) -> io::Result<()> {
    let requests = serde_json::Deserializer::from_reader(stream.try_clone()?);
    for request in requests.into_iter::<Value>() {
        let request = request?;
        let about = request["method"] == "eth_getStorageAt";
        if about && count.fetch_add(1, Ordering::Relaxed) < times {
            stream.write_all(says.as_bytes())?;
            return stream.shutdown(Shutdown::Both);
        }
        stream.write_all(&http::post(port, request.to_string().as_bytes())?)?;
    }
    Ok(())
}

#[test]
fn a_connection_that_is_lost_is_made_again() {
    let anvil = furnished(&[]);
    for (name, says) in [("cut", "{\"jsonrpc\":\"2.0\",\"id\":"), ("html", "<html></html>")] {
        let socket = Socket::before(&anvil, name, 2, says);
        assert_eq!(socket.read(), Ok(kept(1)), "{name}");
        assert_eq!(socket.spoilt.load(Ordering::Relaxed), 3);
    }
}

#[test]
fn a_connection_that_is_lost_again_and_again_is_an_error() {
    let anvil = furnished(&[]);
    for (name, says) in [("ever", ""), ("never", "}{")] {
        let socket = Socket::before(&anvil, name, usize::MAX, says);
        let fault = socket.read().unwrap_err().fault;
        assert!(matches!(fault, Fault::Dropped(_)), "{name}: {fault}");
    }
}

/// Answers with other ids are nobody's.
#[test]
fn an_answer_to_another_call_is_not_taken() {
    let anvil = furnished(&[]);
    let strange = json!({ "jsonrpc": "2.0", "id": 999_999, "result": "0x1" }).to_string();
    let socket = Socket::before(&anvil, "strange", usize::MAX, strange.leak());
    let fault = socket.read().unwrap_err().fault;
    assert!(matches!(fault, Fault::Dropped(_)), "{fault}");
}
