//! The laws on random pools of Balancer's third vault, weighted and stable, at rates.

use alloy_primitives::{Address, U256};
use proptest::prelude::*;
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    venues::{
        BalancerStableV3, BalancerV3Error, BalancerV3Figures, BalancerV3Token, BalancerWeightedV3,
        BalancerWeightedV3Figures, Capacity, QuoteError, Swap, Venue, VenueId,
    },
};

use super::{
    CASES,
    laws::{Direction, check},
};
use crate::law::law;

/// A token: the size of its balance in whole tokens, as a power of ten, its decimals and its rate.
type Row = (f64, u32, f64);

fn rows(most: usize, sizes: std::ops::Range<f64>) -> impl Strategy<Value = Vec<Row>> {
    let decimals = prop_oneof![Just(6u32), Just(18)];
    proptest::collection::vec((sizes, decimals, 0.3..3.0f64), 2..=most)
}

fn figures(rows: &[Row], fee_ppm: u64, aggregate: u64) -> BalancerV3Figures {
    let token = |(at, (size, decimals, rate)): (usize, &Row)| BalancerV3Token {
        token: Address::with_last_byte(u8::try_from(at + 1).unwrap()),
        balance: from_f64(10f64.powf(*size + f64::from(*decimals))),
        scaling: U256::from(10).pow(U256::from(18 - decimals)),
        rate: from_f64(rate * 1e18),
    };
    BalancerV3Figures {
        id: VenueId::new("third vault"),
        pool: Address::ZERO,
        router: Address::ZERO,
        permit2: Address::ZERO,
        tokens: rows.iter().enumerate().map(token).collect(),
        swap_fee: WAD / U256::from(1_000_000) * U256::from(fee_ppm),
        aggregate_fee: WAD / U256::from(100) * U256::from(aggregate),
        least_trade: U256::from(1_000_000),
        paused: false,
    }
}

fn sides(n: usize, from: usize, step: usize) -> (usize, usize) {
    (from % n, (from % n + 1 + (step - 1) % (n - 1)) % n)
}

/// Two amounts up to what the pool takes, on any scale.
fn spread(venue: &dyn Venue, (from, to): (usize, usize), exponents: [f64; 2]) -> [U256; 2] {
    let Capacity::Limited { amount, .. } = venue.capacity(from, to) else { panic!("{venue:?}") };
    exponents.map(|exponent| from_f64(to_f64(amount).powf(exponent)).max(U256::ONE))
}

/// Units of the token wanted that a unit of the scaled balances is worth, at least one: what a rounding
/// of the formula costs; and those that a unit given is worth.
fn unit(figures: &BalancerV3Figures, (from, to): (usize, usize)) -> f64 {
    let scale =
        |at: usize| to_f64(figures.tokens[at].scaling) * to_f64(figures.tokens[at].rate) / 1e18;
    (1.0 / scale(to)).max(1.0) + scale(from) / scale(to)
}

fn exponent() -> impl Strategy<Value = f64> {
    0.0..1.0f64
}

#[test]
fn balancer_v3_weighted_obeys_the_laws() {
    let share = 1u64..100;
    let case =
        (rows(2, 1.0..8.0), share, 1u64..100_000, 0u64..=100, 0usize..2, [exponent(), exponent()]);
    law(CASES, &case, |(rows, share, fee_ppm, aggregate, from, amounts)| {
        let pool = figures(&rows, fee_ppm, aggregate);
        let first = WAD / U256::from(100) * U256::from(share);
        let weights = vec![first, WAD - first];
        let made = BalancerWeightedV3Figures { pool: pool.clone(), weights, least: None };
        let venue = BalancerWeightedV3::new(made).unwrap();
        let way = (from, 1 - from);
        let held = |at: usize| to_f64(pool.tokens[at].balance);
        let [a, b] = spread(&venue, way, amounts);
        let weight = |at: usize| if at == 0 { share as f64 } else { 100.0 - share as f64 };
        let power = weight(way.0) / weight(way.1);
        // The power is off by some 1e-14 of itself; each rounding by a unit.
        let price = held(way.1) * power / held(way.0);
        let rounding = held(way.1) * 6e-14 * (1.0 + power) + 8.0 * (unit(&pool, way) + price);
        let direction = Direction {
            venue: &venue,
            from: way.0,
            to: way.1,
            rounding: from_f64(rounding) + U256::from(4),
            fee_kept_ppm: 0,
            float_floor: 1e-13 * held(way.1) + 2.0,
        };
        check(direction, a, b)
    });
}

