//! The laws on random exchanges.

use std::{collections::BTreeMap, fmt::Debug};

use alloy_primitives::{Address, I256, U256};
use proptest::{prelude::*, test_runner::TestCaseError};
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    venues::{
        Capacity, CurveFigures, CurveStableSwap, DenominatorForm, KnownRange, MAX_SQRT_RATIO,
        MIN_SQRT_RATIO, Swap, Tick, UniswapV2, UniswapV3, UniswapV3Figures, UniswapV4,
        UniswapV4Figures, Venue, VenueId, sqrt_ratio_at,
    },
};

use super::{
    CASES,
    laws::{Direction, check},
};
use crate::law::law;

const TOKENS: [Address; 2] = [Address::repeat_byte(1), Address::repeat_byte(2)];

/// Amounts spread evenly over the orders of magnitude up to `most`.
fn spread(most: U256, exponent: f64) -> U256 {
    from_f64(to_f64(most).powf(exponent)).max(U256::ONE)
}

fn exponent() -> impl Strategy<Value = f64> {
    0.0..1.0f64
}

fn reserve() -> impl Strategy<Value = U256> {
    (10.0..33.0f64).prop_map(|digits| from_f64(10f64.powf(digits)))
}

fn pair() -> impl Strategy<Value = UniswapV2> {
    (reserve(), reserve(), 0u32..30).prop_map(|(r0, r1, fee)| {
        let id = VenueId::new("pair");
        UniswapV2::new(id, Address::ZERO, Address::ZERO, TOKENS, [r0, r1], fee * 1000).unwrap()
    })
}

#[test]
fn uniswap_v2_obeys_the_laws() {
    law(CASES, &(pair(), 0usize..2, exponent(), exponent()), |(pair, from, a, b)| {
        let most = pair.reserves()[from] * U256::from(20);
        let direction = Direction {
            venue: &pair,
            from,
            to: 1 - from,
            rounding: U256::ONE,
            fee_kept_ppm: 0,
            float_floor: 1e-6,
        };
        check(direction, spread(most, a), spread(most, b))
    });
}

#[test]
fn uniswap_v2_asks_the_least_input_but_one() {
    law(CASES, &(pair(), exponent()), |(pair, part)| {
        let out = spread(pair.reserves()[1] - U256::ONE, part);
        let Ok(needed) = pair.quote_in(0, 1, out) else { return Ok(()) };
        let quote = |amount| pair.quote(Swap { from: 0, to: 1, amount });
        if let Ok(enough) = quote(needed) {
            prop_assert!(enough.out >= out, "{needed} returns {}, not {out}", enough.out);
            let two_less = needed - U256::from(2).min(needed - U256::ONE);
            let less = quote(two_less).map_or(U256::ZERO, |quote| quote.out);
            prop_assert!(two_less == U256::ONE || less < out, "{two_less} returns {less} too");
        }
        Ok(())
    });
}

fn curve() -> impl Strategy<Value = CurveStableSwap> {
    let fee = 100_000u64..40_000_000;
    let decimals = prop_oneof![Just(6u32), Just(18)];
    let form = prop_oneof![Just(DenominatorForm::Plain), Just(DenominatorForm::PlusOne)];
    (2.0..9.0f64, -1.0..1.0f64, 10u64..5000, fee, [decimals.clone(), decimals], form).prop_map(
        |(size, imbalance, amp, fee, decimals, form)| {
            let whole = 10f64.powf(size);
            let balances = [whole, whole * 10f64.powf(imbalance)];
            let unit = |k: usize| 10f64.powi(i32::try_from(decimals[k]).unwrap());
            CurveStableSwap::new(CurveFigures {
                id: VenueId::new("stable"),
                pool: Address::ZERO,
                coins: TOKENS.to_vec(),
                balances: [0, 1].map(|k| from_f64(balances[k] * unit(k))).to_vec(),
                amp_scaled: U256::from(amp * 100),
                rates: decimals.map(|d| WAD * U256::from(10).pow(U256::from(18 - d))).to_vec(),
                fee_1e10: U256::from(fee),
                admin_fee_1e10: U256::from(5_000_000_000u64),
                form,
            })
            .unwrap()
        },
    )
}

