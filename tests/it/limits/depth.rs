//! Liquidity at half the depth is liquidity in a market that is half as deep.

use proptest::prelude::*;
use tenor::engine::Engine;
use tenor_solver::{intent::Depth, limits_check::check, replay::replay};

use crate::law::law;

use super::{amount, markets::with_halved};

/// By so many basis points of the whole may the two differ: reserves are whole units, halved.
const NEAR_BPS: f64 = 1e-3;

/// What of a holding can leave at half the depth, as the market tells, is what can leave of it where every
/// pool holds half as much, as the same code tells of the depth that is there; and the check says the
/// same of both.
#[test]
fn half_the_depth_is_a_market_half_as_deep() {
    let shares = (1u32..=100, 1u32..200, amount());
    law(200, &(with_halved(), shares), |([whole, halved], (share, exit, amount))| {
        let [whole, halved] = [whole, halved].map(|market| Engine::of(market.into(), None));
        let sentence = format!("maximize ETH yield on {amount} S0 liquid {share}% within 1 day");
        let mut intent = whole.read(&sentence).unwrap();
        intent.limits.max_exit_cost_bps = exit;
        let mut at = |engine: &Engine, depth| {
            intent.limits.liquid_depth = depth;
            let hold = replay(engine.market(), &intent, &[]).ok()?;
            let kept = check(engine.market(), &intent, &hold).err().map(|broken| broken.rule);
            Some((hold.liquid_bps, kept))
        };
        let told = (at(&whole, Depth::Half), at(&halved, Depth::Whole));
        let (Some(half), Some(less)) = told else {
            prop_assert!(told.0.is_none() && told.1.is_none(), "{told:?}");
            return Ok(());
        };
        prop_assert!((half.0 - less.0).abs() < NEAR_BPS, "{} and {}", half.0, less.0);
        let near = (half.0 - 100.0 * f64::from(share)).abs() < NEAR_BPS;
        // Leaving by the horizon is at the depth of today, which the two markets differ in.
        let liquid = |rule| rule == Some(tenor_solver::limits_check::Rule::Liquidity);
        prop_assert!(near || liquid(half.1) == liquid(less.1), "{half:?} and {less:?}");
        let all = at(&whole, Depth::Whole).unwrap().0;
        prop_assert!(all >= half.0 - NEAR_BPS, "less leaves a deeper market: {all}, {}", half.0);
        Ok(())
    });
}
