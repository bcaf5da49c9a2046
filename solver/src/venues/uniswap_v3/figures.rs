//! What is read of a pool, and why it may not fit together.

use alloy_primitives::{Address, U256};

use super::{State, Tick, sqrt_ratio_at, tick_at};
use crate::venues::VenueId;

/// The figures of a pool at one block.
#[derive(Debug, Clone)]
pub struct UniswapV3Figures {
    /// The name in the market.
    pub id: VenueId,
    /// The pool contract.
    pub pool: Address,
    /// `SwapRouter02`.
    pub router: Address,
    /// token0 and token1.
    pub tokens: [Address; 2],
    /// The fee in millionths of the input.
    pub fee_ppm: u32,
    /// Initialised ticks are multiples of it.
    pub tick_spacing: i32,
    /// `sqrt(token1 / token0) * 2^96`.
    pub sqrt_price_x96: U256,
    /// The current tick.
    pub tick: i32,
    /// Liquidity in range.
    pub liquidity: u128,
    /// Initialised ticks, ascending.
    pub ticks: Vec<Tick>,
    /// Where the tick list is known to be complete; `None` when it is complete everywhere. An
    /// initialised tick whose liquidity is unknown ends the range.
    pub known: Option<KnownRange>,
}

/// Between these two ticks no initialised tick is missing. A price exactly at either is allowed;
/// what lies at the two ticks themselves need not be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRange {
    /// The lowest price known is this tick's.
    pub lower_tick: i32,
    /// The highest price known is this tick's.
    pub upper_tick: i32,
}

/// Why figures do not describe a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UniswapV3Error {
    /// The fee leaves nothing.
    #[error("a fee of {0} ppm leaves nothing")]
    Fee(u32),
    /// Not a spacing.
    #[error("{0} is no tick spacing")]
    Spacing(i32),
    /// Ticks must ascend.
    #[error("tick {0} is not above the tick before it")]
    Unsorted(i32),
    /// Initialised ticks are multiples of the spacing.
    #[error("tick {tick} is not a multiple of {spacing}")]
    Misaligned {
        /// The tick.
        tick: i32,
        /// The pool's spacing.
        spacing: i32,
    },
    /// Ticks go from -887272 to 887272.
    #[error("there is no tick {0}")]
    NoSuchTick(i32),
    /// Prices go from [`super::MIN_SQRT_RATIO`] to below [`super::MAX_SQRT_RATIO`].
    #[error("there is no price {0}")]
    NoSuchPrice(U256),
    /// The current tick is the price's, or one less at a price that a fall has just reached.
    #[error("the price is in tick {of_price}, not in tick {tick}")]
    TickMismatch {
        /// As given.
        tick: i32,
        /// As the price says.
        of_price: i32,
    },
    /// A known range contains the price.
    #[error("the price is not within ticks {lower_tick} to {upper_tick}")]
    OutsideKnownRange {
        /// As given.
        lower_tick: i32,
        /// As given.
        upper_tick: i32,
    },
    /// The ticks and the current liquidity contradict each other.
    #[error("liquidity falls below zero or above 128 bits at tick {0}")]
    Liquidity(i32),
}

/// The state, if its price exists and its tick is the price's.
pub(super) fn checked_state(figures: &UniswapV3Figures) -> Result<State, UniswapV3Error> {
    let UniswapV3Figures { sqrt_price_x96: sqrt_price, tick, liquidity, .. } = *figures;
    let of_price = tick_at(sqrt_price).ok_or(UniswapV3Error::NoSuchPrice(sqrt_price))?;
    let just_fallen = tick + 1 == of_price && sqrt_ratio_at(of_price) == Some(sqrt_price);
    if tick == of_price || just_fallen {
        Ok(State { sqrt_price, tick, liquidity })
    } else {
        Err(UniswapV3Error::TickMismatch { tick, of_price })
    }
}
