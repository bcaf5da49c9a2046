//! The API on a market that follows a chain: quotes of the newest block, and none of one that is too old.

use std::time::Duration;

use serde_json::{Value, json};
use tenor::{
    api::keys::Keys,
    config::Config,
    market::{
        current::Current,
        feed::{Depth, Feed, Pace},
    },
};
use tokio::runtime::Builder;

use super::{Trader, follower, judge};
use crate::{api::Server, node::anvil::Anvil, world::rng::Rng};

const LONG: Duration = Duration::from_secs(3_600);

fn feed(anvil: &Anvil) -> Feed {
    let pace = Pace { poll: Duration::from_millis(5), longest_pause: LONG, most_age: LONG };
    Feed::start(follower(&anvil.ipc(), Depth::default()), pace).unwrap()
}

fn serve(current: Current) -> Server {
    Server::on(current, Config::default(), Keys::default())
}

fn request(kind: &str) -> Value {
    json!({ "kind": kind, "sentence": "swap 2 WETH to wstETH" })
}

#[test]
fn quotes_are_of_the_newest_block() {
    let anvil = judge::place(&judge::figures().1);
    let rng = &mut Rng::new(11);
    let mut trader = Trader::new(&anvil);
    let feed = feed(&anvil);
    let mut heads = feed.watch();
    let server = serve(Current::following(feed, LONG, None).unwrap());
    assert_eq!(server.client().get("/v1/health").ok()["live"], true);
    let first = server.api.market.newest().engine.market().block;
    trader.trade_for_sure(rng, server.api.market.newest().engine.market());
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(heads.wait_for(|seen| seen.head.number > first)).unwrap();
    // The server takes it over as its own task comes to it.
    while server.api.market.newest().engine.market().block == first {
        std::thread::yield_now();
    }
    for kind in ["indicative", "firm"] {
        let quote = server.client().post("/v1/quotes", &request(kind)).ok();
        assert!(quote["block"]["number"].as_u64().unwrap() > first, "{kind}");
        assert_eq!(quote["plan"]["kind"], "swap", "{kind}");
    }
}

#[test]
fn a_stale_market_is_not_quoted_from() {
    let anvil = judge::place(&judge::figures().1);
    // Whatever was seen at all was seen longer ago than this.
    let server = serve(Current::following(feed(&anvil), Duration::ZERO, None).unwrap());
    for kind in ["indicative", "firm"] {
        let reply = server.client().post("/v1/quotes", &request(kind));
        reply.refused("market_stale");
        assert!(reply.header("retry-after").is_some());
    }
    server.client().get("/v1/ready").refused("market_stale");
    assert_eq!(server.client().get("/v1/health").ok()["status"], "stale");
    // It may still be looked at: its block and age are said.
    assert!(server.client().get("/v1/markets").ok()["block"]["number"].is_u64());
}
