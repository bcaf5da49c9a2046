//! Many relays at once: who is told, who is passed over and why, and what each said.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tenor::{
    bundle::{Bundle, Replacement},
    clock::Clock,
    relays::{
        At, Dialect, Fault, Fleet, Relay,
        breaker::Rules,
        fleet::{Berth, NoPromise, Told},
        lint::Misread,
        terms::Requests,
    },
};
use uuid::{Builder, Uuid};

use super::{
    read,
    requests::{BLOCK, Recorded},
    sent::{PATIENCE, relay},
    server::{Deed, Server, ok},
};

const RULES: Rules =
    Rules { failures: 2, rest: Duration::from_secs(12), longest: Duration::from_secs(60) };

fn bundle() -> Option<Bundle> {
    Some(Bundle::new(read::<Recorded>("relay_requests.json")?.transactions(), BLOCK))
}

fn berth(dialect: Dialect, server: &Server, patience: Duration) -> Berth {
    let relay = Arc::new(relay(dialect, server, patience));
    Berth { relay, requests: dialect.terms().requests, told_anyway: true }
}

fn fleet(berths: Vec<Berth>) -> (Fleet, Clock) {
    let clock = Clock::standing(1_000_000);
    (Fleet::new(berths, RULES, &clock).unwrap(), clock)
}

fn everybody(_: &dyn Relay) -> bool {
    true
}

fn said(told: &[Told], name: &str) -> Result<(), Fault> {
    let told = told.iter().find(|told| told.relay == name).unwrap_or_else(|| panic!("{name}"));
    told.outcome.clone().map(drop)
}

