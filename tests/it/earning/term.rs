//! Principal tokens: bought and held, redeemed at their expiry or sold before it.

use tenor_solver::{
    amount::{WAD, to_f64},
    graph::Graph,
    venues::{Swap, VenueId},
    yields::term::{points_implied, principal},
};

use super::{SYNTHETIC, ask, changed, figures, file, row, token};

/// 4.8 % for 180 days of a 365-day year: a PT of stETH is worth `exp(-0.048 * 180 / 365)` of an ETH.
#[test]
fn a_principal_token_stands_for_its_discounted_face() {
    let market = SYNTHETIC.market();
    let pt = token(&SYNTHETIC, "PT-wstETH");
    let worth = to_f64(market.redeem_value(pt, WAD).unwrap()) / 1e18;
    let expected = (-0.048f64 * 180.0 / 365.0).exp();
    assert!((worth - expected).abs() < 1e-6, "{worth} {expected}");
    let fixed = principal(market, pt).unwrap();
    let rate = tenor_solver::yields::fraction(fixed.rate().unwrap());
    assert!((rate - 0.048 * 365.25 / 365.0).abs() < 1e-12, "{rate}");
}

/// Held to the expiry the yield is the discount, whatever is said of later: what accrues until then is
/// the fixed rate's, and afterwards nothing.
#[test]
fn held_to_its_expiry_it_is_redeemed_for_its_face() {
    let told = |days: u64| {
        let sentence = format!("maximize ETH yield on 50 stETH for {days} days only lido, pendle");
        let mut intent = SYNTHETIC.read(&sentence).unwrap();
        intent.limits.max_tier = tenor_solver::intent::Tier::T2;
        let answer = tenor_solver::solve(SYNTHETIC.market(), &intent).unwrap();
        let pt = token(&SYNTHETIC, "PT-wstETH");
        let plans = answer.best.iter().chain(&answer.alternatives);
        let mut of = plans.filter(|p| p.worth.parts.iter().any(|x| x.holdings[0].0 == pt));
        of.next().cloned().unwrap_or_else(|| panic!("{days} days: no plan holds PT"))
    };
    let held = told(180);
    let part = held.worth.parts.iter().find(|p| p.redeemed.is_some()).expect("it is redeemed");
    assert_eq!(part.redeemed.unwrap().after_s, 180 * 86_400);
    // By hand: so many PT are so much stETH, of which the pool gives its price.
    let pts = to_f64(part.holdings[0].1) / 1e18;
    let curve = SYNTHETIC.market().listing(&VenueId::new("curve:ETH/stETH")).unwrap();
    let amount = tenor_solver::amount::from_f64(pts * 1e18);
    let sold = curve.venue.quote(Swap { from: 1, to: 0, amount }).unwrap().out;
    let eth = to_f64(part.eth().unwrap());
    assert!((eth / to_f64(sold) - 1.0).abs() < 1e-9, "{eth} {sold}");
    // The term's part is the discount on the face, less nothing.
    let term = to_f64(part.redeem) / 1e18;
    let accrued = pts - term;
    let split = held.split.wei(tenor_solver::yields::Component::Term);
    let of_split = tenor_solver::yields::signed(split) / 1e18;
    assert!((of_split - accrued).abs() < 1e-5 * accrued.abs(), "{of_split} {accrued}");
    // Beyond the expiry nothing is added; the annual rate falls as the year goes on.
    let later = told(360);
    assert!(later.split.net_wei <= held.split.net_wei);
    // Before it, it is sold: nothing is redeemed.
    let early = told(90);
    assert!(early.worth.parts.iter().all(|p| p.redeemed.is_none()));
    assert!(early.split.net_wei < held.split.net_wei);
}

/// 8.5 % fixed on what is expected to earn 4.2 %: what is left may be for points, and is said.
#[test]
fn what_is_implied_for_points_is_said() {
    let market = SYNTHETIC.market();
    let graph = Graph::new(market);
    let implied = points_implied(market, &graph, token(&SYNTHETIC, "PT-weETH")).unwrap();
    let expected = 0.085 * 365.25 / 365.0 - 0.042;
    assert!((implied - expected).abs() < 1e-9, "{implied} {expected}");
    let answer = ask(&SYNTHETIC, "maximize ETH yield on 100 stETH for 90 days risk high");
    let y = answer.yields.unwrap();
    let term = y.components.iter().find(|c| c.component == "term").expect("a fixed rate wins");
    let bps: f64 = term.points_implied_bps.as_ref().unwrap().parse().unwrap();
    assert!((bps - 1e4 * expected).abs() < 1e-3, "{bps}");
    assert_eq!(term.payer, "yield_buyers");
}

/// Past their expiry PT are no fixed rate: a market of them is refused, and they are redeemed alone.
#[test]
fn past_its_expiry_it_is_only_redeemed() {
    let mut file = file();
    let past = file["timestamp"].as_u64().unwrap() - 1;
    row(&mut file, "venues", "id", "pendle:PT-wstETH")["expiry"] = past.into();
    let line = changed(&file).unwrap_err().to_string();
    assert!(line.contains("expired") && !line.contains('\n'), "{line}");
    let venues = file["venues"].as_array_mut().unwrap();
    venues.retain(|v| v["id"] != "pendle:PT-wstETH");
    row(&mut file, "venues", "id", "pendle:PT-wstETH at expiry")["expiry"] = past.into();
    figures(&file).unwrap();
    let engine = changed(&file).unwrap();
    let answer = ask(&engine, "exit 10 PT-wstETH to ETH within 7 days");
    let first = &answer.plan.legs[0];
    assert_eq!((first.kind, first.venue.as_str()), ("redeem", "pendle:PT-wstETH at expiry"));
    let got: f64 = answer.plan.outputs.iter().map(|o| o.amount.parse::<f64>().unwrap()).sum();
    assert!((9.99..10.0).contains(&(got / 1e18)), "{got}");
}
