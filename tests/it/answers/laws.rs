//! What holds for every answer, whatever was asked.

use std::collections::BTreeMap;

use alloy_primitives::{I256, U256};
use proptest::{prelude::*, sample::select, test_runner::TestCaseError};

use super::{Told, WORLD, signed, units};
use crate::law::law;

/// Sentences that each law is checked on.
const CASES: u32 = 200;

/// 1, as rates and growth have it.
const RAY: u128 = 10u128.pow(27);

/// A token of the market: half of the time one that can be traded.
fn token() -> impl Strategy<Value = (String, u8)> {
    let all: Vec<(String, u8)> =
        WORLD.engine.market().tokens.iter().map(|t| (t.symbol.clone(), t.decimals)).collect();
    let traded = ["ETH", "WETH", "stETH", "wstETH", "USDC"];
    let known: Vec<_> = all.iter().filter(|(s, _)| traded.contains(&s.as_str())).cloned().collect();
    prop_oneof![select(known), select(all)]
}

/// From one unit to ten times what the market can take, sizes spread evenly.
fn amount() -> impl Strategy<Value = U256> {
    let one = Just(U256::ONE);
    let any = (1u64..10_000_000, 0u32..=18);
    prop_oneof![1 => one, 15 => any.prop_map(|(n, zeros)| U256::from(n) * power(zeros))]
}

fn power(zeros: u32) -> U256 {
    U256::from(10).pow(U256::from(zeros))
}

/// Units in whole tokens; of a token with few decimals, what 18 decimals would have been.
fn written(amount: U256, decimals: u8) -> String {
    let digits = (amount / power(18 - u32::from(decimals.min(18)))).max(U256::ONE).to_string();
    let width = usize::from(decimals) + 1;
    let padded = format!("{digits:0>width$}");
    let (whole, part) = padded.split_at(padded.len() - usize::from(decimals));
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

fn given() -> impl Strategy<Value = String> {
    (amount(), token()).prop_map(|(n, (symbol, decimals))| {
        let amount = written(n, decimals);
        format!("{amount} {symbol}")
    })
}

fn clause(of: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => of]
}

fn avoid() -> impl Strategy<Value = String> {
    clause(select(vec![" avoid lido", " avoid curve", " avoid uniswap_v3"]).prop_map(str::to_owned))
}

fn yields() -> impl Strategy<Value = String> {
    let horizon = (0u32..=9, 1u64..=9)
        .prop_map(|(zeros, n)| format!(" for {} seconds", (n * 10u64.pow(zeros)).min(315_360_000)));
    let risk = select(vec![" risk low", " risk high", " risk <=T0"]).prop_map(str::to_owned);
    let limit = (1u32..=100, 1u32..=60).prop_map(|(p, d)| format!(" liquid {p}% within {d} days"));
    let cap = (1u32..=100).prop_map(|p| format!(" at most {p}% per protocol"));
    (given(), clause(horizon), clause(risk), clause(limit), clause(cap), avoid())
        .prop_map(|(g, h, r, l, c, a)| format!("maximize ETH yield on {g}{h}{r}{l}{c}{a}"))
}

fn swaps() -> impl Strategy<Value = String> {
    (given(), token(), avoid()).prop_map(|(g, (to, _), a)| format!("swap {g} to {to}{a}"))
}

fn exits() -> impl Strategy<Value = String> {
    (given(), select(vec!["ETH", "WETH"]), avoid())
        .prop_map(|(g, to, a)| format!("exit {g} to {to} within 7 days{a}"))
}

fn sentences() -> impl Strategy<Value = String> {
    prop_oneof![yields(), swaps(), exits()]
}

/// Checks a law on the answers to random sentences; that there is one is the first law below.
fn every_answer(
    sentences: &impl Strategy<Value = String>,
    holds: impl Fn(&str, &Told) -> Result<(), TestCaseError>,
) {
    law(CASES, sentences, |sentence| match WORLD.try_ask(&sentence) {
        Ok(told) => holds(&sentence, &told),
        Err(_) => Ok(()),
    });
}

#[test]
fn every_question_gets_an_answer_or_is_at_fault() {
    law(CASES, &sentences(), |sentence| {
        if let Err(error) = WORLD.try_ask(&sentence) {
            prop_assert!(error.is_input(), "{sentence}: {error}");
            prop_assert!(!error.to_string().contains('\n'), "{error}");
        }
        Ok(())
    });
}

