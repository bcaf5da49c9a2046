//! The laws on random weighted pools.

use alloy_primitives::{Address, B256, U256};
use proptest::prelude::*;
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    venues::{
        BalancerWeighted, BalancerWeightedError, BalancerWeightedFigures, BalancerWeightedToken,
        Capacity, Powers, QuoteError, Swap, Venue, VenueId,
    },
};

use super::{
    CASES,
    laws::{Direction, check},
};
use crate::law::law;

fn token(at: usize, cash: f64, managed: f64, weight: U256, decimals: u32) -> BalancerWeightedToken {
    let unit = 10f64.powi(i32::try_from(decimals).unwrap());
    BalancerWeightedToken {
        token: Address::with_last_byte(u8::try_from(at + 1).unwrap()),
        cash: from_f64(10f64.powf(cash) * unit),
        managed: from_f64(10f64.powf(managed) * unit),
        weight,
        scaling: U256::from(10).pow(U256::from(18 - decimals)),
    }
}

/// Positive parts that add up to one, each at least a hundredth.
fn weights(parts: &[f64]) -> Vec<U256> {
    let (sum, n) = (parts.iter().sum::<f64>(), U256::from(parts.len()));
    let least = WAD / U256::from(100);
    let rest = to_f64(WAD - least * n);
    let mut weights: Vec<_> = parts.iter().map(|p| least + from_f64(p / sum * rest)).collect();
    let missing = WAD - weights.iter().fold(U256::ZERO, |sum, weight| sum + *weight);
    weights[0] += missing;
    weights
}

fn figures(tokens: Vec<BalancerWeightedToken>) -> BalancerWeightedFigures {
    BalancerWeightedFigures {
        id: VenueId::new("weighted"),
        vault: Address::ZERO,
        pool_id: B256::ZERO,
        tokens,
        swap_fee: WAD / U256::from(1000),
        powers: Powers::Shortcuts,
        paused: false,
    }
}

fn pool() -> impl Strategy<Value = BalancerWeighted> {
    let row = (1.0..9.0f64, -3.0..8.0f64, 0.01..1.0f64, prop_oneof![Just(6u32), Just(18)]);
    let powers = prop_oneof![Just(Powers::Logarithms), Just(Powers::Shortcuts)];
    let rows = proptest::collection::vec(row, 2..=8);
    (rows, powers, 1u64..100_000, any::<bool>()).prop_map(|(rows, powers, fee_ppm, lent)| {
        let weights = weights(&rows.iter().map(|row| row.2).collect::<Vec<_>>());
        let tokens = rows.iter().zip(weights).enumerate().map(|(at, (row, weight))| {
            let managed = if lent { row.1 } else { -30.0 };
            token(at, row.0, managed, weight, row.3)
        });
        let swap_fee = WAD / U256::from(1_000_000) * U256::from(fee_ppm);
        let tokens = tokens.collect();
        BalancerWeighted::new(BalancerWeightedFigures { powers, swap_fee, ..figures(tokens) })
            .unwrap()
    })
}

/// Units out that roundings can cost: the power is off by 1e-14 of itself, in units out or in units
/// in, the fee by one unit in.
fn rounding(pool: &BalancerWeighted, from: usize, to: usize) -> U256 {
    let token = |at: usize| &pool.figures()[at];
    let held = |at: usize| to_f64(token(at).cash + token(at).managed);
    let power = to_f64(token(from).weight) / to_f64(token(to).weight);
    let price = held(to) * power / held(from);
    from_f64(held(to) * 3e-14 * (1.0 + power) + 2.0 * price) + U256::from(3)
}

#[test]
fn balancer_v2_weighted_obeys_the_laws() {
    let case = (pool(), 0usize..8, 1usize..8, 0.0..1.0f64, 0.0..1.0f64);
    law(CASES, &case, |(pool, from, step, a, b)| {
        let n = pool.tokens().len();
        let from = from % n;
        let to = (from + 1 + (step - 1) % (n - 1)) % n;
        let balance = |at: usize| to_f64(pool.figures()[at].cash + pool.figures()[at].managed);
        // Some amounts are beyond the limit of 30 %.
        let spread = |exponent: f64| from_f64((balance(from) / 2.0).powf(exponent)).max(U256::ONE);
        let direction = Direction {
            venue: &pool,
            from,
            to,
            rounding: rounding(&pool, from, to),
            fee_kept_ppm: 0,
            float_floor: 1e-14 * balance(to) + 1e-6,
        };
        check(direction, spread(a), spread(b))
    });
}

