//! What answers say of risk: losses, what is paid for them, forced sales, waits, and half the depth.

use serde_json::{Value, json};
use tenor::answer::{AnswerDto, RiskDto};
use tenor_simulations::figures::{HAZARDS_NAME, embedded_hazards, hazards};

use super::{Told, World, ask, portfolio::ASSUMED};

fn figure(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no figure"))
}

fn risk(told: &Told) -> &RiskDto {
    told.0.risk.as_ref().expect("a plan has a risk")
}

/// The embedded priors, changed.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut file: Value = serde_json::from_slice(embedded_hazards()).unwrap();
    change(&mut file);
    file
}

/// The world of the portfolio's tests with these priors.
fn world(file: &Value) -> World {
    let given = hazards(HAZARDS_NAME, &serde_json::to_vec(file).unwrap()).unwrap();
    World { engine: World::assuming(ASSUMED).engine.with_hazards(given).unwrap() }
}

fn node<'f>(file: &'f mut Value, name: &str) -> &'f mut Value {
    let nodes = file["nodes"].as_array_mut().unwrap();
    nodes.iter_mut().find(|node| node["node"] == name).unwrap()
}

/// Lido: 0.2 % a year that takes 45 % and 0.05 % that takes 20 % are 10 bp; its operators' slashing, by the
/// rules of the consensus on a third of an operator's share of Ethereum, less than one. The whole
/// misses by sqrt(0.002 * 0.45^2 + 0.0005 * 0.2^2) = 2.06 %.
#[test]
fn holding_steth_risks_what_its_priors_say() {
    let told = ask("maximize ETH yield on 100 stETH");
    let risk = risk(&told);
    assert_eq!(risk.tier, "T1");
    let lost = figure(&risk.expected_loss_bps);
    assert!((10.0..11.0).contains(&lost), "{lost}");
    let by_part: f64 = risk.hazards.iter().map(|hazard| figure(&hazard.loss_bps)).sum();
    assert!((lost - by_part).abs() < 1e-3, "{lost} {by_part}");
    let misses = figure(&risk.unexpected_loss_bps);
    assert!((misses - 1e4 * (0.002f64 * 0.2025 + 0.0005 * 0.04).sqrt()).abs() < 0.1, "{misses}");
    assert_eq!(risk.caution, "0.25");
    assert!((figure(&risk.charge_bps) - lost - 0.25 * misses).abs() < 1e-3);
    // 90 days of 0.2, 0.05 and 5 % a year.
    let survives = 1e4 * (-0.0525f64 * 90.0 / 365.25).exp();
    assert!((figure(&risk.survival_bps) - survives).abs() < 1e-3, "{survives}");
    let labelled = |line: &String| line.contains("PRIORS") && line.contains("hazards.json");
    assert!(told.0.disclosures.iter().any(labelled), "{:?}", told.0.disclosures);
    assert!(risk.unknown.is_empty());
}

/// The benchmark is stETH's yield before Lido's tenth of each day's growth; the spread is what is earned
/// over it, and fair is what is lost and what leaving in a hurry costs.
#[test]
fn a_position_is_paid_for_its_risk_or_not() {
    let told = ask("maximize ETH yield on 100 stETH");
    let risk = risk(&told);
    let benchmark = figure(&risk.benchmark.as_ref().unwrap().rate_bps);
    let day = (0.031169f64 / 365.25).exp_m1() / 0.9;
    assert!((benchmark - 1e4 * 365.25 * day.ln_1p()).abs() < 1e-3, "{benchmark}");
    let [position] = risk.positions.as_slice() else { panic!("{:?}", risk.positions) };
    let net = figure(&told.0.yields.as_ref().unwrap().net_bps);
    assert!((figure(&position.net_bps) - net).abs() < 1e-3);
    let of = |text: &Option<String>| figure(text.as_ref().unwrap());
    let (spread, fair) = (of(&position.spread_bps), of(&position.fair_spread_bps));
    assert!((spread - (net - benchmark)).abs() < 1e-3);
    let premium = of(&position.liquidity_premium_bps);
    assert!((fair - figure(&position.expected_loss_bps) - premium).abs() < 1e-3);
    // Cash is needed every other year, and half the depth takes about five basis points.
    let half = figure(told.0.exit_ladder[0].half_depth_cost_bps.as_ref().unwrap());
    assert!((premium - 0.5 * half).abs() < 1e-3, "{premium} {half}");
    assert_eq!(position.paid_for_risk, Some(spread >= fair));
    assert_eq!(position.paid_for_risk, Some(false), "{spread} for {fair}");
}

