//! LP for SY alone and SY for LP alone, before the expiry and from it on.

use alloy_primitives::U256;
use tenor_solver::venues::{Capacity, QuoteError, Swap, Trade, Venue};

use super::{
    super::{ALICE, BOB, tally::Tally},
    change, endow,
    protocol::{Generation, Pendle},
    term::{Guess, Term},
    trade,
};
use crate::world::rng::Rng;

const SY: usize = 0;
const LP: usize = 1;

fn random_swap(term: &mut Term, venue: &dyn Venue, rng: &mut Rng) -> Option<Swap> {
    let from = usize::from(rng.chance(2));
    let held = term.pendle.lab.balance(venue.tokens()[from], ALICE);
    let Capacity::Limited { amount: limit, .. } = venue.capacity(from, 1 - from) else { panic!() };
    let amount = match rng.below(8) {
        0 => limit,
        1 => limit + U256::ONE,
        2 => rng.upto(U256::from(1000)),
        _ => rng.upto(limit.min(held)),
    };
    let amount = amount.min(held);
    (!amount.is_zero()).then_some(Swap { from, to: 1 - from, amount })
}

fn compare(kind: &'static str, generation: Generation) {
    let (mut tally, mut rng) = Tally::new(kind, &[generation.package()]);
    let blanks = [6, 18].map(|decimals| Pendle::new(generation, decimals));
    while tally.wants_more() {
        let mut term = Term::new(&blanks[usize::from(rng.chance(2))], &mut rng);
        for _ in 0..8 {
            endow(&mut term, &mut rng);
            term.share(&mut rng);
            let opened = match term.open_lp() {
                Ok(opened) => opened,
                Err(error) => {
                    let why = error.to_string();
                    assert!(why.contains("overflows") || why.contains("empty"), "{why}");
                    break;
                }
            };
            let mut venue = opened.venue.boxed();
            for _ in 0..3 {
                let Some(swap) = random_swap(&mut term, &*venue, &mut rng) else { continue };
                nobody_adds_more(&tally, &mut term, &*venue, swap);
                trade(&mut tally, &mut term, &mut *venue, swap);
            }
            change(&mut term, &mut rng);
        }
        after_the_expiry(&mut tally, &mut term, &mut rng);
    }
    tally.report();
}

/// The router's own search finds no more LP than the model, but for what a unit of PT or SY makes: the
/// model buys the most PT that go with what is left, and one more may be nearer.
fn nobody_adds_more(tally: &Tally, term: &mut Term, venue: &dyn Venue, swap: Swap) {
    let (SY, Ok(quote)) = (swap.from, venue.quote(swap)) else { return };
    let mut after = venue.boxed();
    after.trade(swap).unwrap();
    let (before, after) = (venue.pooled().unwrap(), after.pooled().unwrap());
    // PT are worth about as much; the market's own balance may have some that nobody asked for.
    let scarce = (before.worth - before.sy).min(before.sy).max(U256::ONE);
    // Buying p of P leaves U p / (P - p) to be minted: a unit of p makes (U after)² / (U before P) of it.
    let grows = after.units / before.units.max(U256::ONE) + U256::ONE;
    let unit = after.units * grows * U256::from(2) / scarce + U256::from(4);
    let most = quote.out + unit + quote.out / U256::from(1_000_000_000_000_u64);
    for eps in [1_000_000_000_u64, 1_000_000_000_000_000] {
        let (least, first) = (U256::ZERO, U256::ZERO);
        let (tries, eps) = (U256::from(300), U256::from(eps));
        let guess = Guess { least, most: U256::MAX, first, tries, eps };
        if let Ok(found) = term.search_lp(swap.amount, guess) {
            let case = (found, quote.out, unit, before, swap);
            tally.equal("the router mints more than the model", found > most, false, case);
        }
    }
}

/// Nothing is added any more; LP are taken out while SY earn on and others leave PT with the yield token.
fn after_the_expiry(tally: &mut Tally, term: &mut Term, rng: &mut Rng) {
    let left = term.expiry.saturating_sub(term.now());
    term.pendle.lab.warp(left + rng.below(1000));
    for _ in 0..2 {
        term.share(rng);
        let mut venue = match term.open_lp() {
            Ok(opened) => opened.venue.boxed(),
            // Nobody had added anything.
            Err(error) => return assert!(error.to_string().contains("empty"), "{error}"),
        };
        let add = Swap { from: SY, to: LP, amount: U256::from(1_000_000) };
        let refused = tally.trade(&mut term.pendle.lab, &mut *venue, add).unwrap_err();
        assert!(matches!(refused, QuoteError::Expired { .. }), "{refused}");
        for _ in 0..3 {
            let held = term.pendle.lab.balance(term.market, ALICE);
            let amount = if rng.chance(8) { held } else { rng.upto(held) };
            if !amount.is_zero() {
                trade(tally, term, &mut *venue, Swap { from: LP, to: SY, amount });
            }
        }
        let most = term.pendle.lab.balance(term.pt, BOB) / U256::from(10);
        term.pendle.lab.transfer(term.pt, BOB, term.yt, rng.upto(most));
        term.pendle.earn(rng);
    }
}

#[test]
fn pendles_third_liquidity_agrees() {
    compare("Pendle, LP V3", Generation::V3);
}

#[test]
fn pendles_seventh_liquidity_agrees() {
    compare("Pendle, LP V7", Generation::V7);
}

/// What was to be added before somebody else traded is added all the same, for no less than its least.
#[test]
fn pendles_router_adds_where_the_market_has_moved() {
    let seed = Rng::seed();
    println!("TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let blanks = [Generation::V3, Generation::V7].map(|of| Pendle::new(of, 18));
    let mut moved = 0;
    while moved < 50 {
        let mut term = Term::new(&blanks[usize::from(rng.chance(2))], &mut rng);
        endow(&mut term, &mut rng);
        let (Ok(market), Ok(opened)) = (term.open(), term.open_lp()) else { continue };
        let venue = opened.venue;
        let Capacity::Limited { amount: limit, .. } = venue.capacity(SY, LP) else { panic!() };
        let held = term.pendle.lab.balance(venue.tokens()[SY], ALICE);
        let little = limit.min(venue.pooled().unwrap().sy) / U256::from(50);
        let swap = Swap { from: SY, to: LP, amount: little.min(held) };
        let Ok(quote) = venue.quote(swap) else { continue };
        let min_out = quote.out - quote.out / U256::from(20);
        let encoded =
            venue.encode(&Trade { swap, min_out, recipient: ALICE, deadline: term.now() });
        // Bob buys PT first, which moves what goes with each other by more than the price.
        let before = Swap { to: 1, amount: swap.amount / U256::from(1 + rng.below(30)), ..swap };
        let bobs = Trade { swap: before, min_out: U256::ZERO, recipient: BOB, deadline: 0 };
        if market.venue.quote(before).is_err()
            || term.pendle.lab.execute(BOB, &market.venue.encode(&bobs)).is_err()
        {
            continue;
        }
        let Ok(now) = term.open_lp().unwrap().venue.quote(swap) else { continue };
        let held = term.pendle.lab.balance(term.market, ALICE);
        let done = term.pendle.lab.execute(ALICE, &encoded);
        let got = term.pendle.lab.balance(term.market, ALICE) - held;
        let surely = now.out > min_out + (quote.out - min_out) / U256::from(1000);
        assert!(done.is_ok() || !surely, "{done:?} {now:?} {swap:?} {venue:?}");
        assert!(done.is_err() || got >= min_out, "{got} {min_out}");
        moved += usize::from(done.is_ok());
    }
}