#[test]
fn every_answer_is_a_confirmed_plan_or_a_reason() {
    every_answer(&sentences(), |sentence, told| {
        let plan = &told.0.plan;
        match &told.0.infeasible {
            Some(infeasible) => {
                prop_assert_eq!(plan.kind, "infeasible", "{}", sentence);
                prop_assert!(!infeasible.reason.is_empty(), "{sentence}");
                prop_assert!(plan.legs.is_empty() && plan.outputs.is_empty(), "{sentence}");
            }
            None => prop_assert_ne!(plan.kind, "infeasible", "{}", sentence),
        }
        prop_assert_eq!(told.0.simulation.is_some(), !plan.legs.is_empty(), "{}", sentence);
        if let Some(run) = &told.0.simulation {
            prop_assert_eq!(&run.difference_wei, "0", "{}", sentence);
        }
        Ok(())
    });
}

/// The user asked for a token: a plan that gives none of it is none.
#[test]
fn a_trade_gives_some_of_what_was_wanted() {
    every_answer(&prop_oneof![swaps(), exits()], |sentence, told| {
        if !told.legs().is_empty() {
            let wanted = sentence.split(' ').nth(4).unwrap();
            let got = |outputs: &[tenor::answer::OutputDto]| {
                outputs.iter().any(|o| told.symbol(&o.token) == wanted && o.amount != "0")
            };
            prop_assert!(got(&told.0.plan.outputs), "{sentence}: {:?}", told.0.plan);
            for other in &told.0.alternatives {
                prop_assert!(got(&other.outputs), "{sentence}: {other:?}");
            }
        }
        Ok(())
    });
}

/// A trade is of all that was given, but for what rounding leaves: of shares, and of the floats that
/// divide an amount among venues.
#[test]
fn a_trade_takes_all_that_is_given() {
    every_answer(&prop_oneof![swaps(), exits()], |sentence, told| {
        let most = U256::from(2) + units(&told.0.intent.amount) / power(12);
        prop_assert!(told.unallocated() <= most, "{sentence}: {:?}", told.0.plan);
        Ok(())
    });
}

/// What is said to make an intent feasible does.
#[test]
fn every_relaxation_is_feasible() {
    every_answer(&sentences(), |sentence, told| {
        let Some(infeasible) = &told.0.infeasible else { return Ok(()) };
        for change in &infeasible.relaxations {
            let relaxed = relaxed(sentence, &change.limit, &change.to);
            let Ok(again) = WORLD.try_ask(&relaxed) else { continue };
            prop_assert!(again.0.infeasible.is_none(), "{sentence}: not even {relaxed}");
            prop_assert!(!again.legs().is_empty(), "{sentence}: {relaxed} does nothing");
        }
        Ok(())
    });
}

/// A sentence with one of its limits changed.
fn relaxed(sentence: &str, limit: &str, to: &str) -> String {
    let words: Vec<&str> = sentence.split(' ').collect();
    if limit == "amount" {
        let at = words.iter().position(|w| w.starts_with(|c: char| c.is_ascii_digit())).unwrap();
        return [&words[..at], &[to], &words[at + 2..]].concat().join(" ");
    }
    assert_eq!(limit, "liquidity");
    match words.iter().position(|w| *w == "liquid") {
        Some(at) => [&words[..at], &[to], &words[at + 5..]].concat().join(" "),
        None => format!("{sentence} {to}"),
    }
}

/// What is given, less what goes into trades, with what comes out of them, is what is left.
#[test]
fn nothing_is_lost_between_the_legs() {
    every_answer(&sentences(), |sentence, told| {
        if told.0.infeasible.is_some() {
            return Ok(());
        }
        let mut left: BTreeMap<&str, I256> = BTreeMap::new();
        let mut add = |token, amount: I256| *left.entry(token).or_insert(I256::ZERO) += amount;
        add(&told.0.intent.asset, signed(&told.0.intent.amount));
        for leg in told.legs() {
            add(&leg.token_in, -signed(&leg.amount_in));
            add(&leg.token_out, signed(&leg.amount_out));
        }
        // Shares of a rebasing token are worth whole units only by rounding, once in each trade.
        let most = I256::try_from(2 + 2 * told.legs().len()).unwrap();
        let outputs = &told.0.plan.outputs;
        for (token, amount) in left {
            let output = outputs.iter().find(|o| o.token == token);
            let shown = output.map_or(I256::ZERO, |o| signed(&o.amount));
            let market = WORLD.engine.market();
            let rebases = market.rebasing(token.parse().unwrap()).is_some();
            let slack = if rebases { most } else { I256::ZERO };
            prop_assert!(
                (shown - amount).abs() <= slack,
                "{sentence}: {token}: {shown} is left, the legs say {amount}"
            );
        }
        Ok(())
    });
}

