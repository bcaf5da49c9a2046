//! Lending markets and vaults, with figures of mainnet's size.

use alloy_primitives::{Address, U256, uint};
use tenor_solver::{
    amount::{RAY, WAD},
    venues::{
        AaveFigures, AaveV3, AdaptiveCurve, Capacity, CometTotals, CompoundFigures, CompoundV3,
        Kinked, MarketParams, MetaMorpho, MetaMorphoFigures, MorphoFigures, MorphoMarket,
        MorphoTotals, RateCurve, Rounding, Side, Swap, VaultMarket, Venue, VenueId,
    },
};

use super::Sample;

const TOKENS: [Address; 2] = [Address::repeat_byte(1), Address::repeat_byte(2)];

/// A hundred whole tokens.
const HUNDRED: Swap = Swap { from: 0, to: 1, amount: uint!(100_000_000_000_000_000_000_U256) };

pub(super) fn all() -> Vec<Sample> {
    let sample = |kind, venue: Box<dyn Venue>| Sample { kind, venue, swap: HUNDRED };
    vec![
        sample("aave_v3, from version 3.5 on", Box::new(AaveV3::new(aave()))),
        sample("compound_v3", Box::new(CompoundV3::new(compound()))),
        sample("metamorpho", Box::new(MetaMorpho::new(metamorpho()).unwrap())),
        sample("morpho_market", Box::new(MorphoMarket::new(morpho()))),
    ]
}

fn whole(tokens: u64) -> U256 {
    U256::from(tokens) * WAD
}

/// A market with 20,000 tokens, nine tenths of them lent out.
fn market() -> MorphoTotals {
    let side = |tokens| Side { assets: whole(tokens), shares: whole(tokens) * U256::from(950_000) };
    MorphoTotals {
        supply: side(20_000),
        borrow: side(18_000),
        last_update: 1_716_479_543,
        fee: U256::ZERO,
    }
}

pub(crate) fn morpho() -> MorphoFigures {
    let [loan, collateral] = TOKENS;
    MorphoFigures {
        id: VenueId::new("morpho"),
        morpho: Address::repeat_byte(3),
        params: MarketParams {
            loanToken: loan,
            collateralToken: collateral,
            oracle: Address::repeat_byte(4),
            irm: Address::repeat_byte(5),
            lltv: WAD * U256::from(945) / U256::from(1000),
        },
        totals: market(),
        curve: Some(curve()),
    }
}

/// 4 % a year at the target.
fn curve() -> AdaptiveCurve {
    AdaptiveCurve { rate_at_target: U256::from(1_268_391_679) }
}

/// A vault over five such markets, the first of which are filled to their caps.
pub(crate) fn metamorpho() -> MetaMorphoFigures {
    let shares = market().supply.shares / U256::from(4);
    let with =
        |cap| VaultMarket { totals: market(), curve: Some(curve()), shares, cap: whole(cap) };
    MetaMorphoFigures {
        id: VenueId::new("metamorpho"),
        vault: TOKENS[1],
        asset: TOKENS[0],
        markets: vec![with(5_000), with(5_000), with(5_000), with(5_050), with(9_000)],
        supply_queue: vec![0, 1, 2, 3, 4],
        in_morpho: whole(10_000),
        supply: whole(24_500),
        last_assets: whole(24_990),
        lost: Some(U256::ZERO),
        fee: WAD / U256::from(10),
        virtual_shares: U256::ONE,
    }
}

pub(crate) fn compound() -> CompoundFigures {
    CompoundFigures {
        id: VenueId::new("compound_v3"),
        comet: TOKENS[1],
        base: TOKENS[0],
        totals: CometTotals {
            supply_index: U256::from(1_050_000_000_000_007_u64),
            borrow_index: U256::from(1_100_000_000_000_003_u64),
            supply_principal: whole(100_000),
            borrow_principal: whole(80_000),
            last_accrual: 1_716_479_543,
        },
        supply_rate: Kinked {
            kink: WAD * U256::from(9) / U256::from(10),
            base: U256::ZERO,
            low: U256::from(900_000_000),
            high: U256::from(19_000_000_000_u64),
        },
        cash: whole(17_000),
        supply_paused: false,
        withdraw_paused: false,
    }
}

pub(crate) fn aave() -> AaveFigures {
    let percent = RAY / U256::from(100);
    AaveFigures {
        id: VenueId::new("aave"),
        pool: Address::repeat_byte(3),
        underlying: TOKENS[0],
        a_token: TOKENS[1],
        liquidity_index: RAY + RAY / U256::from(19),
        rounding: Rounding::AgainstHolder,
        unbacked: whole(100),
        curve: Some(RateCurve {
            base: U256::ZERO,
            slope1: percent * U256::from(3),
            slope2: percent * U256::from(80),
            optimal: percent * U256::from(90),
            reserve_factor_bps: U256::from(1500),
        }),
        total_debt: Some(whole(2_000_000)),
        available: whole(300_000),
        supply_cap: Capacity::Unlimited,
    }
}
