//! Venues that are disabled, paused or denied are never used, and the answer says why.

use super::{SYNTHETIC, ask, changed, file, row};

const SENTENCES: [&str; 4] = [
    "maximize ETH yield on 100 stETH for 365 days risk high",
    "maximize ETH yield on 100 WETH for 90 days risk medium",
    "exit 50 stETH to ETH within 7 days",
    "swap 10 ETH to stETH",
];

fn told(lines: &[String], says: &str) -> bool {
    lines.iter().any(|line| line.contains(says))
}

/// Every venue in turn is disabled: no plan, winner or other, goes through it, and it is said.
#[test]
fn a_disabled_venue_is_never_used() {
    let ids: Vec<String> =
        ["curve:ETH/stETH", "mantle:mETH", "farm:farmETH", "aave_v3:wstETH", "pendle:PT-wstETH"]
            .map(str::to_owned)
            .to_vec();
    for id in ids {
        let mut file = file();
        let venue = row(&mut file, "venues", "id", &id);
        venue["enabled_by_default"] = false.into();
        venue["disabled_reason"] = "it was drained".into();
        let engine = changed(&file).unwrap();
        for sentence in &SENTENCES[..2] {
            let intent = engine.read(sentence).unwrap();
            let answer = tenor_solver::solve(engine.market(), &intent).unwrap();
            for plan in answer.best.iter().chain(&answer.alternatives) {
                let sales = plan.worth.parts.iter().flat_map(|part| &part.sale);
                for leg in plan.legs.iter().chain(sales) {
                    let venue = &engine.market().listings[leg.listing].venue;
                    assert_ne!(venue.id().as_str(), id, "{sentence}: {}", plan.label);
                }
            }
        }
        let lines = ask(&engine, SENTENCES[0]).disclosures;
        assert!(told(&lines, &format!("{id} is not used: it was drained")), "{id}: {lines:?}");
    }
}

#[test]
fn a_paused_venue_is_never_used() {
    let mut file = file();
    row(&mut file, "venues", "id", "lido:stETH")["stake_limit"]["is_paused"] = true.into();
    let engine = changed(&file).unwrap();
    for sentence in SENTENCES {
        let answer = ask(&engine, sentence);
        let staked = answer.plan.legs.iter().any(|l| l.venue == "lido:stETH" && l.kind == "stake");
        assert!(!staked, "{sentence}: {:?}", answer.plan);
        assert!(told(&answer.disclosures, "Lido staking is paused"), "{:?}", answer.disclosures);
    }
    // The same swap stakes where it may: the pool alone is dearer.
    let open = ask(&SYNTHETIC, "swap 10 ETH to stETH");
    assert!(open.plan.legs.iter().any(|l| l.kind == "stake"), "{:?}", open.plan);
}

/// A token that is denied by default is not entered, however much it is said to pay.
#[test]
fn a_denied_token_is_never_entered() {
    let text = file().to_string().replace("\"mETH\"", "\"rsETH\"");
    let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
    row(&mut file, "yields", "asset", "rsETH")["apr"] = "0.20".into();
    let engine = changed(&file).unwrap();
    let denied = super::token(&engine, "rsETH").to_string();
    for sentence in &SENTENCES[..2] {
        let answer = ask(&engine, sentence);
        let alternatives = answer.alternatives.iter().flat_map(|a| &a.outputs);
        for output in answer.plan.outputs.iter().chain(alternatives) {
            assert_ne!(output.token, denied, "{sentence}");
        }
        assert!(
            told(&answer.disclosures, "rsETH is denied by default"),
            "{:?}",
            answer.disclosures
        );
    }
}

/// What the user avoids is not used either, and holding it says what it breaks.
#[test]
fn an_avoided_protocol_is_never_used() {
    let answer = ask(
        &SYNTHETIC,
        "maximize ETH yield on 100 stETH for 365 days risk high avoid lido, mantle",
    );
    let through = |of: &str| answer.plan.legs.iter().any(|leg| leg.venue.starts_with(of));
    assert!(!through("lido") && !through("mantle"), "{:?}", answer.plan);
    let hold = answer.alternatives.iter().find(|a| a.kind == "hold").unwrap();
    assert!(told(&hold.violates, "lido"), "{hold:?}");
}
