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