/// What nobody buys and no queue of known wait takes has no price of leaving, and is not called paid for.
#[test]
fn what_is_not_known_is_not_called_fair() {
    let file = changed(|file| file["need_per_year"] = json!("0"));
    let told = world(&file).ask("maximize ETH yield on 100 stETH");
    let free = &risk(&told).positions[0];
    assert_eq!(free.liquidity_premium_bps.as_deref(), Some("0.0000"));
    let swap = ask("swap 50 WETH to wstETH");
    assert!(risk(&swap).positions.is_empty() && risk(&swap).tier == "T1");
}

/// Stress is one day in twenty, and the worse of stETH's events 5.5 %: 99 of 100 lose no more. It counts
/// for the part that is asked for before the queue pays, and for none where it pays in time.
#[test]
fn a_forced_sale_loses_what_the_events_say_if_the_queue_is_too_slow() {
    let forced = |sentence: &str| {
        let told = ask(sentence);
        let forced = risk(&told).forced_sale.as_ref().unwrap();
        [&forced.share_bps, &forced.discount_bps, &forced.loss_bps].map(|text| figure(text))
    };
    assert_eq!(forced("maximize ETH yield on 100 stETH"), [10_000.0, 550.0, 550.0]);
    let quarter = "maximize ETH yield on 100 stETH liquid 25% within 30 days";
    assert_eq!(forced(quarter), [2_500.0, 550.0, 137.5]);
    let patient = "maximize ETH yield on 100 stETH liquid 100% within 46 days";
    assert_eq!(forced(patient), [0.0, 0.0, 0.0]);
}

#[test]
fn half_the_depth_never_leaves_more() {
    let half = |rung: &tenor::answer::RungDto| rung.half_depth_eth_wei.clone();
    let mut dearer = 0;
    for sentence in [
        "maximize ETH yield on 100 stETH",
        "maximize ETH yield on 20000 stETH",
        "maximize ETH yield on 60000 stETH risk high",
        "maximize ETH yield on 30000 ETH for 365 days risk high",
        "maximize ETH yield on 100 ETH for 3 days",
        "swap 50 WETH to wstETH",
    ] {
        let told = ask(sentence);
        for rung in &told.0.exit_ladder {
            let (Some(whole), Some(half)) = (&rung.eth_wei, half(rung)) else {
                assert!(rung.eth_wei.is_some() || half(rung).is_none(), "{sentence}");
                continue;
            };
            let (whole, half) = (super::units(whole), super::units(&half));
            assert!(half <= whole, "{sentence}: {half} of {whole}");
            dearer += u32::from(half < whole);
        }
    }
    assert!(dearer >= 8, "only {dearer}");
}

/// Section 11, test 10: what only a queue lets out is no way to be liquid within the hour.
#[test]
fn all_within_an_hour_leaves_out_what_only_a_queue_lets_out() {
    let world = World::assuming(ASSUMED);
    let sentence = "maximize ETH yield on 1000 WETH for 365 days risk high avoid lido, aave_v3";
    let slow = world.ask(sentence);
    assert!(!slow.through("etherfi:eETH/weETH").is_zero(), "{:?}", slow.legs());
    let fast = world.ask(&format!("{sentence} liquid 100% within 1 hour"));
    assert!(fast.through("etherfi:eETH/weETH").is_zero(), "{:?}", fast.legs());
}

