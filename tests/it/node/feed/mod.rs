//! A market that follows a chain is at every head the one that a full reading finds there.

mod faults;
mod serving;
mod threads;
mod trading;

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use serde_json::json;
use tenor::market::{
    feed::{Depth, Follower, Step},
    load_places, over,
    places::{Places, Row},
    rpc::Node,
};
use tenor_solver::venues::Swap;

use self::trading::Trader;
use super::{anvil::Anvil, judge, options};
use crate::world::rng::Rng;

/// Follows a node.
pub(crate) fn follower(url: &str, depth: Depth) -> Follower {
    following(url, load_places(None).unwrap().with_any_code(), depth)
}

/// Follows a node at these places.
pub(crate) fn following(url: &str, places: Places, depth: Depth) -> Follower {
    let node = Node::connect(url, Some(1), options()).unwrap();
    Follower::open(Arc::new(node), places, depth, |_| ()).unwrap()
}

/// That the market is what is read anew at its head: the hash, every figure, answers and quotes.
pub(crate) fn assert_exact(follower: &Follower) {
    let node = follower.node();
    let head = node.head().unwrap();
    assert_eq!(follower.head(), &head);
    let full = over::open(node, &head, load_places(None).unwrap().with_any_code(), |_| ()).unwrap();
    let full = follower.history().tell(full.live);
    let live = follower.live();
    assert_eq!(live.market().hash, full.market().hash, "block {}", head.number);
    assert_eq!(format!("{:?}", live.market()), format!("{:?}", full.market()));
    assert_eq!(live.answers(), full.answers());
    let amount = U256::from(1_000_000_000_000_000_000_u64);
    let pairs = live.market().listings.iter().zip(&full.market().listings);
    for (followed, read) in pairs.filter(|(listing, _)| listing.venue.tokens().len() > 1) {
        let swap = Swap { from: 0, to: 1, amount };
        assert_eq!(followed.venue.quote(swap), read.venue.quote(swap), "{}", read.venue.id());
    }
}

fn rounds() -> u64 {
    std::env::var("TENOR_FEED_BLOCKS").ok().and_then(|n| n.parse().ok()).unwrap_or(60)
}

#[test]
fn a_followed_market_is_a_full_reading() {
    let seed = Rng::seed();
    println!("feed: TENOR_SEED={seed}");
    let rng = &mut Rng::new(seed);
    let anvil = judge::place(&judge::figures().1);
    let mut trader = Trader::new(&anvil);
    let mut follower = follower(&anvil.ipc(), Depth::default());
    assert_exact(&follower);
    let (mut reorganised, mut gaps) = (0, 0);
    let blocks = rounds();
    for block in 1..=blocks {
        trader.block(rng, follower.live().market());
        if block % 7 == 0 {
            // Some heads are never looked at.
            gaps += 1;
            continue;
        }
        let step = follower.advance().unwrap();
        assert!(matches!(step, Step::Next(1 | 2)), "{step:?}");
        if block % 2 == 0 {
            assert_exact(&follower);
        }
        if block % (blocks / 5).max(1) == 0 || block == blocks {
            reorganise(rng, &anvil, &mut trader, &mut follower);
            reorganised += 1;
        }
    }
    assert_exact(&follower);
    let Trader { sent, settled, .. } = trader;
    println!(
        "feed: {blocks} blocks, {gaps} gaps, {reorganised} reorganisations, {settled} of {sent} \
         trades settled, {:?}",
        follower.node().sent()
    );
    assert!(settled > blocks / 3, "{settled} of {sent} trades settled");
    assert!(reorganised >= 5);
}

/// Other blocks take the place of the newest one to three.
fn reorganise(rng: &mut Rng, anvil: &Anvil, trader: &mut Trader<'_>, follower: &mut Follower) {
    let depth = 1 + rng.below(3);
    if rng.below(2) == 0 {
        // Blocks without transactions, and what was traded in the others is undone.
        (0..depth).for_each(|_| trader.block(rng, follower.live().market()));
        follower.advance().unwrap();
        anvil.reorg(depth);
    } else {
        let snapshot = anvil.call("evm_snapshot", &json!([]));
        for _ in 0..depth {
            trader.block(rng, follower.live().market());
            follower.advance().unwrap();
        }
        assert_eq!(anvil.call("evm_revert", &json!([snapshot])), json!(true));
        for _ in 0..=rng.below(depth + 1) {
            trader.block(rng, follower.live().market());
        }
    }
    let step = follower.advance().unwrap();
    assert!(matches!(step, Step::Reorganised { .. }), "{step:?}");
    assert_exact(follower);
}

/// What is too far from all that is kept is read anew.
#[test]
fn a_wide_gap_and_a_deep_reorganisation_reload() {
    let anvil = judge::place(&judge::figures().1);
    let mut follower = follower(&anvil.http(), Depth { kept: 2, gap: 3 });
    (0..4).for_each(|_| anvil.mine());
    assert_eq!(follower.advance(), Ok(Step::Reloaded));
    assert_exact(&follower);
    (0..3).for_each(|_| anvil.mine());
    assert_eq!(follower.advance(), Ok(Step::Next(3)));
    anvil.mine();
    assert_eq!(follower.advance(), Ok(Step::Next(1)));
    anvil.reorg(1);
    assert_eq!(follower.advance(), Ok(Step::Reorganised { left: 1, entered: 1 }));
    anvil.mine();
    assert_eq!(follower.advance(), Ok(Step::Next(1)));
    anvil.reorg(6);
    assert_eq!(follower.advance(), Ok(Step::Reloaded));
    assert_exact(&follower);
    assert_eq!(follower.advance(), Ok(Step::Same));
}

/// Balances and totals change with no log at all: what nobody declared to be logged is read anew.
#[test]
fn what_changes_without_a_log_is_seen() {
    let (_, engine) = judge::figures();
    let anvil = judge::place(&engine);
    let mut follower = follower(&anvil.http(), Depth::default());
    let declared = |row: &&Row| row.place.kind.starts_with("uniswap");
    let places = load_places(None).unwrap().with_any_code();
    let pools: Vec<_> = places.rows.iter().filter(declared).collect();
    let logs = |at: &Address| pools.iter().any(|row| row.place.contracts.get("pool") == Some(at));
    let (mut changed, mut seen) = (0, 0);
    for account in engine.world().unwrap().placed().unwrap() {
        if logs(&account.address) {
            continue;
        }
        // Figures, rather than addresses and what never changes.
        let figure = |value: &U256| *value > U256::from(10_000) && value.bit_len() < 100;
        let figures = account.storage.iter().filter(|(_, value)| figure(value));
        for (slot, value) in figures.take(4) {
            let more = format!("{:#066x}", *value + (*value >> 10));
            anvil.call("anvil_setStorageAt", &json!([account.address, slot, more]));
            changed += 1;
        }
        let balance = account.balance + U256::from(1_000_000_000_000_000_u64);
        anvil.call("anvil_setBalance", &json!([account.address, balance]));
        anvil.mine();
        let old = follower.live().clone();
        assert_eq!(follower.advance(), Ok(Step::Next(1)));
        assert_exact(&follower);
        seen += u32::from(old.answers() != follower.live().answers());
    }
    println!("feed: {changed} words changed without a log, in {seen} blocks to some effect");
    assert!(seen > 10, "{seen}");
}
