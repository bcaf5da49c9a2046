//! Staking, vaults and lending, with figures of mainnet's size.

use alloy_primitives::{Address, U256, uint};
use tenor_solver::{
    amount::{RAY, WAD},
    venues::{
        AaveFigures, AaveV3, Burns, Capacity, Deposit, DepositCall, Deposits, Erc4626,
        Erc4626Figures, EtherFi, EtherFiFigures, Lido, LidoFigures, RateCurve, RateForm,
        RewardCycle, RocketPool, RocketPoolFigures, Rounding, ShareRate, ShareRateFigures,
        StakeLimit, Swap, Venue, VenueId, Weth,
    },
};

use super::Sample;

const ASSETS: U256 = uint!(9_301_234_567_890_123_456_789_012_U256);
const SHARES: U256 = uint!(7_968_123_456_789_012_345_678_901_U256);
const TOKENS: [Address; 2] = [Address::repeat_byte(1), Address::repeat_byte(2)];

/// A hundred whole tokens of the first token.
const HUNDRED: Swap = Swap { from: 0, to: 1, amount: uint!(100_000_000_000_000_000_000_U256) };

pub(super) fn all() -> Vec<Sample> {
    let sample = |kind, venue: Box<dyn Venue>| Sample { kind, venue, swap: HUNDRED };
    vec![
        sample("weth", Box::new(Weth::new(TOKENS[1]))),
        sample("lido", Box::new(Lido::new(id("lido"), lido()))),
        sample("etherfi", Box::new(EtherFi::new(id("etherfi"), etherfi()))),
        sample("rocket_pool", Box::new(RocketPool::new(id("rocket_pool"), rocket_pool()))),
        sample("swell", Box::new(ShareRate::new(id("swell"), share_rate(swell())))),
        sample("mantle", Box::new(ShareRate::new(id("mantle"), share_rate(mantle())))),
        sample("erc4626", Box::new(Erc4626::new(id("erc4626"), vault()))),
        sample("aave_v3", Box::new(AaveV3::new(aave()))),
    ]
}

fn id(kind: &str) -> VenueId {
    VenueId::new(kind)
}

pub(crate) fn swell() -> RateForm {
    RateForm::Rate { eth_per_share_wad: ASSETS * WAD / SHARES }
}

pub(crate) fn mantle() -> RateForm {
    RateForm::Totals { assets: ASSETS, shares: SHARES, haircut_bps: 4, supply_cap: None }
}

pub(crate) fn lido() -> LidoFigures {
    LidoFigures {
        steth: TOKENS[0],
        wsteth: TOKENS[1],
        total_pooled_ether: ASSETS,
        total_shares: SHARES,
        stake_limit: StakeLimit::Unlimited,
    }
}

pub(crate) fn etherfi() -> EtherFiFigures {
    EtherFiFigures {
        liquidity_pool: Address::repeat_byte(3),
        eeth: TOKENS[0],
        weeth: TOKENS[1],
        total_pooled_ether: ASSETS,
        total_shares: SHARES,
        deposit_capacity: Capacity::Unlimited,
    }
}

pub(crate) fn rocket_pool() -> RocketPoolFigures {
    RocketPoolFigures {
        reth: TOKENS[0],
        total_eth: ASSETS,
        supply: SHARES,
        deposits: Deposits::Open {
            pool: Address::repeat_byte(3),
            fee_wad: WAD / U256::from(2000),
            least: WAD / U256::from(100),
            room: Capacity::Unlimited,
        },
        burns: Burns::UpTo(U256::from(1000) * WAD),
    }
}

pub(crate) fn share_rate(form: RateForm) -> ShareRateFigures {
    ShareRateFigures {
        share: TOKENS[0],
        form,
        deposit: Deposit::Open(DepositCall::Deposit(TOKENS[0])),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unlimited,
    }
}

pub(crate) fn vault() -> Erc4626Figures {
    Erc4626Figures {
        asset: TOKENS[0],
        vault: TOKENS[1],
        takes_eth: false,
        stored_assets: ASSETS,
        total_supply: SHARES,
        virtual_shares: U256::ONE,
        cycle: Some(RewardCycle { last_reward: WAD, last_sync: 1_000, cycle_end: 605_800 }),
        timestamp: 300_001,
        deposit_limit: Capacity::Unlimited,
        redeem_limit: Some(Capacity::Unlimited),
    }
}

pub(crate) fn aave() -> AaveFigures {
    let percent = RAY / U256::from(100);
    AaveFigures {
        id: VenueId::new("aave"),
        pool: Address::repeat_byte(3),
        underlying: TOKENS[0],
        a_token: TOKENS[1],
        liquidity_index: ASSETS * RAY / SHARES,
        rounding: Rounding::HalfUp,
        unbacked: U256::ZERO,
        curve: Some(RateCurve {
            base: U256::ZERO,
            slope1: percent * U256::from(3),
            slope2: percent * U256::from(80),
            optimal: percent * U256::from(90),
            reserve_factor_bps: U256::from(1500),
        }),
        total_debt: Some(SHARES / U256::from(2)),
        available: SHARES / U256::from(5),
        supply_cap: Capacity::Unlimited,
    }
}
