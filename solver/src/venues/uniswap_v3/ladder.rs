//! The initialised ticks of a pool, and where a swap has to stop next.

use alloy_primitives::U256;

use super::{
    KnownRange, UniswapV3Error, UniswapV3Figures,
    tick_math::{MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, sqrt_ratio_at, tick_at},
};

/// An initialised tick: where liquidity changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The tick.
    pub tick: i32,
    /// Liquidity added when the price rises through it, taken away when it falls through it.
    pub liquidity_net: i128,
}

/// An initialised tick with its price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rung {
    pub(super) tick: i32,
    pub(super) net: i128,
    pub(super) sqrt_price: U256,
}

/// A boundary of what is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) tick: i32,
    pub(super) sqrt_price: U256,
}

/// The next price at which a swap halts, to cross a tick or to read another word of the bitmap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    pub(super) tick: i32,
    pub(super) sqrt_price: U256,
    pub(super) kind: StopKind,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum StopKind {
    /// An initialised tick with its net liquidity.
    Rung(i128),
    /// The end of a bitmap word: nothing changes, but the contract rounds there.
    WordEnd,
    /// The end of what is known, at a tick that is not in the list.
    Unknown,
}

/// Ticks in ascending order, and the range in which there are no others.
#[derive(Debug)]
pub(super) struct Ladder {
    spacing: i32,
    rungs: Vec<Rung>,
    lower: Option<Bound>,
    upper: Option<Bound>,
}

impl Ladder {
    /// Checks order, alignment and bounds.
    pub(super) fn new(figures: &UniswapV3Figures) -> Result<Self, UniswapV3Error> {
        let spacing = figures.tick_spacing;
        if spacing <= 0 || spacing > MAX_TICK {
            return Err(UniswapV3Error::Spacing(spacing));
        }
        if let Some(pair) = figures.ticks.windows(2).find(|pair| pair[0].tick >= pair[1].tick) {
            return Err(UniswapV3Error::Unsorted(pair[1].tick));
        }
        let rungs = figures.ticks.iter().map(|tick| rung(tick, spacing));
        let rungs = rungs.collect::<Result<_, _>>()?;
        let (lower, upper) = bounds(figures)?;
        Ok(Self { spacing, rungs, lower, upper })
    }

    /// The known end in a direction.
    pub(super) fn bound(&self, down: bool) -> Option<&Bound> {
        if down { self.lower.as_ref() } else { self.upper.as_ref() }
    }

    /// The range outside of which nothing is known.
    pub(super) fn known(&self) -> Option<KnownRange> {
        Some(KnownRange { lower_tick: self.lower?.tick, upper_tick: self.upper?.tick })
    }

    /// The last price a swap may reach in a direction.
    pub(super) fn end(&self, down: bool) -> U256 {
        match self.bound(down) {
            Some(bound) => bound.sqrt_price,
            None if down => MIN_SQRT_RATIO + U256::ONE,
            None => MAX_SQRT_RATIO - U256::ONE,
        }
    }

    /// How many rungs lie at or below `tick`.
    pub(super) fn rank(&self, tick: i32) -> usize {
        self.rungs.partition_point(|rung| rung.tick <= tick)
    }

    /// The next rung in a direction, from [`Ladder::rank`].
    pub(super) fn next(&self, rank: usize, down: bool) -> Option<&Rung> {
        if down { self.rungs.get(rank.checked_sub(1)?) } else { self.rungs.get(rank) }
    }

    /// Where a swap at `tick` halts next (`nextInitializedTickWithinOneWord`). Where there is no
    /// `liquidity`, ends of words do not matter: no amount is rounded there.
    pub(super) fn stop(&self, tick: i32, rank: usize, down: bool, liquidity: u128) -> Option<Stop> {
        let word_end = if liquidity == 0 { far(down) } else { self.word_end(tick, down) };
        let beyond = |a: i32, b: i32| if down { a < b } else { a > b };
        let rung = self.next(rank, down).filter(|rung| !beyond(rung.tick, word_end));
        let next = rung.map_or(word_end, |rung| rung.tick);
        if let Some(bound) = self.bound(down)
            && (beyond(next, bound.tick) || next == bound.tick && rung.is_none())
        {
            let Bound { tick, sqrt_price } = *bound;
            return Some(Stop { tick, sqrt_price, kind: StopKind::Unknown });
        }
        Some(match rung {
            Some(&Rung { tick, net, sqrt_price }) => {
                Stop { tick, sqrt_price, kind: StopKind::Rung(net) }
            }
            None => {
                let sqrt_price = sqrt_ratio_at(word_end)?;
                Stop { tick: word_end, sqrt_price, kind: StopKind::WordEnd }
            }
        })
    }

    /// The tick of a price between two stops. Without liquidity there may be an end of a word among
    /// such prices: a fall that ends exactly there has taken the tick below.
    pub(super) fn tick_of(&self, sqrt_price: U256, down: bool) -> Option<i32> {
        let tick = tick_at(sqrt_price)?;
        let at_word_end = down
            && tick % self.spacing == 0
            && self.word_end(tick, down) == tick
            && sqrt_ratio_at(tick) == Some(sqrt_price);
        Some(if at_word_end { tick - 1 } else { tick })
    }

    /// The last tick of the 256 in whose bitmap word the contract looks.
    fn word_end(&self, tick: i32, down: bool) -> i32 {
        let compressed = tick.div_euclid(self.spacing);
        if down {
            ((compressed >> 8 << 8) * self.spacing).max(MIN_TICK)
        } else {
            ((((compressed + 1) >> 8 << 8) + 255) * self.spacing).min(MAX_TICK)
        }
    }
}

fn far(down: bool) -> i32 {
    if down { MIN_TICK } else { MAX_TICK }
}

fn rung(tick: &Tick, spacing: i32) -> Result<Rung, UniswapV3Error> {
    let Tick { tick, liquidity_net: net } = *tick;
    if tick % spacing != 0 {
        return Err(UniswapV3Error::Misaligned { tick, spacing });
    }
    let sqrt_price = sqrt_ratio_at(tick).ok_or(UniswapV3Error::NoSuchTick(tick))?;
    Ok(Rung { tick, net, sqrt_price })
}

fn bounds(figures: &UniswapV3Figures) -> Result<(Option<Bound>, Option<Bound>), UniswapV3Error> {
    let Some(KnownRange { lower_tick, upper_tick }) = figures.known else {
        return Ok((None, None));
    };
    let bound = |tick| {
        let sqrt_price = sqrt_ratio_at(tick).ok_or(UniswapV3Error::NoSuchTick(tick))?;
        Ok(Bound { tick, sqrt_price })
    };
    let (lower, upper) = (bound(lower_tick)?, bound(upper_tick)?);
    let price = figures.sqrt_price_x96;
    if lower_tick >= upper_tick || price < lower.sqrt_price || price > upper.sqrt_price {
        return Err(UniswapV3Error::OutsideKnownRange { lower_tick, upper_tick });
    }
    Ok((Some(lower), Some(upper)))
}
