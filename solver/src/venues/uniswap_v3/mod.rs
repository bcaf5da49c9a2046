//! Uniswap V3: concentrated liquidity.
//!
//! Source: `UniswapV3Pool.swap`, `TickMath`, `TickBitmap`, `SqrtPriceMath`, `SwapMath` and
//! `LiquidityMath` (v3-core 1.0.0), `SwapRouter02.exactInputSingle` (swap-router-contracts). Inputs
//! are rounded up, outputs and prices against the trader, once for each step: a step ends at an
//! initialised tick and at each end of a word of the tick bitmap.

mod figures;
mod ladder;
mod swap_math;
mod tick_math;
mod walk;

use std::sync::{Arc, OnceLock};

use alloy_primitives::{
    Address, I256, Sign, U256,
    aliases::{U24, U160},
};
use alloy_sol_types::{SolCall, sol};

use self::{
    figures::checked_state,
    ladder::Ladder,
    swap_math::Remaining,
    walk::{Halt, State, Walk, segments, signed, walk},
};
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
    id: VenueId,
    pool: Address,
    router: Address,
    tokens: [Address; 2],
    fee_ppm: u32,
    state: State,
    ladder: Arc<Ladder>,
    /// What follows from the state, by direction: token0 given, token1 given.
    views: [OnceLock<View>; 2],
}

/// One direction of one state.
#[derive(Debug, Clone)]
struct View {
    segments: Arc<[Segment]>,
    /// The largest exact input, fee included.
    capacity: U256,
}

impl UniswapV3 {
    /// A pool with these figures; `Err` says which of them cannot be.
    pub fn new(figures: UniswapV3Figures) -> Result<Self, UniswapV3Error> {
        if figures.fee_ppm >= 1_000_000 {
            return Err(UniswapV3Error::Fee(figures.fee_ppm));
        }
        let state = checked_state(&figures)?;
        let ladder = Arc::new(Ladder::new(&figures)?);
        let UniswapV3Figures { id, pool, router, tokens, fee_ppm, .. } = figures;
        for down in [true, false] {
            segments(&ladder, state, fee_ppm, down).map_err(UniswapV3Error::Liquidity)?;
        }
        let views = [OnceLock::new(), OnceLock::new()];
        let venue = Self { id, pool, router, tokens, fee_ppm, state, ladder, views };
        venue.view(true);
        venue.view(false);
        Ok(venue)
    }

    /// The pool contract.
    pub fn pool(&self) -> Address {
        self.pool
    }

    /// The current price, `sqrt(token1 / token0) * 2^96`.
    pub fn sqrt_price_x96(&self) -> U256 {
        self.state.sqrt_price
    }

    /// The current tick.
    pub fn tick(&self) -> i32 {
        self.state.tick
    }

    /// Liquidity in range.
    pub fn liquidity(&self) -> u128 {
        self.state.liquidity
    }

    /// Where the tick list is complete; `None` when it is complete everywhere.
    pub fn known(&self) -> Option<KnownRange> {
        self.ladder.known()
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
        self.check_limit(zero_for_one, sqrt_limit)?;
        let amount = amount_specified.unsigned_abs();
        let remaining = match amount_specified.sign() {
            _ if amount.is_zero() => return Err(QuoteError::ZeroAmount),
            Sign::Positive => Remaining::In(amount),
            Sign::Negative => Remaining::Out(amount),
        };
        let Walk { state, paid, received, ticks_crossed, .. } =
            self.walk_to(remaining, sqrt_limit)?;
        Ok(SwapResult {
            amount0: if zero_for_one { signed(paid, true) } else { signed(received, false) },
            amount1: if zero_for_one { signed(received, false) } else { signed(paid, true) },
            sqrt_price: state.sqrt_price,
            tick: state.tick,
            liquidity: state.liquidity,
            ticks_crossed,
        })
    }

