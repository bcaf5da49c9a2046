//! What sentences mean.

use alloy_primitives::{U256, address};
use tenor::intents::sentence::{Names, SentenceErrorKind as Kind, parse};
use tenor_solver::{
    intent::{Goal, Objective, Risk, Tier},
    venues::NATIVE,
};

use super::{Market, NOW, STETH, USDC, WETH, horizon, intent, limits};

const DAY: u64 = 86_400;
const WHOLE: u64 = 1_000_000_000_000_000_000;

fn units(sentence: &str) -> U256 {
    intent(sentence).amount
}

#[test]
fn the_shortest_sentence_is_complete() {
    let intent = intent("maximize ETH yield on 100 stETH");
    assert_eq!(intent.goal, Goal::Yield { objective: Objective::Net, horizon_s: 90 * DAY });
    assert_eq!(intent.asset, STETH);
    assert_eq!(intent.amount, U256::from(100) * U256::from(WHOLE));
    assert_eq!(intent.sentence, "maximize ETH yield on 100 stETH");
    assert_eq!(
        intent.canonical,
        "Maximize net ETH yield on 100 stETH for 90 days. Risk medium: highest tier T2, at most \
         100% per protocol, 100% is ETH again within 30 days at half depth of the markets; entry at \
         most 20 bp, exit at most 50 bp, at least 10 bp a year more than holding; incentives not \
         counted; no leverage; expected loss at most 60 bp a year. Slippage at most 10 bp. The quote holds for 1 \
         minute, the intent for 10 minutes. Denied by default: rsETH, Balancer v2 composable \
         stable pools, yETH."
    );
}

