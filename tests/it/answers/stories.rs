//! What users ask, and what they must be told.

use alloy_primitives::I256;

use super::{World, ask, ether, signed, units};

const CURVE: &str = "curve:ETH/stETH";
const UNISWAP: &str = "uniswap_v3:wstETH/WETH:100";
const LIDO: &str = "lido:stETH";

/// An assumption that lets the lending market take WETH.
const LENDING: &[u8] = br#"{
    "schema": "tenor.assumptions/1",
    "note": "For a test.",
    "assumptions": [{
        "kind": "deposit_limit", "venue": "aave_v3:WETH", "token": "WETH", "amount": "1000",
        "why": "a supply cap that leaves room"
    }]
}"#;

#[test]
fn steth_is_held_because_leaving_it_only_costs() {
    let told = ask("maximize ETH yield on 100 stETH");
    assert_eq!(told.kind(), "hold");
    assert!(told.legs().is_empty() && told.0.simulation.is_none());
    let held = told.leaves("stETH") - ether(100);
    assert!(held <= units("1"), "the fewest shares worth 100: {held} wei over");
    assert_eq!(told.break_even(), None, "nothing beats it within ten years");
    let first = told.0.alternatives.first().expect("an alternative");
    assert_eq!(signed(&first.net_wei) - told.net(), signed(first.adds_wei.as_ref().unwrap()));
    assert!(signed(first.adds_wei.as_ref().unwrap()) < I256::ZERO, "{first:?}");
}

#[test]
fn a_year_of_idle_ether_is_staked() {
    for asset in ["WETH", "ETH"] {
        let told = ask(&format!("maximize ETH yield on 100 {asset} for 365 days"));
        assert_eq!(told.kind(), "positions");
        told.confirmed();
        assert!(told.leaves("stETH") + told.leaves("wstETH") > ether(85), "{:?}", told.0.plan);
        assert!(told.net() > I256::ZERO);
        let adds = told.hold().adds_wei.clone().unwrap();
        assert_eq!(signed(&adds), -told.net(), "holding ether earns nothing");
        assert!(told.hold().violates.is_empty());
    }
}

#[test]
fn three_days_do_not_pay_for_the_way() {
    let told = ask("maximize ETH yield on 3 ETH for 3 days");
    assert_eq!(told.kind(), "hold");
    assert_eq!(told.leaves("ETH"), ether(3));
    assert!(told.break_even().unwrap() > 3 * 86_400, "{:?}", told.break_even());
    let staked = told.0.alternatives.iter().find(|a| a.label.starts_with("stETH")).unwrap();
    assert!(signed(staked.adds_wei.as_ref().unwrap()) < I256::ZERO);
}

#[test]
fn a_swap_is_confirmed_and_says_what_other_venues_give() {
    let told = ask("swap 50 WETH to wstETH");
    assert_eq!(told.kind(), "swap");
    told.confirmed();
    assert!(told.0.yields.is_none(), "a swap has no yield");
    let got = told.leaves("wstETH");
    assert!(got > ether(42) && got < ether(43), "{got}");
    let alone: Vec<&str> = told.0.alternatives.iter().map(|a| a.label.as_str()).collect();
    assert!(alone.contains(&"via curve:ETH/stETH alone"), "{alone:?}");
    assert!(alone.contains(&"via lido:stETH alone"), "{alone:?}");
    let wsteth = |a: &tenor::answer::AlternativeDto| {
        let of = a.outputs.iter().filter(|o| told.symbol(&o.token) == "wstETH");
        of.map(|o| units(&o.amount)).sum::<alloy_primitives::U256>()
    };
    assert!(told.0.alternatives.iter().all(|a| wsteth(a) < got), "one pool is the deepest");
}

/// Past 334 wstETH the second venue pays for its gas; the split of 400 was found by hand too.
#[test]
fn a_large_exit_splits_over_two_venues() {
    let told = ask("exit 400 wstETH to ETH within 7 days");
    assert_eq!(told.kind(), "exit");
    told.confirmed();
    let uniswap = told.through(UNISWAP);
    assert!(uniswap > ether(250) && uniswap < ether(320), "{uniswap}");
    let curve = told.through(CURVE);
    assert!(curve > ether(95) && curve < ether(175), "{curve} stETH");
    let got = told.leaves("ETH");
    assert!(got > ether(466) && got < ether(467), "{got}");
}

