//! What a node can do wrong, each on script: an error that says so, and never a value.

use alloy_primitives::U256;
use serde_json::{Value, json};
use tenor::market::rpc::{Fault, Node, Options, RpcError};
use tenor_simulations::{SourceCause, StateSource};

use super::{
    VAULT,
    anvil::Anvil,
    furnished, kept, options,
    proxy::{Deed, Proxy, has},
};

/// A node whose answers to a method are spoilt.
pub(super) fn spoilt(
    anvil: &Anvil,
    method: &'static str,
    mut deed: impl FnMut(usize) -> Deed + Send + 'static,
) -> Proxy {
    let mut times = 0;
    Proxy::before(anvil, move |request| {
        if !has(request, method) {
            return Deed::Forward;
        }
        times += 1;
        deed(times)
    })
}

/// What reading a slot comes to.
fn slot(url: &str, options: Options) -> Result<U256, (Fault, SourceCause)> {
    let node = Node::connect(url, Some(31_337), options).unwrap();
    let state = node.state(&node.head().unwrap());
    match state.storage(VAULT, U256::from(4)) {
        Ok(value) => Ok(value),
        Err(error) => {
            let again = state.load(&[], &[(VAULT, U256::from(4))]).unwrap_err();
            assert!(error.to_string().starts_with("slot 0x4 of"), "{error}");
            Err((again.fault, error.cause))
        }
    }
}

pub(super) fn connect(url: &str) -> Result<Node, Fault> {
    Node::connect(url, Some(31_337), options()).map_err(|RpcError { fault, .. }| fault)
}

/// An answer to every call of a request.
fn error(code: i64, message: &'static str) -> Deed {
    Deed::Change(Box::new(move |answer| {
        let error = json!({ "code": code, "message": message });
        match answer {
            Value::Array(answers) => {
                for answer in answers {
                    *answer = json!({ "jsonrpc": "2.0", "id": answer["id"], "error": error });
                }
            }
            one => *one = json!({ "jsonrpc": "2.0", "id": one["id"], "error": error }),
        }
    }))
}

fn result(value: Value) -> Deed {
    Deed::Change(Box::new(move |answer| answer["result"] = value))
}

#[test]
fn a_rate_limit_is_waited_out() {
    let anvil = furnished(&[]);
    let limited = |times| match times {
        1 => Deed::Status("429 Too Many Requests", "Retry-After: 0\r\n", ""),
        2 => Deed::Status("429 Too Many Requests", "", "<html>slow down</html>"),
        3 => error(-32005, "limit exceeded"),
        4 => Deed::Status("503 Service Unavailable", "", ""),
        _ => Deed::Forward,
    };
    let proxy = spoilt(&anvil, "eth_getStorageAt", limited);
    assert_eq!(slot(&proxy.url(), options()), Ok(kept(4)));
    assert_eq!(proxy.calls("eth_getStorageAt"), 5);
}

#[test]
fn a_rate_limit_without_end_is_an_error() {
    let anvil = furnished(&[]);
    for headers in ["", "Retry-After: 0\r\n"] {
        let limited = move |_| Deed::Status("429 Too Many Requests", headers, "");
        let proxy = spoilt(&anvil, "eth_getStorageAt", limited);
        let (fault, cause) = slot(&proxy.url(), options()).unwrap_err();
        assert!(matches!(fault, Fault::RateLimited { .. }), "{fault}");
        assert!(matches!(cause, SourceCause::Busy(_)), "{cause}");
        assert_eq!(proxy.calls("eth_getStorageAt"), 2 * (1 + options().retries));
    }
}

/// A node that wants to be left alone for an hour is not asked again after a second.
#[test]
fn a_long_wait_is_not_waited() {
    let anvil = furnished(&[]);
    let limited = |_| Deed::Status("429 Too Many Requests", "Retry-After: 3600\r\n", "");
    let proxy = spoilt(&anvil, "eth_getStorageAt", limited);
    let (fault, _) = slot(&proxy.url(), options()).unwrap_err();
    assert!(fault.to_string().contains("again in 3600 s"), "{fault}");
    assert_eq!(proxy.calls("eth_getStorageAt"), 2);
}

