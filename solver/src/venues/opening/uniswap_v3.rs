//! Uniswap V3: state, the words of the tick bitmap around the price, and the ticks in them.

use std::sync::Arc;

use alloy_primitives::{
    Address, U256,
    aliases::{I24, I256},
};
use alloy_sol_types::sol;

use super::{
    super::{
        Chain, KnownRange, MAX_TICK, MIN_TICK, Place, Tick, UniswapV3, UniswapV3Figures, Unread,
    },
    Opening,
};

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

/// Without the constant `words`, so many ticks on each side are read, in whole words: a change of
/// the price by about a tenth.
const READ_TICKS: i32 = 1024;

/// Ticks, in units of the spacing, in a word of the bitmap.
const WORD: i32 = 256;

/// Opens the pool in role `pool`, traded through the SwapRouter02 in role `router`: `token0`,
/// `token1`, `fee`, `tickSpacing`, `slot0`, `liquidity`, then `tickBitmap` of the price's word and
/// of `words` on each side, then `ticks` of every initialised tick in them.
///
/// What was read is the known range. A tick that is marked initialised and has no liquidity cannot
/// be in a deployed pool: the reference contract ends what it knows with one, and so does the range.
pub(in super::super) fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (pool, router) = (place.contract("pool")?, place.contract("router")?);
    let tokens = (chain.fixed(pool, &token0Call {}), chain.fixed(pool, &token1Call {}));
    let fee = chain.fixed(pool, &feeCall {});
    let spacing = chain.fixed(pool, &tickSpacingCall {});
    let liquidity = chain.call(pool, &liquidityCall {});
    let state = chain.call(pool, &slot0Call {})?;
    let tick = state.tick.as_i32();
    let tick_spacing = spacing_of(spacing?)?;
    let words = Words::around(tick, tick_spacing, place)?;
    let (ticks, known) = words.read(chain, pool, tick)?;
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

fn spacing_of(told: I256) -> Result<i32, Unread> {
    let spacing = i32::try_from(told).ok().filter(|spacing| (1..=MAX_TICK).contains(spacing));
    spacing.ok_or_else(|| Unread::Refused(format!("{told} is no tick spacing")))
}

/// Consecutive words of the bitmap.
struct Words {
    spacing: i32,
    first: i32,
    last: i32,
}

impl Words {
    /// The word of a tick and some on each side, as far as there are ticks.
    fn around(tick: i32, spacing: i32, place: &Place) -> Result<Self, Unread> {
        if !(MIN_TICK..=MAX_TICK).contains(&tick) {
            return Err(Unread::Refused(format!("there is no tick {tick}")));
        }
        let word = |tick: i32| tick.div_euclid(spacing) >> 8;
        let usual = READ_TICKS.div_euclid(WORD * spacing.min(READ_TICKS)).max(1);
        let side = place.constant("words", usual.unsigned_abs().into());
        let side = i32::try_from(side).unwrap_or(MAX_TICK).min(MAX_TICK);
        let (first, last) = (word(tick) - side, word(tick) + side);
        Ok(Self { spacing, first: first.max(word(MIN_TICK)), last: last.min(word(MAX_TICK)) })
    }

    /// Their initialised ticks, ascending, and the range outside of which others may be.
    fn read(
        &self,
        chain: &Chain<'_>,
        pool: Address,
        current: i32,
    ) -> Result<(Vec<Tick>, Option<KnownRange>), Unread> {
        let initialised = self.initialised(chain, pool)?;
        let info = initialised
            .iter()
            .map(|tick| Ok((*tick, I24::try_from(*tick).map_err(Unread::refused)?)));
        let info = info.collect::<Result<Vec<_>, Unread>>()?;
        let asked: Vec<_> = info
            .into_iter()
            .map(|(tick, at)| (tick, chain.call(pool, &ticksCall { tick: at })))
            .collect();
        let (mut lower, mut upper) = self.ends();
        let mut ticks = Vec::with_capacity(asked.len());
        for (tick, info) in asked {
            let info = info?;
            match info.gross {
                0 if tick <= current => lower = Some(tick),
                0 => upper = Some(upper.map_or(tick, |upper| upper.min(tick))),
                _ => ticks.push(Tick { tick, liquidity_net: info.net }),
            }
        }
        let known = match (lower, upper) {
            (None, None) => None,
            (lower, upper) => Some(KnownRange {
                lower_tick: lower.unwrap_or(MIN_TICK),
                upper_tick: upper.unwrap_or(MAX_TICK),
            }),
        };
        if let Some(KnownRange { lower_tick, upper_tick }) = known {
            ticks.retain(|tick| (lower_tick..=upper_tick).contains(&tick.tick));
        }
        Ok((ticks, known))
    }

    fn initialised(&self, chain: &Chain<'_>, pool: Address) -> Result<Vec<i32>, Unread> {
        let words: Vec<_> = (self.first..=self.last)
            .map(|word| {
                let at = i16::try_from(word).map_err(Unread::refused)?;
                Ok((word, chain.call(pool, &tickBitmapCall { word: at })))
            })
            .collect::<Result<_, Unread>>()?;
        let mut ticks = Vec::new();
        for (word, bits) in words {
            let bits = bits?;
            let set = (0..WORD).filter(|bit| bits.bit(bit.unsigned_abs() as usize));
            ticks.extend(set.map(|bit| (word * WORD + bit) * self.spacing));
        }
        Ok(ticks)
    }

    /// Where a swap halts last in these words, whatever lies beyond; `None` where nothing does.
    fn ends(&self) -> (Option<i32>, Option<i32>) {
        let lower = self.first * WORD * self.spacing;
        let upper = (self.last * WORD + WORD - 1) * self.spacing;
        ((lower > MIN_TICK).then_some(lower), (upper < MAX_TICK).then_some(upper))
    }
}
