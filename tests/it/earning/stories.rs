//! 100 stETH over four horizons at three levels of risk: answers move as theory says, or holding wins
//! and says why.

use alloy_primitives::I256;
use tenor::{answer::AnswerDto, engine::Engine};

use super::{EMBEDDED, SYNTHETIC, ask, held, signed};

const DAYS: [u64; 4] = [3, 30, 90, 365];
const RISKS: [&str; 3] = ["low", "medium", "high"];

/// Every cell, by risk and then by horizon.
fn table(engine: &Engine) -> Vec<Vec<AnswerDto>> {
    let cell = |risk: &str, days: u64| {
        ask(engine, &format!("maximize ETH yield on 100 stETH for {days} days risk {risk}"))
    };
    RISKS.iter().map(|risk| DAYS.iter().map(|days| cell(risk, *days)).collect()).collect()
}

fn net(answer: &AnswerDto) -> I256 {
    signed(&answer.yields.as_ref().unwrap().net_wei)
}

/// The parts of an answer's yield: organic, incentive, cost and net, from its components alone.
fn parts(answer: &AnswerDto) -> [I256; 4] {
    let yields = answer.yields.as_ref().unwrap();
    let class = |class: &str| -> I256 {
        yields.components.iter().filter(|c| c.class == class).map(|c| signed(&c.wei)).sum()
    };
    let all = yields.components.iter().map(|c| signed(&c.wei)).sum();
    [class("organic"), class("incentive"), class("cost"), all]
}

/// What every cell owes its reader, whatever the market.
fn check(table: &[Vec<AnswerDto>]) {
    for (risk, row) in RISKS.iter().zip(table) {
        for (days, answer) in DAYS.iter().zip(row) {
            let at = format!("{risk}, {days} days");
            let y = answer.yields.as_ref().unwrap_or_else(|| panic!("{at}: no yield"));
            let told = [&y.organic_wei, &y.incentive_wei, &y.cost_wei, &y.net_wei];
            assert_eq!(parts(answer), told.map(|wei| signed(wei)), "{at}");
            let sum = signed(&y.organic_wei) + signed(&y.incentive_wei) + signed(&y.cost_wei);
            assert_eq!(sum, signed(&y.net_wei), "{at}");
            assert!(signed(&y.cost_wei) <= I256::ZERO, "{at}");
            // Leverage comes only where it is asked for.
            let borrows = answer.plan.legs.iter().any(|leg| leg.kind == "borrow");
            assert!(!borrows, "{at}");
            if answer.plan.kind == "hold" {
                why_held(answer, &at);
            } else {
                let hold = answer.alternatives.iter().find(|a| a.kind == "hold").unwrap();
                assert!(signed(&hold.net_wei) < net(answer), "{at}: {hold:?}");
            }
        }
    }
    // Nothing pays for its way in three days (`YIELD_AND_RISK` 11.4).
    for row in table {
        assert_eq!(row[0].plan.kind, "hold", "{:?}", row[0].plan);
    }
    // More risk allowed never earns less.
    for (low, high) in table.iter().zip(&table[1..]) {
        for (less, more) in low.iter().zip(high) {
            assert!(net(more) >= net(less), "{:?} {:?}", less.plan, more.plan);
        }
    }
}

/// Where holding wins, what else there is adds nothing or is not allowed, and is shown.
fn why_held(answer: &AnswerDto, at: &str) {
    let needed = answer.intent.filled.iter().find(|f| f.name == "improvement over hold").unwrap();
    let needed: f64 = needed.value.split(' ').next().unwrap().parse().unwrap();
    let held: f64 = answer.yields.as_ref().unwrap().net_bps.parse().unwrap();
    assert!(!answer.alternatives.is_empty() || !answer.unranked.is_empty(), "{at}");
    for other in answer.alternatives.iter().filter(|a| a.violates.is_empty()) {
        let adds = other.net_bps.parse::<f64>().unwrap() - held;
        assert!(adds < needed + 1e-3, "{at}: {other:?} adds {adds}");
    }
}

#[test]
fn on_the_embedded_market_holding_wins_and_says_why() {
    let table = table(&EMBEDDED);
    check(&table);
    for answer in table.iter().flatten() {
        assert_eq!(answer.plan.kind, "hold");
        assert_eq!(answer.yields.as_ref().unwrap().break_even_s, None);
        let of: Vec<_> =
            answer.yields.as_ref().unwrap().components.iter().map(|c| c.component).collect();
        assert!(of.iter().all(|c| ["base", "cost"].contains(c)), "{of:?}");
    }
}

/// The spread of behaviours, where there is something to move to.
#[test]
fn on_the_made_up_market_answers_move_as_theory_says() {
    let table = table(&SYNTHETIC);
    for (risk, row) in RISKS.iter().zip(&table) {
        for (days, answer) in DAYS.iter().zip(row) {
            let y = answer.yields.as_ref();
            let parts = y.map(|y| {
                y.components
                    .iter()
                    .map(|c| format!("{} {}", c.component, c.bps))
                    .collect::<Vec<_>>()
            });
            println!("{risk:>6} {days:>3} d: {} {:?} {parts:?}", answer.plan.kind, held(answer));
        }
    }
    check(&table);
    for answer in table.iter().flatten() {
        assert!(answer.market.source.starts_with("SYNTHETIC"), "{}", answer.market.source);
        assert!(answer.disclosures[0].starts_with("SYNTHETIC"), "{:?}", answer.disclosures);
        assert!(answer.simulation.is_none());
    }
    let cell = |risk: usize, horizon: usize| &table[risk][horizon];
    let pays = |answer: &AnswerDto, component: &str| {
        let all = &answer.yields.as_ref().unwrap().components;
        all.iter().any(|c| c.component == component && signed(&c.wei) > I256::ZERO)
    };
    // Once moving pays at low risk it goes on paying: a staking token's rate has no end.
    let moves: Vec<bool> = table[0].iter().map(|a| a.plan.kind != "hold").collect();
    assert_eq!(moves, [false, true, true, true]);
    assert_eq!(held(cell(0, 3)), ["mETH"]);
    // Medium risk takes the fixed term while it lasts, and not for twice as long.
    assert!(pays(cell(1, 2), "term"), "{:?}", cell(1, 2).plan);
    assert!(!pays(cell(1, 3), "term"), "{:?}", cell(1, 3).plan);
    // High risk counts half of what is minted, as long as it is minted; restaking lasts.
    assert!(pays(cell(2, 1), "incentive"), "{:?}", cell(2, 1).plan);
    assert!(!pays(cell(2, 3), "incentive"), "{:?}", cell(2, 3).plan);
    assert!(pays(cell(2, 3), "restaking"), "{:?}", cell(2, 3).plan);
}

/// Without leave to count incentives, or asked for organic yield, nothing that is minted counts.
#[test]
fn organic_yield_counts_nothing_that_is_minted() {
    for days in [30, 90] {
        let sentence = format!("maximize organic ETH yield on 100 stETH for {days} days risk high");
        let answer = ask(&SYNTHETIC, &sentence);
        let yields = answer.yields.as_ref().unwrap();
        assert_eq!(yields.incentive_wei, "0");
        assert!(!held(&answer).contains(&"farmETH") && !held(&answer).contains(&"lpETH"));
    }
}