#[test]
fn a_connection_that_drops_is_made_again() {
    let anvil = furnished(&[]);
    let cut = |times| if times < 3 { Deed::Cut } else { Deed::Forward };
    let proxy = spoilt(&anvil, "eth_getStorageAt", cut);
    assert_eq!(slot(&proxy.url(), options()), Ok(kept(4)));
    let proxy = spoilt(&anvil, "eth_getStorageAt", |_| Deed::Cut);
    let (fault, cause) = slot(&proxy.url(), options()).unwrap_err();
    assert!(matches!(fault, Fault::Dropped(_)), "{fault}");
    assert!(cause.is_transient(), "{cause}");
}

#[test]
fn a_server_that_fails_is_said_to() {
    let anvil = furnished(&[]);
    let fails = |_| Deed::Status("502 Bad Gateway", "", "<html></html>");
    let proxy = spoilt(&anvil, "eth_getStorageAt", fails);
    let (fault, _) = slot(&proxy.url(), options()).unwrap_err();
    assert_eq!(fault, Fault::Server { status: 502 });
    let refuses = |_| Deed::Status("401 Unauthorized", "", "bad key");
    let proxy = spoilt(&anvil, "eth_getStorageAt", refuses);
    let (fault, cause) = slot(&proxy.url(), options()).unwrap_err();
    assert_eq!(fault, Fault::Refused { status: 401, said: "bad key".to_owned() });
    assert!(matches!(cause, SourceCause::Failed(_)), "{cause}");
    assert_eq!(proxy.calls("eth_getStorageAt"), 2);
}

/// A redirect would carry the URL's key to wherever it points.
#[test]
fn a_redirect_is_not_followed() {
    let anvil = furnished(&[]);
    let elsewhere =
        |_| Deed::Status("307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n", "");
    let proxy = spoilt(&anvil, "eth_getStorageAt", elsewhere);
    let (fault, _) = slot(&proxy.url(), options()).unwrap_err();
    assert!(matches!(fault, Fault::Refused { status: 307, .. }), "{fault}");
}

#[test]
fn what_is_no_answer_is_not_read_as_one() {
    let anvil = furnished(&[]);
    let spoil: [fn() -> Deed; 12] = [
        || Deed::Truncate,
        || Deed::Body("<!DOCTYPE html><html><body>Welcome</body></html>".to_owned()),
        || Deed::Body(String::new()),
        || Deed::Body("[]".to_owned()),
        || Deed::Body("{}".to_owned()),
        || Deed::Body(json!({ "jsonrpc": "2.0", "id": 1_000_000, "result": "0x1" }).to_string()),
        || result(json!(4_000_019)),
        || result(json!("4000019")),
        || result(json!("0x")),
        || result(json!("0xzz")),
        || result(json!({ "value": "0x1" })),
        || result(json!(format!("0x{}", "0".repeat(65)))),
    ];
    for (at, deed) in spoil.into_iter().enumerate() {
        let proxy = spoilt(&anvil, "eth_getStorageAt", move |_| deed());
        let (fault, cause) = slot(&proxy.url(), options()).unwrap_err();
        assert!(matches!(fault, Fault::Garbage { .. }), "{at}: {fault}");
        assert!(matches!(cause, SourceCause::Wrong(_)), "{at}: {cause}");
        assert_eq!(proxy.calls("eth_getStorageAt"), 2, "{at}: asked again");
    }
}

/// Of a batch, answers may come in any order, and none may be missing.
#[test]
fn answers_of_a_batch_are_told_by_their_ids() {
    let anvil = furnished(&[]);
    let reversed = |_| Deed::Change(Box::new(|answer| answer.as_array_mut().unwrap().reverse()));
    let read = |proxy: &Proxy| {
        let node = connect(&proxy.url()).unwrap();
        let state = node.state(&node.head().unwrap());
        let slots: Vec<_> = (0..9).map(|slot| (VAULT, U256::from(slot))).collect();
        state.load(&[VAULT], &slots)?;
        for (slot, (_, key)) in (0..).zip(&slots) {
            assert_eq!(state.storage(VAULT, *key).unwrap(), kept(slot));
        }
        Ok::<_, RpcError>(())
    };
    read(&spoilt(&anvil, "eth_getStorageAt", reversed)).unwrap();
    let short = |_| Deed::Change(Box::new(|answer| drop(answer.as_array_mut().unwrap().pop())));
    let error = read(&spoilt(&anvil, "eth_getStorageAt", short)).unwrap_err();
    assert!(matches!(error.fault, Fault::Garbage { .. }), "{error}");
}

