//! Which component pays what, against sums written out here.

use super::{SYNTHETIC, ask, ether, signed};
use tenor_solver::{
    graph::Graph,
    yields::{Component, earning, forecast},
};

use super::token;

/// wstETH supplied to a lending market earns what stETH earns, and on top what borrowers pay.
#[test]
fn a_staking_token_that_is_lent_earns_both() {
    let market = SYNTHETIC.market();
    let graph = Graph::new(market);
    let lent = token(&SYNTHETIC, "aEthwstETH");
    let earned = earning(market, &graph, lent, ether(100)).unwrap();
    // 100 more of 200,000 free at 42 % use: u = 0.42 / 0.58 * 200000 / (... + 100), and the supply
    // rate is 0.03 * u / 0.8 * u * 0.85, of a year of 365 days.
    let debt = 0.42 / 0.58 * 200_000.0;
    let used = debt / (debt + 200_000.0 + 100.0);
    let credit = 0.03 * used / 0.8 * used * 0.85 * 365.25 / 365.0;
    let of = |component| tenor_solver::yields::fraction(earned.by.get(component));
    assert!((of(Component::Credit) - credit).abs() < 1e-9, "{earned:?} {credit}");
    assert!((of(Component::Base) - 0.03).abs() < 1e-15, "{earned:?}");
    assert_eq!(earned.by.total(), Some(earned.rate));
}

/// What services pay in wstETH is organic, by the rule and not by a hand; points are worth nothing.
#[test]
fn restaking_pays_in_ether_and_points_pay_nothing() {
    let market = SYNTHETIC.market();
    let graph = Graph::new(market);
    let earned = earning(market, &graph, token(&SYNTHETIC, "eETH"), ether(1)).unwrap();
    let of = |component| tenor_solver::yields::fraction(earned.by.get(component));
    assert!((of(Component::Base) - 0.031).abs() < 1e-15);
    assert!((of(Component::Restaking) - 0.011).abs() < 1e-15);
    let points = market.rewards.iter().find(|r| r.points).unwrap();
    assert_eq!(points.component(market), Component::Incentive);
    let answer = ask(&SYNTHETIC, "maximize ETH yield on 100 eETH for 30 days risk high");
    let beside = &answer.yields.as_ref().unwrap().rewards;
    for reward in beside.iter().filter(|r| r.points) {
        assert_eq!(reward.counted_wei, "0");
        assert_ne!(reward.stated_wei, "0");
    }
}

/// A rate above what its curve aims at is a spike: it counts for a day, and not for a month.
#[test]
fn lending_is_forecast_at_the_rate_that_lasts() {
    // At 97 % use the supply rate of the second leg, at 90 % that of the kink.
    let mut file = super::file();
    let lending = super::row(&mut file, "venues", "id", "aave_v3:WETH");
    let (used, kink) = (0.97f64, 0.90f64);
    let borrow = 0.027 + 0.80 * (used - kink) / (1.0 - kink);
    let supply = borrow * used * 0.85;
    lending["borrow_rate_ray"] = format!("{}", ray(borrow)).into();
    lending["supply_rate_ray"] = format!("{}", ray(supply)).into();
    let engine = super::changed(&file).unwrap();
    let market = engine.market();
    let graph = Graph::new(market);
    let rate = |horizon_s| {
        let lent = token(&engine, "aEthWETH");
        let one = alloy_primitives::U256::ONE;
        tenor_solver::yields::fraction(forecast(market, &graph, lent, one, horizon_s).unwrap().rate)
    };
    let year = 365.25 / 365.0;
    assert!((rate(86_400) - supply * year).abs() < 1e-6, "{} {supply}", rate(86_400));
    let lasting = 0.027 * kink * 0.85 * year;
    assert!((rate(86_401) - lasting).abs() < 1e-9, "{} {lasting}", rate(86_401));
    assert!(rate(86_401) < rate(86_400) / 10.0);
}

/// Half of the sum lent a year is out of all proportion: nothing follows from it, and the answer says
/// so.
#[test]
fn a_frozen_rate_ranks_nothing() {
    let mut file = super::file();
    let lending = super::row(&mut file, "venues", "id", "aave_v3:WETH");
    let borrow = 0.027 + 0.80 * 0.09 / 0.10;
    lending["borrow_rate_ray"] = format!("{}", ray(borrow)).into();
    lending["supply_rate_ray"] = format!("{}", ray(borrow * 0.99 * 0.85)).into();
    let engine = super::changed(&file).unwrap();
    let answer = ask(&engine, "maximize ETH yield on 100 WETH for 90 days");
    let lent = token(&engine, "aEthWETH").to_string();
    let unranked = answer.unranked.iter().find(|u| u.token == lent).unwrap();
    assert!(unranked.missing.iter().any(|m| m.contains("cannot last")), "{unranked:?}");
    assert!(answer.plan.outputs.iter().all(|o| o.token != lent));
}

/// Five idle days of thirty: what is entered earns for twenty-five, what is held already for all.
#[test]
fn idle_time_earns_nothing() {
    let mut file = super::file();
    super::row(&mut file, "yields", "asset", "mETH")["idle_days"] = "5".into();
    super::row(&mut file, "yields", "asset", "stETH")["idle_days"] = "5".into();
    let engine = super::changed(&file).unwrap();
    let intent = engine.read("maximize ETH yield on 100 stETH for 30 days risk low").unwrap();
    let answer = tenor_solver::solve(engine.market(), &intent).unwrap();
    let plans: Vec<_> = answer.best.iter().chain(&answer.alternatives).collect();
    let grown = |rate: f64, days: f64| (rate * days / 365.25f64).exp_m1();
    let base = |symbol: &str| {
        let held = token(&engine, symbol);
        let only = |p: &&&tenor_solver::solution::Solution| {
            p.worth.parts.len() == 1 && p.worth.parts[0].holdings[0].0 == held
        };
        let plan = plans.iter().find(only).unwrap_or_else(|| panic!("no {symbol}"));
        let wei = tenor_solver::yields::signed(plan.split.wei(Component::Base));
        wei / tenor_solver::amount::to_f64(plan.worth.redeem)
    };
    assert!((base("mETH") / grown(0.038, 25.0) - 1.0).abs() < 1e-9, "{}", base("mETH"));
    assert!((base("stETH") / grown(0.030, 30.0) - 1.0).abs() < 1e-9, "{}", base("stETH"));
}

/// The bps of components add up as their wei do.
#[test]
fn rates_of_components_add_up() {
    let answer = ask(&SYNTHETIC, "maximize ETH yield on 100 stETH for 365 days risk high");
    let y = answer.yields.as_ref().unwrap();
    let sum: f64 = y.components.iter().map(|c| c.bps.parse::<f64>().unwrap()).sum();
    assert!((sum - y.net_bps.parse::<f64>().unwrap()).abs() < 1e-3, "{y:?}");
    assert!(y.components.iter().all(|c| !signed(&c.wei).is_zero()));
}

/// A rate in RAY with twelve places.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn ray(rate: f64) -> u128 {
    (rate * 1e12).round() as u128 * 10u128.pow(15)
}
