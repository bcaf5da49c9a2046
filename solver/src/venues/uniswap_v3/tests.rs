use std::sync::Arc;

use alloy_primitives::uint;

use super::*;
use crate::venues::Call;

/// Two ranges around a price of one: 1e18 of liquidity within 60 ticks, 3e18 more within 600.
fn figures(known: Option<KnownRange>) -> UniswapV3Figures {
    let tick = |tick, liquidity_net| Tick { tick, liquidity_net };
    let (wide, narrow) = (3_000_000_000_000_000_000, 1_000_000_000_000_000_000);
    UniswapV3Figures {
        id: VenueId::new("uniswap_v3:A/B:3000"),
        pool: Address::repeat_byte(3),
        router: Address::repeat_byte(9),
        tokens: [Address::repeat_byte(1), Address::repeat_byte(2)],
        fee_ppm: 3000,
        tick_spacing: 60,
        sqrt_price_x96: U256::ONE << 96,
        tick: 0,
        liquidity: 4_000_000_000_000_000_000,
        ticks: vec![tick(-600, wide), tick(-60, narrow), tick(60, -narrow), tick(600, -wide)],
        known,
    }
}

fn pool(known: Option<(i32, i32)>) -> UniswapV3 {
    let known = known.map(|(lower_tick, upper_tick)| KnownRange { lower_tick, upper_tick });
    UniswapV3::new(figures(known)).unwrap()
}

fn most(pool: &UniswapV3, from: usize) -> U256 {
    match pool.capacity(from, 1 - from) {
        Capacity::Limited { amount, .. } => amount,
        other => panic!("{other:?}"),
    }
}

fn swap(from: usize, amount: U256) -> Swap {
    Swap { from, to: 1 - from, amount }
}

#[test]
fn the_capacity_is_the_last_amount_that_quotes() {
    for from in [0, 1] {
        let known = pool(Some((-600, 60)));
        let most = most(&known, from);
        assert!(known.quote(swap(from, most)).is_ok());
        let error = known.quote(swap(from, most + U256::ONE)).unwrap_err();
        assert!(matches!(error, QuoteError::BeyondKnownRange { lower: -600, upper: 60, .. }));
    }
}

#[test]
fn liquidity_that_runs_out_is_named() {
    let whole = pool(None);
    let limit = most(&whole, 0);
    let error = whole.quote(swap(0, limit + U256::ONE)).unwrap_err();
    assert!(matches!(error, QuoteError::Limit { limit: named, .. } if named == limit));
    let all = whole.swap_exact(true, I256::MAX, MIN_SQRT_RATIO + U256::ONE).unwrap();
    assert_eq!(all.amount0, I256::from_raw(limit));
    assert_eq!((all.liquidity, all.ticks_crossed), (0, 2));
    assert_eq!((all.sqrt_price, all.tick), (MIN_SQRT_RATIO + U256::ONE, MIN_TICK));
}

#[test]
fn a_boundary_can_be_reached_and_left_again() {
    for (known, from) in [((-600, 30), 1), ((-30, 600), 0), ((-60, 600), 0), ((-60, 60), 1)] {
        let mut pool = pool(Some(known));
        let out = pool.trade(swap(from, most(&pool, from))).unwrap().out;
        assert!(matches!(
            pool.quote(swap(from, U256::ONE)),
            Err(QuoteError::BeyondKnownRange { .. })
        ));
        assert_eq!(most(&pool, from), U256::ZERO);
        assert!(pool.trade(swap(1 - from, out)).is_ok());
        assert_eq!(pool.liquidity(), 4_000_000_000_000_000_000);
    }
}

#[test]
fn crossing_a_tick_downwards_leaves_the_tick_below() {
    let price = sqrt_ratio_at(-60).unwrap();
    let result = pool(None).swap_exact(true, I256::MAX, price).unwrap();
    assert_eq!((result.tick, result.ticks_crossed), (-61, 1));
    assert_eq!(result.liquidity, 3_000_000_000_000_000_000);
    let upwards = pool(None).swap_exact(false, I256::MAX, sqrt_ratio_at(60).unwrap()).unwrap();
    assert_eq!((upwards.tick, upwards.liquidity), (60, 3_000_000_000_000_000_000));
}

#[test]
fn a_limit_must_lie_ahead() {
    let one = I256::ONE;
    let here = U256::ONE << 96;
    for (down, limit) in [(true, here), (false, here), (true, MIN_SQRT_RATIO)] {
        let error = pool(None).swap_exact(down, one, limit).unwrap_err();
        assert!(matches!(error, QuoteError::Limit { .. }));
    }
}

#[test]
fn dust_pays_the_fee_and_returns_nothing() {
    assert_eq!(pool(None).quote(swap(0, U256::ONE)).unwrap().out, U256::ZERO);
}