#[test]
fn a_pruned_state_and_a_missing_block_are_told_apart() {
    let anvil = furnished(&[]);
    let pruned = |_| error(-32000, "missing trie node 1f (path ) state 0x2 is not available");
    let proxy = spoilt(&anvil, "eth_getStorageAt", pruned);
    let (fault, cause) = slot(&proxy.url(), options()).unwrap_err();
    assert!(matches!(fault, Fault::Pruned { number: 1, .. }), "{fault}");
    assert!(matches!(cause, SourceCause::Pruned(_)), "{cause}");
    for deed in [|| error(-32000, "header not found"), || result(Value::Null)] {
        let proxy = spoilt(&anvil, "eth_getStorageAt", move |_| deed());
        let (fault, cause) = slot(&proxy.url(), options()).unwrap_err();
        assert!(matches!(fault, Fault::Gone { number: 1, .. }), "{fault}");
        assert!(matches!(cause, SourceCause::Gone(_)), "{cause}");
    }
}

#[test]
fn a_method_that_is_refused_or_not_there_is_named() {
    let anvil = furnished(&[]);
    let proxy = spoilt(&anvil, "eth_getStorageAt", |_| error(-32601, "no such method"));
    let (fault, _) = slot(&proxy.url(), options()).unwrap_err();
    assert_eq!(fault, Fault::Unsupported { method: "eth_getStorageAt" });
    let proxy = spoilt(&anvil, "eth_getStorageAt", |_| error(-32000, "out of\nluck"));
    let (fault, _) = slot(&proxy.url(), options()).unwrap_err();
    assert_eq!(fault.to_string(), "refuses eth_getStorageAt with -32000 (out of luck)");
}

/// Nothing is timed here: the node never answers, so that only the limit can end it.
#[test]
fn a_node_that_does_not_answer_is_not_waited_for() {
    let anvil = furnished(&[]);
    let proxy = spoilt(&anvil, "eth_getStorageAt", |_| Deed::Silence);
    let node = Node::connect(&proxy.url(), None, options()).unwrap();
    let head = node.head().unwrap();
    let within = std::time::Duration::from_millis(50);
    let hasty = Options { timeout: within, retries: 1, ..options() };
    // Connecting has to succeed on a busy machine; only the reads are given no time.
    let hasty = loop {
        if let Ok(hasty) = Node::connect(&proxy.url(), None, hasty) {
            break hasty;
        }
    };
    let error = hasty.state(&head).load(&[], &[(VAULT, U256::ONE)]).unwrap_err();
    assert_eq!(error.fault, Fault::Timeout { within });
}

#[test]
fn nobody_there_is_an_error_over_every_transport() {
    let port = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let urls = [
        format!("http://127.0.0.1:{port}/"),
        format!("ws://127.0.0.1:{port}/"),
        format!("{}/none.ipc", env!("CARGO_TARGET_TMPDIR")),
    ];
    for url in urls {
        let fault = connect(&url).unwrap_err();
        assert!(matches!(fault, Fault::Unreachable(_)), "{url}: {fault}");
    }
}

/// A chain that ends while its state is read, over connections that stay.
#[test]
fn a_node_that_ends_is_an_error_over_connections_that_stay() {
    for url in [Anvil::ws, Anvil::ipc] {
        let anvil = furnished(&[]);
        let node = Node::connect(&url(&anvil), None, options()).unwrap();
        let state = node.state(&node.head().unwrap());
        assert_eq!(state.storage(VAULT, U256::ONE).unwrap(), kept(1));
        drop(anvil);
        let error = state.storage(VAULT, U256::from(2)).unwrap_err();
        assert!(error.cause.is_transient(), "{error}");
        assert_eq!(state.storage(VAULT, U256::ONE).unwrap(), kept(1));
    }
}