    /// A limit lies ahead of the price, strictly between the extreme prices (`SPL` on chain).
    fn check_limit(&self, down: bool, limit: U256) -> Result<(), QuoteError> {
        let price = self.state.sqrt_price;
        let (ok, limit) = if down {
            (limit < price && limit > MIN_SQRT_RATIO, MIN_SQRT_RATIO)
        } else {
            (limit > price && limit < MAX_SQRT_RATIO, MAX_SQRT_RATIO)
        };
        let what = "price limit behind the price or at the last price";
        ok.then_some(()).ok_or_else(|| QuoteError::Limit { venue: self.id.clone(), what, limit })
    }

    fn walk_to(&self, remaining: Remaining, limit: U256) -> Result<Walk, QuoteError> {
        walk(&self.ladder, self.state, remaining, limit, self.fee_ppm).map_err(|halt| {
            match (halt, self.ladder.known()) {
                (Halt::BeyondKnownRange, Some(KnownRange { lower_tick, upper_tick })) => {
                    let (lower, upper) = (lower_tick, upper_tick);
                    QuoteError::BeyondKnownRange { venue: self.id.clone(), lower, upper }
                }
                _ => QuoteError::Overflow(self.id.clone()),
            }
        })
    }

    /// The walk of a swap with an exact input, which must be used whole.
    fn walk_swap(&self, swap: Swap) -> Result<Walk, QuoteError> {
        let down = self.direction(swap.from, swap.to).ok_or_else(|| QuoteError::NotTraded {
            venue: self.id.clone(),
            from: swap.from,
            to: swap.to,
        })?;
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if I256::try_from(swap.amount).is_err() {
            return Err(QuoteError::Overflow(self.id.clone()));
        }
        let limit = if down { MIN_SQRT_RATIO + U256::ONE } else { MAX_SQRT_RATIO - U256::ONE };
        self.check_limit(down, limit)?;
        let walk = self.walk_to(Remaining::In(swap.amount), limit)?;
        if walk.remaining.is_zero() {
            return Ok(walk);
        }
        let what = "liquidity of the pool";
        Err(QuoteError::Limit { venue: self.id.clone(), what, limit: self.view(down).capacity })
    }

    /// Whether token0 is given; `None` when the pair of positions is not one.
    fn direction(&self, from: usize, to: usize) -> Option<bool> {
        match (from, to) {
            (0, 1) => Some(true),
            (1, 0) => Some(false),
            _ => None,
        }
    }

    fn view(&self, down: bool) -> &View {
        self.views[usize::from(!down)].get_or_init(|| {
            let pieces = segments(&self.ladder, self.state, self.fee_ppm, down);
            View { segments: pieces.unwrap_or_default(), capacity: self.most_in(down) }
        })
    }

    /// The input, fee included, that takes the price to the end of what is known: one unit more
    /// would have to trade beyond it.
    fn most_in(&self, down: bool) -> U256 {
        let end = self.ladder.end(down);
        let price = self.state.sqrt_price;
        if (down && price <= end) || (!down && price >= end) {
            return U256::ZERO;
        }
        let all = Remaining::In(I256::MAX.into_raw());
        self.walk_to(all, end).map_or(U256::ZERO, |walk| walk.paid)
    }
}

impl Venue for UniswapV3 {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.walk_swap(swap).map(|walk| Quote::of(walk.received))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let walk = self.walk_swap(swap)?;
        self.state = walk.state;
        self.views = [OnceLock::new(), OnceLock::new()];
        Ok(Quote::of(walk.received))
    }

    /// Allocates only when asked first after a trade.
    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let segments = self.view(self.direction(from, to)?).segments.clone();
        Some(Gain::Ticks { segments, keep: 1.0 - f64::from(self.fee_ppm) / 1e6 })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let amount = self.direction(from, to).map_or(U256::ZERO, |down| self.view(down).capacity);
        let known = self.ladder.known().is_some();
        let what = if known { "liquidity known of the pool" } else { "liquidity of the pool" };
        Capacity::Limited { amount, what, refill_per_block: None }
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
