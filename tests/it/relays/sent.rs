//! What goes over the wire, byte for byte: against what Flashbots' own clients were recorded to send.

use std::{sync::Arc, time::Duration};

use alloy_primitives::{Address, B256};
use serde_json::json;
use tenor::{
    bundle::{Bundle, Refund, Replacement, ids::bundle_hash},
    relays::{
        At, Dialect, Fault, Relay as _,
        http::{EndpointError, Http, Transport},
        identity::signer,
        mev_share::Shared,
    },
};
use uuid::Uuid;

use super::{
    Payload, identity, read,
    requests::{BLOCK, Recorded, Request as Call},
    server::{Request, Server, ok},
};

/// How long answers are waited for where they come.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A relay at a server.
pub(super) fn relay(dialect: Dialect, server: &Server, patience: Duration) -> Http {
    let transport = Transport::new().unwrap();
    Http::new(dialect, &server.url(), patience, Arc::new(identity()), transport).unwrap()
}

fn taken(server: &str) -> Server {
    let answer = server.to_owned();
    Server::start(move |_| ok(answer.clone()))
}

const UUID: Uuid = Uuid::from_u128(0x3f25_04e0_4f89_41d3_9a0c_0305_e82c_3301);

/// The requests of a client, in the order recorded: the numbers are signed, too.
#[tokio::test]
async fn a_client_sends_the_recorded_bytes() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let server = taken(
        r#"{"result":{"isSimulated":true,"results":[],"totalGasUsed":1,"coinbaseDiff":"1",
        "gasFees":"1","ethSentToCoinbase":"0","stateBlockNumber":1}}"#,
    );
    let relay = relay(Dialect::Flashbots, &server, PATIENCE);
    let transactions = recorded.transactions();
    for name in ["1tx", "2tx+timestamps+reverting+uuid", "3tx"] {
        let body = recorded.body(&format!("eth_sendBundle/{name}"));
        let call: Call<Payload> = serde_json::from_str(body).unwrap();
        relay.send(&call.params[0].bundle()).await.unwrap();
    }
    let at = At { block: BLOCK, state: BLOCK - 1, timestamp: Some(1_760_000_012) };
    relay.simulate(&transactions[..2], at).await.unwrap();
    relay.cancel(Replacement { uuid: UUID, sequence: None }, BLOCK).await.unwrap();
    let hash = bundle_hash(transactions[..2].iter().map(|transaction| transaction.hash));
    relay.stats(hash, BLOCK).await.unwrap();
    relay.send_private(&transactions[2], 21_000_025).await.unwrap();
    relay.cancel_private(transactions[2].hash).await.unwrap();

    let sent = server.requests();
    let names = [
        "eth_sendBundle/1tx",
        "eth_sendBundle/2tx+timestamps+reverting+uuid",
        "eth_sendBundle/3tx",
        "eth_callBundle",
        "eth_cancelBundle",
        "flashbots_getBundleStatsV2",
        "eth_sendPrivateTransaction",
        "eth_cancelPrivateTransaction",
    ];
    assert_eq!(sent.len(), names.len());
    for (name, request) in names.into_iter().zip(&sent) {
        let case = recorded.cases.iter().find(|case| case.name == name).unwrap();
        assert_eq!(request.line, "POST /");
        assert_eq!(request.header("content-type"), case.content_type.as_deref());
        let signed = request.header("x-flashbots-signature").unwrap();
        assert_eq!(signer(signed, &request.body), Ok(identity().address()), "{name}");
        if name == "eth_sendPrivateTransaction" {
            // Its own documentation asks for a quantity where ethers passes a number on.
            let theirs = recorded.body(name).replace("21000025", "\"0x1406f59\"");
            assert_eq!(request.text(), theirs);
        } else {
            assert_eq!(request.text(), recorded.body(name));
            assert_eq!(Some(signed), case.header.as_deref(), "{name}");
        }
        assert_eq!(request.connection, 0, "{name} opened another connection");
    }
}

/// What stands in a dialect's request, beside the transactions and the block.
struct Written {
    dialect: Dialect,
    /// The options that the bundle has.
    bundle: fn(Bundle) -> Bundle,
    /// What they are in the request.
    options: &'static str,
    signed: bool,
}

const RECIPIENT: Address = Address::repeat_byte(0x5a);

fn last(bundle: &Bundle) -> Vec<B256> {
    bundle.hashes().next_back().into_iter().collect()
}

fn refund(bundle: Bundle, delayed: bool) -> Bundle {
    let of = last(&bundle);
    Bundle {
        refund: Some(Refund { percent: 90, recipient: Some(RECIPIENT), of, delayed }),
        ..bundle
    }
}

const fn replaced(bundle: &mut Bundle, sequence: Option<u64>) {
    bundle.replacement = Some(Replacement { uuid: UUID, sequence });
}