#[test]
fn curve_stableswap_obeys_the_laws() {
    law(CASES, &(curve(), 0usize..2, exponent(), exponent()), |(pool, from, a, b)| {
        let most = pool.balances()[from] * U256::from(3);
        let direction = Direction {
            venue: &pool,
            from,
            to: 1 - from,
            // Two Newton iterations, each within a unit, on a curve as steep as 1 to 1000.
            rounding: U256::from(2000),
            fee_kept_ppm: 4000,
            float_floor: 1e-13 * (to_f64(pool.balances()[1 - from]) + 1e4),
        };
        check(direction, spread(most, a), spread(most, b))
    });
}

/// A pool of a few overlapping positions around a random price.
#[derive(Debug, Clone)]
struct Positions {
    fee_spacing: (u32, i32),
    tick: i32,
    /// Where the price stands between its tick and the next, in thousandths.
    within: u64,
    /// Distance below, distance above (in spacings), liquidity.
    positions: Vec<(i32, i32, u128)>,
    known: Option<(i32, i32)>,
}

fn positions() -> impl Strategy<Value = Positions> {
    let fee_spacing =
        prop_oneof![Just((100, 1)), Just((500, 10)), Just((3000, 60)), Just((10_000, 200))];
    let position = (-150i32..300, 1i32..400, 1_000_000u128..(1 << 80));
    let known = proptest::option::of((0i32..2000, 1i32..2000));
    let positions = proptest::collection::vec(position, 1..12);
    (fee_spacing, -100_000i32..100_000, 0u64..1000, positions, known).prop_map(
        |(fee_spacing, tick, within, positions, known)| Positions {
            fee_spacing,
            tick,
            within,
            positions,
            known,
        },
    )
}

impl Positions {
    fn pool(&self) -> UniswapV3 {
        UniswapV3::new(self.figures()).unwrap()
    }

    /// The same positions in a pool of v4, whose protocol takes fees too, by direction.
    fn pool_v4(&self, protocol_fees_ppm: [u32; 2]) -> UniswapV4 {
        let UniswapV3Figures { id, tokens, fee_ppm, tick_spacing, .. } = self.figures();
        let UniswapV3Figures { sqrt_price_x96, tick, liquidity, ticks, known, .. } = self.figures();
        UniswapV4::new(UniswapV4Figures {
            id,
            manager: Address::ZERO,
            router: Address::ZERO,
            permit2: Address::ZERO,
            currencies: tokens,
            lp_fee_ppm: fee_ppm,
            protocol_fees_ppm,
            tick_spacing,
            sqrt_price_x96,
            tick,
            liquidity,
            ticks,
            known,
        })
        .unwrap()
    }

    fn figures(&self) -> UniswapV3Figures {
        let (fee_ppm, spacing) = self.fee_spacing;
        let base = self.tick.div_euclid(spacing) * spacing;
        let (mut nets, mut liquidity) = (BTreeMap::new(), 0);
        for (below, width, size) in &self.positions {
            let lower = base - below * spacing;
            let upper = lower + width * spacing;
            let net = i128::try_from(*size).unwrap();
            *nets.entry(lower).or_insert(0) += net;
            *nets.entry(upper).or_insert(0) -= net;
            liquidity += if (lower..upper).contains(&self.tick) { *size } else { 0 };
        }
        let price = |tick| sqrt_ratio_at(tick).unwrap();
        let (here, next) = (price(self.tick), price(self.tick + 1));
        UniswapV3Figures {
            id: VenueId::new("pool"),
            pool: Address::ZERO,
            router: Address::ZERO,
            tokens: TOKENS,
            fee_ppm,
            tick_spacing: spacing,
            sqrt_price_x96: here + (next - here) * U256::from(self.within) / U256::from(1000),
            tick: self.tick,
            liquidity,
            ticks: nets
                .into_iter()
                .map(|(tick, liquidity_net)| Tick { tick, liquidity_net })
                .collect(),
            known: self.known.map(|(below, above)| KnownRange {
                lower_tick: self.tick - below,
                upper_tick: self.tick + above,
            }),
        }
    }

