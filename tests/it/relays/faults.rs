//! Every way in which a relay can fail to answer, and what is made of it.

use std::{sync::Arc, time::Duration};

use tenor::{
    bundle::Bundle,
    clock::Clock,
    relays::{Accepted, At, Dialect, Fault, Fleet, Relay as _, breaker::Rules, fleet::Berth},
};

use super::{
    read,
    requests::{BLOCK, Recorded},
    sent::{PATIENCE, relay},
    server::{Deed, Request, Server, ok},
};
use crate::log::Log;

fn bundle() -> Option<Bundle> {
    let recorded = read::<Recorded>("relay_requests.json")?;
    Some(Bundle::new(recorded.transactions(), BLOCK))
}

/// What a relay that does this once comes to, and how often it was asked.
async fn after(deed: Deed, patience: Duration) -> Option<(Result<Accepted, Fault>, usize)> {
    let bundle = bundle()?;
    let mut deed = Some(deed);
    // A second request would be answered well: it must not be made.
    let server = Server::start(move |_| deed.take().unwrap_or_else(|| ok("null")));
    let outcome = relay(Dialect::Titan, &server, patience).send(&bundle).await;
    Some((outcome, server.requests().len()))
}

#[tokio::test]
async fn every_answer_is_read() {
    let accepted = || Ok(Accepted { hash: None });
    let cases: Vec<(Deed, Result<Accepted, Fault>)> = vec![
        (ok("null"), accepted()),
        (ok(r#"{"result":null}"#), accepted()),
        (ok(r#"{"result":200}"#), accepted()),
        (
            ok(r#"{"error":{"code":-32000,"message":"no"}}"#),
            Err(Fault::Refused("-32000: no".into())),
        ),
        (ok(r#"{"error":"no"}"#), Err(Fault::Refused("no".into()))),
        (ok("<html>hello</html>"), Err(Fault::Failed("not JSON: <html>hello</html>".into()))),
        (Deed::Answer(500, "", "oh".into()), Err(Fault::Failed("HTTP 500: oh".into()))),
        (Deed::Answer(403, "", "no".into()), Err(Fault::Refused("HTTP 403: no".into()))),
        (
            Deed::Answer(429, "Retry-After: 7\r\n", String::new()),
            Err(Fault::Limited { retry_after: Some(Duration::from_secs(7)) }),
        ),
        (
            Deed::Answer(429, "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", String::new()),
            Err(Fault::Limited { retry_after: None }),
        ),
        // Nobody is followed anywhere with a bundle.
        (
            Deed::Answer(307, "Location: http://127.0.0.1:1/\r\n", String::new()),
            Err(Fault::Failed("HTTP 307: ".into())),
        ),
        (Deed::Endless, Err(Fault::Endless(1 << 20))),
    ];
    for (deed, expected) in cases {
        let Some((outcome, requests)) = after(deed, PATIENCE).await else { return };
        assert_eq!(outcome, expected);
        assert_eq!(requests, 1, "{outcome:?}");
        if let Err(fault) = outcome {
            assert!(fault.may_have_arrived(), "{fault}");
        }
    }
}

/// What may have arrived is never sent again.
#[tokio::test]
async fn what_was_lost_on_the_way_is_not_sent_again() {
    for deed in [Deed::Close, Deed::Cut(r#"{"result":null}"#.repeat(9))] {
        let Some((outcome, requests)) = after(deed, PATIENCE).await else { return };
        assert!(matches!(outcome, Err(Fault::Dropped(_))), "{outcome:?}");
        assert!(outcome.unwrap_err().may_have_arrived());
        assert_eq!(requests, 1);
    }
    let short = Duration::from_millis(300);
    let Some((outcome, requests)) = after(Deed::Silence, short).await else { return };
    assert_eq!(outcome, Err(Fault::Late(short)));
    assert!(requests <= 1 && Fault::Late(short).may_have_arrived());
}

/// Also where a connection that was kept has been closed meanwhile.
#[tokio::test]
async fn a_kept_connection_that_ends_does_not_send_twice() {
    let Some(bundle) = bundle() else { return };
    let mut number = 0;
    let server = Server::start(move |_| {
        number += 1;
        if number == 2 { Deed::Close } else { ok("null") }
    });
    let relay = relay(Dialect::Titan, &server, PATIENCE);
    assert!(relay.send(&bundle).await.is_ok());
    assert!(matches!(relay.send(&bundle).await, Err(Fault::Dropped(_))));
    assert!(relay.send(&bundle).await.is_ok());
    let bodies: Vec<Vec<u8>> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 3);
    // Each has its number: none is another again.
    assert!(bodies[0] != bodies[1] && bodies[1] != bodies[2]);
}

#[tokio::test]
async fn who_is_not_there_was_sent_nothing() {
    let Some(bundle) = bundle() else { return };
    let server = Server::start(|_| ok("null"));
    let relay = relay(Dialect::Titan, &server, PATIENCE);
    drop(server);
    let fault = relay.send(&bundle).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable(_)) && !fault.may_have_arrived(), "{fault}");
}

#[tokio::test]
async fn simulations_are_read_in_every_form() {
    let Some(bundle) = bundle() else { return };
    let hash = bundle.transactions[0].hash;
    let forms = [
        format!(
            r#"{{"result":{{"bundleGasPrice":"3","coinbaseDiff":"30","ethSentToCoinbase":"10",
            "gasFees":"20","stateBlockNumber":7,"totalGasUsed":42000,"results":[
            {{"txHash":"{hash}","gasUsed":21000,"value":"0x"}},
            {{"gasUsed":21000,"error":"execution reverted","revert":"too little"}}]}}}}"#
        ),
        format!(
            r#"{{"result":{{"coinbaseDiff":"0x1e","ethSentToCoinbase":10,"gasFees":"0x14",
            "stateBlockNumber":"0x7","totalGasUsed":"0xa410","results":[
            {{"txHash":"{hash}","gasUsed":"0x5208","error":null}},
            {{"gasUsed":"21000","error":"execution reverted","revert":"too little"}}]}}}}"#
        ),
    ];
    let at = At { block: 8, state: 7, timestamp: None };
    for form in forms {
        let server = Server::start(move |_| ok(form.clone()));
        let relay = relay(Dialect::Flashbots, &server, PATIENCE);
        let found = relay.simulate(&bundle.transactions, at).await.unwrap();
        let wei = [found.coinbase, found.priority, found.transfers].map(|wei| wei.to::<u64>());
        assert_eq!((wei, found.gas, found.state), ([30, 20, 10], 42_000, 7));
        assert_eq!(found.transactions[0].hash, Some(hash));
        assert_eq!(found.failed(), Some((1, "execution reverted: too little")));
    }
    for (body, garbled) in [
        (r#"{"result":{"results":[],"totalGasUsed":"many"}}"#, true),
        (r#"{"result":null}"#, true),
        (r#"{"result":"0x"}"#, true),
        (r#"{"error":{"message":"no such block"}}"#, false),
    ] {
        let server = Server::start(move |_| ok(body));
        let relay = relay(Dialect::Flashbots, &server, PATIENCE);
        let fault = relay.simulate(&bundle.transactions, at).await.unwrap_err();
        assert_eq!(matches!(fault, Fault::Garbled(_)), garbled, "{fault}");
    }
}

/// A relay that repeats what it was sent does not get it into an error.
#[tokio::test]
async fn what_is_not_landed_is_in_no_error() {
    let Some(bundle) = bundle() else { return };
    for status in [200, 400, 500] {
        let server = Server::start(move |request| {
            Deed::Answer(status, "", format!("{{\"error\":{:?}}}", request.text()))
        });
        let relay = relay(Dialect::Flashbots, &server, PATIENCE);
        let sent = relay.send(&bundle).await.unwrap_err();
        let at = At { block: 8, state: 7, timestamp: None };
        let simulated = relay.simulate(&bundle.transactions, at).await.unwrap_err();
        for shown in [format!("{sent}{sent:?}"), format!("{simulated}{simulated:?}{bundle:?}")] {
            for transaction in &bundle.transactions {
                let data = &transaction.bytes.to_string()[40..100];
                assert!(!shown.contains(data), "{shown}");
            }
        }
    }
}

/// Whatever becomes of a bundle, its data is in no line of the log, at no level, from no library.
#[tokio::test]
async fn what_is_not_landed_is_in_no_log() {
    let Some(bundle) = bundle() else { return };
    let log = Log::listen();
    let deeds: [fn(&Request) -> Deed; 4] = [
        |_| ok("null"),
        |request| Deed::Answer(400, "", request.text().to_owned()),
        |request| ok(format!("{{\"error\":{:?}}}", request.text())),
        |_| Deed::Close,
    ];
    for deed in deeds {
        let server = Server::start(deed);
        let berth = Berth {
            relay: Arc::new(relay(Dialect::Flashbots, &server, PATIENCE)),
            requests: Dialect::Flashbots.terms().requests,
            told_anyway: false,
        };
        let rules = Rules { failures: 9, rest: PATIENCE, longest: PATIENCE };
        let fleet = Fleet::new(vec![berth], rules, &Clock::default()).unwrap();
        fleet.send(&bundle, |_| true).await;
        fleet.send_private(&bundle.transactions[0], BLOCK, |_| true).await;
    }
    let logged = log.text();
    assert!(logged.contains("a relay did not take") && logged.contains("says that it took"));
    for transaction in &bundle.transactions {
        let data = &transaction.bytes.to_string()[40..100];
        assert!(!logged.contains(data), "{logged}");
    }
    // Who we are is known to those who are told, and to nobody who reads logs.
    assert!(!logged.to_lowercase().contains("x-flashbots-signature: "), "{logged}");
}
