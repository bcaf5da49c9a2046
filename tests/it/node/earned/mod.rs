//! What tokens have earned, by rates at blocks of the past.

mod chain;
mod kept;

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};
use tenor::market::{
    earned::{Grid, History, Told},
    live::Live,
};
use tenor_solver::{
    amount::to_f64,
    graph::Graph,
    market::{Market, RealisedYield, Unknown, Weighing},
    yields::earning,
};

use self::chain::{BLOCK_S, Chain, SWETH, opened};
use super::{
    anvil::Anvil,
    judge,
    proxy::{Deed, Proxy},
};

const DAY_S: u64 = 86_400;

/// What a node tells of the past, and the blocks that were read.
fn filled(url: &str, mut history: History) -> (History, Live, Vec<Told>) {
    let (node, over) = opened(url);
    let mut told = Vec::new();
    history.fill(&node, &over.head, &over.live, |at| told.push(at));
    let live = history.tell(over.live);
    (history, live, told)
}

fn rows(live: &Live) -> Vec<RealisedYield> {
    live.market().yields.iter().filter(|row| row.token == SWETH).cloned().collect()
}

/// Annual rates of a chain's readings at marks, even and by weights, worked out from its blocks alone.
fn expected(chain: &Chain, every_s: u64) -> (f64, f64) {
    let now = chain.blocks.last().unwrap().1;
    let first_from = |mark: u64| chain.blocks.iter().find(|(_, time, _)| *time >= mark);
    let marks = (now - 35 * DAY_S) / every_s..=(now - 900) / every_s;
    let mut readings: Vec<_> = marks.filter_map(|mark| first_from(mark * every_s)).collect();
    readings.retain(|(_, time, _)| time + 900 <= now);
    readings.extend(chain.blocks.last());
    readings.dedup();
    let updates: Vec<(f64, f64)> = readings
        .windows(2)
        .filter(|pair| pair[0].2 != pair[1].2)
        .map(|pair| (f64_of(pair[1].1), to_f64(pair[1].2)))
        .collect();
    let year = 365.25 * 86_400.0;
    let now = f64_of(now);
    let of = |reach: f64, weight: &dyn Fn(f64) -> f64| {
        let within: Vec<_> = updates.iter().filter(|(time, _)| *time >= now - reach).collect();
        let (mut grown, mut passed) = (0.0, 0.0);
        for pair in within.windows(2) {
            let w = weight(now - pair[1].0);
            grown += w * (pair[1].1 / pair[0].1).ln();
            passed += w * (pair[1].0 - pair[0].0);
        }
        grown / passed * year
    };
    let day = 86_400.0;
    (of(30.0 * day, &|_| 1.0), of(35.0 * day, &|age| (-age / (7.0 * day)).exp()))
}

#[expect(clippy::cast_precision_loss, reason = "times are exact in a float")]
fn f64_of(seconds: u64) -> f64 {
    seconds as f64
}

/// Weeks of daily reports at varying hours: the blocks read are few, each told, and what they say is
/// what an own computation makes of the chain's blocks; nothing is aliased by more than is said.
#[test]
fn rates_of_the_past_tell_what_was_earned() {
    let chain = Chain::of(38, |day| Some(2 + day * 5 % 3));
    for (grid, most) in [(Grid::FINE, 141), (Grid::DAILY, 36)] {
        let (node, over) = opened(&chain.anvil.http());
        let (sent, mut told) = (node.sent(), Vec::new());
        let mut history = History::new(grid);
        history.fill(&node, &over.head, &over.live, |at| told.push(at));
        let trips = node.sent().packets - sent.packets;
        let live = history.tell(over.live);
        assert_eq!(history.missing(), None);
        // A block every three hours: of each mark there is one.
        assert!(told.len() <= most && told.len() + 2 >= most, "{}", told.len());
        let wanted = |(read, at): (usize, &Told)| at.read == read && at.wanted == told.len();
        assert!(told.iter().enumerate().all(wanted), "{told:?}");
        println!("{grid:?}: {} blocks read in {trips} packets", told.len());
        assert!(trips < 4 * told.len() as u64 + 60, "{trips}");
        for point in history.points(SWETH) {
            let block = chain.blocks.iter().find(|(number, ..)| *number == point.block).unwrap();
            assert_eq!(point.timestamp, block.1);
            assert_eq!(point.eth * U256::from(10).pow(U256::from(18)), block.2 * point.shares);
        }
        let rows = rows(&live);
        let (even, recent) = expected(&chain, grid.every_s);
        let close = |row: &RealisedYield, expected: f64| {
            let rate = to_f64(row.rate) / 1e27;
            assert!((rate / expected - 1.0).abs() < 1e-9, "{row:?}: {expected}");
        };
        close(&rows[0], even);
        assert_eq!(rows[0].weighing, Weighing::Even);
        let truth = (1.0f64 + 1.0 / 8_000.0).ln() * 365.25;
        let off = f64_of(grid.every_s + BLOCK_S) / (28.0 * 86_400.0);
        assert!((even / truth - 1.0).abs() < off, "{even} {truth}");
        assert!(rows[0].source.contains("points of blocks"), "{}", rows[0].source);
        assert!(rows[0].source.contains("% a year off"), "{}", rows[0].source);
        // Readings a day apart do not say well enough when what is new was.
        assert_eq!(rows.len(), if grid == Grid::FINE { 2 } else { 1 });
        if let [_, newest] = rows.as_slice() {
            close(newest, recent);
            assert_eq!(newest.weighing, Weighing::Recent);
            assert!(newest.window.starts_with("7-day EWMA of 34 days to "), "{}", newest.window);
        }
        ranks(live.market(), &rows);
        let said = |u: &Unknown| u.token == SWETH && u.what.contains("yield");
        assert!(!live.market().unknowns.iter().any(said));
    }
}

