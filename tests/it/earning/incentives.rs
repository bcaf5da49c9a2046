//! What is minted counts as far as the intent lets it, and by the haircut's own formula.

use proptest::{prelude::*, sample::select};
use serde_json::json;
use tenor_solver::{
    solution::Solution,
    yields::{Component, Reward},
};

use super::{FILE, SYNTHETIC, ask, changed, ether, figures, file, row, token};
use crate::law::law;

/// Gas at the market's price, in wei for a unit.
const GAS_PRICE: f64 = 13_951_679_250.0;

fn reward(name: &str) -> Reward {
    SYNTHETIC.market().rewards.iter().find(|r| r.name == name).unwrap().clone()
}

fn float(wei: alloy_primitives::U256) -> f64 {
    tenor_solver::amount::to_f64(wei)
}

/// `e * P * own / all` over the time, and `h` of it, in plain floats: 32 % a year on 20,000, of which
/// 100 more get a 201st part, for 30 days and for 90, of which 45 are paid.
#[test]
fn the_haircut_is_the_formula() {
    let farm = reward("FARM");
    let (now, year) = (SYNTHETIC.market().timestamp, 31_557_600.0);
    for (days, paid_days) in [(30u64, 30.0), (90, 45.0), (1, 1.0)] {
        let span = days * 86_400;
        let paid_s = farm.paid_s(now, span);
        let gross = farm.gross(ether(100), paid_s).unwrap();
        let expected = 0.32 * 20_000.0 * (paid_days * 86_400.0 / year) * 100.0 / 20_100.0;
        assert!((float(gross) / 1e18 / expected - 1.0).abs() < 1e-9, "{gross} {expected}");
        let counted = farm.counted(gross, paid_s, SYNTHETIC.market().gas_price).unwrap();
        let claim = 1.0 - 150_000.0 * GAS_PRICE / (expected * 1e18);
        let waits = (-0.6f64 * 30.0 * 86_400.0 / year).exp();
        let h = 0.98 * claim * waits;
        let ratio = float(counted) / (expected * 1e18) / h;
        assert!((ratio - 1.0).abs() < 1e-9, "{days} days: {ratio}");
    }
    // What shrinks by half a year's e-th: (1 - e^(-0.5 t)) / (0.5 t) of it, over 100 days.
    let pool = reward("POOL");
    let t = 100.0 * 86_400.0 / year;
    let kept = 0.99 * (1.0 - (-0.5f64 * t).exp()) / (0.5 * t);
    assert!((float(pool.kept(100 * 86_400)) / 1e27 - kept).abs() < 1e-9);
    // A claim that its gas eats up is not made.
    let gas_price = SYNTHETIC.market().gas_price;
    assert_eq!(farm.counted(gas_price, 86_400, gas_price), Some(alloy_primitives::U256::ZERO));
}

/// Twice the deposit is paid less than twice: it dilutes what all are paid.
#[test]
fn own_size_dilutes_an_emission() {
    let farm = reward("FARM");
    let paid = |eth| float(farm.gross(ether(eth), 86_400).unwrap());
    assert!((paid(20_000) / paid(1) - 20_000.0 * 20_001.0 / 40_000.0).abs() < 1e-3);
}

/// The answer shows what is stated and what counts; half of it, as high risk says.
#[test]
fn answers_show_what_is_stated_and_what_counts() {
    let answer = ask(&SYNTHETIC, "maximize ETH yield on 100 stETH for 30 days risk high");
    let y = answer.yields.as_ref().unwrap();
    let farm = y.rewards.iter().find(|r| r.name == "FARM").unwrap();
    assert_eq!(farm.counted_wei, y.incentive_wei);
    let [stated, counted] =
        [&farm.stated_wei, &farm.counted_wei].map(|w| w.parse::<f64>().unwrap());
    let claim = 1.0 - 150_000.0 * GAS_PRICE / stated;
    let h = 0.98 * claim * (-0.6f64 * 30.0 / 365.25).exp() * 0.5;
    assert!((counted / stated / h - 1.0).abs() < 1e-9, "{counted} {stated} {h}");
    assert!(farm.price_of.contains("TWAP"), "{farm:?}");
    let page = tenor::answer::terminal::Page::new(&answer, false).to_string();
    assert!(page.contains("FARM from sponsor") && page.contains("SYNTHETIC"), "{page}");
}

/// Whether a plan earns from what is minted alone: all of it lies in the farm, or in idle ether.
fn is_farm(plan: &Solution) -> bool {
    let (farm, eth) = (token(&SYNTHETIC, "farmETH"), tenor_solver::venues::NATIVE);
    let weth = token(&SYNTHETIC, "WETH");
    let mut all = plan.worth.parts.iter().filter_map(|p| p.holdings.first()).map(|(t, _)| *t);
    let some = plan.worth.parts.iter().any(|p| p.holdings.iter().any(|(t, _)| *t == farm));
    some && all.all(|t| [farm, eth, weth].contains(&t))
}

