//! Ticks and square-root prices, bit for bit as `TickMath` (v3-core) has them.
//!
//! A square-root price is `sqrt(token1 / token0) * 2^96`, in raw units of both tokens.

use alloy_primitives::{U256, uint};

/// The lowest tick.
pub const MIN_TICK: i32 = -887_272;
/// The highest tick.
pub const MAX_TICK: i32 = 887_272;
/// The price at [`MIN_TICK`]; a pool's price never falls below it.
pub const MIN_SQRT_RATIO: U256 = uint!(4_295_128_739_U256);
/// The price at [`MAX_TICK`]; a pool's price stays below it.
pub const MAX_SQRT_RATIO: U256 = uint!(1461446703485210103287273052203988822378723970342_U256);

/// `2^128 / sqrt(1.0001)^(2^i)`, rounded to nearest: the factor for bit `i` of a tick.
const FACTORS: [u128; 20] = [
    0xfffcb933bd6fad37aa2d162d1a594001,
    0xfff97272373d413259a46990580e213a,
    0xfff2e50f5f656932ef12357cf3c7fdcc,
    0xffe5caca7e10e4e61c3624eaa0941cd0,
    0xffcb9843d60f6159c9db58835c926644,
    0xff973b41fa98c081472e6896dfb254c0,
    0xff2ea16466c96a3843ec78b326b52861,
    0xfe5dee046a99a2a811c461f1969c3053,
    0xfcbe86c7900a88aedcffc83b479aa3a4,
    0xf987a7253ac413176f2b074cf7815e54,
    0xf3392b0822b70005940c7a398e4b70f3,
    0xe7159475a2c29b7443b29c7fa6e889d9,
    0xd097f3bdfd2022b8845ad8f792aa5825,
    0xa9f746462d870fdf8a65dc1f90e061e5,
    0x70d869a156d2a1b890bb3df62baf32f7,
    0x31be135f97d08fd981231505542fcfa6,
    0x9aa508b5b7a84e1c677de54f3e99bc9,
    0x5d6af8dedb81196699c329225ee604,
    0x2216e584f5fa1ea926041bedfe98,
    0x48a170391f7dc42444e8fa2,
];

/// The square-root price at `tick`, rounded up from the contract's 128-bit product.
/// `None` beyond [`MIN_TICK`] and [`MAX_TICK`].
pub fn sqrt_ratio_at(tick: i32) -> Option<U256> {
    let bits = tick.unsigned_abs();
    if bits > MAX_TICK.unsigned_abs() {
        return None;
    }
    // A product of factors below 1, in units of 2^-128; the empty product is 2^128 itself.
    let mut product: Option<u128> = None;
    for (i, factor) in FACTORS.iter().enumerate() {
        if bits >> i & 1 == 1 {
            product = Some(product.map_or(*factor, |p| high_product(p, *factor)));
        }
    }
    let ratio = match product {
        None => U256::ONE << 128,
        Some(p) if tick > 0 => U256::MAX / U256::from(p),
        Some(p) => U256::from(p),
    };
    let fraction = ratio.as_limbs()[0] & 0xffff_ffff;
    Some((ratio >> 32) + U256::from(u8::from(fraction != 0)))
}

/// The greatest tick whose price is at most `sqrt_price`, as `getTickAtSqrtRatio` finds it.
/// `None` outside [[`MIN_SQRT_RATIO`], [`MAX_SQRT_RATIO`]).
pub fn tick_at(sqrt_price: U256) -> Option<i32> {
    if sqrt_price < MIN_SQRT_RATIO || sqrt_price >= MAX_SQRT_RATIO {
        return None;
    }
    let mut tick = estimate(sqrt_price).clamp(MIN_TICK, MAX_TICK - 1);
    while sqrt_ratio_at(tick)? > sqrt_price {
        tick -= 1;
    }
    while sqrt_ratio_at(tick + 1)? <= sqrt_price {
        tick += 1;
    }
    Some(tick)
}

/// A float's guess, at most one off: the logarithm is good to 1e-9 of a tick.
#[expect(clippy::cast_possible_truncation, reason = "|log| is below 887273")]
fn estimate(sqrt_price: U256) -> i32 {
    let price = f64::from(sqrt_price) / 2f64.powi(96);
    (price.ln() * 2.0 / 1.0001f64.ln()).floor() as i32
}

/// The high 128 bits of a product.
fn high_product(a: u128, b: u128) -> u128 {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let middle = a1 * b0 + ((a0 * b0) >> 64);
    let low_middle = a0 * b1 + (middle & LOW);
    a1 * b1 + (middle >> 64) + (low_middle >> 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_the_contracts_constants() {
        assert_eq!(sqrt_ratio_at(MIN_TICK), Some(MIN_SQRT_RATIO));
        assert_eq!(sqrt_ratio_at(MAX_TICK), Some(MAX_SQRT_RATIO));
        assert_eq!(sqrt_ratio_at(0), Some(U256::ONE << 96));
        assert_eq!(sqrt_ratio_at(MAX_TICK + 1), None);
        assert_eq!(sqrt_ratio_at(i32::MIN), None);
        assert_eq!(tick_at(MIN_SQRT_RATIO), Some(MIN_TICK));
        assert_eq!(tick_at(MIN_SQRT_RATIO - U256::ONE), None);
        assert_eq!(tick_at(MAX_SQRT_RATIO - U256::ONE), Some(MAX_TICK - 1));
        assert_eq!(tick_at(MAX_SQRT_RATIO), None);
    }

    #[test]
    fn a_tick_begins_at_its_own_price() {
        for tick in (MIN_TICK..MAX_TICK).step_by(1009).chain([-1, 0, 1, MAX_TICK - 1]) {
            let price = sqrt_ratio_at(tick).unwrap();
            assert_eq!(tick_at(price), Some(tick));
            if tick > MIN_TICK {
                assert_eq!(tick_at(price - U256::ONE), Some(tick - 1));
            }
        }
    }
}
