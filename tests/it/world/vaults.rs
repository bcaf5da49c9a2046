//! ERC-4626 vaults.

use alloy_primitives::U256;
use tenor_solver::venues::{Capacity, Erc4626, Erc4626Figures, RewardCycle, VenueId};

use super::{
    BLOCK, WETH, at, builder,
    rng::Rng,
    trial::{Trial, compare, ether, never},
};

fn figures(rng: &mut Rng) -> Erc4626Figures {
    let stored_assets = if rng.chance(4) { rng.bits(4, 20) } else { rng.bits(40, 90) };
    let limit =
        Capacity::Limited { amount: ether(rng), what: "most assets", refill_per_block: None };
    Erc4626Figures {
        asset: at(0x11),
        vault: at(0x22),
        takes_eth: false,
        stored_assets,
        total_supply: rng.near(stored_assets),
        virtual_shares: U256::from(rng.below(2)),
        cycle: None,
        timestamp: BLOCK.timestamp,
        deposit_limit: if rng.chance(2) { limit } else { Capacity::Unlimited },
        redeem_limit: Some(Capacity::Unlimited),
    }
}

fn vault(rng: &mut Rng, figures: Erc4626Figures, ways: &[(usize, usize)]) -> Trial {
    let mut builder = builder();
    builder.weth(WETH).unwrap();
    if figures.asset != WETH {
        builder.token(figures.asset, 18).unwrap();
    }
    builder.vault(&figures).unwrap();
    // Nobody redeems more than there is.
    let scale = vec![ether(rng), figures.total_supply / U256::from(8), ether(rng)];
    let venue = Box::new(Erc4626::new(VenueId::new("vault"), figures));
    // Redemptions make room below a limit; the model leaves that unused.
    Trial { world: builder.build(), venue, scale, ways: ways.to_vec(), stricter: never }
}

#[test]
fn vaults_agree() {
    compare("vault", |rng| {
        let ways = rng.pick(&[[(0, 1), (0, 1)], [(1, 0), (1, 0)]]);
        let figures = figures(rng);
        vault(rng, figures, &ways)
    });
}

#[test]
fn vaults_without_a_limit_agree_both_ways() {
    compare("vault both ways", |rng| {
        let figures = Erc4626Figures { deposit_limit: Capacity::Unlimited, ..figures(rng) };
        vault(rng, figures, &[(0, 1), (1, 0)])
    });
}

/// Before, within and after a cycle.
#[test]
fn reward_vaults_agree() {
    compare("reward vault", |rng| {
        let last_sync = BLOCK.timestamp - rng.below(800_000);
        let cycle = RewardCycle {
            last_reward: rng.bits(1, 70),
            last_sync,
            cycle_end: last_sync + 1 + rng.below(700_000),
        };
        let figures = Erc4626Figures {
            cycle: Some(cycle),
            deposit_limit: Capacity::Unlimited,
            ..figures(rng)
        };
        vault(rng, figures, &[(0, 1), (1, 0)])
    });
}

#[test]
fn puffer_agrees() {
    compare("puffer", |rng| {
        let figures = Erc4626Figures {
            asset: WETH,
            takes_eth: true,
            virtual_shares: U256::ONE,
            redeem_limit: None,
            ..figures(rng)
        };
        vault(rng, figures, &[(0, 1), (2, 1)])
    });
}
