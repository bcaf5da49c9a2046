//! Every answer lists the ways out of what it leaves and of every token that stands for ETH: with amount,
//! delay, rate rule, fee and limit, or says what of these is unknown.

use tenor::answer::{WayDto, WaysDto, terminal::Page};
use tenor_solver::{amount::WAD, venues::NATIVE};

use super::{Told, WORLD, World, ask, units};

const SENTENCES: [&str; 5] = [
    "maximize ETH yield on 100 stETH",
    "maximize ETH yield on 50 weETH risk high",
    "maximize ETH yield on 100 WETH for 365 days risk high",
    "swap 50 WETH to wstETH",
    "exit 40 weETH to ETH within 7 days",
];

const RULES: [&str; 5] =
    ["min_request_settle", "fixed_at_request", "slashable_in_queue", "accrues_in_queue", "spot"];

/// A figure that is not there is named as unknown.
fn complete(way: &WayDto) {
    let nulls = [
        way.pays.is_none(),
        way.fee_bps.is_none() && way.kind == "queue",
        way.least.0.is_none(),
        way.most.0.is_none(),
        way.limit.0.is_none(),
        way.least_wait_s.is_none(),
        way.expected_wait_s.is_none(),
    ];
    assert!(!nulls.contains(&true) || !way.unknown.is_empty(), "{way:?}");
    assert!(RULES.contains(&way.rate_rule), "{way:?}");
    match way.kind {
        "queue" => assert!(way.transferable.is_some() && way.venue.is_some(), "{way:?}"),
        "redemption" | "sale" => {
            assert_eq!((way.rate_rule, way.expected_wait_s), ("spot", Some(0)), "{way:?}");
        }
        other => panic!("{other}"),
    }
}

fn ways_of<'a>(told: &'a Told, symbol: &str) -> &'a WaysDto {
    told.0.ways_out.iter().find(|of| told.symbol(&of.token) == symbol).unwrap()
}

#[test]
fn every_token_that_stands_for_eth_has_its_ways_out() {
    let market = WORLD.engine.market();
    for sentence in SENTENCES {
        let told = ask(sentence);
        for of in &told.0.ways_out {
            of.ways.iter().for_each(complete);
            assert!(!of.ways.is_empty() || !of.unknown.is_empty(), "{sentence}: {of:?}");
            assert!(units(&of.amount) > alloy_primitives::U256::ZERO, "{sentence}: {of:?}");
        }
        for token in &market.tokens {
            let ether = token.address == NATIVE || token.symbol == "WETH";
            if ether || market.redeem_value(token.address, WAD).is_none() {
                continue;
            }
            let named = told.0.ways_out.iter().any(|of| of.token == token.address.to_string());
            assert!(named, "{sentence}: {} is left out", token.symbol);
        }
        for held in told.0.plan.outputs.iter().filter(|o| told.symbol(&o.token).ends_with("stETH"))
        {
            let of = told.0.ways_out.iter().find(|of| of.token == held.token).unwrap();
            assert!(of.held && of.amount == held.amount, "{sentence}: {of:?}");
        }
    }
}

#[test]
fn lidos_queue_is_told_with_its_bounds_and_its_assumed_wait() {
    let told = ask("maximize ETH yield on 100 stETH");
    let queue = |told: &Told| {
        let of = ways_of(told, "stETH");
        of.ways.iter().find(|way| way.kind == "queue").unwrap().clone()
    };
    let way = queue(&told);
    assert_eq!((way.expected_wait_s, way.assumed), (Some(46 * 86_400), true));
    // As many shares as show 100 stETH show a wei more.
    assert_eq!(way.pays, Some(ways_of(&told, "stETH").amount.clone()));
    assert_eq!(way.least.0.as_deref(), Some("100"));
    assert_eq!(way.most.0.as_deref(), Some("1000000000000000000000"));
    assert_eq!((way.rate_rule, way.transferable), ("min_request_settle", Some(true)));
    let none =
        World::assuming(br#"{"schema": "tenor.assumptions/1", "note": "none", "assumptions": []}"#);
    let way = queue(&none.ask("maximize ETH yield on 100 stETH"));
    assert_eq!((way.expected_wait_s, way.assumed), (None, false));
    assert!(way.unknown.iter().any(|what| what.contains("length and wait")), "{way:?}");
}

#[test]
fn queues_of_others_are_told_with_what_is_unknown() {
    let told = ask("maximize ETH yield on 100 stETH");
    for (symbol, rule) in [
        ("weETH", "min_request_settle"),
        ("swETH", "min_request_settle"),
        ("rswETH", "min_request_settle"),
        ("mETH", "fixed_at_request"),
    ] {
        let of = ways_of(&told, symbol);
        let way = of.ways.iter().find(|way| way.kind == "queue").unwrap();
        assert_eq!(way.rate_rule, rule, "{symbol}");
        assert!(!way.unknown.is_empty() && way.expected_wait_s.is_none(), "{symbol}: {way:?}");
        assert!(units(way.pays.as_ref().unwrap()) > alloy_primitives::U256::ZERO, "{symbol}");
    }
}

#[test]
fn the_page_lists_the_ways_out_of_what_is_held() {
    let page = Page::new(&ask("maximize ETH yield on 100 stETH").0, false).to_string();
    for words in [
        "Ways out of 100 stETH",
        "sale at market prices",
        "Lido withdrawal queue",
        "after 46 days, assumed",
        "min request settle",
        "at most 1,000 stETH a request",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}
