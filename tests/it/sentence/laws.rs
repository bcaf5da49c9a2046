//! What holds for every sentence.

use proptest::prelude::*;
use tenor_solver::intent::{Goal, Intent, Limits};

use super::Market;
use crate::law::law;

/// Sentences that each law is checked on.
const CASES: u32 = 1_000;

/// A valid sentence: its head, and its clauses in any order.
#[derive(Debug, Clone)]
struct Typed {
    head: String,
    clauses: Vec<String>,
}

impl Typed {
    fn sentence(&self) -> String {
        [&self.head].into_iter().chain(&self.clauses).cloned().collect::<Vec<_>>().join(" ")
    }
}

fn amount() -> impl Strategy<Value = String> {
    let small = (1u64..=1_000_000_000, 0u32..1_000_000);
    let plain = small.clone().prop_map(|(whole, part)| format!("{whole}.{part:06}"));
    let grouped = (1u64..1_000, 0u64..1_000, prop::sample::select(vec![',', '_']))
        .prop_map(|(a, b, separator)| format!("{a}{separator}{b:03}"));
    prop_oneof![plain, grouped, (1u64..=u64::MAX).prop_map(|units| units.to_string())]
}

fn duration() -> impl Strategy<Value = String> {
    let units = ["s", "sec", " minutes", "min", " hour", "h", "d", " days", "w", " weeks"];
    let whole = (1u64..500, prop::sample::select(units.to_vec()));
    let tenths = (1u64..100, prop::sample::select(vec![" minutes", "h", " days", " months"]));
    prop_oneof![
        whole.prop_map(|(n, unit)| format!("{n}{unit}")),
        tenths.prop_map(|(n, unit)| format!("{}.{}{unit}", n / 10, n % 10)),
    ]
}

fn share() -> impl Strategy<Value = String> {
    let share = (1u32..=10_000).prop_map(|bps| format!("{}.{:02}%", bps / 100, bps % 100));
    prop_oneof![share, (1u32..=100).prop_map(|percent| format!("{percent} %"))]
}

/// `avoid` and `only` with no name in common, either of them perhaps absent.
fn lists() -> impl Strategy<Value = Vec<String>> {
    let names = vec!["lido", "Ether.fi", "AAVE_V3", "curve", "uniswap_v3", "balancer_v2"];
    let shuffled = Just(names).prop_shuffle();
    (shuffled, 0usize..3, 0usize..3, prop::sample::select(vec![",", ", ", " , ", " ,"])).prop_map(
        |(names, avoid, only, comma)| {
            let clause = |word: &str, names: &[&str]| {
                (!names.is_empty()).then(|| format!("{word} {}", names.join(comma)))
            };
            let lists =
                [clause("avoid", &names[..avoid]), clause("ONLY", &names[avoid..avoid + only])];
            lists.into_iter().flatten().collect()
        },
    )
}

fn trade_clauses() -> impl Strategy<Value = Vec<String>> {
    let slippage = prop_oneof![
        (0u32..10_000).prop_map(|bps| format!("slippage {bps} bps")),
        (0u32..100).prop_map(|n| format!("slippage 0.{n:02}%")),
    ];
    let by = prop_oneof![
        duration().prop_map(|d| format!("by {d}")),
        (1u64..100_000_000).prop_map(|s| format!("by {}", super::NOW + s)),
        (1u32..=28, 0u32..24).prop_map(|(d, h)| format!("by 2025-02-{d:02}T{h:02}:00:01Z")),
    ];
    (lists(), prop::option::of(slippage), prop::option::of(by)).prop_map(
        |(mut clauses, slippage, by)| {
            clauses.extend([slippage, by].into_iter().flatten());
            clauses
        },
    )
}

