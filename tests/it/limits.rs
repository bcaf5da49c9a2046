//! Limits: honoured by every winner of random intents, as a function that shares nothing with the
//! optimiser says; and a plan that breaks one is refused, for every kind of limit.

mod depth;
mod divisions;
mod markets;
mod refused;
mod tampered;

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
    thread,
};

use proptest::prelude::*;
use tenor::engine::Engine;
use tenor_simulations::figures::{
    ASSUMPTIONS_NAME, EMBEDDED_NAME, Figures, embedded, embedded_assumptions,
};
use tenor_solver::{
    SolveError, decide,
    intent::Intent,
    limits_check::check,
    market::Market,
    solution::{Answer, PlanKind, Solution},
    solve,
};

use crate::law::law;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let assumptions = figures.assumptions(ASSUMPTIONS_NAME, embedded_assumptions()).unwrap();
    Engine::new(&figures, &assumptions).unwrap()
});

/// What intents may name on a market.
#[derive(Debug, Clone, Copy)]
struct Vocabulary {
    assets: &'static [&'static str],
    protocols: &'static [&'static str],
}

/// One hundredth to a million ETH, each size as likely as any other.
fn amount() -> impl Strategy<Value = String> {
    (-2.0f64..6.0).prop_map(|log| format!("{:.6}", 10f64.powf(log)))
}

fn lists(protocols: &'static [&'static str]) -> impl Strategy<Value = String> {
    let shuffled = Just(protocols.to_vec()).prop_shuffle();
    (shuffled, 0usize..8, 0usize..12).prop_map(|(names, avoid, only)| {
        // Most intents avoid nothing, and seldom one keeps to a list.
        let avoid = avoid.saturating_sub(5);
        let only = if only >= 10 { only - 8 } else { 0 };
        let list = |word: &str, names: &[&str]| match names {
            [] => String::new(),
            names => format!(" {word} {}", names.join(", ")),
        };
        let end = (avoid + only).min(names.len());
        list("avoid", &names[..avoid]) + &list("only", &names[avoid..end])
    })
}

fn clauses(protocols: &'static [&'static str]) -> impl Strategy<Value = String> {
    let risk = prop::sample::select(vec!["", " risk low", " risk medium", " risk high"]);
    let tier =
        prop::sample::select(vec!["", "", "", " risk T0", " risk T1", " risk T2", " risk T3"]);
    let cap = prop::option::of(5u32..100);
    let liquid = prop::option::of((1u32..=100, 1u32..90));
    let leverage = prop::option::of(1u32..5);
    let rare = || prop::option::weighted(0.2, -2.0f64..4.0);
    let depth = prop::sample::select(vec!["", "", " depth half", " depth full"]);
    let rest = (depth, rare(), lists(protocols));
    (1u32..1_000, risk, tier, cap, liquid, leverage, rest).prop_map(
        |(days, risk, tier, cap, liquid, leverage, (depth, ticket, lists))| {
            let ticket = ticket.map_or(String::new(), |log| {
                format!(" at least {:.4} ETH per position", 10f64.powf(log))
            });
            let cap = cap.map_or(String::new(), |cap| format!(" at most {cap}% per protocol"));
            let liquid = liquid.map_or(String::new(), |(share, days)| {
                format!(" liquid {share}% within {days} days")
            });
            let leverage = leverage.map_or(String::new(), |most| format!(" leverage <= {most}"));
            format!("for {days} days{risk}{tier}{cap}{liquid}{depth}{ticket}{leverage}{lists}")
        },
    )
}

/// Any yield intent in words; one in seven has several holdings, and one in `rare` asks for a rate, or a
/// target.
fn sentences(words: Vocabulary, rare: u32) -> impl Strategy<Value = String> {
    let asset = || prop::sample::select(words.assets.to_vec());
    let plain = prop::sample::select(vec!["", "organic ", "risk-adjusted "]);
    let maximize = (plain.clone(), amount(), asset())
        .prop_map(|(word, amount, asset)| format!("maximize {word}ETH yield on {amount} {asset}"));
    let least = (1u32..500, amount(), asset()).prop_map(|(bps, amount, asset)| {
        let target = format!("{}.{:02}", bps / 100, bps % 100);
        format!("minimize risk for {target}% ETH yield on {amount} {asset}")
    });
    let fix = (amount(), asset())
        .prop_map(|(amount, asset)| format!("fix ETH yield on {amount} {asset}"));
    let amounts = prop::collection::vec(amount(), 2..4);
    let names = Just(words.assets.to_vec()).prop_shuffle();
    let rebalance = (plain, amounts, names).prop_map(|(word, amounts, names)| {
        let holdings = amounts.iter().zip(names).map(|(amount, name)| format!("{amount} {name}"));
        format!("rebalance {word}{}", holdings.collect::<Vec<_>>().join(" and "))
    });
    let head = prop_oneof![
        3 * rare => maximize,
        1 => least,
        1 => fix,
        rare / 2 => rebalance,
    ];
    (head, clauses(words.protocols)).prop_map(|(head, clauses)| format!("{head} {clauses}"))
}

