//! A market carried from block to block is the one that a full reading finds.

use std::{cell::Cell, collections::HashSet, sync::Arc};

use alloy_primitives::{Address, U256, address};
use tenor::market::live::{Change, Head, Live, LiveError, realised};
use tenor_simulations::{Script, World, world::Block};
use tenor_solver::{
    amount::WAD,
    market::Market,
    venues::{NATIVE, Read, Swap, Trade, Venue},
};

use super::{head, open, places, world};
use crate::world::rng::Rng;

const TRADER: Address = address!("7ade000000000000000000000000000000000001");

/// A trade of a random size on a random venue, as a script; `None` where the venue refuses.
fn trade(rng: &mut Rng, live: &Live, world: &World) -> Option<Script> {
    let listings = &live.market().listings;
    let at = usize::try_from(rng.below(listings.len() as u64)).unwrap();
    let venue = &listings[at].venue;
    let tokens = venue.tokens().len() as u64;
    let [from, to] = [0, 1].map(|_| usize::try_from(rng.below(tokens)).unwrap());
    let amount = rng.bits(1, 80);
    let swap = Swap { from, to, amount };
    venue.quote(swap).ok()?;
    let deadline = world.block().timestamp;
    let trade = Trade { swap, min_out: U256::ZERO, recipient: TRADER, deadline };
    let encoded = venue.encode(&trade);
    let stored =
        venue.rebase(from).map_or(amount, |rebase| rebase.fewest_shares(amount * WAD).unwrap());
    Some(Script {
        account: TRADER,
        holdings: vec![(venue.tokens()[from], stored)],
        approvals: encoded.approval.into_iter().collect(),
        calls: encoded.calls,
        watch: vec![NATIVE],
    })
}

fn next(rng: &mut Rng, block: Block) -> Block {
    let blocks = 1 + rng.below(40);
    Block {
        number: block.number + blocks,
        timestamp: block.timestamp + 12 * blocks,
        base_fee: 1_000_000_000 + rng.below(20_000_000_000),
        ..block
    }
}

fn assert_same(updated: &Live, full: &Live) {
    assert_eq!(updated.market().hash, full.market().hash);
    // Debug shows every figure of every venue.
    assert_eq!(format!("{:?}", updated.market()), format!("{:?}", full.market()));
    assert_eq!(updated.answers(), full.answers());
}

#[test]
fn an_update_is_a_full_reading() {
    let seed = Rng::seed();
    println!("updates: TENOR_SEED={seed}");
    let rng = &mut Rng::new(seed);
    let (mut trades, mut runs) = (0, 0);
    while trades < 60 {
        let mut world = world();
        let mut live = open(&world);
        runs += 1;
        assert!(runs < 60, "too few trades go through");
        for _ in 0..12 {
            let (mut touched, mut done) = (HashSet::new(), 0);
            let block = next(rng, world.block());
            for _ in 0..rng.below(5) {
                let Some(script) = trade(rng, &live, &world) else { continue };
                // What the model takes and the contract does not is other tests' matter.
                let Ok(after) = world.after(&script, block) else { continue };
                touched.extend(after.touched);
                (world, done) = (after.world, done + 1);
            }
            let at = Head {
                block: block.number,
                timestamp: block.timestamp,
                base_fee: U256::from(block.base_fee),
                ..head(&world)
            };
            let moved = world.after(&Script { calls: Vec::new(), ..idle() }, block).unwrap();
            world = moved.world;
            live.update(at, Change::Touched(&touched), |reads: &[Read]| world.answer(reads))
                .unwrap();
            let full =
                Live::open(places(), at, live.source(), |reads: &[Read]| world.answer(reads));
            assert_same(&live, &full.unwrap());
            trades += done;
        }
    }
    println!("updates: {trades} trades in {runs} runs");
}

fn idle() -> Script {
    Script {
        account: TRADER,
        holdings: Vec::new(),
        approvals: Vec::new(),
        calls: Vec::new(),
        watch: Vec::new(),
    }
}

/// What no block touches costs nothing, and what one touches is asked in one round.
#[test]
fn only_what_may_have_changed_is_asked() {
    let world = world();
    let mut live = open(&world);
    let before = live.clone();
    let pair = before
        .market()
        .listings
        .iter()
        .find(|l| l.venue.id().as_str() == "uniswap_v3:USDC/WETH:500");
    let pool = address!("88e6a0c2ddd26feeb64f039a2c41296fcb3f5640");
    assert_eq!(pair.unwrap().protocol, "uniswap_v3");
    let (asked, rounds) = (Cell::new(0), Cell::new(0));
    let refused: Vec<Address> = places()
        .rows
        .iter()
        .filter(|row| super::absent().contains(&row.place.id.to_string()))
        .flat_map(|row| row.place.contracts.values().copied())
        .collect();
    let fetch = |reads: &[Read]| {
        let answers = world.answer(reads);
        if reads.iter().any(|read| read.account() == pool) {
            rounds.set(rounds.get() + 1);
            asked.set(asked.get() + reads.iter().filter(|read| read.account() == pool).count());
        }
        let pools = reads.iter().filter(|read| !refused.contains(&read.account()));
        for read in pools {
            let v2 = address!("b4e16d0168e52d35cacd2c6185b44281ec28c9dc");
            assert_ne!(read.account(), v2, "an untouched pool is asked");
        }
        answers
    };
    let at = head(&world);
    live.update(at, Change::Touched(&HashSet::from([pool])), fetch).unwrap();
    assert_eq!(rounds.get(), 1);
    // Price, liquidity, three words, and the two ends of what is known.
    assert_eq!(asked.get(), 7);
    assert_same(&live, &before);
    let shared = |id: &str| {
        let venue = |live: &Live| -> Arc<dyn Venue> {
            let all = &live.market().listings;
            all.iter().find(|l| l.venue.id().as_str() == id).unwrap().venue.clone()
        };
        Arc::ptr_eq(&venue(&live), &venue(&before))
    };
    // Whatever was asked and said the same is the same value, unless it knows the block.
    assert!(shared("uniswap_v2:USDC/WETH") && shared("uniswap_v3:USDC/WETH:500"));
    assert!(shared("swell:swETH") && !shared("lido:stETH"));
}

