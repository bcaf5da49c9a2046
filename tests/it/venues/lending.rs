//! Laws of the lending venues, on random figures and amounts.

use alloy_primitives::U256;
use proptest::prelude::{Strategy, any};
use tenor_solver::{
    amount::WAD,
    venues::{
        AaveFigures, AaveV3, CometTotals, CompoundFigures, CompoundV3, MetaMorpho,
        MetaMorphoFigures, MorphoFigures, MorphoMarket, MorphoTotals, RateCurve, Rounding, Side,
        VaultMarket, Venue,
    },
};

use super::{
    CASES,
    laws::{Direction, check},
    samples::lending,
};
use crate::law::law;

/// Amounts of every size from one unit to 2^80, about a million whole tokens.
fn amount() -> impl Strategy<Value = U256> {
    (1usize..=80, any::<u128>())
        .prop_map(|(bits, random)| U256::from(random) % (U256::ONE << bits) + U256::ONE)
}

/// What a market holds, its shares a million times as many, and how much of it is lent out, at times
/// all of it.
fn totals() -> impl Strategy<Value = MorphoTotals> {
    (1u64..1_000_000, any::<u64>(), 0u64..=1000, any::<u32>()).prop_map(
        |(whole, dust, lent, more)| {
            let assets = U256::from(whole) * WAD + U256::from(dust);
            let shares = assets * U256::from(1_000_000) - U256::from(more);
            let part = |of: U256| of * U256::from(lent) / U256::from(1000);
            MorphoTotals {
                supply: Side { assets, shares },
                borrow: Side { assets: part(assets), shares: part(shares) },
                ..MorphoTotals::default()
            }
        },
    )
}

fn morpho(totals: MorphoTotals) -> MorphoMarket {
    MorphoMarket::new(MorphoFigures { totals, ..lending::morpho() })
}

/// A vault with half of each of two such markets, and caps that leave it room.
fn vault(totals: [MorphoTotals; 2]) -> MetaMorpho {
    let markets = totals.map(|totals| VaultMarket {
        totals,
        curve: None,
        shares: totals.supply.shares / U256::from(2),
        cap: totals.supply.assets,
    });
    let assets = markets.iter().map(|m| m.totals.supply.assets_down(m.shares).unwrap());
    let assets: U256 = assets.sum();
    let figures = MetaMorphoFigures {
        markets: markets.to_vec(),
        supply_queue: vec![1, 0],
        in_morpho: totals.iter().map(MorphoTotals::liquidity).sum(),
        supply: assets - assets / U256::from(50),
        last_assets: assets - assets / U256::from(100),
        ..lending::metamorpho()
    };
    MetaMorpho::new(figures).unwrap()
}

fn comet(totals: MorphoTotals) -> CompoundV3 {
    let figures = lending::compound();
    let supply_principal = totals.supply.assets;
    let totals_of = CometTotals { supply_principal, ..figures.totals };
    CompoundV3::new(CompoundFigures { totals: totals_of, cash: totals.liquidity(), ..figures })
}

fn aave(totals: MorphoTotals, rounding: Rounding) -> AaveV3 {
    let figures = lending::aave();
    let curve: Option<RateCurve> = figures.curve;
    AaveV3::new(AaveFigures { available: totals.liquidity(), rounding, curve, ..figures })
}

#[test]
fn every_law_holds() {
    law(CASES, &(totals(), totals(), amount(), amount()), |(one, other, a, b)| {
        let venues: [(Box<dyn Venue>, u64); 4] = [
            (Box::new(morpho(one)), 2_000_000),
            (Box::new(vault([one, other])), 4),
            (Box::new(comet(one)), 4),
            (Box::new(aave(one, Rounding::AgainstHolder)), 4),
        ];
        for (venue, rounding) in &venues {
            for (from, to) in [(0, 1), (1, 0)] {
                check(
                    Direction {
                        venue: &**venue,
                        from,
                        to,
                        rounding: U256::from(*rounding),
                        fee_kept_ppm: 0,
                        float_floor: 1.0,
                    },
                    a,
                    b,
                )?;
            }
        }
        Ok(())
    });
}
