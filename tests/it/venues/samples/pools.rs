//! Weighted pools, and v4's with figures of mainnet.

use alloy_primitives::{Address, B256, U256, uint};
use tenor_solver::{
    amount::WAD,
    venues::{
        BalancerWeighted, BalancerWeightedFigures, BalancerWeightedToken, NATIVE, Powers, Swap,
        Tick, UniswapV4, UniswapV4Figures, VenueId,
    },
};

use super::Sample;

pub(super) fn all() -> Vec<Sample> {
    let ten = Swap { from: 1, to: 0, amount: WAD * U256::from(10) };
    let ether = Swap { from: 0, to: 1, amount: WAD };
    vec![
        Sample { kind: "balancer_v2_weighted", venue: Box::new(weighted([5, 5])), swap: ten },
        Sample {
            kind: "balancer_v2_weighted, 80/20",
            venue: Box::new(weighted([8, 2])),
            swap: ten,
        },
        Sample {
            kind: "balancer_v2_weighted, logarithms",
            venue: Box::new(weighted([7, 3])),
            swap: ten,
        },
        Sample { kind: "uniswap_v4", venue: Box::new(uniswap_v4()), swap: ether },
    ]
}

/// USDC/WETH of mainnet block 14,717,479, with other weights too.
fn weighted(tenths: [u64; 2]) -> BalancerWeighted {
    let balances = uint!([72_492_025_000_000_U256, 24_798_057_000_000_000_000_000_U256]);
    let scaling = uint!([1_000_000_000_000_U256, 1_U256]);
    let token = |k: usize| BalancerWeightedToken {
        token: Address::repeat_byte(1 + u8::try_from(k).unwrap()),
        cash: balances[k],
        managed: U256::ZERO,
        weight: WAD / U256::from(10) * U256::from(tenths[k]),
        scaling: scaling[k],
    };
    BalancerWeighted::new(BalancerWeightedFigures {
        id: VenueId::new("balancer_v2:USDC/WETH"),
        vault: Address::ZERO,
        pool_id: B256::ZERO,
        tokens: vec![token(0), token(1)],
        swap_fee: uint!(750_000_000_000_000_U256),
        powers: Powers::Shortcuts,
        paused: false,
    })
    .unwrap()
}

/// A pool of ETH and USDC with the price and liquidity of V3's at block 19,933,597, turned over, and
/// a synthetic tick at every tenth tick on either side.
fn uniswap_v4() -> UniswapV4 {
    let net = |k: i32| i128::from(k) * 1_000_000_000_000_000;
    let ticks = (-30..=30).map(|k| Tick { tick: -193_870 + 10 * k, liquidity_net: -net(k) });
    UniswapV4::new(UniswapV4Figures {
        id: VenueId::new("uniswap_v4:ETH/USDC:500"),
        manager: Address::ZERO,
        router: Address::ZERO,
        permit2: Address::ZERO,
        currencies: [NATIVE, Address::repeat_byte(2)],
        lp_fee_ppm: 500,
        protocol_fees_ppm: [100, 200],
        tick_spacing: 10,
        sqrt_price_x96: uint!(4_888_900_000_000_000_000_000_000_U256),
        tick: tenor_solver::venues::tick_at(uint!(4_888_900_000_000_000_000_000_000_U256)).unwrap(),
        liquidity: 12_672_214_176_212_153_091,
        ticks: ticks.collect(),
        known: None,
    })
    .unwrap()
}