#[test]
fn an_exact_output_costs_at_least_what_returns_it() {
    let case = (pool(), 0.0..1.0f64);
    law(CASES, &case, |(pool, part)| {
        let wanted = &pool.figures()[1];
        let out = from_f64(to_f64(wanted.cash).powf(part)).max(U256::ONE);
        let Ok(paid) = pool.quote_in(0, 1, out) else { return Ok(()) };
        if let Ok(quote) = pool.quote(Swap { from: 0, to: 1, amount: paid }) {
            let slack = rounding(&pool, 0, 1);
            prop_assert!(quote.out <= out + slack, "{paid} returns {}, not {out}", quote.out);
        }
        Ok(())
    });
}

fn two(first: f64, second: f64, managed: f64) -> BalancerWeightedFigures {
    let half = WAD / U256::from(2);
    figures(vec![token(0, first, -30.0, half, 18), token(1, second, managed, half, 18)])
}

#[test]
fn bad_states_are_named() {
    let swap = Swap { from: 0, to: 1, amount: WAD };
    let paused = BalancerWeightedFigures { paused: true, ..two(3.0, 3.0, -30.0) };
    let paused = BalancerWeighted::new(paused).unwrap();
    assert!(matches!(paused.quote(swap), Err(QuoteError::Paused(_))));
    assert!(paused.gain(0, 1).is_none());
    let empty = BalancerWeighted::new(two(-30.0, -30.0, -30.0)).unwrap();
    assert!(matches!(empty.quote(swap), Err(QuoteError::Limit { limit: U256::ZERO, .. })));
    let pool = BalancerWeighted::new(two(3.0, 3.0, -30.0)).unwrap();
    let more = Swap { amount: WAD * U256::from(400), ..swap };
    let error = pool.quote(more).unwrap_err().to_string();
    assert!(error.contains("weighted: 30 % of the pool's balance"), "{error}");
    // Asset managers hold nearly all: the pool prices it and cannot pay it.
    let lent = BalancerWeighted::new(two(3.0, 0.0, 3.0)).unwrap();
    let error = lent.quote(Swap { amount: WAD * U256::from(100), ..swap }).unwrap_err();
    assert!(matches!(error, QuoteError::Limit { limit, .. } if limit == WAD), "{error}");
    let Capacity::Limited { amount, .. } = lent.capacity(0, 1) else { panic!("{lent:?}") };
    assert!(lent.quote(Swap { amount, ..swap }).unwrap().out <= WAD);
    assert!(lent.quote(Swap { amount: amount + U256::ONE, ..swap }).is_err());
}

#[test]
fn figures_that_are_no_pool_are_refused() {
    let good = two(3.0, 3.0, -30.0);
    let mut one = good.clone();
    one.tokens.truncate(1);
    assert_eq!(BalancerWeighted::new(one).unwrap_err(), BalancerWeightedError::Tokens(1));
    let fee = BalancerWeightedFigures { swap_fee: WAD, ..good.clone() };
    assert_eq!(BalancerWeighted::new(fee).unwrap_err(), BalancerWeightedError::Fee(WAD));
    let mut light = good.clone();
    light.tokens[0].weight = U256::ONE;
    assert!(matches!(BalancerWeighted::new(light), Err(BalancerWeightedError::Weights(_))));
    let mut large = good.clone();
    large.tokens[0].cash = U256::ONE << 112;
    assert!(matches!(BalancerWeighted::new(large), Err(BalancerWeightedError::Balance(_))));
    let mut small = good;
    small.tokens[0].scaling = U256::ZERO;
    assert!(matches!(BalancerWeighted::new(small), Err(BalancerWeightedError::Scaling(_))));
}
