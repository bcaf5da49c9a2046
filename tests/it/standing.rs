//! Standing policies: when a step is due, and when to look again.

use std::sync::LazyLock;

use proptest::prelude::*;
use tenor::{engine::Engine, intents::standing};
use tenor_simulations::figures::{
    ASSUMPTIONS_NAME, EMBEDDED_NAME, Figures, embedded, embedded_assumptions,
};
use tenor_solver::{
    market::Market,
    standing::{Policy, Poll, State, Trigger, poll},
};

use crate::{
    law::law,
    term::{claim, with_terms},
};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let assumptions = figures.assumptions(ASSUMPTIONS_NAME, embedded_assumptions()).unwrap();
    Engine::new(&figures, &assumptions).unwrap()
});

const POLICY: &str = r#"
schema = "tenor.standing/1"
hold = ["40 wstETH", "60 WETH"]
horizon = "90 days"
clauses = "risk medium"
cooldown = "7 days"
min_improvement_bps = 10

[trigger]
improvement_bps = 25
limit_broken = true
"#;

fn read(text: &str) -> Policy {
    standing::parse("policy.toml", text, &ENGINE.names()).unwrap()
}

fn refused(text: &str) -> String {
    standing::parse("policy.toml", text, &ENGINE.names()).unwrap_err().to_string()
}

/// What a poll is, for comparing.
fn told(polled: &Poll) -> String {
    match polled {
        Poll::Ready(step) => format!("ready {:?} {}", step.why, step.plan.label),
        other => format!("{other:?}"),
    }
}

/// The market some blocks later, with what stETH earned lately changed.
fn later(blocks: u64, rate_bps: u64) -> Market {
    let mut market = ENGINE.market().clone();
    market.block += blocks;
    market.timestamp += 12 * blocks;
    let ray = alloy_primitives::U256::from(10).pow(alloy_primitives::U256::from(27));
    for row in &mut market.yields {
        row.rate =
            ray * alloy_primitives::U256::from(rate_bps) / alloy_primitives::U256::from(10_000);
    }
    market
}

#[test]
fn a_step_is_due_and_can_be_signed() {
    let (policy, market) = (read(POLICY), ENGINE.market());
    let polled = poll(&policy, &State::default(), market, market.timestamp);
    let Poll::Ready(step) = &polled else { panic!("{polled:?}") };
    assert_eq!(step.why, Trigger::Improvement);
    assert!(step.improvement_bps.unwrap() > 100.0);
    let sentence = standing::to_sign(&step.intent, &ENGINE.names()).unwrap();
    assert!(sentence.starts_with("rebalance 40 wstETH and 60 WETH for 90 days"), "{sentence}");
    // What is signed is what was decided.
    let again = ENGINE.read(&sentence).unwrap();
    assert_eq!((again.goal, &again.limits), (step.intent.goal, &step.intent.limits));
    assert_eq!(again.others, step.intent.others);
}

#[test]
fn json_says_the_same_as_toml() {
    let json = r#"{
        "schema": "tenor.standing/1", "hold": ["40 wstETH", "60 WETH"], "horizon": "90 days",
        "clauses": "risk medium", "cooldown": "7 days", "min_improvement_bps": 10,
        "trigger": {"improvement_bps": 25, "limit_broken": true}
    }"#;
    assert_eq!(read(json), read(POLICY));
}

/// However rates and blocks move: two steps are at least the cooldown apart, none improves by less than
/// asked unless a broken limit forces it, and the same look twice comes to the same.
#[test]
fn steps_keep_their_distance_and_are_worth_it() {
    let walks = prop::collection::vec((1u64..20_000, 0u64..600), 2..8);
    let limits = (1u64..20, 0u32..300, 0u32..300, any::<bool>(), 0u64..3_000, 20u32..101);
    law(16, &(walks, limits), |(walk, (days, least, wanted, broken, every, cap))| {
        let text = format!(
            "schema = \"tenor.standing/1\"\nhold = [\"40 wstETH\", \"60 WETH\"]\n\
             horizon = \"200 days\"\nclauses = \"at most {cap}% per protocol\"\n\
             cooldown = \"{days} days\"\nmin_improvement_bps = {least}\nevery_blocks = {every}\n\
             [trigger]\nimprovement_bps = {wanted}\nlimit_broken = {broken}\n"
        );
        let policy = read(&text);
        let (mut state, mut at) = (State::default(), 0);
        let mut ready: Vec<u64> = Vec::new();
        for (blocks, rate) in walk {
            at += blocks;
            let market = later(at, rate);
            let now = market.timestamp;
            let polled = poll(&policy, &state, &market, now);
            prop_assert_eq!(told(&polled), told(&poll(&policy, &state, &market, now)));
            match &polled {
                Poll::Ready(step) => {
                    if let Some(last) = ready.last() {
                        prop_assert!(now - last >= days * 86_400, "{text}");
                    }
                    let enough = f64::from(least.max(wanted));
                    match step.why {
                        Trigger::LimitBroken => prop_assert!(broken, "{text}"),
                        Trigger::Improvement => {
                            prop_assert!(step.improvement_bps.unwrap() >= enough, "{text}");
                        }
                        Trigger::ExpiryNear => prop_assert!(false, "nothing expires: {text}"),
                    }
                    prop_assert!(step.plan.is_feasible());
                    ready.push(now);
                }
                Poll::TryAtEpoch(epoch) => {
                    prop_assert_eq!(Some(*epoch), ready.last().map(|last| last + days * 86_400));
                    prop_assert!(*epoch > now);
                }
                Poll::TryAtBlock(block) => prop_assert!(*block > market.block),
                Poll::TryNextBlock(_) => {}
                Poll::Never(why) => prop_assert!(false, "{why}: {text}"),
            }
            state = state.after(&polled, &market, now);
        }
        Ok(())
    });
}