#[test]
fn figures_that_contradict_themselves_are_refused() {
    let changed = |change: fn(&mut UniswapV3Figures)| {
        let mut figures = figures(None);
        change(&mut figures);
        UniswapV3::new(figures).unwrap_err()
    };
    use UniswapV3Error as E;
    assert_eq!(changed(|f| f.tick = 1), E::TickMismatch { tick: 1, of_price: 0 });
    assert_eq!(changed(|f| f.tick_spacing = 0), E::Spacing(0));
    assert_eq!(changed(|f| f.tick_spacing = 7), E::Misaligned { tick: -600, spacing: 7 });
    assert_eq!(changed(|f| f.ticks.swap(0, 1)), E::Unsorted(-600));
    assert_eq!(changed(|f| f.ticks[3].tick = 900_000), E::NoSuchTick(900_000));
    assert_eq!(changed(|f| f.sqrt_price_x96 = U256::ONE), E::NoSuchPrice(U256::ONE));
    assert_eq!(changed(|f| f.liquidity = 1), E::Liquidity(-60));
    assert_eq!(changed(|f| f.fee_ppm = 1_000_000), E::Fee(1_000_000));
    assert_eq!(
        changed(|f| f.known = Some(KnownRange { lower_tick: 60, upper_tick: 120 })),
        E::OutsideKnownRange { lower_tick: 60, upper_tick: 120 }
    );
    // At the price of tick 0, a pool that has just fallen there stands in tick -1.
    let mut fallen = figures(None);
    fallen.tick = -1;
    assert!(UniswapV3::new(fallen).is_ok());
}

#[test]
fn the_segments_add_up_to_the_capacity() {
    let pool = pool(Some((-600, 600)));
    for from in [0, 1] {
        let gain = pool.gain(from, 1 - from).unwrap();
        let most = f64::from(most(&pool, from));
        assert!((gain.cap() - most).abs() < 1e-12 * most, "{} {most}", gain.cap());
        let Gain::Ticks { segments, .. } = &gain else { panic!("{gain:?}") };
        assert_eq!(segments.len(), 2);
        let Some(Gain::Ticks { segments: again, .. }) = pool.gain(from, 1 - from) else {
            panic!("no gain")
        };
        assert!(Arc::ptr_eq(segments, &again));
    }
}

#[test]
fn the_call_is_swap_router_02s() {
    let trade = Trade {
        swap: swap(1, uint!(5_U256)),
        min_out: uint!(4_U256),
        recipient: Address::repeat_byte(7),
        deadline: 99,
    };
    let Encoded { approval, calls } = pool(None).encode(&trade);
    let [Call { to, data, .. }] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!((*to, &data[..4]), (Address::repeat_byte(9), &[0x04, 0xe4, 0x5a, 0xaf][..]));
    assert_eq!(approval.unwrap().token, Address::repeat_byte(2));
}

/// Amounts over many words of the bitmap, from a separate port of the contract to arbitrary
/// precision: the ends of words are rounded at, though nothing is crossed there.
#[test]
fn long_walks_round_at_the_ends_of_words() {
    let tick = |tick, liquidity_net| Tick { tick, liquidity_net };
    let (wide, narrow) = (3_000_000_000_000_000_000, 700_000_000_000_000_000);
    let mut figures = figures(None);
    (figures.fee_ppm, figures.tick_spacing, figures.tick) = (100, 1, 17);
    figures.sqrt_price_x96 = sqrt_ratio_at(17).unwrap() + U256::from(12_345);
    figures.liquidity = 3_700_000_000_000_000_000;
    figures.ticks =
        vec![tick(-3000, wide), tick(-700, narrow), tick(900, -narrow), tick(3000, -wide)];
    let pool = UniswapV3::new(figures).unwrap();
    let cases = [
        (
            true,
            300_000_000_000_000_000i128,
            300_000_000_000_000_000i128,
            -276_520_817_785_022_163i128,
            uint!(72644312447626031171843101059_U256),
            -1736,
        ),
        (
            false,
            300_000_000_000_000_000,
            -276_119_067_077_390_951,
            300_000_000_000_000_000,
            uint!(86382421355603039046869360616_U256),
            1729,
        ),
        (
            true,
            -200_000_000_000_000_000,
            211_434_930_954_530_451,
            -200_000_000_000_000_000,
            uint!(74665180376691412811865381463_U256),
            -1187,
        ),
        (
            false,
            -200_000_000_000_000_000,
            -200_000_000_000_000_000,
            211_940_291_468_821_341,
            uint!(84057050949743997158550637316_U256),
            1183,
        ),
    ];
    for (down, specified, amount0, amount1, price, tick) in cases {
        let limit = if down { MIN_SQRT_RATIO + U256::ONE } else { MAX_SQRT_RATIO - U256::ONE };
        let result = pool.swap_exact(down, I256::try_from(specified).unwrap(), limit).unwrap();
        assert_eq!(result.amount0, I256::try_from(amount0).unwrap());
        assert_eq!(result.amount1, I256::try_from(amount1).unwrap());
        assert_eq!((result.sqrt_price, result.tick, result.ticks_crossed), (price, tick, 1));
        assert_eq!(result.liquidity, 3_000_000_000_000_000_000);
    }
}

/// Found on the published bytecode: beyond all liquidity a fall still halts at the ends of words,
/// each 256 spacings apart, and one that ends at such a price is below it.
#[test]
fn a_fall_that_ends_at_the_end_of_a_word_leaves_the_tick_below() {
    let tick_after = |down, tick| {
        let limit = sqrt_ratio_at(tick).unwrap();
        pool(None).swap_exact(down, I256::MAX, limit).unwrap().tick
    };
    assert_eq!(tick_after(true, -5 * 256 * 60), -5 * 256 * 60 - 1);
    assert_eq!(tick_after(true, -5 * 256 * 60 - 60), -5 * 256 * 60 - 60);
    assert_eq!(tick_after(true, -5 * 256 * 60 + 1), -5 * 256 * 60 + 1);
    assert_eq!(tick_after(false, 5 * 256 * 60), 5 * 256 * 60);
    assert_eq!(tick_after(false, (5 * 256 - 1) * 60), (5 * 256 - 1) * 60);
}
