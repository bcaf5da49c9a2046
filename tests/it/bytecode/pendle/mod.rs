//! Pendle v2: markets of two generations, their LP, PT at their expiry, and SY.

mod liquidity;
mod protocol;
mod term;

use alloy_primitives::U256;
use tenor_solver::venues::{Capacity, QuoteError, Swap, Trade, Venue};

use self::{
    protocol::{Generation, Pendle, WAD},
    term::{Guess, Term},
};
use super::{ALICE, BOB, tally::Tally};
use crate::world::rng::Rng;

const SY: usize = 0;
const PT: usize = 1;
const YT: usize = 2;

/// Something else happens: liquidity, earnings, fees, time.
fn change(term: &mut Term, rng: &mut Rng) {
    match rng.below(6) {
        0 => {
            let size = rng.bits(20, 90);
            let (sy, pt) = (rng.near(size), rng.near(size));
            term.add(sy, pt);
        }
        1 => term.remove(rng),
        2 => term.change_fees(rng),
        3 | 4 => term.pendle.earn(rng),
        _ => {
            let left = term.expiry - term.now();
            term.pendle.lab.warp(1 + rng.below(left.max(2) - 1));
            term.pendle.earn(rng);
        }
    }
}

fn random_swap(term: &mut Term, venue: &dyn Venue, rng: &mut Rng) -> Option<Swap> {
    let (from, to) = rng.pick(&[(SY, PT), (SY, PT), (PT, SY), (PT, SY), (SY, YT), (YT, SY)]);
    let token = venue.tokens()[from];
    let held = term.pendle.lab.balance(token, ALICE);
    let Capacity::Limited { amount: limit, .. } = venue.capacity(from, to) else { panic!() };
    let amount = match rng.below(8) {
        0 => limit,
        1 => limit + U256::ONE,
        2 => rng.upto(U256::from(100)),
        _ => rng.upto(limit),
    };
    let amount = amount.min(held);
    (!amount.is_zero()).then_some(Swap { from, to, amount })
}

/// Alice has what a trade at the market's limits takes, and now and then more.
fn endow(term: &mut Term, rng: &mut Rng) {
    if term.now() < term.expiry {
        let size = U256::ONE << (60 + rng.below(32));
        term.mint_py(ALICE, size);
        term.pendle.give_sy(ALICE, size);
        if rng.chance(3) {
            term.scatter(rng);
        }
    }
}

fn compare(kind: &'static str, generation: Generation) {
    let mut packages = vec!["@pendle/core-v2"];
    if generation == Generation::V7 {
        packages.insert(0, generation.package());
    }
    let (mut tally, mut rng) = Tally::new(kind, &packages);
    let blanks = [6, 18].map(|decimals| Pendle::new(generation, decimals));
    while tally.wants_more() {
        let mut term = Term::new(&blanks[usize::from(rng.chance(2))], &mut rng);
        for _ in 0..12 {
            endow(&mut term, &mut rng);
            let opened = match term.open() {
                Ok(opened) => opened,
                Err(error) => {
                    let why = error.to_string();
                    if why.contains("overflows") {
                        // Where the market's own arithmetic does, it buys nothing either.
                        let (least, most, first) = (U256::ZERO, U256::MAX, U256::ZERO);
                        let all = Guess { least, most, first, tries: U256::from(300), eps: WAD };
                        assert!(term.search(WAD, all).is_err(), "{why}");
                        break;
                    }
                    assert!(why.contains("empty") || term.now() >= term.expiry, "{why}");
                    break;
                }
            };
            let mut venue = opened.venue.boxed();
            for _ in 0..3 {
                let Some(swap) = random_swap(&mut term, &*venue, &mut rng) else { continue };
                nobody_buys_more(&tally, &mut term, &*venue, swap);
                trade(&mut tally, &mut term, &mut *venue, swap);
            }
            change(&mut term, &mut rng);
        }
    }
    tally.report();
}