fn risk_clauses() -> impl Strategy<Value = Vec<String>> {
    let profile = prop::sample::select(vec!["risk low", "risk Medium", "RISK <= high"]);
    let tier = prop::sample::select(vec!["risk <=T0", "risk t1", "risk <= T2", "risk T4"]);
    let leverage =
        (100u32..=10_000).prop_map(|pct| format!("leverage <={}.{:02}x", pct / 100, pct % 100));
    (
        prop::option::of(duration().prop_map(|d| format!("for {d}"))),
        prop::option::of(profile.prop_map(str::to_owned)),
        prop::option::of(tier.prop_map(str::to_owned)),
        prop::option::of(leverage),
        prop::option::of((share(), duration()).prop_map(|(s, d)| format!("liquid {s} within {d}"))),
        prop::option::of(share().prop_map(|s| format!("at most {s} per protocol"))),
        prop::option::of((1u32..10_000).prop_map(|n| format!("at least {n}.5 eth per position"))),
        prop::option::of(prop::sample::select(vec!["depth half".to_owned(), "DEPTH full".into()])),
    )
        .prop_map(|(a, b, c, d, e, f, g, h)| {
            [a, b, c, d, e, f, g, h].into_iter().flatten().collect()
        })
}

fn yields() -> impl Strategy<Value = Typed> {
    let modifiers = ["", "organic ", "risk-adjusted ", "organic Risk-Adjusted "];
    (prop::sample::select(modifiers.to_vec()), amount(), risk_clauses(), trade_clauses()).prop_map(
        |(modifiers, amount, risk, trade)| Typed {
            head: format!("Maximize {modifiers}eth yield on {amount} steth"),
            clauses: [risk, trade].concat(),
        },
    )
}

fn targets() -> impl Strategy<Value = Typed> {
    let verb = prop::sample::select(vec!["minimize", "Minimise"]);
    (verb, share(), amount(), risk_clauses(), trade_clauses()).prop_map(
        |(verb, share, amount, risk, trade)| Typed {
            head: format!("{verb} RISK for {share} eth yield on {amount} steth"),
            clauses: [risk, trade].concat(),
        },
    )
}

fn fixed() -> impl Strategy<Value = Typed> {
    (amount(), risk_clauses(), trade_clauses()).prop_map(|(amount, risk, trade)| Typed {
        head: format!("fix eth yield on {amount} weth"),
        clauses: [risk, trade].concat(),
    })
}

fn rebalances() -> impl Strategy<Value = Typed> {
    let modifiers = ["", "organic ", "risk-adjusted ", "organic Risk-Adjusted "];
    let modifiers = prop::sample::select(modifiers.to_vec());
    let tokens = Just(vec!["steth", "WETH", "eth"]).prop_shuffle();
    let amounts = prop::collection::vec(amount(), 2..=3);
    (modifiers, amounts, tokens, risk_clauses(), trade_clauses()).prop_map(
        |(modifiers, amounts, tokens, risk, trade)| {
            let held =
                amounts.iter().zip(tokens).map(|(amount, token)| format!("{amount} {token}"));
            let held = held.collect::<Vec<_>>().join(" AND ");
            Typed { head: format!("rebalance {modifiers}{held}"), clauses: [risk, trade].concat() }
        },
    )
}

fn swaps() -> impl Strategy<Value = Typed> {
    let wanted = prop::sample::select(vec!["to WETH", "for weth", "into eth", "to ETH"]);
    (amount(), wanted, trade_clauses()).prop_map(|(amount, wanted, clauses)| Typed {
        head: format!("swap {amount} usdc {wanted}"),
        clauses,
    })
}

fn exits() -> impl Strategy<Value = Typed> {
    let to = prop::option::of(prop::sample::select(vec!["to ETH".to_owned(), "TO weth".into()]));
    let within = prop::option::of(duration().prop_map(|d| format!("within {d}")));
    (amount(), to, within, trade_clauses()).prop_map(|(amount, to, within, trade)| Typed {
        head: format!("exit {amount} stETH"),
        clauses: to.into_iter().chain(within).chain(trade).collect(),
    })
}

fn sentences() -> impl Strategy<Value = Typed> {
    prop_oneof![yields(), targets(), fixed(), rebalances(), swaps(), exits()]
}

/// A sentence, and the same one with its clauses in another order.
fn reordered() -> impl Strategy<Value = (Typed, Typed)> {
    sentences().prop_flat_map(|typed| {
        let clauses = Just(typed.clauses.clone()).prop_shuffle();
        clauses
            .prop_map(move |clauses| (typed.clone(), Typed { head: typed.head.clone(), clauses }))
    })
}

fn meaning(intent: &Intent) -> (Goal, String, &Limits, &str) {
    let held = |(token, amount)| format!("{amount} {token}");
    let holding = intent.holdings().map(held).collect::<Vec<_>>().join(" and ");
    (intent.goal, holding, &intent.limits, &intent.canonical)
}

