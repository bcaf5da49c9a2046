//! Rates that a store remembers from one start to the next.

use std::sync::Arc;

use alloy_primitives::U256;
use tenor::{
    market::{
        earned::{Grid, History},
        feed::{Depth, Follower, Loading},
        load_places,
        rpc::Node,
    },
    store::{
        Rate, Store,
        sqlite::{Options, Sqlite},
    },
};

use super::{Chain, DAY_S, SWETH, filled, pruned, rows};
use crate::{node::options, store::Folder};

fn open(folder: &Folder) -> Arc<dyn Store> {
    Arc::new(Sqlite::open(&folder.file(), Options::default()).unwrap())
}

fn all(store: &dyn Store) -> Vec<Rate> {
    store.rates(SWETH, 0, usize::MAX).unwrap()
}

/// After a restart nothing is read again; a day later, that day is; and what is stored does where the
/// node no longer has it.
#[test]
fn points_are_read_once() {
    let mut chain = Chain::of(38, |_| Some(4));
    let (folder, url) = (Folder::new(), chain.anvil.http());
    let new = |store: Arc<dyn Store>| History::new(Grid::FINE).kept_in(store);
    let (first, before, told) = filled(&url, new(open(&folder)));
    assert_eq!((first.missing(), first.unkept()), (None, None));
    assert!(told.len() > 140);
    drop(first);

    let store = open(&folder);
    let known: Vec<Rate> = all(&*store);
    assert_eq!(known.len(), told.len());
    let (again, live, told) = filled(&url, new(store.clone()));
    assert_eq!(told, [], "{told:?}");
    assert_eq!(live.market().yields, before.market().yields);
    assert_eq!(live.market().hash, before.market().hash);
    assert!(again.points(SWETH).eq(known.iter()));

    for block in 0..8 {
        chain.mine(block == 4);
    }
    let (_, live, told) = filled(&url, new(store.clone()));
    // Four marks of the day; its last block may be too new for one.
    assert!((3..=5).contains(&told.len()), "{told:?}");
    assert_eq!(all(&*store).len(), known.len() + told.len());

    let pruning = pruned(&chain.anvil, chain.blocks.last().unwrap().0);
    let (_, without, _) = filled(&pruning.url(), History::new(Grid::FINE));
    assert!(rows(&without).is_empty());
    let (history, same, told) = filled(&pruning.url(), new(store));
    assert_eq!((told.as_slice(), history.missing()), (&[][..], None));
    let rates = |rows: Vec<tenor_solver::market::RealisedYield>| -> Vec<(U256, u64)> {
        rows.iter().map(|row| (row.rate, row.window_s)).collect()
    };
    assert_eq!(rates(rows(&same)), rates(rows(&live)));
}

/// Points whose blocks the node's chain does not have are left alone.
#[test]
fn another_chains_points_are_not_used() {
    let chain = Chain::of(3, |_| Some(4));
    let (folder, url) = (Folder::new(), chain.anvil.http());
    let store = open(&folder);
    let (number, time, _) = chain.blocks[4];
    let rate = Rate {
        token: SWETH,
        block: number,
        timestamp: time - 1,
        eth: U256::from(5),
        shares: U256::from(4),
    };
    store.keep_rates(vec![rate.clone()]).wait().unwrap();
    let (history, live, _) = filled(&url, History::new(Grid::FINE).kept_in(store));
    assert!(history.points(SWETH).all(|point| point.timestamp != rate.timestamp));
    assert!(live.no_yields().unwrap().contains("another chain"), "{:?}", live.no_yields());
}

/// Heads that are followed become points once they are settled: an update with the block before it, so
/// that it is known to the block; what stands still, once in a while.
#[test]
fn followed_heads_are_points() {
    let mut chain = Chain::of(1, |_| None);
    let folder = Folder::new();
    let node = Arc::new(Node::connect(&chain.anvil.http(), Some(1), options()).unwrap());
    let places = load_places(None).unwrap().with_any_code();
    let mut loads = (0, 0);
    let history = History::new(Grid { every_s: DAY_S, reach_s: 40 * DAY_S }).kept_in(open(&folder));
    let depth = Depth { kept: 2, gap: 64 };
    let mut follower =
        Follower::remembering(node, places, depth, history, |loading| match loading {
            Loading::Questions(_) => loads.0 += 1,
            Loading::Past(_) => loads.1 += 1,
        })
        .unwrap();
    assert!(loads.0 > 0 && loads.1 <= 2, "{loads:?}");
    let first = chain.blocks.len();
    for block in 0..22 {
        chain.mine(block == 11);
        follower.advance().unwrap();
    }
    // Two are not settled yet.
    let settled = &chain.blocks[..chain.blocks.len() - 2];
    let followed = &settled[first - 1..];
    let update = followed.iter().position(|(.., rate)| *rate == chain.rate()).unwrap();
    let recorded: Vec<u64> = follower.history().points(SWETH).map(|point| point.block).collect();
    for (number, ..) in &followed[update - 1..=update] {
        assert!(recorded.contains(number), "{number} of {recorded:?}");
    }
    assert!(recorded.len() < 8, "a rate that stands still is not recorded at each block");
    drop(follower);
    let store = open(&folder);
    let kept: Vec<u64> = all(&*store).iter().map(|point| point.block).collect();
    assert_eq!(kept, recorded);
}