/// The router's own search, as precise as it gets, finds no more PT than the model, and one more than
/// the model's costs too much.
fn nobody_buys_more(tally: &Tally, term: &mut Term, venue: &dyn Venue, swap: Swap) {
    let (SY, PT, Ok(quote)) = (swap.from, swap.to, venue.quote(swap)) else { return };
    let more = quote.out + U256::ONE;
    let only = Guess { least: more, most: more, first: more, tries: U256::ONE, eps: WAD };
    let refused = term.search(swap.amount, only);
    assert!(refused.is_err(), "{refused:?} {swap:?} {venue:?}");
    let (least, most, first) = (U256::ZERO, U256::MAX, U256::ZERO);
    for eps in [0, 1_000, 1_000_000_000_000_000_u64] {
        let guess = Guess { least, most, first, tries: U256::from(300), eps: U256::from(eps) };
        if let Ok(found) = term.search(swap.amount, guess) {
            tally.equal(
                "found by the router, and not by the model",
                found > quote.out,
                false,
                swap,
            );
        }
    }
}

/// As any venue's trade is compared; but beyond a limit, where more would bring less or be left with
/// the market, the contract may go on: there it pays no more than at the limit.
fn trade(tally: &mut Tally, term: &mut Term, venue: &mut dyn Venue, swap: Swap) {
    let Err(QuoteError::Limit { limit, .. }) = venue.quote(swap) else {
        let _ = tally.trade(&mut term.pendle.lab, venue, swap);
        return;
    };
    assert!(swap.amount > limit, "{swap:?} {venue:?}");
    tally.refused();
    let token = venue.tokens()[swap.to];
    let mut lab = term.pendle.lab.clone();
    let before = lab.balance(token, ALICE);
    let trade = Trade { swap, min_out: U256::ZERO, recipient: ALICE, deadline: lab.now() };
    // SY that buy no more YT by way of the market are minted into YT at par.
    if lab.execute(ALICE, &venue.encode(&trade)).is_ok() && swap.to != YT {
        let paid = lab.balance(token, ALICE) - before;
        let most = venue.quote(Swap { amount: limit, ..swap });
        let most = most.map_or(U256::ZERO, |quote| quote.out);
        // The top is flat, and the rate has 18 decimals.
        let most = most + most / U256::from(1_000_000_000_000_000_u64) + U256::ONE;
        assert!(paid <= most, "{paid} {most} {swap:?} {venue:?}");
    }
}

#[test]
fn pendles_third_markets_agree() {
    compare("Pendle, market V3", Generation::V3);
}

#[test]
fn pendles_seventh_markets_agree() {
    compare("Pendle, market V7", Generation::V7);
}

/// PT before, at and after their expiry, while SY earn on; others redeem, and leave PT there.
fn redeem(kind: &'static str, generation: Generation) {
    let (mut tally, mut rng) = Tally::new(kind, &[generation.package()]);
    let blanks = [6, 18].map(|decimals| Pendle::new(generation, decimals));
    while tally.wants_more() {
        let mut term = Term::new(&blanks[usize::from(rng.chance(2))], &mut rng);
        let swap = Swap { from: PT, to: SY, amount: U256::from(1000) };
        let early = term.open_py().unwrap().venue.quote(swap).unwrap_err();
        assert!(matches!(early, QuoteError::NotYet { from, .. } if from == term.expiry), "{early}");
        let left = term.expiry - term.now();
        term.pendle.lab.warp(left);
        let expired = term.open().unwrap_err().to_string();
        assert!(expired.contains("has expired"), "{expired}");
        for _ in 0..12 {
            let mut venue = term.open_py().unwrap().venue.boxed();
            for _ in 0..3 {
                let held = term.pendle.lab.balance(term.pt, ALICE);
                let amount = if rng.chance(40) { held } else { rng.upto(held) };
                if amount.is_zero() {
                    continue;
                }
                let swap = Swap { amount, ..swap };
                tally.trade(&mut term.pendle.lab, &mut *venue, swap).unwrap();
            }
            match rng.below(4) {
                0 => {
                    let most = term.pendle.lab.balance(term.pt, ALICE) / U256::from(10);
                    term.pendle.lab.transfer(term.pt, ALICE, term.yt, rng.upto(most));
                }
                1 => term.pendle.lab.warp(1 + rng.below(100_000)),
                _ => term.pendle.earn(&mut rng),
            }
        }
    }
    tally.report();
}