#[test]
fn every_value_that_was_not_typed_is_echoed_in_order() {
    let filled = intent("maximize ETH yield on 100 stETH").filled;
    let expected = [
        ("profile", "medium (balanced)"),
        ("horizon", "90 days"),
        ("highest tier", "T2"),
        ("cap per protocol", "100%"),
        ("liquidity", "100% within 30 days"),
        ("depth for liquidity", "half that of the markets today"),
        ("minimum ticket", "none"),
        ("highest entry cost", "20 bp"),
        ("highest exit cost", "50 bp"),
        ("improvement over hold", "10 bp a year"),
        ("incentives", "not counted"),
        ("leverage", "none"),
        ("expected loss limit", "60 bp a year"),
        ("slippage", "10 bp"),
        ("quote validity", "1 minute"),
        ("deadline", "10 minutes"),
        ("denied by default", "rsETH, Balancer v2 composable stable pools, yETH"),
    ];
    assert_eq!(filled, expected.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn what_was_typed_is_not_echoed_as_filled() {
    let sentence = "maximize organic ETH yield on 1 ETH for 1 day risk low risk <=T0 leverage <=1 \
                    liquid 50% within 2 days depth full avoid curve at most 60% per protocol \
                    at least 2 ETH per position slippage 5 bps \
                    by 1 hour";
    let names: Vec<_> = intent(sentence).filled.into_iter().map(|(name, _)| name).collect();
    let never_typed = [
        "highest entry cost",
        "highest exit cost",
        "improvement over hold",
        "expected loss limit",
        "quote validity",
        "denied by default",
    ];
    assert_eq!(names, never_typed);
}

#[test]
fn profiles_are_those_of_the_reference() {
    let table = |clauses: &str| {
        let l = limits(clauses);
        let liquid = (l.liquid_share_bps, l.liquid_within_s / DAY);
        let costs = (l.max_entry_cost_bps, l.max_exit_cost_bps, l.min_improvement_bps);
        let rest = (l.incentives_bps, l.max_leverage_pct, l.max_expected_loss_bps);
        assert_eq!((l.protocol_cap_bps, l.quote_valid_s, l.deadline_s), (10_000, 60, 600));
        (l.risk, l.max_tier, liquid, costs, rest)
    };
    let low = (Risk::Low, Tier::T1, (10_000, 7), (10, 20, 25), (0, 100, 20));
    let medium = (Risk::Medium, Tier::T2, (10_000, 30), (20, 50, 10), (0, 100, 60));
    let high = (Risk::High, Tier::T4, (2_500, 30), (50, 100, 5), (5_000, 100, 300));
    assert_eq!(table("risk low"), low);
    assert_eq!(table("risk medium"), medium);
    assert_eq!(table(""), medium);
    assert_eq!(table("risk <= high"), high);
}

#[test]
fn a_tier_changes_the_tier_alone() {
    for clause in ["risk <=T3", "risk <= t3", "risk T3", "RISK t3"] {
        let mut expected = limits("");
        expected.max_tier = Tier::T3;
        assert_eq!(limits(clause), expected, "{clause}");
    }
    let both = limits("risk high risk <=T3");
    assert_eq!((both.risk, both.max_tier, both.incentives_bps), (Risk::High, Tier::T3, 5_000));
    assert_eq!(limits("risk T3 risk high"), both);
}

#[test]
fn organic_counts_no_incentives_under_any_objective() {
    let of = |modifiers: &str| {
        let intent = intent(&format!("maximise {modifiers} ETH yield on 1 ETH risk high"));
        let Goal::Yield { objective, .. } = intent.goal else { panic!("{intent:?}") };
        (objective, intent.limits.incentives_bps)
    };
    assert_eq!(of(""), (Objective::Net, 5_000));
    assert_eq!(of("organic"), (Objective::NetOrganic, 0));
    assert_eq!(of("risk-adjusted"), (Objective::RiskAdjusted, 5_000));
    assert_eq!(of("organic risk-adjusted"), (Objective::RiskAdjusted, 0));
    assert_eq!(of("Risk-Adjusted ORGANIC"), (Objective::RiskAdjusted, 0));
}

#[test]
fn a_target_and_a_fixed_rate_count_no_incentives() {
    let target = intent("minimize risk for 3.25% ETH yield on 100 stETH for 90 days risk high");
    let objective = Objective::LeastRisk { target_bps: 325 };
    assert_eq!(target.goal, Goal::Yield { objective, horizon_s: 90 * DAY });
    let fixed = intent("fix ETH yield on 100 WETH for 180 days risk high");
    let objective = Objective::FixedRate;
    assert_eq!(fixed.goal, Goal::Yield { objective, horizon_s: 180 * DAY });
    for intent in [target, fixed] {
        assert_eq!(intent.limits.incentives_bps, 0);
        assert!(intent.filled.iter().all(|(name, _)| *name != "incentives"), "{intent:?}");
    }
}

#[test]
fn a_rebalance_has_every_holding_in_the_order_named() {
    let intent = intent("rebalance organic 40 stETH and 60 WETH AND 1,000.5 ETH for 30 days");
    let goal = Goal::Yield { objective: Objective::NetOrganic, horizon_s: 30 * DAY };
    assert_eq!(intent.goal, goal);
    let tenths = |n: u64| U256::from(n) * U256::from(WHOLE) / U256::from(10);
    let held: Vec<_> = intent.holdings().collect();
    assert_eq!(held, [(STETH, tenths(400)), (WETH, tenths(600)), (NATIVE, tenths(10_005))]);
    let canonical = "Rebalance 40 stETH and 60 WETH and 1000.5 ETH to the most net organic ETH yield \
                     for 30 days. ";
    assert!(intent.canonical.starts_with(canonical), "{}", intent.canonical);
}

#[test]
fn amounts_are_exact() {
    for spelling in ["250000", "250,000", "250_000", "250000.0", "0250000"] {
        let whole = U256::from(250_000) * U256::from(WHOLE);
        assert_eq!(units(&format!("swap {spelling} ETH to stETH")), whole, "{spelling}");
    }
    assert_eq!(units("swap 1_000.5 USDC to ETH"), U256::from(1_000_500_000));
    assert_eq!(units("swap 0.000000000000000001 ETH to stETH"), U256::from(1));
    assert_eq!(units("swap 0.000001 USDC to ETH"), U256::from(1));
    let most = "340282366920938463463.374607431768211455";
    assert_eq!(units(&format!("swap {most} ETH to stETH")), U256::from(u128::MAX));
    assert!(intent(&format!("swap {most} ETH to stETH")).canonical.contains(most));
    assert!(intent("swap 1,000.50 USDC to ETH").canonical.contains("1000.5 USDC"));
}

#[test]
fn the_largest_whole_amount_is_1e30() {
    let market = Market::default().with("DUST", USDC.create(0), 0);
    let most = 10u128.pow(30);
    let amount = |units: u128| market.parse(&format!("swap {units} DUST to ETH"));
    assert_eq!(amount(most).unwrap().amount, U256::from(most));
    assert!(amount(most + 1).is_err());
}

#[test]
fn durations_take_every_unit() {
    let table = [
        ("90 days", 90 * DAY),
        ("12h", DAY / 2),
        ("1 hour", 3_600),
        ("3d", 3 * DAY),
        ("1.5 days", DAY + DAY / 2),
        ("0.5 minutes", 30),
        ("2 weeks", 14 * DAY),
        ("6 months", 180 * DAY),
        ("1 YEAR", 365 * DAY),
        ("10 years", 3_650 * DAY),
        ("1 s", 1),
        ("1,000 seconds", 1_000),
        ("5min", 300),
    ];
    for (text, seconds) in table {
        let intent = intent(&format!("maximize ETH yield on 1 ETH for {text}"));
        assert_eq!(horizon(&intent), seconds, "{text}");
    }
}

#[test]
fn durations_are_told_in_the_largest_exact_unit() {
    let told = |text: &str| {
        let canonical = intent(&format!("maximize ETH yield on 1 ETH for {text}")).canonical;
        canonical.split(". ").next().unwrap().rsplit(" for ").next().unwrap().to_owned()
    };
    assert_eq!(told("24 hours"), "1 day");
    assert_eq!(told("1.5 days"), "36 hours");
    assert_eq!(told("90 min"), "90 minutes");
    assert_eq!(told("61 s"), "61 seconds");
    assert_eq!(told("1 year"), "365 days");
}

#[test]
fn deadlines_count_from_the_market_and_never_from_a_clock() {
    let deadline = |text: &str| limits(&format!("by {text}")).deadline_s;
    assert_eq!(deadline("2024-05-23T16:00:00Z"), 600);
    assert_eq!(deadline("2024-05-23t16:00:00+00:00"), 600);
    assert_eq!(deadline(&format!("{}", NOW + 1)), 1);
    assert_eq!(deadline("10 minutes"), 600);
    assert_eq!(deadline("2h"), 7_200);
    assert_eq!(deadline("2025-05-23T15:50:00Z"), 365 * DAY);
    assert_eq!(deadline("2028-02-29T15:50:00Z"), (3 * 365 + 282) * DAY);
}

#[test]
fn deadlines_follow_the_gregorian_calendar() {
    let market = Market::default();
    let after = |now: u64, utc: &str| {
        let names = Names { now, ..market.names() };
        parse(&format!("exit 1 stETH by {utc}"), &names).map(|intent| intent.limits.deadline_s)
    };
    assert_eq!(after(0, "1970-01-01T00:00:01Z").unwrap(), 1);
    assert_eq!(after(951_782_399, "2000-02-29T00:00:00Z").unwrap(), 1);
    assert_eq!(after(4_107_542_399, "2100-03-01T00:00:00Z").unwrap(), 1);
    assert_eq!(after(NOW, "2100-02-29T00:00:00Z").unwrap_err().kind, Kind::NotATime);
    assert_eq!(after(NOW, "1969-12-31T23:59:59Z").unwrap_err().kind, Kind::Past { now: NOW });
}

#[test]
fn limits_say_what_was_typed() {
    let l = limits("leverage <= 2.5x liquid 33.33% within 12h at most 60 % per protocol");
    assert_eq!((l.max_leverage_pct, l.protocol_cap_bps), (250, 6_000));
    assert_eq!((l.liquid_share_bps, l.liquid_within_s), (3_333, DAY / 2));
    assert_eq!(limits("leverage <=3").max_leverage_pct, 300);
    assert_eq!(limits("leverage 1").max_leverage_pct, 100);
    assert!(intent("maximize ETH yield on 1 ETH leverage 2").canonical.contains("at most 2x"));
}

#[test]
fn slippage_is_in_basis_points_or_percent() {
    for text in ["25 bps", "25bp", "25 BP", "0.25%", "0.25 %"] {
        assert_eq!(limits(&format!("slippage {text}")).slippage_bps, 25, "{text}");
    }
    assert_eq!(limits("slippage 0 bps").slippage_bps, 0);
}

#[test]
fn protocols_are_a_set() {
    let l = limits("avoid Lido, CURVE ,aave_v3");
    assert_eq!(l.avoid, ["aave_v3", "curve", "lido"]);
    assert_eq!(limits("avoid curve,aave_v3 , lido"), l);
    let l = limits("only lido, ether.fi avoid curve");
    assert_eq!((l.only, l.avoid), (vec!["ether.fi".into(), "lido".into()], vec!["curve".into()]));
}

#[test]
fn swaps_name_the_token_wanted() {
    for word in ["to", "for", "into", "INTO"] {
        let intent = intent(&format!("swap 10 weth {word} steth slippage 5 bps avoid curve"));
        assert_eq!((intent.asset, intent.goal), (WETH, Goal::Swap { to: STETH }));
        let names: Vec<_> = intent.filled.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["quote validity", "deadline", "denied by default"]);
        assert_eq!(
            intent.canonical,
            "Swap 10 WETH for the most stETH. Avoid curve. Slippage at most 5 bp. The quote holds \
             for 1 minute, the intent for 10 minutes. Denied by default: rsETH, Balancer v2 \
             composable stable pools, yETH."
        );
    }
}

#[test]
fn exits_are_to_eth_within_a_week() {
    let plain = intent("exit 10 stETH");
    assert_eq!(plain.goal, Goal::Exit { to: NATIVE, within_s: 7 * DAY });
    assert_eq!(plain.filled[0], ("exit to", "ETH".to_owned()));
    assert_eq!(plain.filled[1], ("exit within", "7 days".to_owned()));
    assert!(plain.canonical.starts_with("Exit 10 stETH into the most ETH within 7 days. "));
    let stated = intent("exit 10 stETH within 3 days to WETH");
    assert_eq!(stated.goal, Goal::Exit { to: WETH, within_s: 3 * DAY });
    assert_eq!(stated.filled[0].0, "slippage");
    assert_eq!(intent("exit 1 WETH").goal, plain.goal);
}

#[test]
fn a_token_may_be_its_address() {
    let plain = intent("maximize ETH yield on 1 stETH");
    let checksummed = STETH.to_string();
    let upper = format!("0x{}", checksummed[2..].to_uppercase());
    for address in [checksummed.to_lowercase(), upper, checksummed] {
        let named = intent(&format!("maximize ETH yield on 1 {address}"));
        assert_eq!((named.asset, &named.canonical), (STETH, &plain.canonical));
    }
}

#[test]
fn case_decides_between_symbols_that_differ_by_case_alone() {
    let other = address!("0x00000000000000000000000000000000000000aa");
    let market = Market::default().with("STETH", other, 18);
    assert_eq!(market.intent("exit 1 STETH").asset, other);
    let real = market.intent("exit 1 stETH");
    assert_eq!(real.asset, STETH);
    assert!(real.canonical.contains(&format!("1 stETH ({STETH})")), "{}", real.canonical);
}

#[test]
fn how_it_was_typed_does_not_matter() {
    let one = intent("maximize ETH yield on 1,000 stETH for 90 days risk medium by 10 minutes");
    let other = intent("  MAXIMISE eth\tYield\nON 1000.0 STETH  ");
    assert_eq!(one.canonical, other.canonical);
    assert_eq!((one.goal, &one.limits), (other.goal, &other.limits));
}

#[test]
fn the_full_sentence_says_every_clause() {
    let market = Market::default();
    assert_eq!(
        market.rendered(&intent("maximize ETH yield on 100 stETH avoid lido")),
        "maximize ETH yield on 100 stETH for 90 days risk medium risk <=T2 leverage <=1 liquid \
         100% within 30 days depth half at most 100% per protocol avoid lido slippage 10 bp by 10 \
         minutes"
    );
    assert_eq!(
        market.rendered(&intent("exit 0.50 stETH")),
        "exit 0.5 stETH to ETH within 7 days slippage 10 bp by 10 minutes"
    );
}
