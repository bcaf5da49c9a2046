//! What both versions of concentrated liquidity are without their contracts: liquidity by price, the
//! price, and a fee for each direction.

use std::sync::{Arc, OnceLock};

use alloy_primitives::{I256, Sign, U256};

use super::{
    Capacity, Gain, KnownRange, MAX_SQRT_RATIO, MIN_SQRT_RATIO, QuoteError, Segment, State, Swap,
    SwapResult, UniswapV3Error, UniswapV3Figures, VenueId,
    figures::checked_state,
    ladder::Ladder,
    swap_math::Remaining,
    walk::{Halt, Walk, segments, signed, walk},
};

/// A pool's liquidity and price.
#[derive(Debug, Clone)]
pub(in crate::venues) struct Concentrated {
    id: VenueId,
    /// By direction: token0 given, token1 given.
    fees_ppm: [u32; 2],
    state: State,
    ladder: Arc<Ladder>,
    /// What follows from the state, by direction.
    views: [OnceLock<View>; 2],
}

/// One direction of one state.
#[derive(Debug, Clone)]
struct View {
    segments: Arc<[Segment]>,
    /// The largest exact input, fee included.
    capacity: U256,
}

impl Concentrated {
    /// Price and ticks of `figures`, with a fee for each direction; `Err` says which figure cannot
    /// be.
    pub(in crate::venues) fn new(
        figures: &UniswapV3Figures,
        fees_ppm: [u32; 2],
    ) -> Result<Self, UniswapV3Error> {
        if let Some(fee) = fees_ppm.into_iter().find(|fee| *fee >= 1_000_000) {
            return Err(UniswapV3Error::Fee(fee));
        }
        let state = checked_state(figures)?;
        let ladder = Arc::new(Ladder::new(figures)?);
        for (down, fee_ppm) in [true, false].into_iter().zip(fees_ppm) {
            segments(&ladder, state, fee_ppm, down).map_err(UniswapV3Error::Liquidity)?;
        }
        let views = [OnceLock::new(), OnceLock::new()];
        let pool = Self { id: figures.id.clone(), fees_ppm, state, ladder, views };
        pool.view(true);
        pool.view(false);
        Ok(pool)
    }

    pub(in crate::venues) const fn id(&self) -> &VenueId {
        &self.id
    }

    pub(in crate::venues) const fn state(&self) -> State {
        self.state
    }

    /// Where the tick list is complete; `None` when it is complete everywhere.
    pub(in crate::venues) fn known(&self) -> Option<KnownRange> {
        self.ladder.known()
    }

    /// Takes the price to where a walk has ended.
    pub(in crate::venues) fn move_to(&mut self, state: State) {
        self.state = state;
        self.views = [OnceLock::new(), OnceLock::new()];
    }

    /// See [`UniswapV3::swap_exact`](super::UniswapV3::swap_exact).
    pub(in crate::venues) fn swap_exact(
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
        let fee_ppm = self.fee_ppm(limit < self.state.sqrt_price);
        walk(&self.ladder, self.state, remaining, limit, fee_ppm).map_err(|halt| {
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
    pub(in crate::venues) fn walk_swap(&self, swap: Swap) -> Result<Walk, QuoteError> {
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

    /// The pieces of constant liquidity in a direction, and the share that the fee leaves.
    pub(in crate::venues) fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let down = self.direction(from, to)?;
        let keep = 1.0 - f64::from(self.fee_ppm(down)) / 1e6;
        Some(Gain::Ticks { segments: self.view(down).segments.clone(), keep })
    }

    /// What the liquidity that is known takes.
    pub(in crate::venues) fn capacity(&self, from: usize, to: usize) -> Capacity {
        let amount = self.direction(from, to).map_or(U256::ZERO, |down| self.view(down).capacity);
        let known = self.ladder.known().is_some();
        let what = if known { "liquidity known of the pool" } else { "liquidity of the pool" };
        Capacity::Limited { amount, what, refill_per_block: None }
    }

    const fn fee_ppm(&self, down: bool) -> u32 {
        let [of_token0, of_token1] = self.fees_ppm;
        if down { of_token0 } else { of_token1 }
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
            let pieces = segments(&self.ladder, self.state, self.fee_ppm(down), down);
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
