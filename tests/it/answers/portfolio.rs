//! Plans over several positions, within limits that one position alone would break.

use std::{fs, sync::LazyLock};

use alloy_primitives::U256;
use serde_json::{Value, json};

use super::{Told, World, ask, ether, signed};
use crate::cli::{file, tenor};

/// Assumptions with which three assets can be ranked: one sells at once, one lends at once, and one
/// is left by a queue alone.
pub(super) const ASSUMED: &[u8] = br#"{
    "schema": "tenor.assumptions/1",
    "note": "For a test.",
    "assumptions": [
        {"kind": "queue_wait", "venue": "lido:stETH", "wait_days": "46", "why": "a long queue"},
        {"kind": "queue_wait", "venue": "etherfi:eETH/weETH", "wait_days": "10", "why": "a queue"},
        {
            "kind": "deposit_limit", "venue": "etherfi:eETH/weETH", "token": "ETH",
            "amount": "5000", "why": "room for deposits"
        },
        {
            "kind": "deposit_limit", "venue": "aave_v3:WETH", "token": "WETH",
            "amount": "1000", "why": "a supply cap that leaves room"
        }
    ]
}"#;

static SEVERAL: LazyLock<World> = LazyLock::new(|| World::assuming(ASSUMED));

const YEAR: &str = "maximize ETH yield on 1000 WETH for 365 days";

/// Asks, and checks what holds for every plan over several positions.
#[track_caller]
fn spread(rest: &str) -> Told {
    let told = SEVERAL.ask(&format!("{YEAR} {rest}"));
    assert_eq!(told.kind(), "positions");
    told.confirmed();
    let drivers = &told.0.risk.as_ref().unwrap().drivers;
    assert!(drivers.len() > 1, "{drivers:?}");
    let within: Vec<_> = told.0.alternatives.iter().filter(|a| a.violates.is_empty()).collect();
    assert!(!within.is_empty());
    for other in within {
        let adds = signed(other.adds_wei.as_ref().unwrap());
        assert!(adds.is_negative(), "{} adds {adds}", other.label);
    }
    told
}

fn staked(told: &Told) -> U256 {
    told.through("etherfi:eETH/weETH")
}

#[test]
fn a_cap_is_filled_and_the_rest_goes_to_the_next_best() {
    let told = spread("risk high at most 50% per protocol");
    let eeth = told.leaves("eETH");
    assert!(eeth > ether(499) && eeth < ether(501), "{eeth}");
    assert!(told.unallocated() < ether(1), "{:?}", told.0.plan.outputs);
    assert!(told.binds("cap per protocol").contains("50 % on lido"));
}

#[test]
fn what_the_tier_leaves_out_is_not_spread_over() {
    let told = spread("at most 60% per protocol");
    assert_eq!(staked(&told), U256::ZERO);
    let lent = told.through("aave_v3:WETH");
    assert!(lent > ether(399) && lent < ether(401), "{lent}");
}

#[test]
fn three_positions_share_where_two_are_not_enough() {
    let told = spread("risk high at most 40% per protocol");
    let venues = ["aave_v3:WETH", "etherfi:eETH/weETH", "uniswap_v3:wstETH/WETH:100"];
    for (venue, least) in venues.into_iter().zip([190, 390, 390]) {
        let through = told.through(venue);
        assert!(through > ether(least), "{through} through {venue}");
    }
}

#[test]
fn a_liquid_share_within_the_time_keeps_some_out_of_the_queue() {
    let told = spread("risk high at most 50% per protocol liquid 70% within 7 days");
    let eeth = told.leaves("eETH");
    assert!(eeth > ether(299) && eeth < ether(301), "{eeth}");
    let week = told.0.exit_ladder.iter().find(|r| r.within_s == 7 * 86_400).unwrap();
    let share: f64 = week.share_bps.as_ref().unwrap().parse().unwrap();
    assert!((6_999.999..7_010.0).contains(&share), "{share}");
    assert!(told.binds("liquidity").contains("70 % within 7 days"));
}