fn written() -> Vec<Written> {
    vec![
        Written {
            dialect: Dialect::BuilderNet,
            bundle: |mut bundle| {
                replaced(&mut bundle, Some(7));
                bundle.dropping = last(&bundle);
                refund(bundle, true)
            },
            options: r#","replacementUuid":"UUID","replacementNonce":7,"droppingTxHashes":["HASH"],"refundPercent":90,"refundRecipient":"TO","refundTxHashes":["HASH"],"delayedRefund":true"#,
            signed: true,
        },
        Written {
            dialect: Dialect::Titan,
            bundle: |mut bundle| {
                replaced(&mut bundle, None);
                refund(bundle, false)
            },
            options: r#","replacementUuid":"UUID","refundPercent":90,"refundRecipient":"TO","refundTxHashes":["HASH"]"#,
            signed: true,
        },
        Written {
            dialect: Dialect::Beaverbuild,
            bundle: |mut bundle| {
                bundle.reverting = last(&bundle);
                bundle
            },
            options: r#","revertingTxHashes":["HASH"]"#,
            signed: false,
        },
        Written {
            dialect: Dialect::Rsync,
            bundle: |bundle| refund(bundle, false),
            options: r#","refundPercent":90,"refundRecipient":"TO","refundTxHashes":["HASH"]"#,
            signed: false,
        },
        Written {
            dialect: Dialect::Quasar,
            bundle: |mut bundle| {
                replaced(&mut bundle, None);
                bundle
            },
            options: r#","replacementUuid":"UUID""#,
            signed: false,
        },
    ]
}

#[tokio::test]
async fn every_dialect_is_written_as_it_is_read() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let transactions = recorded.transactions();
    for Written { dialect, bundle, options, signed } in written() {
        let server = taken(r#"{"result":null}"#);
        let relay = relay(dialect, &server, PATIENCE);
        let [first, second] = [&transactions[0], &transactions[1]];
        let bundle = bundle(Bundle::new(vec![first.clone(), second.clone()], BLOCK));
        assert_eq!(relay.send(&bundle).await.unwrap().hash, None);
        let options = options
            .replace("UUID", "3f2504e0-4f89-41d3-9a0c-0305e82c3301")
            .replace("HASH", &second.hash.to_string())
            .replace("TO", &format!("{RECIPIENT:?}"));
        let expected = format!(
            r#"{{"method":"eth_sendBundle","params":[{{"txs":["{}","{}"],"blockNumber":"0x1406f41"{options}}}],"id":1,"jsonrpc":"2.0"}}"#,
            first.bytes, second.bytes
        );
        let sent = &server.requests()[0];
        assert_eq!(sent.text(), expected, "{dialect:?}");
        assert_eq!(is_signed(sent), signed, "{dialect:?}");
    }
}

fn is_signed(request: &Request) -> bool {
    let Some(header) = request.header("x-flashbots-signature") else { return false };
    assert_eq!(signer(header, &request.body), Ok(identity().address()));
    true
}