/// A failed update leaves the market as it was, and the next one, told of both blocks, makes it whole.
#[test]
fn a_failed_update_changes_nothing() {
    let world = world();
    let mut live = open(&world);
    let before = live.clone();
    let pool = address!("88e6a0c2ddd26feeb64f039a2c41296fcb3f5640");
    let fail = |_: &[Read]| Err("the node is away");
    let error =
        live.update(head(&world), Change::Touched(&HashSet::from([pool])), fail).unwrap_err();
    assert_eq!(error, LiveError::Fetch("the node is away"));
    assert_same(&live, &before);
    live.update(head(&world), Change::Touched(&HashSet::from([pool])), |reads: &[Read]| {
        world.answer(reads)
    })
    .unwrap();
    assert_same(&live, &before);
}

/// sfrxETH's rewards come in by the second, and it stands for frxETH, not for ETH; nothing else here
/// moves by itself, so a day later nothing has earned, and a market of higher rates says how much.
#[test]
fn yields_are_the_growth_of_rates_between_two_blocks() {
    let world = world();
    let earlier = open(&world).market().clone();
    let mut later = Market::clone(&earlier);
    later.timestamp += 30 * 86_400;
    assert!(realised(&[&earlier, &later]).is_empty());
    assert!(realised(&[&later, &earlier]).is_empty());
    let weeth = address!("cd5fe23c85820f7b72d0926fc9b05b43e359b7ee");
    let grown = later.redemptions.iter_mut().find(|row| row.token == weeth).unwrap();
    grown.eth += grown.eth / U256::from(400);
    let rows = realised(&[&earlier, &later]);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    // ln(1.0025) a month, and 365.25 / 30 months a year.
    let expected = 0.002_496_880_198_6 * 365.25 / 30.0;
    let rate = tenor_solver::amount::to_f64(row.rate) / 1e27;
    assert!((rate - expected).abs() < 1e-9, "{rate} {expected}");
    assert_eq!((row.token, row.window_s), (weeth, 30 * 86_400));
    let live = open(&world);
    let hash = live.market().hash;
    let live = live.with_yields(rows.clone());
    assert_ne!(live.market().hash, hash);
    assert_eq!(live.market().yields, rows);
}

/// Readings every six hours of a rate that is reported once a day, whatever the hour that they begin
/// at: only the steps count, so the rate is within a reading's length of the true one; the two ends
/// alone are off by up to a day of ten.
#[test]
fn yields_of_several_readings_are_sampled_at_updates() {
    let first = open(&world()).market().clone();
    let weeth = address!("cd5fe23c85820f7b72d0926fc9b05b43e359b7ee");
    const HOUR_S: u64 = 3_600;
    // One part in ten thousand at each report: `ln(1.0001)` a day.
    let truth = 0.000_099_995_000_333_308_34 * 365.25;
    let reading = |hour: u64| {
        let mut market = Market::clone(&first);
        market.timestamp += hour * HOUR_S;
        let row = market.redemptions.iter_mut().find(|row| row.token == weeth).unwrap();
        for _ in 0..hour / 24 {
            row.eth = row.eth * U256::from(10_001) / U256::from(10_000);
        }
        market
    };
    let mut worst = 0.0f64;
    for phase in 0..24 {
        let readings: Vec<Market> = (0..=40).map(|n| reading(phase + 6 * n)).collect();
        let of = |markets: &[&Market]| {
            let rows = realised(markets);
            let row = rows.into_iter().find(|row| row.token == weeth).unwrap();
            (tenor_solver::amount::to_f64(row.rate) / 1e27, row)
        };
        let (rate, row) = of(&readings.iter().collect::<Vec<_>>());
        // Both updates are seen equally late, so that the days between them are whole.
        assert!((rate / truth - 1.0).abs() < 1e-6, "{phase}: {rate} {truth}");
        assert_eq!(row.window_s % (24 * HOUR_S), 0);
        assert!(row.source.contains("steps between updates"), "{}", row.source);
        let (naive, row) = of(&[&readings[0], &readings[37]]);
        assert!(row.source.contains("% a year off"), "{}", row.source);
        worst = worst.max((naive / truth - 1.0).abs());
    }
    assert!(worst > 0.02, "two readings are aliased: {worst}");
}
