//! Concentrated pools opened from their bitmap and ticks, against the whole tick list.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::U256;
use tenor_solver::venues::{
    At, MAX_TICK, Opened, Place, QuoteError, Read, Swap, Tick, UniswapV3, UniswapV3Figures, Venue,
    VenueId, open, sqrt_ratio_at,
};

use super::{BLOCK, at, builder, rng::Rng};

const ID: &str = "uniswap_v3:A/B";

/// A pool with positions at random ticks, known everywhere.
fn pool(rng: &mut Rng) -> UniswapV3Figures {
    let tick_spacing = rng.pick(&[1, 10, 60, 200]);
    let end = MAX_TICK / tick_spacing;
    let mut net = BTreeMap::<i32, i128>::new();
    let tick = rng.between(-end / 2, end / 2) * tick_spacing + rng.between(0, tick_spacing.max(2));
    let mut liquidity = 0;
    for _ in 0..=rng.below(12) {
        let reach = if rng.chance(3) { end / 3 } else { 400 };
        let (low, high) = (rng.between(-reach, 0), rng.between(1, reach));
        let around = tick.div_euclid(tick_spacing);
        let [low, high] = [low, high].map(|by| (around + by) * tick_spacing);
        let size = i128::try_from(rng.bits(30, 70).to::<u128>()).unwrap();
        *net.entry(low).or_default() += size;
        *net.entry(high).or_default() -= size;
        liquidity += size.unsigned_abs();
    }
    UniswapV3Figures {
        id: VenueId::new(ID),
        pool: at(0x33),
        router: at(0x44),
        tokens: [at(0x11), at(0x22)],
        fee_ppm: 500,
        tick_spacing,
        sqrt_price_x96: sqrt_ratio_at(tick).unwrap() + U256::from(rng.below(1_000)),
        tick,
        liquidity,
        ticks: net
            .into_iter()
            .filter(|(_, net)| *net != 0)
            .map(|(tick, liquidity_net)| Tick { tick, liquidity_net })
            .collect(),
        known: None,
    }
}

/// The pool opened from its contract, with so many words on each side, or as many as usual.
fn opened(figures: &UniswapV3Figures, words: Option<u64>) -> Opened {
    let mut builder = builder();
    for token in figures.tokens {
        builder.token(token, 18).unwrap();
    }
    builder.uniswap_v3(figures).unwrap();
    let world = builder.build();
    let contracts = [("pool", figures.pool), ("router", figures.router)];
    let place = Place {
        id: VenueId::new(ID),
        kind: "uniswap_v3".into(),
        contracts: contracts.map(|(role, at)| (role.to_owned(), at)).into(),
        constants: words.map(|words| ("words".to_owned(), words)).into_iter().collect(),
        code: BTreeMap::new(),
    };
    let at = At { block: BLOCK.number, timestamp: BLOCK.timestamp };
    let answer = |reads: &[Read]| world.answer(reads);
    open(&[place], at, &mut HashMap::new(), answer).unwrap().remove(0).unwrap()
}

fn swaps(rng: &mut Rng) -> Vec<Swap> {
    let swap = |from| Swap { from, to: 1 - from, amount: U256::ZERO };
    let sized = |swap: Swap, rng: &mut Rng| Swap { amount: rng.bits(1, 110), ..swap };
    (0..40).map(|n| sized(swap(n % 2), rng)).collect()
}

#[test]
fn all_words_are_the_whole_pool() {
    let seed = Rng::seed();
    println!("all words: TENOR_SEED={seed}");
    let rng = &mut Rng::new(seed);
    for _ in 0..12 {
        let figures = pool(rng);
        let built = UniswapV3::new(figures.clone()).unwrap();
        let opened = opened(&figures, Some(7_000)).venue;
        for swap in swaps(rng) {
            assert_eq!(opened.quote(swap), built.quote(swap), "{figures:?} {swap:?}");
        }
        for from in [0, 1] {
            assert_eq!(opened.capacity(from, 1 - from), built.capacity(from, 1 - from));
        }
    }
}

/// What is read quotes as the whole pool does, or says that it ends.
#[test]
fn some_words_are_the_pool_as_far_as_they_go() {
    let seed = Rng::seed();
    println!("some words: TENOR_SEED={seed}");
    let rng = &mut Rng::new(seed);
    let (mut quoted, mut ended) = (0, 0);
    for _ in 0..40 {
        let figures = pool(rng);
        let built = UniswapV3::new(figures.clone()).unwrap();
        let words = if rng.chance(2) { None } else { Some(rng.below(3)) };
        let opened = opened(&figures, words);
        assert!(!opened.each_block);
        for swap in swaps(rng) {
            match opened.venue.quote(swap) {
                Err(QuoteError::BeyondKnownRange { .. }) => ended += 1,
                quote => {
                    assert_eq!(quote, built.quote(swap), "{figures:?} {swap:?}");
                    quoted += 1;
                }
            }
        }
    }
    assert!(quoted > 200 && ended > 20, "{quoted} {ended}");
}