/// `YIELD_AND_RISK` 11.6. Whatever it says that it pays: where nothing minted counts, a venue that pays
/// in nothing else ranks below every plan that earns from ether.
#[test]
fn an_incentive_only_venue_never_ranks_above_an_organic_one() {
    let figures = (
        (1u64..1_000_000_000, 1u64..1_000_000, 1u64..10_000_000),
        (0u32..=100, 0u64..400, prop::option::of(0u64..400)),
        (
            select(vec![30u64, 90, 365]),
            select(vec!["", "organic "]),
            select(vec!["medium", "high"]),
        ),
    );
    law(24, &figures, |((per_second, price, staked), (loss, locked, ends), (days, what, risk))| {
        let mut file = file();
        let now = file["timestamp"].as_u64().unwrap();
        let farm = row(&mut file, "rewards", "name", "FARM");
        farm["per_second"] = per_second.to_string().into();
        farm["price_eth"] = format!("{price}.5").into();
        farm["staked"] = staked.to_string().into();
        farm["sale_loss"] = format!("0.{loss:02}").replace("0.100", "1").into();
        farm["locked_days"] = locked.to_string().into();
        farm["ends"] = ends.map_or(serde_json::Value::Null, |d| json!(now + d * 86_400));
        let engine = changed(&file).unwrap();
        let sentence = format!("maximize {what}ETH yield on 100 WETH for {days} days risk {risk}");
        let mut intent = engine.read(&sentence).unwrap();
        intent.limits.incentives_bps = 0;
        let answer = tenor_solver::solve(engine.market(), &intent).unwrap();
        let plans: Vec<&Solution> = answer.best.iter().chain(&answer.alternatives).collect();
        for plan in &plans {
            prop_assert!(plan.split.incentive_wei.is_zero(), "{}", plan.label);
        }
        let (farms, others): (Vec<&Solution>, Vec<&Solution>) =
            plans.into_iter().partition(|plan| is_farm(plan));
        let organic = others.iter().filter(|p| p.split.net_wei.is_positive());
        for (farm, other) in organic.flat_map(|o| farms.iter().map(move |f| (f, o))) {
            prop_assert!(farm.score < other.score, "{} above {}", farm.label, other.label);
        }
        prop_assert!(answer.best.as_ref().is_none_or(|best| !is_farm(best)));
        Ok(())
    });
}

/// The same venue does rank first where incentives count: the law above is about something.
#[test]
fn the_incentive_only_venue_ranks_first_where_all_of_it_counts() {
    let mut intent =
        SYNTHETIC.read("maximize ETH yield on 100 WETH for 30 days risk high").unwrap();
    intent.limits.incentives_bps = 10_000;
    let answer = tenor_solver::solve(SYNTHETIC.market(), &intent).unwrap();
    let best = answer.best.unwrap();
    assert!(is_farm(&best), "{}", best.label);
    assert!(best.split.incentive_wei.is_positive());
    assert_eq!(best.split.wei(Component::Base), alloy_primitives::I256::ZERO);
}

/// Each kind of bad figure is refused by name.
#[test]
fn bad_figures_are_refused_by_name() {
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut file = file();
        change(row(&mut file, "rewards", "name", "FARM"));
        figures(&file).unwrap_err().to_string()
    };
    let set = |field: &'static str, value: serde_json::Value| {
        refused(&move |row| row[field] = value.clone())
    };
    for (field, value, says) in [
        ("per_second", json!("-1"), "rewards[0].per_second"),
        ("price_eth", json!("1e18"), "rewards[0].price_eth"),
        ("staked", json!("0"), "rewards[0].staked: 0 is out of range"),
        ("position", json!("nope"), "rewards[0].position: token \"nope\""),
        ("payer", json!("holder"), "its holders are said to pay it"),
        ("payer", json!("nobody"), "rewards[0].payer: \"nobody\" is out of range"),
        ("sale_loss", json!("1.01"), "rewards[0].sale_loss"),
        ("hazard", json!("0.12345"), "rewards[0].hazard"),
        ("locked_days", json!("99999999"), "rewards[0].locked_days"),
        ("ends", json!(1_716_479_567_000_u64), "rewards[0].ends"),
        ("points_counted", json!("0.1"), "FARM: a counted part of points"),
        ("price_of", json!(" "), "FARM: a price says of when it is"),
        ("emission", json!("1"), "unknown field `emission`"),
    ] {
        let line = set(field, value);
        assert!(line.contains(says) && !line.contains('\n'), "{field}: {line}");
    }
    let line = refused(&|row| {
        row["points"] = true.into();
        row["points_counted"] = "0.26".into();
    });
    assert!(line.contains("2600 bp is more than 2500"), "{line}");
    let mut parts = file();
    row(&mut parts, "yields", "asset", "eETH")["paid"][0]["apr"] = "0.5".into();
    let line = figures(&parts).unwrap_err().to_string();
    assert!(line.contains("yields[2].paid: the parts add up"), "{line}");
    let mut real = file();
    real.as_object_mut().unwrap().remove("synthetic");
    let line = figures(&real).unwrap_err().to_string();
    assert!(line.contains("a kind of made-up markets"), "{line}");
    assert!(FILE.contains("synthetic"));
}

/// Points count where somebody says so, and at most a quarter.
#[test]
fn points_count_when_somebody_says_so() {
    let mut file = file();
    row(&mut file, "rewards", "name", "restaking points")["points_counted"] = "0.25".into();
    let engine = changed(&file).unwrap();
    let of = |engine| {
        let sentence = "maximize ETH yield on 100 eETH for 365 days risk high";
        let answer = ask(engine, sentence);
        let yields = answer.yields.unwrap();
        let points = yields.rewards.into_iter().find(|r| r.points).unwrap();
        (points.stated_wei.parse::<f64>().unwrap(), points.counted_wei.parse::<f64>().unwrap())
    };
    assert_eq!(of(&SYNTHETIC).1, 0.0);
    let (stated, counted) = of(&engine);
    // A quarter of what is said, and of that the half that high risk counts.
    assert!((counted / stated - 0.25 * 0.5).abs() < 1e-9, "{counted} {stated}");
}
