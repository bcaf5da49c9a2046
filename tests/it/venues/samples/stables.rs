//! StableSwap pools: of three coins, with a dynamic fee, and of Balancer.

use alloy_primitives::{Address, U256, uint};
use tenor_solver::{
    amount::WAD,
    venues::{
        BalancerStable, BalancerStableFigures, BalancerStableToken, CurveFigures, CurveNg,
        CurveNgFigures, CurveStableSwap, DenominatorForm, StableMath, Swap, VenueId,
    },
};

use super::Sample;

/// A million USDC.
const MILLION: Swap = Swap { from: 1, to: 2, amount: uint!(1_000_000_000_000_U256) };

/// A hundred whole tokens of the second token.
const HUNDRED: Swap = Swap { from: 1, to: 0, amount: uint!(100_000_000_000_000_000_000_U256) };

pub(super) fn all() -> Vec<Sample> {
    vec![
        Sample {
            kind: "curve_stableswap, 3",
            venue: Box::new(CurveStableSwap::new(three_pool()).unwrap()),
            swap: MILLION,
        },
        Sample {
            kind: "curve_metapool",
            venue: Box::new(CurveStableSwap::new(metapool()).unwrap()),
            swap: HUNDRED,
        },
        Sample {
            kind: "curve_stableswap_ng",
            venue: Box::new(CurveNg::new(ng()).unwrap()),
            swap: HUNDRED,
        },
        Sample {
            kind: "balancer_v2_stable",
            venue: Box::new(BalancerStable::new(balancer()).unwrap()),
            swap: HUNDRED,
        },
    ]
}

fn coins(count: u8) -> Vec<Address> {
    (1..=count).map(Address::with_last_byte).collect()
}

/// The 3pool in mainnet block 17,666,333.
pub(crate) fn three_pool() -> CurveFigures {
    let scale = U256::from(1_000_000_000_000_u64);
    CurveFigures {
        id: VenueId::new("curve:3pool"),
        pool: Address::ZERO,
        coins: coins(3),
        balances: uint!([
            95124332577744775552688650_U256,
            104224381672927_U256,
            102177315564240_U256
        ])
        .to_vec(),
        amp_scaled: U256::from(200_000),
        rates: vec![WAD, WAD * scale, WAD * scale],
        fee_1e10: U256::from(1_000_000),
        admin_fee_1e10: U256::from(5_000_000_000_u64),
        form: DenominatorForm::Plain,
    }
}

/// A coin and another pool's token at a virtual price; synthetic.
pub(crate) fn metapool() -> CurveFigures {
    CurveFigures {
        id: VenueId::new("curve:metapool"),
        pool: Address::ZERO,
        coins: coins(2),
        balances: vec![WAD * U256::from(3_000_000), WAD * U256::from(2_500_000)],
        amp_scaled: U256::from(50_000),
        rates: vec![WAD, uint!(1_026_000_000_000_000_000_U256)],
        fee_1e10: U256::from(4_000_000),
        admin_fee_1e10: U256::from(5_000_000_000_u64),
        form: DenominatorForm::Plain,
    }
}

/// A token at an oracle's rate for ether; synthetic.
pub(crate) fn ng() -> CurveNgFigures {
    CurveNgFigures {
        id: VenueId::new("curve_ng:weETH/WETH"),
        pool: Address::ZERO,
        coins: coins(2),
        balances: vec![WAD * U256::from(5000), WAD * U256::from(4000)],
        amp_scaled: U256::from(50_000),
        rates: vec![WAD, uint!(1_040_000_000_000_000_000_U256)],
        fee_1e10: U256::from(1_000_000),
        multiplier_1e10: U256::from(20_000_000_000_u64),
        admin_fee_1e10: U256::from(5_000_000_000_u64),
    }
}

/// A token at a rate for ether; synthetic.
pub(crate) fn balancer() -> BalancerStableFigures {
    let token = |token, cash, scaling| BalancerStableToken {
        token: Address::with_last_byte(token),
        cash: WAD * U256::from(cash),
        managed: U256::ZERO,
        scaling,
    };
    BalancerStableFigures {
        id: VenueId::new("balancer_v2:wstETH/WETH"),
        vault: Address::ZERO,
        pool_id: Default::default(),
        tokens: vec![
            token(1, 20_000_u64, uint!(1_170_000_000_000_000_000_U256)),
            token(2, 25_000, WAD),
        ],
        swap_fee: uint!(400_000_000_000_000_U256),
        amp: U256::from(50_000),
        math: StableMath::Early,
        paused: false,
    }
}
