//! The feed as others see it: markets that are published, marked and refused.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tenor::{
    engine::NOBODY,
    market::feed::{Depth, Feed, Pace, Seen},
};
use tokio::{runtime::Builder, sync::watch};

use super::{Trader, follower, judge};
use crate::{
    node::{
        anvil::Anvil,
        proxy::{Deed, Proxy},
    },
    world::rng::Rng,
};

fn pace(poll: Duration) -> Pace {
    Pace { poll, longest_pause: Duration::from_millis(20), most_age: Duration::from_secs(60) }
}

/// Waits for a market of which something holds.
fn wait(feed: &mut watch::Receiver<Arc<Seen>>, holds: impl Fn(&Seen) -> bool) -> Arc<Seen> {
    let runtime = Builder::new_current_thread().build().unwrap();
    let seen = runtime.block_on(feed.wait_for(|seen| holds(seen))).unwrap();
    Arc::clone(&seen)
}

fn newest(anvil: &Anvil) -> String {
    let block = anvil.call("eth_getBlockByNumber", &json!(["latest", false]));
    block["hash"].as_str().unwrap().to_owned()
}

/// Heads come as they are made: by a subscription, whose clock would be far too slow, or by asking.
#[test]
fn new_heads_are_published() {
    let anvil = judge::place(&judge::figures().1);
    let rng = &mut Rng::new(3);
    let mut trader = Trader::new(&anvil);
    for (url, poll) in [
        (anvil.ws(), Duration::from_secs(3_600)),
        (anvil.ipc(), Duration::from_secs(3_600)),
        (anvil.http(), Duration::from_millis(5)),
    ] {
        let feed = Feed::start(follower(&url, Depth::default()), pace(poll)).unwrap();
        // The subscription is made after the start; the first head may come before it.
        feed.nudge();
        for _ in 0..3 {
            trader.trade_for_sure(rng, feed.newest().live.market());
            let hash = newest(&anvil);
            feed.nudge();
            let seen = wait(&mut feed.watch(), |seen| seen.head.hash.to_string() == hash);
            assert_eq!(seen.fault, None);
            let engine = seen.engine();
            let answer = engine.ask(judge::SENTENCES[0], NOBODY).unwrap();
            assert_eq!(serde_json::to_value(answer).unwrap()["simulation"]["difference_wei"], "0");
        }
    }
}

/// A subscription alone is enough: nobody nudges, and the clock is far away.
#[test]
fn a_subscription_tells_of_heads() {
    let anvil = judge::place(&judge::figures().1);
    for url in [anvil.ws(), anvil.ipc()] {
        let slow = pace(Duration::from_secs(3_600));
        let feed = Feed::start(follower(&url, Depth::default()), slow).unwrap();
        let mut markets = feed.watch();
        let first = feed.newest().head.number;
        // Until it has subscribed, blocks pass unseen.
        let seen = loop {
            anvil.mine();
            let seen = feed.newest();
            if seen.head.number > first {
                break seen;
            }
        };
        assert_eq!(seen.fault, None);
        anvil.mine();
        let hash = newest(&anvil);
        wait(&mut markets, |seen| seen.head.hash.to_string() == hash);
    }
}

#[test]
fn a_market_is_marked_while_the_node_is_away_and_refused_when_it_is_old() {
    let anvil = judge::place(&judge::figures().1);
    let away = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&away);
    let proxy = Proxy::before(&anvil, move |_| match told.load(Ordering::Relaxed) {
        true => Deed::Cut,
        false => Deed::Forward,
    });
    let follower = follower(&proxy.url(), Depth::default());
    let feed = Feed::start(follower, pace(Duration::from_millis(5))).unwrap();
    let mut markets = feed.watch();
    let before = feed.market().unwrap();
    away.store(true, Ordering::Relaxed);
    let marked = wait(&mut markets, |seen| seen.fault.is_some());
    assert_eq!(marked.live.market().hash, before.live.market().hash);
    // Marked, and young enough.
    assert!(feed.market_at(before.since).is_ok());
    let error = feed.market_at(Instant::now() + Duration::from_secs(61)).unwrap_err();
    assert_eq!(error.block, before.head.number);
    let said = error.to_string();
    assert!(said.contains("http://127.0.0.1:") && said.contains("wait until the node"), "{said}");
    away.store(false, Ordering::Relaxed);
    wait(&mut markets, |seen| seen.fault.is_none());
    anvil.mine();
    let hash = newest(&anvil);
    let back = wait(&mut markets, |seen| seen.head.hash.to_string() == hash);
    assert!(feed.market_at(back.since).is_ok());
    // A node that stands still is no better than one that is away.
    let error = feed.market_at(Instant::now() + Duration::from_secs(61)).unwrap_err();
    assert!(error.to_string().contains("the node knows no newer"), "{error}");
}
