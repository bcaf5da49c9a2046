//! Uniswap V3: state, the words of the tick bitmap around the price, and the ticks in them.

use std::sync::Arc;

use alloy_primitives::{U256, aliases::I24};
use alloy_sol_types::sol;

use super::{
    super::{Chain, Kind, Place, UniswapV3, UniswapV3Figures, Unread, opening::Opening},
    ticks::{Words, spacing_of},
};
use crate::risk::Class;

sol! {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function fee() external view returns (uint256);
    function tickSpacing() external view returns (int256);
    function liquidity() external view returns (uint128);
    // What follows in both results is not needed, and forks differ in it.
    function slot0() external view returns (uint160 sqrtPriceX96, int24 tick);
    function ticks(int24 tick) external view returns (uint128 gross, int128 net);
    function tickBitmap(int16 word) external view returns (uint256);
}

/// A pool logs `Initialize`, `Swap`, `Mint` and `Burn` wherever it writes its price, liquidity or ticks.
pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("uniswap_v3", &["pool"], &[Class::Exchange], open)
        .beside(&["router"])
        .with(&["words"])
        .logging()];

/// Opens the pool in role `pool`, traded through the SwapRouter02 in role `router`: `token0`,
/// `token1`, `fee`, `tickSpacing`, `slot0`, `liquidity`, then `tickBitmap` of the price's word and
/// of `words` on each side, then `ticks` of every initialised tick in them.
///
/// What was read is the known range.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (pool, router) = (place.contract("pool")?, place.contract("router")?);
    let tokens = (chain.fixed(pool, &token0Call {}), chain.fixed(pool, &token1Call {}));
    let fee = chain.fixed(pool, &feeCall {});
    let spacing = chain.fixed(pool, &tickSpacingCall {});
    let liquidity = chain.call(pool, &liquidityCall {});
    let state = chain.call(pool, &slot0Call {})?;
    let tick = state.tick.as_i32();
    let tick_spacing = spacing_of(spacing?)?;
    let words = Words::around(tick, tick_spacing, place)?;
    let bitmap = |word: i32| {
        let word = i16::try_from(word).map_err(Unread::refused)?;
        chain.call(pool, &tickBitmapCall { word })
    };
    let info = |tick: i32| {
        let tick = I24::try_from(tick).map_err(Unread::refused)?;
        chain.call(pool, &ticksCall { tick }).map(|info| (info.gross, info.net))
    };
    let (ticks, known) = words.read(tick, bitmap, info)?;
    let figures = UniswapV3Figures {
        id: place.id.clone(),
        pool,
        router,
        tokens: [tokens.0?, tokens.1?],
        fee_ppm: u32::try_from(fee?).map_err(Unread::refused)?,
        tick_spacing,
        sqrt_price_x96: U256::from(state.sqrtPriceX96),
        tick,
        liquidity: liquidity?,
        ticks,
        known,
    };
    Ok(Arc::new(UniswapV3::new(figures).map_err(Unread::refused)?))
}
