//! Uniswap V3: concentrated liquidity.
//!
//! Source: `UniswapV3Pool.swap`, `TickMath`, `TickBitmap`, `SqrtPriceMath`, `SwapMath` and
//! `LiquidityMath` (v3-core 1.0.0), `SwapRouter02.exactInputSingle` (swap-router-contracts). Inputs
//! are rounded up, outputs and prices against the trader, once for each step: a step ends at an
//! initialised tick and at each end of a word of the tick bitmap.

mod concentrated;
mod figures;
mod ladder;
mod opening;
mod swap_math;
mod tick_math;
mod ticks;
mod walk;

use alloy_primitives::{
    Address, I256, U256,
    aliases::{U24, U160},
};
use alloy_sol_types::{SolCall, sol};

pub(super) use self::concentrated::Concentrated;
pub(super) use self::opening::KINDS;
pub(super) use self::ticks::Words;
pub(super) use self::walk::State;
pub use self::{
    figures::{KnownRange, UniswapV3Error, UniswapV3Figures},
    ladder::Tick,
    tick_math::{MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, sqrt_ratio_at, tick_at},
};
use super::{
    Approval, Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Segment, Step, Swap,
    Trade, Venue, VenueId,
};

sol! {
    struct ExactInputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 sqrtPriceLimitX96;
    }

    function exactInputSingle(ExactInputSingleParams params)
        external payable returns (uint256 amountOut);
}

/// What a swap did, as the pool's `Swap` event tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwapResult {
    /// Token0 that the pool received; negative when it paid.
    pub amount0: I256,
    /// Token1 that the pool received; negative when it paid.
    pub amount1: I256,
    /// The price afterwards.
    pub sqrt_price: U256,
    /// The tick afterwards. At the end of the known range it is the tick within the range.
    pub tick: i32,
    /// The liquidity afterwards; at the end of the known range, that of the range.
    pub liquidity: u128,
    /// Initialised ticks crossed.
    pub ticks_crossed: u32,
}

/// A Uniswap V3 pool.
#[derive(Debug, Clone)]
pub struct UniswapV3 {
    pool: Address,
    router: Address,
    tokens: [Address; 2],
    fee_ppm: u32,
    inner: Concentrated,
}

impl UniswapV3 {
    /// A pool with these figures; `Err` says which of them cannot be.
    pub fn new(figures: UniswapV3Figures) -> Result<Self, UniswapV3Error> {
        let UniswapV3Figures { pool, router, tokens, fee_ppm, .. } = figures;
        let inner = Concentrated::new(figures, [fee_ppm; 2])?;
        Ok(Self { pool, router, tokens, fee_ppm, inner })
    }

    /// The pool contract.
    pub fn pool(&self) -> Address {
        self.pool
    }

    /// The current price, `sqrt(token1 / token0) * 2^96`.
    pub fn sqrt_price_x96(&self) -> U256 {
        self.inner.state().sqrt_price
    }

    /// The current tick.
    pub fn tick(&self) -> i32 {
        self.inner.state().tick
    }

    /// Liquidity in range.
    pub fn liquidity(&self) -> u128 {
        self.inner.state().liquidity
    }

    /// Where the tick list is complete; `None` when it is complete everywhere.
    pub fn known(&self) -> Option<KnownRange> {
        self.inner.known()
    }

    /// What `swap` of the pool contract would do: a positive `amount_specified` is an exact input,
    /// fee included, a negative one an exact output. Stops at `sqrt_limit`, and may then have
    /// traded only a part. The venue itself does not move.
    pub fn swap_exact(
        &self,
        zero_for_one: bool,
        amount_specified: I256,
        sqrt_limit: U256,
    ) -> Result<SwapResult, QuoteError> {
        self.inner.swap_exact(zero_for_one, amount_specified, sqrt_limit)
    }
}

impl Venue for UniswapV3 {
    fn id(&self) -> &VenueId {
        self.inner.id()
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.inner.walk_swap(swap).map(|walk| Quote::of(walk.received))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let walk = self.inner.walk_swap(swap)?;
        self.inner.move_to(walk.state);
        Ok(Quote::of(walk.received))
    }

    /// Allocates only when asked first after a trade.
    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        self.inner.gain(from, to)
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        self.inner.capacity(from, to)
    }

    fn step(&self, _from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Swap, gas: 110_000, approves: true }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let params = ExactInputSingleParams {
            tokenIn: self.tokens[from],
            tokenOut: self.tokens[to],
            fee: U24::from(self.fee_ppm),
            recipient: trade.recipient,
            amountIn: amount,
            amountOutMinimum: trade.min_out,
            sqrtPriceLimitX96: U160::ZERO,
        };
        Encoded {
            approval: Some(Approval { token: self.tokens[from], spender: self.router, amount }),
            calls: vec![Call {
                to: self.router,
                value: U256::ZERO,
                data: exactInputSingleCall { params }.abi_encode().into(),
            }],
        }
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
