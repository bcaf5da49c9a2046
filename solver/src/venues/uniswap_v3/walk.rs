//! The swap loop of `UniswapV3Pool.swap`, and the real-valued pieces that it walks over.

use std::sync::Arc;

use alloy_primitives::{I256, U256};

use super::{
    Segment,
    ladder::{Ladder, Stop, StopKind},
    swap_math::{Remaining, step},
};
use crate::amount::to_f64;

/// Where a pool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::venues) struct State {
    pub(in crate::venues) sqrt_price: U256,
    pub(in crate::venues) tick: i32,
    pub(in crate::venues) liquidity: u128,
}

/// What a walk did.
#[derive(Debug, Clone, Copy)]
pub(in crate::venues) struct Walk {
    pub(in crate::venues) state: State,
    /// Paid, fee included.
    pub(in crate::venues) paid: U256,
    pub(in crate::venues) received: U256,
    pub(super) remaining: Remaining,
    pub(super) ticks_crossed: u32,
}

/// Why a walk ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// The rest would have to be traded where nothing is known.
    BeyondKnownRange,
    /// The contract's arithmetic reverts.
    Overflow,
}

/// Trades until nothing remains or the price is at `limit`, as the contract does.
pub(super) fn walk(
    ladder: &Ladder,
    start: State,
    remaining: Remaining,
    limit: U256,
    fee_ppm: u32,
) -> Result<Walk, Halt> {
    let down = limit < start.sqrt_price;
    let mut rank = ladder.rank(start.tick);
    let mut walk =
        Walk { state: start, paid: U256::ZERO, received: U256::ZERO, remaining, ticks_crossed: 0 };
    while !walk.remaining.is_zero() && walk.state.sqrt_price != limit {
        let State { sqrt_price, tick, liquidity } = walk.state;
        if ladder.bound(down).is_some_and(|bound| reached(sqrt_price, bound.sqrt_price, down)) {
            return Err(Halt::BeyondKnownRange);
        }
        let stop = ladder.stop(tick, rank, down, liquidity).ok_or(Halt::Overflow)?;
        let target = if down { stop.sqrt_price.max(limit) } else { stop.sqrt_price.min(limit) };
        let step = step(sqrt_price, target, liquidity, walk.remaining, fee_ppm, down)
            .ok_or(Halt::Overflow)?;
        walk.remaining = walk.remaining.after(&step).ok_or(Halt::Overflow)?;
        walk.paid += step.amount_in + step.fee;
        walk.received += step.amount_out;
        walk.state.sqrt_price = step.sqrt_price;
        if step.sqrt_price == stop.sqrt_price {
            arrive(&mut walk, &mut rank, &stop, down).ok_or(Halt::Overflow)?;
        } else if step.sqrt_price != sqrt_price {
            walk.state.tick = ladder.tick_of(step.sqrt_price, down).ok_or(Halt::Overflow)?;
        }
    }
    Ok(walk)
}

fn reached(price: U256, bound: U256, down: bool) -> bool {
    if down { price <= bound } else { price >= bound }
}

/// Takes the stop's tick: below it after a fall, at it after a rise. A bound that is not in the
/// list is not crossed: whatever is there is crossed back at no cost by a later trade.
fn arrive(walk: &mut Walk, rank: &mut usize, stop: &Stop, down: bool) -> Option<()> {
    let state = &mut walk.state;
    match stop.kind {
        StopKind::Unknown => {
            state.tick = if down { stop.tick } else { stop.tick - 1 };
            return Some(());
        }
        StopKind::WordEnd => {}
        StopKind::Rung(net) => {
            state.liquidity = crossed(state.liquidity, net, down)?;
            walk.ticks_crossed += 1;
            *rank = if down { rank.checked_sub(1)? } else { *rank + 1 };
        }
    }
    state.tick = if down { stop.tick - 1 } else { stop.tick };
    Some(())
}

/// Liquidity after a tick. `None` where the figures contradict themselves.
pub(super) fn crossed(liquidity: u128, net: i128, down: bool) -> Option<u128> {
    if down == (net < 0) {
        liquidity.checked_add(net.unsigned_abs())
    } else {
        liquidity.checked_sub(net.unsigned_abs())
    }
}

/// The pieces of constant liquidity from `start` to the end of what is known. `Err` names a tick
/// at which the liquidity leaves its range.
pub(super) fn segments(
    ladder: &Ladder,
    start: State,
    fee_ppm: u32,
    down: bool,
) -> Result<Arc<[Segment]>, i32> {
    let keep = 1.0 - f64::from(fee_ppm) / 1e6;
    let end = ladder.end(down);
    let State { mut sqrt_price, mut liquidity, tick } = start;
    let mut rank = ladder.rank(tick);
    let mut pieces = Vec::new();
    while !reached(sqrt_price, end, down) {
        let rung = ladder.next(rank, down).filter(|rung| reached(end, rung.sqrt_price, down));
        let next = rung.map_or(end, |rung| rung.sqrt_price);
        if liquidity > 0 && next != sqrt_price {
            pieces.push(segment(sqrt_price, next, liquidity, keep, down));
        }
        let Some(rung) = rung else { break };
        liquidity = crossed(liquidity, rung.net, down).ok_or(rung.tick)?;
        rank = if down { rank - 1 } else { rank + 1 };
        sqrt_price = next;
    }
    Ok(pieces.into())
}

/// The difference of the prices is taken in integers, so that narrow pieces keep their precision.
fn segment(from: U256, to: U256, liquidity: u128, keep: f64, down: bool) -> Segment {
    let unit = 2f64.powi(96);
    let liquidity = to_f64(U256::from(liquidity));
    let (price, next) = (to_f64(from) / unit, to_f64(to) / unit);
    let gap = to_f64(from.abs_diff(to)) / unit;
    let (token0, token1) = (liquidity / price, liquidity * price);
    if down {
        Segment { x: token0, y: token1, cap: token0 * gap / next / keep }
    } else {
        Segment { x: token1, y: token0, cap: liquidity * gap / keep }
    }
}

/// A signed amount as the pool sees it. Amounts stay far below 2^255.
pub(super) fn signed(amount: U256, into_pool: bool) -> I256 {
    let amount = I256::from_raw(amount);
    if into_pool { amount } else { -amount }
}