#[tokio::test]
async fn cancellations_and_single_transactions_are_written_as_each_reads_them() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let transaction = recorded.transactions().remove(2);
    let named = Replacement { uuid: UUID, sequence: Some(8) };
    let empty = |sequence: &str| {
        format!(
            r#"{{"method":"eth_sendBundle","params":[{{"txs":[],"blockNumber":"0x1406f41","replacementUuid":"{UUID}"{sequence}}}],"id":1,"jsonrpc":"2.0"}}"#
        )
    };
    let server = taken(r#"{"result":200}"#);
    relay(Dialect::BuilderNet, &server, PATIENCE).cancel(named, BLOCK).await.unwrap();
    let unnumbered = Replacement { sequence: None, ..named };
    for dialect in [Dialect::Titan, Dialect::Rsync] {
        relay(dialect, &server, PATIENCE).cancel(unnumbered, BLOCK).await.unwrap();
    }
    let raw = format!(
        r#"{{"method":"eth_sendRawTransaction","params":["{}"],"id":1,"jsonrpc":"2.0"}}"#,
        transaction.bytes
    );
    for dialect in [Dialect::BuilderNet, Dialect::MevBlocker] {
        relay(dialect, &server, PATIENCE).send_private(&transaction, BLOCK).await.unwrap();
    }
    let sent: Vec<String> = server.requests().iter().map(|r| r.text().to_owned()).collect();
    let numbered = empty(r#","replacementNonce":8"#);
    assert_eq!(sent, [numbered, empty(""), empty(""), raw.clone(), raw]);
}

/// What a relay does not have is not tried.
#[tokio::test]
async fn what_a_relay_does_not_have_is_not_asked_for() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let transactions = recorded.transactions();
    let server = taken("null");
    let at = |dialect| relay(dialect, &server, PATIENCE);
    let named = Replacement { uuid: UUID, sequence: None };
    let unspoken = |fault: Fault| assert!(matches!(fault, Fault::Unspoken { .. }), "{fault}");
    for dialect in [Dialect::Beaverbuild, Dialect::Quasar, Dialect::MevBlocker] {
        unspoken(at(dialect).cancel(named, BLOCK).await.unwrap_err());
    }
    for dialect in Dialect::ALL.into_iter().filter(|dialect| *dialect != Dialect::Flashbots) {
        let when = At { block: BLOCK, state: BLOCK - 1, timestamp: None };
        unspoken(at(dialect).simulate(&transactions, when).await.unwrap_err());
    }
    unspoken(at(Dialect::Rsync).send_private(&transactions[0], BLOCK).await.unwrap_err());
    unspoken(at(Dialect::MevBlocker).cancel_private(B256::ZERO).await.unwrap_err());
    unspoken(at(Dialect::Titan).stats(B256::ZERO, BLOCK).await.unwrap_err());
    unspoken(at(Dialect::Titan).refunds(RECIPIENT).await.unwrap_err());
    let bundle = Bundle::new(transactions, BLOCK);
    for dialect in [Dialect::MevShare, Dialect::MevBlocker] {
        let fault = at(dialect).send(&bundle).await.unwrap_err();
        assert!(matches!(fault, Fault::Misread(_)) && !fault.may_have_arrived(), "{fault}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn shared_bundles_go_by_the_same_client() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let hash = B256::repeat_byte(3);
    let server = taken(&json!({ "result": { "bundleHash": hash } }).to_string());
    let relay = relay(Dialect::MevShare, &server, PATIENCE);
    let shared = super::requests::backrun(&recorded.transactions()[0]);
    assert_eq!(relay.share(&shared).await.unwrap().hash, Some(hash));
    let sent = server.requests().remove(0);
    assert!(is_signed(&sent));
    assert_eq!(sent.body, shared.request(1).unwrap());
    let broken = Shared { blocks: (2, Some(1)), ..shared };
    let fault = relay.share(&broken).await.unwrap_err();
    assert!(matches!(fault, Fault::Shared(_)) && !fault.may_have_arrived(), "{fault}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn refunds_and_statistics_are_read() {
    let answers = [
        json!({ "pending": "0x17812ea4fbbe314", "received": "0x108d1b27b63a213", "indexedUpTo": "0x1" }),
        json!({ "isSimulated": true, "isHighPriority": true, "sealedByBuildersAt": [{}, {}] }),
        json!({ "what": "else" }),
    ];
    let mut answers = answers.into_iter();
    let server = Server::start(move |_| ok(json!({ "result": answers.next() }).to_string()));
    let relay = relay(Dialect::Flashbots, &server, PATIENCE);
    let totals = relay.refunds(RECIPIENT).await.unwrap();
    let expected = [105_855_388_812_567_316_u64, 74_539_958_356_124_179];
    assert_eq!([totals.pending, totals.received], expected.map(alloy_primitives::U256::from));
    let sent = server.requests().remove(0);
    let asked = format!(
        r#"{{"method":"buildernet_getDelayedRefundTotalsByRecipient","params":[{{"recipient":"{RECIPIENT:?}"}}],"id":1,"jsonrpc":"2.0"}}"#
    );
    assert_eq!(sent.text(), asked);
    let stats = relay.stats(B256::ZERO, BLOCK).await.unwrap();
    assert!(stats.simulated && stats.high_priority && (stats.considered, stats.sealed) == (0, 2));
    let fault = relay.stats(B256::ZERO, BLOCK).await.unwrap_err();
    assert!(matches!(fault, Fault::Garbled(_)), "{fault}");
}

/// Nobody on the way may read a bundle, and no key in a URL is shown.
#[test]
fn bundles_are_sent_in_clear_to_this_machine_alone() {
    let at = |url: &str| {
        let transport = Transport::new().unwrap();
        Http::new(Dialect::Titan, url, PATIENCE, Arc::new(identity()), transport)
    };
    for url in ["http://rpc.example", "ftp://rpc.example/secret-key", "ws://127.0.0.1/"] {
        let error = at(url).unwrap_err();
        assert_eq!(error, EndpointError::Clear("titan".to_owned()));
    }
    for url in ["", "secret-key", "https://"] {
        let error = at(url).unwrap_err();
        assert!(matches!(error, EndpointError::Url { .. }), "{url}");
        assert!(!error.to_string().contains("secret-key"), "{error}");
    }
    let relay = at("https://rpc.example/secret-key?token=secret-key").unwrap();
    assert!(!format!("{relay:?}").contains("secret-key"), "{relay:?}");
    assert!(at("http://localhost:1").is_ok() && at("http://[::1]:1").is_ok());
}