/// The price of a limit is what one more ETH of room adds: here the difference of two yields.
#[test]
fn a_limit_that_binds_says_what_it_costs() {
    let told = spread("risk high at most 50% per protocol");
    let cap = told.0.binding.iter().find(|b| b.limit == "cap per protocol").unwrap();
    let figure = |text: &Option<String>| text.as_ref().unwrap().parse::<f64>().unwrap();
    let (cost, price) = (figure(&cap.cost_bps), figure(&cap.shadow_price));
    assert!((0.003..0.008).contains(&price), "{price}");
    let freed = SEVERAL.ask(&format!("{YEAR} risk high"));
    let net = |told: &Told| told.0.yields.as_ref().unwrap().net_bps.parse::<f64>().unwrap();
    let gained = net(&freed) - net(&told);
    assert!((cost - gained).abs() < 0.5, "{cost} said, {gained} gained without it");
}

/// Limits that couple positions are in the bound, with what they cost: without them it would lie
/// tens of basis points above what any plan within them reaches.
#[test]
fn the_bound_counts_the_limits() {
    for cap in [10, 40, 50] {
        let told = SEVERAL.ask(&format!("{YEAR} risk high at most {cap}% per protocol"));
        assert!(told.gap() < 1.0, "{} bp at {cap} %", told.gap());
        assert!(!told.0.certificate.as_ref().unwrap().limits.is_empty());
    }
    let alone = ask("maximize ETH yield on 100 WETH for 365 days at most 40% per protocol");
    assert!(alone.gap() < 1.0, "{} bp", alone.gap());
    assert!(alone.binds("cap per protocol").contains("40 % on lido"));
}

#[test]
fn a_proof_with_bent_limits_is_refused() {
    let assumed = file("bent-assumed", ASSUMED);
    let path = assumed.to_str().unwrap();
    let sentence = format!("{YEAR} risk high at most 40% per protocol");
    let answer: Value =
        serde_json::from_str(&tenor(&["solve", &sentence, "--json", "--assume", path]).out)
            .unwrap();
    let bend: [fn(&mut Value); 7] = [
        |limits| *limits = json!([]),
        |limits| limits[0]["price"] = json!("-0.01"),
        |limits| limits[0]["price"] = json!("NaN"),
        |limits| limits[0]["price"] = json!("0.05"),
        |limits| limits[0]["protocol"] = json!("rocketpool"),
        |limits| limits[0]["limit"] = json!("liquidity"),
        |limits| limits[0] = limits[1].clone(),
    ];
    for (nth, bend) in bend.into_iter().enumerate() {
        let mut bent = answer.clone();
        bend(&mut bent["certificate"]["limits"]);
        let claimed = file("bent-answer", bent.to_string().as_bytes());
        let ran = tenor(&["certify", claimed.to_str().unwrap(), "--assume", path]);
        assert_ne!(ran.code, Some(0), "{nth}: {ran:?}");
        fs::remove_file(claimed).unwrap();
    }
    fs::remove_file(assumed).unwrap();
}

/// A deposit lowers its own rate; a bound that overlooked it would be half a basis point off here.
#[test]
fn the_bound_knows_what_a_deposit_takes_off_its_rate() {
    let told = SEVERAL.ask(&format!("{YEAR} only aave_v3"));
    told.confirmed();
    assert!((0.0..0.1).contains(&told.gap()), "{} bp", told.gap());
}

#[test]
fn a_looser_cap_never_yields_less() {
    let of = |cap: u32| SEVERAL.ask(&format!("{YEAR} risk high at most {cap}% per protocol")).net();
    let nets: Vec<_> = (1..=10).map(|tenth| of(10 * tenth)).collect();
    assert!(nets.is_sorted(), "{nets:?}");
}

#[test]
fn a_spread_is_certified_with_its_assumptions() {
    let assumed = file("spread-assumed", ASSUMED);
    let path = assumed.to_str().unwrap();
    let sentence = format!("{YEAR} risk high at most 50% per protocol");
    let answer = tenor(&["solve", &sentence, "--json", "--assume", path]).out;
    let claimed = file("spread-answer", answer.as_bytes());
    let ran = tenor(&["certify", claimed.to_str().unwrap(), "--assume", path]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("holds: "), "{ran:?}");
    for written in [assumed, claimed] {
        fs::remove_file(written).unwrap();
    }
}