/// The newest weighing that is known ranks, and its words say of which window and how many points it
/// is. Where another token's newest is known and this one's is not, this one has no figure that
/// compares.
fn ranks(market: &Market, rows: &[RealisedYield]) {
    let newest = rows.last().unwrap();
    let ranked = earning(market, &Graph::new(market), SWETH, U256::ONE).unwrap();
    assert_eq!(ranked.rate, newest.rate);
    let words = ranked.basis.words(market);
    assert!(words.contains(&newest.window) && words.contains("points of blocks"), "{words}");
    let mut mixed = market.clone();
    mixed.yields.retain(|row| row.token != SWETH);
    mixed.yields.push(rows[0].clone());
    let token = Address::repeat_byte(0x99);
    mixed.yields.push(RealisedYield { token, weighing: Weighing::Recent, ..rows[0].clone() });
    assert!(earning(&mixed, &Graph::new(&mixed), SWETH, U256::ONE).is_none());
    mixed.yields.pop();
    let even = earning(&mixed, &Graph::new(&mixed), SWETH, U256::ONE).unwrap();
    assert_eq!(even.rate, rows[0].rate);
}

/// Reports once a week: five of them span four weeks, and what ranks is known.
#[test]
fn weekly_reports_are_not_aliased() {
    let chain = Chain::of(38, |day| (day % 7 == 3).then_some(day % 8));
    let (_, live, _) = filled(&chain.anvil.http(), History::new(Grid::FINE));
    let rows = rows(&live);
    let [even, recent] = rows.as_slice() else { panic!("{rows:?}") };
    for row in [even, recent] {
        assert!((25 * DAY_S..=35 * DAY_S).contains(&row.window_s), "{row:?}");
    }
    // A reading at every block sees each report when it comes; at every mark, up to six hours late.
    let (_, exact) = expected(&chain, BLOCK_S);
    let rate = to_f64(recent.rate) / 1e27;
    assert!((rate / exact - 1.0).abs() < 6.0 / (7.0 * 24.0), "{recent:?}: {exact}");
    let (_, weighed) = expected(&chain, Grid::FINE.every_s);
    assert!((to_f64(recent.rate) / 1e27 / weighed - 1.0).abs() < 1e-9, "{recent:?} {weighed}");
}

/// Without the earlier state, no yield is known, and the market says why.
#[test]
fn a_node_without_the_earlier_state_is_why() {
    let anvil = judge::place(&judge::figures().1);
    let (_, live, told) = filled(&anvil.http(), History::new(Grid::DAILY));
    assert_eq!(told, []);
    let why = live.no_yields().unwrap();
    assert!(why.contains("does not have block"), "{why}");
    let said = |u: &Unknown| u.what.contains("no realised yield") && u.what.contains(why);
    assert!(live.market().unknowns.iter().any(said));

    let chain = Chain::of(12, |_| Some(4));
    let newest = chain.blocks.last().unwrap().0;
    let pruning = pruned(&chain.anvil, newest);
    let (history, live, _) = filled(&pruning.url(), History::new(Grid::DAILY));
    assert_eq!(history.points(SWETH).count(), 0);
    let why = live.no_yields().unwrap();
    assert!(why.contains("does not keep the state of block"), "{why}");
    assert!(live.market().unknowns.iter().any(|u| u.token == SWETH && u.what.contains(why)));
    assert!(rows(&live).is_empty());

    // Of twelve days the rate is told, with why there are no more; it does not rank.
    let (_, live, _) = filled(&chain.anvil.http(), History::new(Grid::DAILY));
    let rows = rows(&live);
    assert!(rows[0].window_s < 13 * DAY_S, "{rows:?}");
    assert!(rows[0].window.contains("nothing older: ") && rows[0].window.contains("block"));
}

/// A node that keeps the state of its newest block alone.
fn pruned(anvil: &Anvil, newest: u64) -> Proxy {
    let hash = anvil.call("eth_getBlockByNumber", &json!([format!("{newest:#x}"), false]));
    let hash = hash["hash"].as_str().unwrap().to_owned();
    Proxy::before(anvil, move |request| {
        let text = request.to_string();
        if !text.contains("eth_call") || text.contains(&hash) {
            return Deed::Forward;
        }
        Deed::Change(Box::new(|answer| {
            for one in answer.as_array_mut().into_iter().flatten() {
                let error = json!({ "code": -32000, "message": "missing trie node" });
                let id: Value = one["id"].clone();
                *one = json!({ "jsonrpc": "2.0", "id": id, "error": error });
            }
        }))
    })
}