#[test]
fn a_broken_limit_forces_a_step() {
    let text = POLICY.replace("risk medium", "at most 30% per protocol");
    let market = ENGINE.market();
    let polled = poll(&read(&text), &State::default(), market, market.timestamp);
    let Poll::Ready(step) = &polled else { panic!("{polled:?}") };
    assert_eq!(step.why, Trigger::LimitBroken);
}

#[test]
fn the_end_of_a_term_is_waited_for() {
    let market = with_terms(ENGINE.market(), &[(0.03, 100), (0.08, 400)]);
    let text = POLICY.replace("[trigger]\nimprovement_bps = 25\nlimit_broken = true", "[trigger]");
    let text = format!("{text}expiry_within = \"7 days\"\n").replace("medium", "high");
    let policy = read(&text);
    let whole = alloy_primitives::U256::from(10).pow(alloy_primitives::U256::from(20));
    let state = State { holdings: vec![(claim(0), whole)], ..State::default() };
    let now = market.timestamp;
    let near = now + 93 * 86_400;
    let polled = poll(&policy, &state, &market, now);
    assert!(matches!(polled, Poll::TryAtEpoch(at) if at == near), "{polled:?}");
    let polled = poll(&policy, &state, &market, near);
    let Poll::Ready(step) = &polled else { panic!("{polled:?}") };
    assert_eq!(step.why, Trigger::ExpiryNear);
}

#[test]
fn what_can_never_be_due_says_so() {
    let market = ENGINE.market();
    let look = |text: &str, state: &State| poll(&read(text), state, market, market.timestamp);
    let never = |polled: Poll| match polled {
        Poll::Never(why) => why,
        other => panic!("{other:?}"),
    };
    let ended = format!("ends = 1\n{POLICY}");
    assert!(never(look(&ended, &State::default())).contains("ended"));
    let idle = POLICY.replace("improvement_bps = 25\nlimit_broken = true", "");
    assert!(never(look(&idle, &State::default())).contains("no trigger"));
    let nothing = alloy_primitives::U256::ZERO;
    let empty = State { holdings: vec![(claim(0), nothing)], ..State::default() };
    assert!(never(look(POLICY, &empty)).contains("nothing is held"));
    let unknown =
        State { holdings: vec![(claim(9), nothing + alloy_primitives::U256::ONE)], ..empty };
    assert!(never(look(POLICY, &unknown)).contains("does not list"));
}

#[test]
fn a_bad_policy_says_what_and_where() {
    for (from, to, said) in [
        ("tenor.standing/1", "tenor.standing/9", "not \"tenor.standing/1\""),
        ("cooldown", "cool_down", "cool_down"),
        ("\"7 days\"", "\"soon\"", "cooldown"),
        ("60 WETH", "60 WETHH", "no such token"),
        ("risk medium", "risk rating", "risk"),
        ("improvement_bps = 25", "improvement_bps = -25", "-25"),
        ("[trigger]", "[triggers]", "triggers"),
        ("hold = [\"40 wstETH\", \"60 WETH\"]", "hold = []", "rebalance"),
    ] {
        let text = POLICY.replacen(from, to, 1);
        assert_ne!(text, POLICY);
        let error = refused(&text);
        assert!(error.contains("policy.toml") && error.contains(said), "{from}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

/// The program prints what a poll came to and the sentence to sign; a market file is looked at once.
#[test]
fn the_program_watches_a_policy() {
    let path = std::env::temp_dir().join(format!("tenor-policy-{}.toml", std::process::id()));
    std::fs::write(&path, POLICY).unwrap();
    let file = path.to_str().unwrap();
    let ran = crate::cli::tenor(&["watch", file]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("Ready: ") && ran.out.contains("sign  rebalance 40 wstETH"),
        "{ran:?}"
    );
    let now = ENGINE.market().timestamp.to_string();
    let ran = crate::cli::tenor(&["watch", file, "--json", "--last-step", &now]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["poll"], "try_at_epoch");
    assert_eq!(json["at"], ENGINE.market().timestamp + 7 * 86_400);
    crate::cli::tenor(&["watch", "no-such-file.toml"]).refused(&["no-such-file.toml"]);
    std::fs::remove_file(path).unwrap();
}
