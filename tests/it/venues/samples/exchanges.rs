//! Exchanges with figures of mainnet.

use alloy_primitives::{Address, I256, U256, uint};
use tenor_solver::{
    amount::WAD,
    venues::{
        CurveFigures, CurveStableSwap, DenominatorForm, Swap, Tick, UniswapV2, UniswapV3,
        UniswapV3Figures, VenueId, sqrt_ratio_at,
    },
};

use super::Sample;

const TOKENS: [Address; 2] = [Address::repeat_byte(1), Address::repeat_byte(2)];

/// A hundred whole tokens of the second token.
const HUNDRED: Swap = Swap { from: 1, to: 0, amount: uint!(100_000_000_000_000_000_000_U256) };

pub(super) fn all() -> Vec<Sample> {
    let pool = UniswapV3::new(uniswap_v3()).unwrap();
    let ten = crossing_ten(&pool);
    let one = Swap { amount: ten.amount / U256::from(1000), ..ten };
    vec![
        Sample { kind: "uniswap_v2", venue: Box::new(uniswap_v2()), swap: HUNDRED },
        Sample { kind: "uniswap_v2, wide", venue: Box::new(wide()), swap: HUNDRED },
        Sample {
            kind: "curve_stableswap",
            venue: Box::new(CurveStableSwap::new(curve()).unwrap()),
            swap: HUNDRED,
        },
        Sample { kind: "uniswap_v3, ten ticks", venue: Box::new(pool.clone()), swap: ten },
        Sample { kind: "uniswap_v3, no tick", venue: Box::new(pool), swap: one },
    ]
}

/// USDC/WETH before the first transaction of mainnet block 19,933,597.
fn uniswap_v2() -> UniswapV2 {
    let reserves = uint!([54350227842369_U256, 14261411712227071810861_U256]);
    let id = VenueId::new("uniswap_v2:USDC/WETH");
    UniswapV2::new(id, Address::ZERO, Address::ZERO, TOKENS, reserves, 3000).unwrap()
}

/// Both tokens with 18 decimals: the product needs more than 128 bits.
fn wide() -> UniswapV2 {
    let reserves = uint!([1_250_000_000_000_000_000_000_000_U256, 14261411712227071810861_U256]);
    let id = VenueId::new("uniswap_v2:wide");
    UniswapV2::new(id, Address::ZERO, Address::ZERO, TOKENS, reserves, 3000).unwrap()
}

/// ETH/stETH before the first transaction of mainnet block 19,932,810.
pub(crate) fn curve() -> CurveFigures {
    CurveFigures {
        id: VenueId::new("curve:ETH/stETH"),
        pool: Address::ZERO,
        coins: TOKENS.to_vec(),
        balances: uint!([34052454587872250472880_U256, 36928655176539888692501_U256]).to_vec(),
        amp_scaled: U256::from(20_000),
        rates: vec![WAD; 2],
        fee_1e10: U256::from(1_000_000),
        admin_fee_1e10: U256::from(5_000_000_000u64),
        form: DenominatorForm::PlusOne,
    }
}

/// USDC/WETH's price and liquidity of block 19,933,597, with a synthetic tick at every tenth tick
/// on either side.
pub(crate) fn uniswap_v3() -> UniswapV3Figures {
    let net = |k: i32| i128::from(k) * 1_000_000_000_000_000;
    let ticks = (-30..=30).map(|k| Tick { tick: 193_870 + 10 * k, liquidity_net: -net(k) });
    UniswapV3Figures {
        id: VenueId::new("uniswap_v3:USDC/WETH:500"),
        pool: Address::ZERO,
        router: Address::ZERO,
        tokens: TOKENS,
        fee_ppm: 500,
        tick_spacing: 10,
        sqrt_price_x96: uint!(1283956442328932148091235137379305_U256),
        tick: 193_872,
        liquidity: 12_672_214_176_212_153_091,
        ticks: ticks.collect(),
        known: None,
    }
}

/// A swap to just below the tenth tick.
fn crossing_ten(pool: &UniswapV3) -> Swap {
    let limit = sqrt_ratio_at(193_872 - 101).unwrap();
    let result = pool.swap_exact(true, I256::MAX, limit).unwrap();
    assert_eq!(result.ticks_crossed, 10);
    Swap { from: 0, to: 1, amount: result.amount0.into_raw() }
}