#[test]
fn no_text_makes_it_panic() {
    let market = Market::default();
    law(CASES, &".*", |sentence: String| {
        if let Err(error) = market.parse(&sentence) {
            let told = format!("{error}{}", error.pointer(&sentence).replace('\n', ""));
            prop_assert!(told.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{told:?}");
        }
        Ok(())
    });
}

#[test]
fn no_bytes_make_it_panic() {
    let market = Market::default();
    law(CASES, &prop::collection::vec(any::<u8>(), 0..1_100), |bytes| {
        let sentence = String::from_utf8_lossy(&bytes);
        if let Err(error) = market.parse(&sentence) {
            prop_assert!(error.pointer(&sentence).lines().all(|line| line.len() <= 80));
        }
        Ok(())
    });
}

#[test]
fn no_sequence_of_its_own_words_makes_it_panic() {
    let words = "maximize organic risk-adjusted ETH yield on 100 stETH for 90 days risk <= <=T2 low \
                 leverage 2x liquid 50% within at most per protocol avoid lido , curve only \
                 slippage 10 bps by 2024-05-23T16:00:00Z 1716480000 swap to exit 1e5 -1 0 . 1,000 \
                 minimize risk fix rebalance and 3% 5 WETH \
                 0x 12h 0000-00-00T00:00:00Z 9999-99-99T99:99:99Z 99999999999999999999999999999999";
    let words: Vec<_> = words.split_whitespace().collect();
    let market = Market::default();
    law(CASES, &prop::collection::vec(prop::sample::select(words), 0..30), |words| {
        let sentence = words.join(" ");
        if let Err(error) = market.parse(&sentence) {
            prop_assert!(error.at.end <= sentence.len());
            prop_assert!(error.to_string().contains(&error.word));
        }
        Ok(())
    });
}

#[test]
fn no_damage_to_a_sentence_makes_it_panic() {
    let market = Market::default();
    law(CASES, &(sentences(), any::<prop::sample::Index>(), any::<char>()), |(typed, at, c)| {
        let mut sentence: Vec<char> = typed.sentence().chars().collect();
        let at = at.index(sentence.len());
        sentence[at] = c;
        let sentence: String = sentence.into_iter().collect();
        if let Err(error) = market.parse(&sentence) {
            prop_assert!(!error.pointer(&sentence).is_empty());
        }
        Ok(())
    });
}

#[test]
fn reading_what_was_rendered_gives_the_same_intent() {
    let market = Market::default();
    law(CASES, &sentences(), |typed| {
        let sentence = typed.sentence();
        let first = market.parse(&sentence);
        let first = first.map_err(|e| TestCaseError::fail(format!("{sentence}: {e}")))?;
        let rendered = market.rendered(&first);
        let second = market.parse(&rendered);
        let second = second.map_err(|e| TestCaseError::fail(format!("{rendered}: {e}")))?;
        prop_assert_eq!(meaning(&first), meaning(&second));
        prop_assert_eq!(&rendered, &market.rendered(&second));
        Ok(())
    });
}

#[test]
fn the_order_of_clauses_means_nothing() {
    let market = Market::default();
    law(CASES, &reordered(), |(one, other)| {
        let (one, other) = (market.intent(&one.sentence()), market.intent(&other.sentence()));
        prop_assert_eq!(meaning(&one), meaning(&other));
        prop_assert_eq!(&one.filled, &other.filled);
        Ok(())
    });
}

#[test]
fn letter_case_and_spacing_mean_nothing() {
    let market = Market::default();
    let spaces = prop::sample::select(vec!["  ", "\t", "\n", " \r\n "]);
    law(CASES, &(sentences(), any::<bool>(), spaces), |(typed, upper, space)| {
        let sentence = typed.sentence();
        let cased = if upper { sentence.to_uppercase() } else { sentence.to_lowercase() };
        let other = market.intent(&format!("{space}{}{space}", cased.replace(' ', space)));
        let one = market.intent(&sentence);
        prop_assert_eq!(meaning(&one), meaning(&other));
        prop_assert_eq!(&one.filled, &other.filled);
        Ok(())
    });
}