#[tokio::test]
async fn some_are_down_and_the_rest_are_told() {
    let Some(bundle) = bundle() else { return };
    let well = Server::start(|_| ok("null"));
    let silent = Server::start(|_| Deed::Silence);
    let refuses = Server::start(|_| ok(r#"{"error":"no"}"#));
    let gone = Server::start(|_| ok("null"));
    let (fleet, _) = fleet(vec![
        berth(Dialect::Flashbots, &well, PATIENCE),
        berth(Dialect::Titan, &silent, Duration::from_millis(300)),
        berth(Dialect::Rsync, &refuses, PATIENCE),
        berth(Dialect::Quasar, &gone, PATIENCE),
        berth(Dialect::MevBlocker, &well, PATIENCE),
    ]);
    drop(gone);
    let told = fleet.send(&bundle, everybody).await;
    assert_eq!(told.len(), 5, "a line for each");
    assert_eq!(said(&told, "flashbots"), Ok(()));
    assert_eq!(said(&told, "titan"), Err(Fault::Late(Duration::from_millis(300))));
    assert_eq!(said(&told, "rsync"), Err(Fault::Refused("no".to_owned())));
    assert!(matches!(said(&told, "quasar"), Err(Fault::Unreachable(_))));
    let passed_over = Err(Fault::Misread(vec![Misread::NoBundles("mev-blocker")]));
    assert_eq!(said(&told, "mev-blocker"), passed_over);
    // Who is slow keeps nobody else waiting: the well one was heard first.
    assert_ne!(told.last().unwrap().relay, "flashbots");
    assert_eq!((well.requests().len(), refuses.requests().len()), (1, 1));
}

/// One server, which answers nobody before all have asked: only sending at once gets through.
#[tokio::test]
async fn all_are_told_at_once() {
    let Some(bundle) = bundle() else { return };
    let barrier = Arc::new(std::sync::Barrier::new(3));
    let server = || {
        let barrier = Arc::clone(&barrier);
        Server::start(move |_| {
            barrier.wait();
            ok("null")
        })
    };
    let servers = [server(), server(), server()];
    let dialects = [Dialect::Flashbots, Dialect::Titan, Dialect::Quasar];
    let berths = dialects.iter().zip(&servers).map(|(d, server)| berth(*d, server, PATIENCE));
    let told = fleet(berths.collect()).0.send(&bundle, everybody).await;
    assert!(told.iter().all(|told| told.outcome.is_ok()), "{told:?}");
}

#[tokio::test]
async fn only_those_chosen_are_told() {
    let Some(bundle) = bundle() else { return };
    let servers = [Server::start(|_| ok("null")), Server::start(|_| ok("null"))];
    let (fleet, _) = fleet(vec![
        berth(Dialect::Flashbots, &servers[0], PATIENCE),
        berth(Dialect::Titan, &servers[1], PATIENCE),
    ]);
    let told = fleet.send(&bundle, |relay| relay.dialect() == Dialect::Titan).await;
    assert_eq!((told.len(), said(&told, "titan")), (1, Ok(())));
    assert_eq!((servers[0].requests().len(), servers[1].requests().len()), (0, 1));
}

#[test]
fn nobody_is_told_who_promised_nothing_unless_somebody_says_so() {
    let server = Server::start(|_| ok("null"));
    for dialect in Dialect::ALL {
        let berth = berth(dialect, &server, PATIENCE);
        let made = Fleet::new(
            vec![Berth { told_anyway: false, ..berth.clone() }],
            RULES,
            &Clock::default(),
        );
        let name = dialect.capabilities().name;
        match dialect.terms().promise {
            Some(promise) => {
                assert!(made.is_ok() && promise.page.starts_with("https://"));
                assert!(promise.words.len() > 20);
            }
            None => assert_eq!(made.unwrap_err(), NoPromise(name.to_owned())),
        }
        assert!(Fleet::new(vec![berth], RULES, &Clock::default()).is_ok());
    }
    let promised = Dialect::ALL.into_iter().filter(|d| d.terms().promise.is_some());
    let promised: Vec<Dialect> = promised.collect();
    assert_eq!(promised, [Dialect::Flashbots, Dialect::Titan, Dialect::MevBlocker]);
}

fn random() -> Uuid {
    Builder::from_random_bytes([7; 16]).into_uuid()
}

/// The same name everywhere, its number only where it is read, and nothing where no name is.
#[tokio::test]
async fn a_name_goes_to_each_as_it_reads_it() {
    let Some(plain) = bundle() else { return };
    let server = Server::start(|_| ok("null"));
    let all = [
        Dialect::Flashbots,
        Dialect::BuilderNet,
        Dialect::Titan,
        Dialect::Beaverbuild,
        Dialect::Rsync,
        Dialect::Quasar,
    ];
    let (fleet, _) = fleet(all.map(|dialect| berth(dialect, &server, PATIENCE)).to_vec());
    let replacement = Replacement { uuid: random(), sequence: Some(3) };
    let named = Bundle { replacement: Some(replacement), ..plain };
    let told = fleet.send(&named, everybody).await;
    assert!(matches!(said(&told, "beaverbuild"), Err(Fault::Misread(_))));
    assert_eq!(told.iter().filter(|told| told.outcome.is_ok()).count(), 5);
    let uuid = format!(r#""replacementUuid":"{}""#, random());
    let sent = server.requests();
    assert_eq!(sent.len(), 5);
    assert!(sent.iter().all(|request| request.text().contains(&uuid)));
    let numbered = sent.iter().filter(|request| request.text().contains("replacementNonce"));
    assert_eq!(numbered.count(), 1, "BuilderNet alone reads it");

    let told = fleet.cancel(replacement, BLOCK, everybody).await;
    let unspoken = |name| matches!(said(&told, name), Err(Fault::Unspoken { .. }));
    assert!(unspoken("beaverbuild") && unspoken("quasar"), "{told:?}");
    let cancels = &server.requests()[5..];
    assert!(cancels.iter().all(|request| request.text().contains(&uuid)) && cancels.len() == 4);
    let numbered = cancels.iter().filter(|request| request.text().contains("replacementNonce"));
    assert_eq!(numbered.count(), 1);
}

#[tokio::test]
async fn who_fails_is_left_alone_and_tried_again() {
    let Some(bundle) = bundle() else { return };
    let mut number = 0;
    let server = Server::start(move |_| {
        number += 1;
        if number <= 3 { Deed::Answer(500, "", String::new()) } else { ok("null") }
    });
    let (fleet, clock) = fleet(vec![berth(Dialect::Titan, &server, PATIENCE)]);
    let Clock::Standing(millis) = &clock else { unreachable!() };
    for _ in 0..2 {
        let told = fleet.send(&bundle, everybody).await;
        assert!(matches!(said(&told, "titan"), Err(Fault::Failed(_))));
    }
    let told = fleet.send(&bundle, everybody).await;
    assert_eq!(said(&told, "titan"), Err(Fault::Resting { wait: RULES.rest }));
    assert!(!fleet.standing().next().unwrap().1.well);
    assert_eq!(server.requests().len(), 2, "nothing is sent meanwhile");
    // It may have what it did not answer: that is asked back.
    let named = Replacement { uuid: random(), sequence: None };
    assert!(matches!(
        said(&fleet.cancel(named, BLOCK, everybody).await, "titan"),
        Err(Fault::Failed(_))
    ));
    assert_eq!(server.requests().len(), 3);
    millis.fetch_add(12_000, Ordering::Relaxed);
    assert_eq!(said(&fleet.send(&bundle, everybody).await, "titan"), Ok(()));
    let (name, standing) = fleet.standing().next().unwrap();
    assert!(name == "titan" && standing.well && standing.score.accepted.unwrap() > 0.0);
    fleet.built("titan", true);
    assert_eq!(fleet.standing().next().unwrap().1.score.landed, Some(1.0));
}

#[tokio::test]
async fn who_wants_fewer_requests_gets_fewer() {
    let Some(bundle) = bundle() else { return };
    let mut number = 0;
    let server = Server::start(move |_| {
        number += 1;
        match number {
            1 => Deed::Answer(429, "Retry-After: 5\r\n", String::new()),
            _ => ok("null"),
        }
    });
    let requests = Requests { sends: 2, cancels: 1, simulations: 1, questions: 1 };
    let berth = Berth { requests, ..berth(Dialect::Flashbots, &server, PATIENCE) };
    let (fleet, clock) = fleet(vec![berth]);
    let Clock::Standing(millis) = &clock else { unreachable!() };
    let name = "flashbots";
    let limited = Fault::Limited { retry_after: Some(Duration::from_secs(5)) };
    assert_eq!(said(&fleet.send(&bundle, everybody).await, name), Err(limited));
    let wait = Duration::from_secs(5);
    assert_eq!(said(&fleet.send(&bundle, everybody).await, name), Err(Fault::Resting { wait }));
    millis.fetch_add(60_000, Ordering::Relaxed);
    assert_eq!(said(&fleet.send(&bundle, everybody).await, name), Ok(()));
    // Of two a minute one may go at once.
    let told = fleet.send(&bundle, everybody).await;
    assert!(matches!(said(&told, name), Err(Fault::Spent { .. })), "{told:?}");
    let at = At { block: BLOCK, state: BLOCK - 1, timestamp: None };
    for spent in [false, true] {
        let told = fleet.simulate(&bundle.transactions, at, everybody).await.remove(0);
        assert_eq!(matches!(told.outcome, Err(Fault::Spent { .. })), spent, "{told:?}");
    }
    assert_eq!(server.requests().len(), 3);
}

/// What a relay would misread costs nothing of what it may be sent.
#[tokio::test]
async fn what_is_passed_over_is_not_counted() {
    let Some(plain) = bundle() else { return };
    let server = Server::start(|_| ok("null"));
    let requests = Requests { sends: 1, cancels: 1, simulations: 1, questions: 1 };
    let (fleet, _) = fleet(vec![Berth { requests, ..berth(Dialect::Titan, &server, PATIENCE) }]);
    let timed = Bundle { min_timestamp: Some(1), ..plain.clone() };
    for _ in 0..5 {
        let told = fleet.send(&timed, everybody).await;
        assert!(matches!(said(&told, "titan"), Err(Fault::Misread(_))));
    }
    assert_eq!(said(&fleet.send(&plain, everybody).await, "titan"), Ok(()));
}

#[tokio::test]
async fn single_transactions_go_to_those_who_keep_them() {
    let Some(bundle) = bundle() else { return };
    let server = Server::start(|_| ok("null"));
    let (fleet, _) = fleet(Dialect::ALL.map(|d| berth(d, &server, PATIENCE)).to_vec());
    let told = fleet.send_private(&bundle.transactions[0], BLOCK, everybody).await;
    let mut taken: Vec<_> = told.iter().filter(|t| t.outcome.is_ok()).map(|t| &*t.relay).collect();
    taken.sort_unstable();
    assert_eq!(taken, ["buildernet", "flashbots", "mev-blocker", "titan"]);
    let hash = bundle.transactions[0].hash;
    let told = fleet.cancel_private(hash, everybody).await;
    assert_eq!(told.iter().filter(|told| told.outcome.is_ok()).count(), 2);
    let shared = super::requests::backrun(&bundle.transactions[0]);
    let told = fleet.share(&shared, everybody).await;
    assert_eq!(told.iter().filter(|told| told.outcome.is_ok()).count(), 2);
}