    /// Units out that roundings can cost: in each step one unit in, one unit out and one unit of
    /// price, which is worth the more the more liquidity stands behind it.
    fn rounding(&self, pool: &UniswapV3, from: usize) -> U256 {
        let total: f64 = self.positions.iter().map(|(.., size)| to_f64(U256::from(*size))).sum();
        let spacing = self.fee_spacing.1;
        let span = if pool.known().is_some() { 0 } else { 700 * spacing };
        let lowest = to_f64(sqrt_ratio_at((self.tick - span - 2100).max(-887_272)).unwrap());
        let highest = to_f64(sqrt_ratio_at((self.tick + span + 2100).min(887_272)).unwrap());
        let unit = 2f64.powi(96);
        let (ulp, rate) = if from == 0 {
            (total / unit, (to_f64(pool.sqrt_price_x96()) / unit).powi(2))
        } else {
            (total / lowest * (unit / lowest), (unit / to_f64(pool.sqrt_price_x96())).powi(2))
        };
        assert!(highest > lowest);
        from_f64((2.0 + ulp + rate) * 80.0)
    }
}

#[test]
fn uniswap_v3_obeys_the_laws() {
    law(CASES, &(positions(), 0usize..2, exponent(), exponent()), |(figures, from, a, b)| {
        let pool = figures.pool();
        let Capacity::Limited { amount: most, .. } = pool.capacity(from, 1 - from) else {
            return Err(TestCaseError::fail("a pool has a capacity"));
        };
        let direction = Direction {
            venue: &pool,
            from,
            to: 1 - from,
            rounding: figures.rounding(&pool, from),
            fee_kept_ppm: 0,
            float_floor: 1e-3,
        };
        check(direction, spread(most, a), spread(most, b))
    });
}

#[test]
fn uniswap_v4_obeys_the_laws() {
    let case = (positions(), [0u32..=1000, 0u32..=1000], 0usize..2, exponent(), exponent());
    law(CASES, &case, |(figures, protocol_fees_ppm, from, a, b)| {
        let pool = figures.pool_v4(protocol_fees_ppm);
        let Capacity::Limited { amount: most, .. } = pool.capacity(from, 1 - from) else {
            return Err(TestCaseError::fail("a pool has a capacity"));
        };
        let direction = Direction {
            venue: &pool,
            from,
            to: 1 - from,
            rounding: figures.rounding(&figures.pool(), from),
            fee_kept_ppm: 0,
            float_floor: 1e-3,
        };
        check(direction, spread(most, a), spread(most, b))
    });
}

#[test]
fn uniswap_v3_exact_output_mirrors_exact_input() {
    law(CASES, &(positions(), any::<bool>(), exponent()), |(figures, down, part)| {
        let pool = figures.pool();
        let from = usize::from(!down);
        let Capacity::Limited { amount: most, .. } = pool.capacity(from, 1 - from) else {
            return Err(TestCaseError::fail("a pool has a capacity"));
        };
        let amount = spread(most, part);
        let Ok(quote) = pool.quote(Swap { from, to: 1 - from, amount }) else { return Ok(()) };
        if quote.out.is_zero() {
            return Ok(());
        }
        let limit = if down { MIN_SQRT_RATIO + U256::ONE } else { MAX_SQRT_RATIO - U256::ONE };
        let exact = pool.swap_exact(down, -I256::from_raw(quote.out), limit).unwrap();
        let (paid, got) =
            if down { (exact.amount0, exact.amount1) } else { (exact.amount1, exact.amount0) };
        prop_assert_eq!(got, -I256::from_raw(quote.out));
        prop_assert!(paid <= I256::from_raw(amount), "{paid} for what {amount} buys");
        Ok(())
    });
}