/// A queue that usually takes ten days and sometimes sixty is not liquid within thirty.
#[test]
fn liquidity_counts_the_wait_that_is_nearly_sure() {
    let sentence = "maximize ETH yield on 1000 WETH for 365 days risk high avoid lido, aave_v3 \
                    liquid 100% within 30 days";
    let days = |days: &[&str]| {
        let waits: Vec<Value> = days.iter().map(|days| json!({"wait_days": days})).collect();
        changed(|file| {
            let queue = json!({"venue": "etherfi:eETH/weETH", "waits": waits, "why": "a test"});
            file["queues"].as_array_mut().unwrap().push(queue);
        })
    };
    let usual = world(&days(&["8", "9", "10"])).ask(sentence);
    assert!(!usual.through("etherfi:eETH/weETH").is_zero());
    let wait = &risk(&usual).waits[0];
    assert_eq!((wait.q50_s, wait.q95_s), (Some(9 * 86_400), Some(10 * 86_400)));
    let sometimes = world(&days(&["8", "9", "60"])).ask(sentence);
    assert!(sometimes.through("etherfi:eETH/weETH").is_zero(), "{:?}", sometimes.legs());
}

#[test]
fn waits_are_quantiles_of_what_is_on_record() {
    let told = ask("maximize ETH yield on 100 stETH");
    let [wait] = risk(&told).waits.as_slice() else { panic!("{:?}", risk(&told).waits) };
    assert_eq!((wait.q50_s, wait.q95_s), (Some(18 * 86_400), Some(46 * 86_400)));
    assert!(wait.transferable && wait.basis.contains("on record"), "{wait:?}");
    let known = |told: &AnswerDto| {
        let risk = told.risk.as_ref().unwrap();
        risk.waits.iter().map(|wait| wait.q95_s).collect::<Vec<_>>()
    };
    let bare = changed(|file| file["queues"] = json!([]));
    let assumed = world(&bare).ask("maximize ETH yield on 100 stETH");
    assert_eq!(known(&assumed.0), [Some(46 * 86_400)], "as assumed where nothing is on record");
}

/// What no priors name is the worst: T4 and 300 bp, and the answer says so.
#[test]
fn a_protocol_that_no_priors_name_is_the_worst() {
    let bare = changed(|file| file["nodes"] = json!([]));
    let told = world(&bare).ask("maximize ETH yield on 100 stETH risk high");
    let risk = risk(&told);
    assert_eq!((risk.tier.as_str(), risk.expected_loss_bps.as_str()), ("T4", "300.0000"));
    assert_eq!(risk.unknown, ["lido"]);
    let says = told.0.disclosures.iter().any(|line| line.contains("do not name lido"));
    assert!(says, "{:?}", told.0.disclosures);
}

/// Adjusted for risk, two protocols share what one would have without: as much of each as a search over
/// all shares finds best, by the figures of the two alone.
#[test]
fn unexpected_loss_spreads_over_what_is_independent() {
    let file = changed(|file| {
        for (name, loss) in [("lido", "0.9"), ("ether.fi", "0.9")] {
            let hazards = json!([{"class": "contract", "lambda": "0.002", "lgd": loss}]);
            node(file, name)["hazards"] = hazards;
            node(file, name)["rests_on"] = json!([]);
        }
    });
    let world = world(&file);
    let of = |what: &str, rest: &str| {
        world.ask(&format!(
            "maximize {what} ETH yield on 1000 WETH for 365 days risk T3 avoid aave_v3{rest}"
        ))
    };
    let net = |told: &Told| figure(&told.0.yields.as_ref().unwrap().net_bps);
    let score = |told: &Told| net(told) - figure(&risk(told).charge_bps);
    let plain = of("", "");
    assert_eq!(risk(&plain).positions.len(), 1, "{:?}", plain.legs());
    let adjusted = of("risk-adjusted", "");
    let alone = [of("risk-adjusted", ", ether.fi"), of("risk-adjusted", ", lido")];
    for one in &alone {
        assert!(score(&adjusted) > score(one) + 5.0, "{} {}", score(&adjusted), score(one));
    }
    let [(a, la), (b, lb)] = alone.each_ref().map(|t| {
        (net(t) - figure(&risk(t).expected_loss_bps), figure(&risk(t).unexpected_loss_bps))
    });
    let at = |w: f64| w * a + (1.0 - w) * b - 0.25 * (w * la).hypot((1.0 - w) * lb);
    let best = (0..=1_000).map(|w| at(f64::from(w) / 1_000.0)).fold(f64::MIN, f64::max);
    assert!((score(&adjusted) - best).abs() < 1.0, "{} of {best}", score(&adjusted));
    adjusted.confirmed();
}