/// What answers came to, so that a law about nothing would be seen.
type Tally = Mutex<BTreeMap<&'static str, u32>>;

fn count(tally: &Tally, what: &'static str) {
    *tally.lock().unwrap().entry(what).or_default() += 1;
}

/// How an intent is answered: in full, or with what wins alone.
type Solver = fn(&Market, &Intent) -> Result<Answer, SolveError>;

/// Every winner keeps every limit of its intent.
fn honoured(
    solver: Solver,
    market: &Market,
    intent: &Intent,
    tally: &Tally,
) -> Result<(), TestCaseError> {
    let answer = solver(market, intent).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let Some(best) = &answer.best else {
        count(tally, "infeasible");
        return Ok(());
    };
    let kept = check(market, intent, best);
    prop_assert!(kept.is_ok(), "{}: {}: {}", intent.sentence, best.label, kept.unwrap_err());
    prop_assert!(best.violations.is_empty(), "{}: {:?}", intent.sentence, best.violations);
    count(tally, if best.kind == PlanKind::Hold { "hold" } else { "moves" });
    if parts(best) > 1 {
        count(tally, "several positions");
    }
    if intent.is_rebalance() && best.kind != PlanKind::Hold {
        count(tally, "several holdings");
    }
    // What the optimiser keeps off its winner is seen by the check as well, limit by limit.
    for other in answer.alternatives.iter().filter(|plan| !plan.is_feasible()) {
        count(tally, if check(market, intent, other).is_err() { "refused" } else { "let pass" });
    }
    Ok(())
}

fn parts(plan: &Solution) -> usize {
    plan.worth.parts.len()
}

const BUILT_IN: Vocabulary = Vocabulary {
    assets: &["ETH", "WETH", "stETH", "wstETH"],
    protocols: &["lido", "curve", "uniswap_v3", "aave_v3", "rocketpool", "weth"],
};

/// Random intents on the built-in market, on as many threads as there are processors.
fn on_the_built_in_market(solver: Solver, intents: u32) {
    let threads = u32::try_from(thread::available_parallelism().map_or(2, usize::from)).unwrap();
    let tally = Tally::default();
    let held = |sentence: String| {
        let intent = ENGINE.read(&sentence);
        let intent = intent.map_err(|e| TestCaseError::fail(format!("{sentence}: {e}")))?;
        honoured(solver, ENGINE.market(), &intent, &tally)
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| law(intents.div_ceil(threads), &sentences(BUILT_IN, 16), held));
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally:?}");
    for what in ["moves", "hold", "infeasible", "refused", "several holdings"] {
        assert!(tally[what] > intents / 50, "{what}: {tally:?}");
    }
}

/// The winners of ten thousand intents, without what explains them.
#[test]
fn ten_thousand_intents_keep_their_limits() {
    on_the_built_in_market(decide, 10_000);
}

/// The same of full answers, which look at more candidates.
#[test]
fn full_answers_keep_their_limits() {
    on_the_built_in_market(solve, 300);
}

/// The same on generated markets, where many positions compete and limits couple them.
#[test]
fn intents_on_generated_markets_keep_their_limits() {
    let words = Vocabulary {
        assets: &["ETH", "WETH", "S0", "S1"],
        protocols: &["lido", "uniswap_v2", "rocketpool", "mantle", "swell", "ether.fi"],
    };
    let tally = Tally::default();
    law(300, &(markets::generated(), sentences(words, 2)), |(market, sentence)| {
        let engine = Engine::of(market.into(), None);
        let intent =
            engine.read(&sentence).map_err(|e| TestCaseError::fail(format!("{sentence}: {e}")))?;
        honoured(decide, engine.market(), &intent, &tally)
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally:?}");
    for what in ["moves", "hold", "several positions"] {
        assert!(tally[what] > 10, "{what}: {tally:?}");
    }
}