#[test]
fn the_stake_limit_binds_and_the_rest_stays() {
    let told = ask("maximize ETH yield on 250000 ETH risk high");
    assert_eq!(told.kind(), "positions");
    told.confirmed();
    assert_eq!(told.through(LIDO), ether(150_000));
    assert!(told.unallocated() > ether(1), "{:?}", told.0.plan.outputs);
    let detail = told.binds("Lido stake limit");
    assert!(detail.contains("150000 ETH through lido:stETH"), "{detail}");
    assert!(detail.contains("refills 23.4375 ETH a block"), "{detail}");
}

#[test]
fn what_makes_an_infeasible_intent_feasible_really_does() {
    let told = ask("maximize ETH yield on 250000 ETH risk low");
    assert_eq!(told.kind(), "infeasible");
    assert!(told.0.yields.is_none() && told.0.simulation.is_none());
    let infeasible = told.0.infeasible.as_ref().unwrap();
    assert!(infeasible.reason.contains("liquidity"), "{}", infeasible.reason);
    assert!(!infeasible.relaxations.is_empty());
    for change in &infeasible.relaxations {
        let sentence = match change.limit.as_str() {
            "amount" => format!("maximize ETH yield on {} risk low", change.to),
            _ => format!("maximize ETH yield on 250000 ETH risk low {}", change.to),
        };
        let relaxed = ask(&sentence);
        assert_eq!(relaxed.kind(), "positions", "{sentence}");
        relaxed.confirmed();
        assert_eq!(relaxed.0.yields.as_ref().unwrap().net_bps, change.net_bps, "{sentence}");
    }
}

#[test]
fn an_exit_without_a_known_venue_names_what_is_missing() {
    let told = ask("exit 40 weETH to ETH within 7 days");
    assert_eq!(told.kind(), "infeasible");
    let infeasible = told.0.infeasible.as_ref().unwrap();
    for missing in ["no venue that takes weETH", "withdrawal queue", "no pool that trades it"] {
        assert!(infeasible.reason.contains(missing), "{}", infeasible.reason);
    }
    let parts: Vec<&str> = infeasible.reason.split("; ").collect();
    let twice = parts.iter().find(|p| parts.iter().filter(|q| q == p).count() > 1);
    assert_eq!(twice, None, "said twice");
    assert!(infeasible.relaxations.is_empty(), "no amount can be sold");
}

#[test]
fn who_avoids_a_protocol_leaves_it() {
    let told = ask("maximize ETH yield on 100 stETH avoid lido");
    assert_eq!(told.kind(), "positions");
    told.confirmed();
    assert!(told.legs().iter().all(|leg| !leg.venue.starts_with("lido")));
    assert!(told.leaves("stETH") <= units("2"), "rounding may leave a share's worth");
    assert!(told.leaves("ETH") + told.leaves("WETH") > ether(99));
    let drivers = &told.0.risk.as_ref().unwrap().drivers;
    assert!(drivers.iter().all(|d| !d.starts_with("lido")), "{drivers:?}");
    assert!(told.hold().violates.iter().any(|v| v.contains("lido")), "{:?}", told.hold());
}

#[test]
fn an_assumed_supply_cap_makes_lending_rankable() {
    let sentence = "maximize ETH yield on 100 WETH avoid lido for 365 days";
    let without = ask(sentence);
    assert_eq!(without.kind(), "hold");
    assert!(without.missing("aEthWETH").contains("supply cap is not in this market"));

    let told = World::assuming(LENDING).ask(sentence);
    assert_eq!(told.kind(), "positions");
    told.confirmed();
    assert_eq!(told.through("aave_v3:WETH"), ether(100));
    assert_eq!(told.leaves("aEthWETH"), ether(100));
    assert!(told.0.unranked.iter().all(|u| told.symbol(&u.token) != "aEthWETH"));
    let labelled = told.0.disclosures.iter().any(|d| d.contains("a supply cap that leaves room"));
    assert!(labelled, "an assumption is labelled: {:?}", told.0.disclosures);
}