/// The gas that a plan counts is that of its trades and one transaction.
#[test]
fn gas_adds_up() {
    every_answer(&sentences(), |sentence, told| {
        let legs: u64 = told.legs().iter().map(|leg| leg.gas).sum();
        let all = if legs == 0 { 0 } else { legs + 21_000 };
        prop_assert_eq!(told.0.plan.gas, all, "{}", sentence);
        Ok(())
    });
}

/// The parts of a yield add up to the wei, and so does what the end is worth.
#[test]
fn a_yield_adds_up() {
    every_answer(&yields(), |sentence, told| {
        let (Some(yields), Some(exit)) = (&told.0.yields, &told.0.exit) else {
            prop_assert!(told.0.infeasible.is_some() || told.0.yields.is_some(), "{sentence}");
            return Ok(());
        };
        let [net, organic, incentive, cost] =
            [&yields.net_wei, &yields.organic_wei, &yields.incentive_wei, &yields.cost_wei]
                .map(|wei| signed(wei));
        prop_assert_eq!(net, organic + incentive + cost, "{}", sentence);
        prop_assert!(cost <= I256::ZERO, "{sentence}: {cost}");
        for (class, wei) in [("organic", organic), ("incentive", incentive), ("cost", cost)] {
            let of = yields.components.iter().filter(|c| c.class == class);
            let sum: I256 = of.map(|c| signed(&c.wei)).sum();
            prop_assert_eq!(sum, wei, "{}: {}", sentence, class);
        }

        let sold = |part: &tenor::answer::PartDto| {
            let sale = units(&part.sale_eth_wei)
                .widening_mul::<256, 4, 512, 8>(units(&part.growth_ray))
                / U256::from(RAY).to::<alloy_primitives::U512>();
            let left = part.queue.as_ref().map_or(U256::ZERO, |q| units(&q.eth_wei));
            sale.to::<U256>() + left + units(&part.rewards_wei)
        };
        let eth: U256 = exit.parts.iter().map(sold).sum();
        prop_assert_eq!(eth, units(&exit.eth_wei), "{}", sentence);
        let gas = U256::from(told.0.plan.gas + exit.gas) * units(&told.0.market.gas_price_wei);
        let end = I256::try_from(eth).unwrap() - I256::try_from(gas).unwrap();
        prop_assert_eq!(net, end - signed(&yields.principal_wei), "{}", sentence);

        let bps = |text: &str| text.parse::<f64>().unwrap();
        let parts = bps(&yields.organic_bps) + bps(&yields.incentive_bps) + bps(&yields.cost_bps);
        // Four places, of figures that can be large over a second.
        let near = 4e-4 + bps(&yields.net_bps).abs() * 1e-9;
        prop_assert!((parts - bps(&yields.net_bps)).abs() < near, "{sentence}: {yields:?}");
        Ok(())
    });
}

/// Nothing within the limits is worth more than the winner; holding wins where nothing adds as
/// much as was asked for.
#[test]
fn the_winner_is_worth_the_most() {
    every_answer(&yields(), |sentence, told| {
        let Some(yields) = &told.0.yields else { return Ok(()) };
        let bps = |text: &str| text.parse::<f64>().unwrap();
        let needed = WORLD.engine.read(sentence).unwrap().limits.min_improvement_bps;
        for other in told.0.alternatives.iter().filter(|a| a.violates.is_empty()) {
            let adds = signed(other.adds_wei.as_ref().unwrap());
            prop_assert_eq!(adds, signed(&other.net_wei) - told.net(), "{}", sentence);
            if told.kind() == "hold" {
                let improves = bps(&other.net_bps) - bps(&yields.net_bps);
                prop_assert!(improves < f64::from(needed) + 1e-3, "{sentence}: {other:?}");
            } else {
                // Scores are floats: beyond eleven digits they may be equal.
                let slack = signed(&yields.principal_wei) / I256::try_from(10u64.pow(11)).unwrap();
                prop_assert!(adds <= slack, "{sentence}: {other:?}");
            }
        }
        Ok(())
    });
}

/// A trade over all venues is worth no less, gas included, than through one of them alone.
#[test]
fn no_single_venue_beats_a_trade() {
    every_answer(&prop_oneof![swaps(), exits()], |sentence, told| {
        for other in &told.0.alternatives {
            // Between tokens that do not redeem for ETH there is no worth to compare.
            let Some(adds) = other.adds_wei.as_deref().map(signed) else { continue };
            if told.0.infeasible.is_none() && other.violates.is_empty() {
                prop_assert!(adds <= I256::ONE, "{sentence}: {other:?}");
            }
        }
        Ok(())
    });
}