#[test]
fn balancer_v3_stable_obeys_the_laws() {
    let amp = prop_oneof![Just(1_000u64), 1_000u64..50_000_000];
    let case = (
        rows(5, 3.0..6.0),
        amp,
        1u64..100_000,
        0u64..=100,
        (0usize..5, 1usize..5),
        [exponent(), exponent()],
    );
    law(CASES, &case, |(rows, amp, fee_ppm, aggregate, (from, step), amounts)| {
        let pool = figures(&rows, fee_ppm, aggregate);
        let Ok(venue) = BalancerStableV3::stable(pool.clone(), U256::from(amp)) else {
            return Err(TestCaseError::fail("no pool"));
        };
        let way = sides(rows.len(), from, step);
        let [a, b] = spread(&venue, way, amounts);
        let held = to_f64(pool.tokens[way.1].balance);
        // The price in scaled units.
        let steep =
            venue.gain(way.0, way.1).map_or(0.0, |gain| gain.marginal(0.0)) / unit(&pool, way);
        let direction = Direction {
            venue: &venue,
            from: way.0,
            to: way.1,
            // Two iterations, each within a unit, on a curve as steep as 1 to 10,000 or steeper.
            rounding: from_f64((20_000.0 + 10.0 * steep) * unit(&pool, way)) + U256::from(4),
            // The fee stays in the token given, and with a third token that is scarce it raises the
            // price of the second part.
            fee_kept_ppm: fee_ppm,
            float_floor: 1e-12 * (held + 1e4),
        };
        check(direction, a, b)
    });
}

#[test]
fn figures_that_are_no_pool_are_refused() {
    let good = || figures(&[(4.0, 18, 1.0), (4.0, 6, 1.1)], 1_000, 50);
    let amp = U256::from(200_000);
    let refused = |change: fn(&mut BalancerV3Figures), amp| {
        let mut figures = good();
        change(&mut figures);
        BalancerStableV3::stable(figures, amp).unwrap_err()
    };
    assert_eq!(refused(|f| f.tokens.truncate(1), amp), BalancerV3Error::Tokens(1));
    assert_eq!(refused(|f| f.swap_fee = WAD, amp), BalancerV3Error::Fee(WAD));
    assert_eq!(refused(|f| f.tokens[0].rate = U256::ZERO, amp), BalancerV3Error::Rate(U256::ZERO));
    assert_eq!(refused(|_| (), U256::from(999)), BalancerV3Error::Formula(U256::from(999)));
    let large = U256::ONE << 128;
    let error = refused(|f| f.tokens[0].balance = U256::ONE << 128, amp);
    assert_eq!(error, BalancerV3Error::Balance(large));
    let six = |f: &mut BalancerV3Figures| f.tokens = vec![f.tokens[0]; 6];
    assert_eq!(refused(six, amp), BalancerV3Error::Tokens(6));
}

/// At extremes of balances, rates and amplification: an error or a quote, never a fault, and never more
/// than the pool has.
#[test]
fn extremes_are_refused_or_quoted() {
    let ends = [0, 1, 9_999, 10_000, u64::MAX].map(U256::from);
    let wide = [U256::ONE << 112, (U256::ONE << 128) - U256::ONE];
    let balances: Vec<U256> = ends.into_iter().chain(wide).collect();
    for (first, second) in balances.iter().flat_map(|a| balances.iter().map(move |b| (a, b))) {
        for amp in [1_000u64, 200_000, 50_000_000, 1_000_000_000] {
            let mut figures = figures(&[(4.0, 18, 1.0), (4.0, 18, 1.1)], 1_000, 50);
            (figures.tokens[0].balance, figures.tokens[1].balance) = (*first, *second);
            let Ok(venue) = BalancerStableV3::stable(figures, U256::from(amp)) else { continue };
            for amount in balances.iter().copied().chain([U256::MAX]) {
                let quote = venue.boxed().trade(Swap { from: 0, to: 1, amount });
                match quote {
                    Ok(quote) => assert!(quote.out < *second, "{first} {second} {amp} {amount}"),
                    Err(QuoteError::ZeroAmount) => assert!(amount.is_zero()),
                    Err(error) => assert!(error.to_string().contains("third vault"), "{error}"),
                }
            }
        }
    }
}
