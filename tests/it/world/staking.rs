//! Lido, ether.fi, Swell and Mantle.

use alloy_primitives::U256;
use tenor_solver::{
    amount::WAD,
    venues::{
        Capacity, Deposit, DepositCall, EtherFi, EtherFiFigures, Lido, LidoFigures, RateForm,
        ShareRate, ShareRateFigures, StakeLimit, VenueId,
    },
};

use super::{
    BLOCK, at, builder,
    rng::Rng,
    trial::{Trial, compare, ether, never},
};

/// Totals as they might be, and now and then tiny ones, where each rounding shows.
fn totals(rng: &mut Rng) -> (U256, U256) {
    let assets = if rng.chance(4) { rng.bits(4, 20) } else { rng.bits(60, 90) };
    (assets, rng.near(assets))
}

fn stake_limit(rng: &mut Rng) -> StakeLimit {
    match rng.below(8) {
        0 => StakeLimit::Paused,
        1 => StakeLimit::Unlimited,
        _ => {
            let max = rng.bits(10, 90);
            StakeLimit::Limited {
                max,
                previous: rng.upto(max),
                previous_block: BLOCK.number - rng.below(20),
                growth_blocks: rng.pick(&[0, 1, 7, 6400]),
                at_block: BLOCK.number,
            }
        }
    }
}

fn lido(rng: &mut Rng) -> Trial {
    let (total_pooled_ether, total_shares) = totals(rng);
    let figures = LidoFigures {
        steth: at(0x11),
        wsteth: at(0x22),
        total_pooled_ether,
        total_shares,
        stake_limit: stake_limit(rng),
    };
    let mut builder = builder();
    builder.lido(&figures).unwrap();
    let venue = Box::new(Lido::new(VenueId::new("lido"), figures));
    let scale = vec![ether(rng), ether(rng), ether(rng)];
    let ways = vec![(0, 1), (0, 2), (1, 2), (2, 1)];
    Trial { world: builder.build(), venue, scale, ways, stricter: never }
}

#[test]
fn lido_agrees() {
    compare("lido", lido);
}

fn ether_fi(rng: &mut Rng) -> Trial {
    let (total_pooled_ether, total_shares) = totals(rng);
    let figures = EtherFiFigures {
        liquidity_pool: at(0x33),
        eeth: at(0x11),
        weeth: at(0x22),
        total_pooled_ether,
        total_shares,
        deposit_capacity: Capacity::Unknown("not in the figures".into()),
    };
    let mut builder = builder();
    builder.ether_fi(&figures).unwrap();
    let venue = Box::new(EtherFi::new(VenueId::new("etherfi"), figures));
    // Beyond 128 bits the pool refuses.
    let deposits = if rng.chance(10) { U256::ONE << 129 } else { ether(rng) };
    let scale = vec![deposits, ether(rng), ether(rng)];
    let ways = vec![(0, 1), (1, 2), (2, 1)];
    Trial { world: builder.build(), venue, scale, ways, stricter: never }
}

#[test]
fn ether_fi_agrees() {
    compare("etherfi", ether_fi);
}

fn deposit(rng: &mut Rng, figures: ShareRateFigures) -> Trial {
    let mut builder = builder();
    builder.share_rate(&figures).unwrap();
    let venue = Box::new(ShareRate::new(VenueId::new("share"), figures));
    let scale = vec![ether(rng), ether(rng)];
    Trial { world: builder.build(), venue, scale, ways: vec![(0, 1)], stricter: never }
}

fn rate_token(rng: &mut Rng) -> Trial {
    let figures = ShareRateFigures {
        share: at(0x11),
        form: RateForm::Rate { eth_per_share_wad: rng.near(WAD) },
        deposit: Deposit::Open(DepositCall::Deposit(at(0x11))),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unknown("not in the figures".into()),
    };
    deposit(rng, figures)
}

#[test]
fn rate_tokens_agree() {
    compare("rate token", rate_token);
}

fn mantle(rng: &mut Rng) -> Trial {
    let (assets, shares) = totals(rng);
    let figures = ShareRateFigures {
        share: at(0x11),
        form: RateForm::Totals {
            assets,
            shares,
            haircut_bps: u16::try_from(rng.below(1001)).unwrap(),
            supply_cap: rng.chance(2).then(|| shares + rng.bits(1, 80)),
        },
        deposit: Deposit::Open(DepositCall::Stake(at(0x33))),
        burn_unknown: None,
        least_deposit: rng.bits(1, 60),
        capacity: Capacity::Unknown("not in the figures".into()),
    };
    deposit(rng, figures)
}

#[test]
fn mantle_agrees() {
    compare("mantle", mantle);
}