#[test]
fn pendles_third_principal_agrees() {
    redeem("Pendle, PT at expiry V3", Generation::V3);
}

#[test]
fn pendles_sixth_principal_agrees() {
    redeem("Pendle, PT at expiry V6", Generation::V7);
}

/// An SY over a vault's share.
#[test]
fn pendles_standardized_yield_agrees() {
    let (mut tally, mut rng) = Tally::new("Pendle, SY", &[Generation::V3.package()]);
    let blank = Pendle::new(Generation::V3, 18);
    let mut term = std::iter::repeat_with(|| Term::new(&blank, &mut rng))
        .find_map(|mut term| term.open().is_ok().then_some(term))
        .unwrap();
    while tally.wants_more() {
        let mut venue = term.open_sy().unwrap().venue.boxed();
        assert_eq!(venue.exact_pairs(), [(0, 1)]);
        for _ in 0..8 {
            endow(&mut term, &mut rng);
            let from = usize::from(rng.chance(2));
            let held = term.pendle.lab.balance(venue.tokens()[from], ALICE);
            let amount = if rng.chance(5) { held } else { rng.upto(held) };
            if amount.is_zero() {
                continue;
            }
            let swap = Swap { from, to: 1 - from, amount };
            tally.trade(&mut term.pendle.lab, &mut *venue, swap).unwrap();
        }
        term.pendle.earn(&mut rng);
        let paused = rng.chance(4);
        if paused {
            term.pendle.pause(true);
            let mut venue = term.open_sy().unwrap().venue.boxed();
            let swap = Swap { from: 1, to: 0, amount: U256::ONE };
            let refused = tally.trade(&mut term.pendle.lab, &mut *venue, swap).unwrap_err();
            assert!(matches!(refused, QuoteError::Paused(_)), "{refused}");
            let market = term.open().unwrap().venue;
            let refused = market.quote(Swap { from: PT, to: SY, amount: WAD }).unwrap_err();
            assert!(matches!(refused, QuoteError::Paused(_)), "{refused}");
            term.pendle.pause(false);
        }
    }
    tally.report();
}

/// A trade that was quoted before somebody else's still goes through, for no less than its least.
#[test]
fn pendles_router_makes_do_where_the_market_has_moved() {
    let seed = Rng::seed();
    println!("TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let blanks = [Generation::V3, Generation::V7].map(|of| Pendle::new(of, 18));
    let mut moved = 0;
    while moved < 100 {
        let mut term = Term::new(&blanks[usize::from(rng.chance(2))], &mut rng);
        endow(&mut term, &mut rng);
        let Ok(opened) = term.open() else { continue };
        let mut venue = opened.venue.boxed();
        let to = rng.pick(&[PT, YT]);
        let held = term.pendle.lab.balance(venue.tokens()[SY], ALICE);
        let Capacity::Limited { amount: limit, .. } = venue.capacity(SY, to) else { panic!() };
        let swap = Swap { from: SY, to, amount: (limit / U256::from(50)).min(held) };
        let Ok(quote) = venue.quote(swap) else { continue };
        let min_out = quote.out - quote.out / U256::from(20);
        let trade = Trade { swap, min_out, recipient: ALICE, deadline: term.now() };
        let encoded = venue.encode(&trade);
        // Bob comes first.
        let before = Swap { amount: swap.amount / U256::from(1 + rng.below(30)), ..swap };
        let bobs = Trade { swap: before, min_out: U256::ZERO, recipient: BOB, deadline: 0 };
        let made = venue.encode(&bobs);
        if venue.trade(before).is_err() || term.pendle.lab.execute(BOB, &made).is_err() {
            continue;
        }
        let Ok(now) = venue.quote(swap) else { continue };
        let token = venue.tokens()[to];
        let held = term.pendle.lab.balance(token, ALICE);
        let done = term.pendle.lab.execute(ALICE, &encoded);
        let got = term.pendle.lab.balance(token, ALICE) - held;
        let surely = now.out > min_out + (quote.out - min_out) / U256::from(1000);
        assert!(done.is_ok() || !surely, "{done:?} {now:?} {trade:?} {venue:?}");
        assert!(done.is_err() || got >= min_out, "{got} {trade:?}");
        moved += usize::from(done.is_ok());
    }
}
