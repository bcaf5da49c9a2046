//! Weighted pools, and v4's with figures of mainnet.

use alloy_primitives::{Address, B256, U256, uint};
use tenor_solver::{
    amount::WAD,
    venues::{
        AskedLane, BalancerStableV3, BalancerV3Figures, BalancerV3Token, BalancerWeighted,
        BalancerWeightedFigures, BalancerWeightedToken, BalancerWeightedV3,
        BalancerWeightedV3Figures, EvmQuoted, EvmQuotedFigures, Face, NATIVE, Powers, Swap, Tick,
        UniswapV4, UniswapV4Figures, VenueId,
    },
};

use super::Sample;

pub(super) fn all() -> Vec<Sample> {
    let ten = Swap { from: 1, to: 0, amount: WAD * U256::from(10) };
    let ether = Swap { from: 0, to: 1, amount: WAD };
    vec![
        Sample {
            kind: "balancer_v2_weighted",
            venue: Box::new(BalancerWeighted::new(weighted([5, 5])).unwrap()),
            swap: ten,
        },
        Sample {
            kind: "balancer_v2_weighted, 80/20",
            venue: Box::new(BalancerWeighted::new(weighted([8, 2])).unwrap()),
            swap: ten,
        },
        Sample {
            kind: "balancer_v2_weighted, logarithms",
            venue: Box::new(BalancerWeighted::new(weighted([7, 3])).unwrap()),
            swap: ten,
        },
        Sample { kind: "balancer_v3_stable", venue: Box::new(stable_v3()), swap: ten },
        Sample {
            kind: "balancer_v3_weighted",
            venue: Box::new(BalancerWeightedV3::new(weighted_v3()).unwrap()),
            swap: ten,
        },
        Sample { kind: "evm_quoted", venue: Box::new(EvmQuoted::new(asked())), swap: ten },
        Sample {
            kind: "uniswap_v4",
            venue: Box::new(UniswapV4::new(uniswap_v4()).unwrap()),
            swap: ether,
        },
    ]
}

/// USDC/WETH of mainnet block 14,717,479, with other weights too.
pub(crate) fn weighted(tenths: [u64; 2]) -> BalancerWeightedFigures {
    let balances = uint!([72_492_025_000_000_U256, 24_798_057_000_000_000_000_000_U256]);
    let scaling = uint!([1_000_000_000_000_U256, 1_U256]);
    let token = |k: usize| BalancerWeightedToken {
        token: Address::repeat_byte(1 + u8::try_from(k).unwrap()),
        cash: balances[k],
        managed: U256::ZERO,
        weight: WAD / U256::from(10) * U256::from(tenths[k]),
        scaling: scaling[k],
    };
    BalancerWeightedFigures {
        id: VenueId::new("balancer_v2:USDC/WETH"),
        vault: Address::ZERO,
        pool_id: B256::ZERO,
        tokens: vec![token(0), token(1)],
        swap_fee: uint!(750_000_000_000_000_U256),
        powers: Powers::Shortcuts,
        paused: false,
    }
}

pub(crate) fn weighted_v3() -> BalancerWeightedV3Figures {
    let weights = vec![WAD / U256::from(2); 2];
    BalancerWeightedV3Figures {
        pool: in_the_third_vault(),
        weights,
        least: Some(vec![U256::from(1_000_000); 2]),
    }
}

fn stable_v3() -> BalancerStableV3 {
    BalancerStableV3::stable(stable_v3_figures(), U256::from(200_000)).unwrap()
}

/// A token at a rate for ether; synthetic.
pub(crate) fn stable_v3_figures() -> BalancerV3Figures {
    let mut figures = in_the_third_vault();
    figures.id = VenueId::new("balancer_v3:WETH/wstETH");
    let [weth, _] = &mut figures.tokens[..] else { unreachable!() };
    (weth.balance, weth.scaling) = (WAD * U256::from(26_000), U256::ONE);
    figures
}

/// What the third vault would say of the same balances, one token with a rate.
fn in_the_third_vault() -> BalancerV3Figures {
    let balances = uint!([72_492_025_000_000_U256, 24_798_057_000_000_000_000_000_U256]);
    let scaling = uint!([1_000_000_000_000_U256, 1_U256]);
    let rates = uint!([1_000_000_000_000_000_000_U256, 1_160_000_000_000_000_001_U256]);
    let token = |k: usize| BalancerV3Token {
        token: Address::repeat_byte(1 + u8::try_from(k).unwrap()),
        balance: balances[k],
        scaling: scaling[k],
        rate: rates[k],
    };
    BalancerV3Figures {
        id: VenueId::new("balancer_v3:USDC/wstETH"),
        pool: Address::ZERO,
        router: Address::ZERO,
        permit2: Address::ZERO,
        tokens: vec![token(0), token(1)],
        swap_fee: uint!(1_000_000_000_000_000_U256),
        aggregate_fee: WAD / U256::from(2),
        least_trade: U256::from(1_000_000),
        paused: false,
    }
}

/// A pool that answered as one of constant product would.
pub(crate) fn asked() -> EvmQuotedFigures {
    let (x, y) = (WAD * U256::from(25_000), U256::from(72_492_025_000_000_u64));
    let amounts =
        (0..32_u32).map(|k| WAD * U256::from(2).pow(U256::from(k / 2)) / U256::from(1 + k % 2));
    let mut amounts: Vec<_> = amounts.collect();
    amounts.sort_unstable();
    amounts.dedup();
    let answers = amounts.into_iter().map(|amount| (amount, y * amount / (x + amount))).collect();
    EvmQuotedFigures {
        id: VenueId::new("asked:USDC/WETH"),
        contract: Address::ZERO,
        face: Face::Crypto,
        tokens: vec![Address::repeat_byte(1), Address::repeat_byte(2)],
        asked: vec![AskedLane { from: 1, to: 0, answers }],
    }
}

/// A pool of ETH and USDC with the price and liquidity of V3's at block 19,933,597, turned over, and
/// a synthetic tick at every tenth tick on either side.
pub(crate) fn uniswap_v4() -> UniswapV4Figures {
    let net = |k: i32| i128::from(k) * 1_000_000_000_000_000;
    let ticks = (-30..=30).map(|k| Tick { tick: -193_870 + 10 * k, liquidity_net: -net(k) });
    UniswapV4Figures {
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
    }
}