/// Balances of a lending token skip values: 42.97784 of it can only be owned with a unit more, which
/// the withdrawal leaves, or not at all.
#[test]
fn a_lending_position_is_left_to_the_wei() {
    for sentence in [
        "exit 42.97784 aEthWETH to ETH within 7 days",
        "exit 20322.96 aEthUSDC to ETH within 7 days",
        "swap 0.00000091192 aEthWETH to ETH",
        "maximize ETH yield on 20.92586 aEthWETH at most 54% per protocol",
    ] {
        let told = super::WORLD.try_ask(sentence).unwrap_or_else(|e| panic!("{sentence}: {e}"));
        told.confirmed();
    }
}

/// A pool below its range gives less than the limit lets go, whatever the amount.
#[test]
fn no_smaller_amount_is_promised_where_none_is_cheap_enough() {
    let told = ask("exit 34 ezETH to ETH within 7 days");
    assert_eq!(told.kind(), "infeasible");
    assert!(told.0.infeasible.as_ref().unwrap().relaxations.is_empty());
    let told = ask("exit 1005920 aEthwstETH to ETH within 7 days");
    let smaller = &told.0.infeasible.as_ref().unwrap().relaxations[0].to;
    ask(&format!("exit {smaller} to ETH within 7 days")).confirmed();
}

/// What a unit is exchanged for is less than a unit: a plan that gives nothing is none.
#[test]
fn dust_that_rounds_to_nothing_is_not_traded() {
    for sentence in [
        "swap 0.000000000000000001 ETH to wstETH",
        "swap 0.000000000000000001 wstETH to ETH",
        "exit 0.000000000000000001 stETH",
    ] {
        let told = ask(sentence);
        assert_eq!(told.kind(), "infeasible", "{sentence}");
        let reason = &told.0.infeasible.as_ref().unwrap().reason;
        assert!(reason.contains("for 1 units of"), "{reason}");
    }
    let told = ask("swap 0.000000000000000001 ETH to WETH");
    told.confirmed();
    assert_eq!(told.leaves("WETH"), units("1"));
}

/// The exchange has the better price and staking the lower gas: for one ether, gas decides.
#[test]
fn gas_decides_small_amounts_and_price_large_ones() {
    let small = ask("maximize ETH yield on 1 ETH for 365 days");
    small.confirmed();
    assert_eq!(small.through(LIDO), ether(1), "{:?}", small.0.plan.legs);
    let large = ask("maximize ETH yield on 100 ETH for 365 days");
    assert_eq!(large.through(UNISWAP), ether(100), "{:?}", large.0.plan.legs);
}

#[test]
fn exactly_convertible_assets_are_converted_one_for_one() {
    let told = ask("swap 7 ETH to WETH");
    told.confirmed();
    assert_eq!(told.leaves("WETH"), ether(7));
    let back = ask("exit 7 WETH to ETH");
    back.confirmed();
    assert_eq!(back.leaves("ETH"), ether(7));
}

#[test]
fn a_yield_in_ether_is_refused_for_what_is_no_ether() {
    let error = super::WORLD.try_ask("maximize ETH yield on 100 USDC").unwrap_err();
    assert!(error.is_input());
    assert!(error.to_string().contains("swap it to ETH first"), "{error}");
}

/// More than one argument of a command line can carry: only a caller of the library can.
#[test]
fn a_sentence_of_a_megabyte_is_refused_at_once() {
    for sentence in ["maximize ".repeat(1 << 17), "x".repeat(1 << 20), " ".repeat(1 << 20)] {
        let error = super::WORLD.try_ask(&sentence).unwrap_err();
        assert!(error.is_input());
        let line = error.to_string();
        assert!(line.len() < 300 && !line.contains('\n'), "{line}");
    }
}
