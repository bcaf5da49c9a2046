//! Whether a concentrated pool's figures fit together.

use alloy_primitives::U256;
use tenor_solver::venues::{MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, sqrt_ratio_at};

use super::{
    error::Refusal,
    wire::{KnownRange, UniswapV3},
};

pub(super) fn check(w: &UniswapV3) -> Result<(), Refusal> {
    if !(1..=16_383).contains(&w.tick_spacing) {
        return Err(Refusal::range("tick_spacing", w.tick_spacing, "1 to 16383"));
    }
    let price = w.sqrt_price_x96.0;
    if price < MIN_SQRT_RATIO || price >= MAX_SQRT_RATIO {
        let expected = format!("{MIN_SQRT_RATIO} or more and less than {MAX_SQRT_RATIO}");
        return Err(Refusal::range("sqrt_price_x96", price, expected));
    }
    tick_in_bounds("tick", w.tick)?;
    // A swap that ends on a tick from above leaves the tick below it, at the same price.
    if !between(price, w.tick, w.tick.saturating_add(1)) {
        let what = format!("{} is not the tick of sqrt_price_x96 {price}", w.tick);
        return Err(Refusal::inconsistent("tick", what));
    }
    known_range(w, &w.known_range).map_err(|r| r.within("known_range"))?;
    ticks(w)
}

fn known_range(w: &UniswapV3, known: &KnownRange) -> Result<(), Refusal> {
    let KnownRange { lower_tick: lower, upper_tick: upper } = *known;
    tick_in_bounds("lower_tick", lower)?;
    tick_in_bounds("upper_tick", upper)?;
    if lower >= upper {
        let what = format!("{lower} is not below upper_tick {upper}");
        return Err(Refusal::inconsistent("lower_tick", what));
    }
    let price = w.sqrt_price_x96.0;
    if !between(price, lower, upper) {
        let (field, end) =
            if w.tick < lower { ("lower_tick", lower) } else { ("upper_tick", upper) };
        let what = format!(
            "the pool's price, at tick {}, lies beyond {end}: the range must hold it",
            w.tick
        );
        return Err(Refusal::inconsistent(field, what));
    }
    let unread = &w.initialized_ticks_without_liquidity;
    if let Some(tick) = unread.iter().find(|&&t| lower < t && t < upper) {
        let what = format!(
            "tick {tick} lies above it and has unknown liquidity: the range must end there"
        );
        return Err(Refusal::inconsistent("lower_tick", what));
    }
    Ok(())
}

fn ticks(w: &UniswapV3) -> Result<(), Refusal> {
    let KnownRange { lower_tick: lower, upper_tick: upper } = w.known_range;
    for (i, t) in w.ticks.iter().enumerate() {
        let field = |name: &str| format!("ticks[{i}].{name}");
        if t.tick < lower || t.tick > upper {
            return Err(Refusal::range(
                field("tick"),
                t.tick,
                format!("in the known range, {lower} to {upper}"),
            ));
        }
        if t.tick % w.tick_spacing != 0 {
            return Err(Refusal::range(
                field("tick"),
                t.tick,
                format!("a multiple of tick_spacing {}", w.tick_spacing),
            ));
        }
        if i.checked_sub(1).and_then(|before| w.ticks.get(before)).is_some_and(|b| b.tick >= t.tick)
        {
            return Err(Refusal::inconsistent(
                field("tick"),
                "not above the tick before it: sort the ticks",
            ));
        }
        let gross: u128 = t.liquidity_gross.0.to();
        if gross == 0 || t.liquidity_net.0.unsigned_abs() > gross {
            let what =
                "zero, or less than liquidity_net: it counts all that begins and all that ends";
            return Err(Refusal::inconsistent(field("liquidity_gross"), what));
        }
    }
    crossings(w)
}

/// Liquidity stays a 128-bit number whichever way the price goes.
fn crossings(w: &UniswapV3) -> Result<(), Refusal> {
    let here: u128 = w.liquidity.0.to();
    let at = |i: usize| format!("ticks[{i}].liquidity_net");
    let (mut up, mut down) = (here, here);
    for (i, t) in w.ticks.iter().enumerate().filter(|(_, t)| t.tick > w.tick) {
        up = up.checked_add_signed(t.liquidity_net.0).ok_or_else(|| {
            Refusal::inconsistent(at(i), "crossing it upwards leaves no valid liquidity")
        })?;
    }
    for (i, t) in w.ticks.iter().enumerate().rev().filter(|(_, t)| t.tick <= w.tick) {
        let net = t.liquidity_net.0.checked_neg();
        down = net.and_then(|net| down.checked_add_signed(net)).ok_or_else(|| {
            Refusal::inconsistent(at(i), "crossing it downwards leaves no valid liquidity")
        })?;
    }
    Ok(())
}

fn tick_in_bounds(field: &str, tick: i32) -> Result<(), Refusal> {
    if (-MAX_TICK..=MAX_TICK).contains(&tick) {
        return Ok(());
    }
    Err(Refusal::range(field, tick, format!("-{MAX_TICK} to {MAX_TICK}")))
}

/// Whether a square-root price lies between those of two ticks, ends included.
fn between(price: U256, lower: i32, upper: i32) -> bool {
    let above = sqrt_ratio_at(lower).is_some_and(|p| p <= price);
    above && sqrt_ratio_at(upper).is_some_and(|p| price <= p)
}
