//! Concentrated liquidity as the driver describes it.
//!
//! The driver does not tell the spacing of ticks, at whose words' ends a contract rounds: it is that of
//! the fee where one is customary, or else the largest that all ticks are multiples of.

use alloy_primitives::{Address, I256, U256};
use tenor_solver::venues::{
    MAX_SQRT_RATIO, MIN_SQRT_RATIO, Tick, UniswapV3, UniswapV3Figures, VenueId,
};

use super::{super::wire::ConcentratedPool, Maths};

/// One millionth, in 18 decimals.
const MILLIONTH: u64 = 1_000_000_000_000;

/// Fees in millionths with the spacing of their ticks: Uniswap's factory, and PancakeSwap's 2500.
const SPACINGS: [(u32, i32); 5] = [(100, 1), (500, 10), (2_500, 50), (3_000, 60), (10_000, 200)];

pub(super) fn read(pool: &ConcentratedPool) -> Option<(Vec<Address>, Maths)> {
    let tokens: [Address; 2] = pool.tokens.as_slice().try_into().ok()?;
    // The contract orders them; a description that does not tells the price the other way round.
    if tokens[0] >= tokens[1] {
        return None;
    }
    let fee_ppm = u32::try_from(pool.fee.0 / U256::from(MILLIONTH)).ok()?;
    let ticks: Vec<Tick> = pool
        .liquidity_net
        .iter()
        .filter(|(_, net)| net.0 != 0)
        .map(|(tick, net)| Tick { tick: tick.0, liquidity_net: net.0 })
        .collect();
    let figures = UniswapV3Figures {
        id: VenueId::new(&pool.id),
        pool: pool.address,
        router: pool.router,
        tokens,
        fee_ppm,
        tick_spacing: spacing(fee_ppm, &ticks),
        sqrt_price_x96: pool.sqrt_price.0,
        tick: pool.tick,
        liquidity: pool.liquidity.0,
        ticks,
        known: None,
    };
    let maths = Maths::Concentrated(Box::new(UniswapV3::new(figures).ok()?));
    Some((tokens.to_vec(), maths))
}

fn spacing(fee_ppm: u32, ticks: &[Tick]) -> i32 {
    let fits = |spacing: i32| ticks.iter().all(|tick| tick.tick % spacing == 0);
    let customary = SPACINGS.iter().find(|known| known.0 == fee_ppm).map(|known| known.1);
    let common = || ticks.iter().fold(0_u32, |common, tick| gcd(common, tick.tick.unsigned_abs()));
    customary
        .filter(|spacing| fits(*spacing))
        .or_else(|| i32::try_from(common()).ok().filter(|spacing| (1..=16_384).contains(spacing)))
        .unwrap_or(1)
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Units of the token at `from` for exactly `amount` of the other.
pub(super) fn input(pool: &UniswapV3, from: usize, amount: U256) -> Option<U256> {
    let zero_for_one = from == 0;
    let exact = I256::try_from(amount).ok()?.checked_neg()?;
    let one = U256::ONE;
    let limit = if zero_for_one { MIN_SQRT_RATIO + one } else { MAX_SQRT_RATIO - one };
    let swapped = pool.swap_exact(zero_for_one, exact, limit).ok()?;
    let (paid, bought) = if zero_for_one {
        (swapped.amount0, swapped.amount1)
    } else {
        (swapped.amount1, swapped.amount0)
    };
    (bought == exact && paid.is_positive()).then(|| paid.into_raw())
}
