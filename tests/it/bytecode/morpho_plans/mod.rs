//! Loops on Morpho Blue as plans: from a sentence to what its published contract has in its books, and back.
//!
//! The collateral is a vault of the loan token, which deposits and redeems at its rate; the rate model is
//! the adaptive curve as it is published. The market is read as a node's is, at a second to which no
//! interest has come yet.

mod stage;

use std::sync::LazyLock;

use alloy_primitives::{Address, U256};
use tenor::{
    answer::{AnswerDto, terminal::Page},
    engine::{Engine, NOBODY},
};
use tenor_simulations::{Report, Script, simulate, verify};
use tenor_solver::{
    amount::{WAD, mul_div, to_f64},
    intent::Intent,
    leverage::{Leverage, Terms},
    limits_check::{Rule, check},
    route::LegKind,
    solution::{Answer, Solution, approvals, calls},
    solve,
    venues::{Encoded, liquidation_incentive},
};

use self::stage::{engine, used};
use super::{
    ALICE, BOB,
    morpho::{Market, PAR, positionCall},
};

const YEAR: &str = "maximize ETH yield on 100 wstETH for 365 days risk high";

static MARKET: LazyLock<Market> = LazyLock::new(|| used(10_000, 3_600));
static ENGINE: LazyLock<Engine> = LazyLock::new(|| engine(&MARKET));

fn ask(sentence: &str) -> AnswerDto {
    ENGINE.ask(sentence, NOBODY).unwrap_or_else(|error| panic!("{sentence}: {error}"))
}

fn solved(sentence: &str) -> (Intent, Answer) {
    let intent = ENGINE.read(sentence).unwrap();
    let answer = solve(ENGINE.market(), &intent).unwrap();
    (intent, answer)
}

/// The winner of a sentence that asks for leverage, which is a loop.
fn entered(sentence: &str) -> (Intent, Solution) {
    let (intent, answer) = solved(sentence);
    let best = answer.best.unwrap();
    assert!(best.leverage.is_some(), "{sentence}: {}", best.label);
    (intent, best)
}

fn facts(plan: &Solution) -> &Leverage {
    plan.leverage.as_deref().unwrap()
}

fn run(plan: &Solution, encoded: &[Encoded]) -> Report {
    let script = Script {
        account: NOBODY,
        holdings: plan.start.tokens().map(|token| (token, plan.start.stored(token))).collect(),
        approvals: approvals(encoded),
        calls: calls(encoded).cloned().collect(),
        watch: plan.watched(),
    };
    simulate(ENGINE.world().unwrap(), &script).unwrap()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

#[test]
fn a_sentence_becomes_a_loop_in_morphos_books() {
    let told = ask(&format!("{YEAR} leverage <= 3"));
    let l = told.leverage.as_ref().expect("a loop wins a year");
    assert_eq!((told.plan.kind, told.plan.way), ("positions", "owner_executed"));
    assert_eq!(told.simulation.as_ref().unwrap().difference_wei, "0");
    assert_eq!(l.venue, "morpho:A");
    let leverage = number(&l.leverage);
    assert!(leverage > 2.9 && leverage <= 3.0, "{leverage}");
    let near = |what: &str, got: f64, wanted: f64| {
        assert!((got - wanted).abs() < 1e-3, "{what}: {got}, not {wanted}");
    };
    near("health", number(&l.health), 0.945 * leverage / (leverage - 1.0));
    let bonus = to_f64(liquidation_incentive(MARKET.params.lltv).unwrap()) / 1e18 - 1.0;
    near("bonus", number(l.liquidation_bonus_bps.as_ref().unwrap()) / 1e4, bonus);
    // Both positions are named, counted as what is pledged and owed, and among what is left.
    let named = |at: usize| &told.tokens[&l.position_tokens[at]];
    assert_eq!((named(0).symbol.as_str(), named(0).decimals), ("wstETH pledged at morpho:A", 18));
    assert_eq!((named(1).symbol.as_str(), named(1).decimals), ("WETH owed to morpho:A", 18));
    let left = |token: &str| &told.plan.outputs.iter().find(|o| o.token == token).unwrap().amount;
    assert_eq!(left(&l.position_tokens[0]), &l.collateral_amount);
    assert_eq!(left(&l.position_tokens[1]), &l.debt_amount);
    let page = Page::new(&told, false).to_string();
    assert!(page.contains("wstETH pledged at morpho:A, owes "), "{page}");
    let risk = told.risk.as_ref().unwrap();
    assert_eq!(risk.tier, "T3", "a tier above lending on one liquid staking token");
}

#[test]
fn it_comes_only_when_asked_for() {
    for sentence in [YEAR.to_owned(), format!("{YEAR} leverage <= 1")] {
        let (_, answer) = solved(&sentence);
        let plans = answer.best.iter().chain(&answer.alternatives);
        assert!(plans.clone().count() > 0);
        assert!(plans.clone().all(|plan| plan.leverage.is_none()), "{sentence}");
    }
    let (_, avoided) = solved(&format!("{YEAR} leverage <= 3 avoid morpho"));
    assert!(avoided.best.iter().chain(&avoided.alternatives).all(|plan| plan.leverage.is_none()));
}

/// In and out in one run on the contract: what is left is what the unwinding says, to the wei, and its
/// books are empty again.
#[test]
fn a_loop_is_left_to_the_wei() {
    for (asset, most) in [("100 wstETH", "3"), ("40 WETH", "1.5"), ("250 wstETH", "8")] {
        let sentence =
            format!("maximize ETH yield on {asset} for 365 days risk high leverage <= {most}");
        let (_, plan) = entered(&sentence);
        let leverage = facts(&plan);
        let mut encoded = plan.encode(ENGINE.market(), NOBODY, 10, u64::MAX);
        let report = run(&plan, &encoded);
        let [pledged, owed] = leverage.credit.position_tokens();
        let held =
            |report: &Report, token| *report.after.iter().find(|h| h.token == token).unwrap();
        assert_eq!(held(&report, pledged).balance, leverage.collateral, "{sentence}");
        assert_eq!(held(&report, owed).balance, leverage.owed, "{sentence}");
        verify(plan.clone(), report).unwrap();

        encoded.extend(leverage.encode_unwinding(ENGINE.market(), NOBODY, 10, u64::MAX));
        let report = run(&plan, &encoded);
        assert_eq!(held(&report, leverage.credit.loan).balance, leverage.unwinding.left);
        for position in [pledged, owed] {
            let left = held(&report, position);
            assert_eq!((left.balance, left.stored()), (U256::ZERO, U256::ZERO), "{sentence}");
        }
    }
}

/// The run's books and the plan's are compared in units and in shares: one more or less of either is told.
#[test]
fn a_unit_or_a_share_beside_is_a_disagreement() {
    let (_, plan) = entered(&format!("{YEAR} leverage <= 3"));
    let report = run(&plan, &plan.encode(ENGINE.market(), NOBODY, 10, u64::MAX));
    for token in facts(&plan).credit.position_tokens() {
        for (units, shares) in [(1u8, 0u8), (0, 1)] {
            let mut beside = plan.clone();
            let held = beside.end.iter_mut().find(|held| held.token == token).unwrap();
            held.balance += U256::from(units);
            held.stored -= U256::from(shares);
            assert_eq!(verify(beside, report.clone()).unwrap_err().token, token);
        }
    }
}

/// The health factor that a profile keeps bounds what is asked beyond it, at every step.
#[test]
fn health_and_limit_are_kept() {
    for (risk, health) in [("high", 1.05), ("medium risk <= T4", 1.1)] {
        let sentence =
            format!("maximize ETH yield on 100 wstETH for 365 days risk {risk} leverage <= 50");
        let (_, answer) = solved(&sentence);
        let plans = answer.best.iter().chain(&answer.alternatives);
        let loops: Vec<_> = plans.filter_map(|plan| plan.leverage.as_deref()).collect();
        let greatest = loops.iter().map(|of| of.leverage).fold(1.0, f64::max);
        let bound = 1.0 / (1.0 - 0.945 / health);
        // Twelve rounds get to 1 - 0.9^13 of it.
        assert!(greatest > 0.7 * bound && greatest <= bound, "{greatest} of {bound}");
        for of in loops {
            assert!(to_f64(of.health) / 1e18 >= health, "{}", of.health);
        }
    }
}

/// More was lent than the curve aims at, until borrowing costs more than the loop earns.
#[test]
fn a_loop_above_its_break_even_is_refused() {
    let dear = engine(&used(18_700, 30 * 86_400));
    let told = dear.ask(&format!("{YEAR} leverage <= 3"), NOBODY).unwrap();
    assert!(told.leverage.is_none(), "{}", told.plan.label);
    let loops: Vec<_> = told.alternatives.iter().filter(|a| a.label.contains("times")).collect();
    let refused = loops.iter().any(|a| a.violates.iter().any(|v| v.contains("breaks even")));
    assert!(refused, "{loops:?}");
}

/// What a plan says that it has pledged and owes must follow from its steps.
#[test]
fn a_changed_position_is_refused() {
    let (intent, plan) = entered(&format!("{YEAR} leverage <= 3"));
    let market = ENGINE.market();
    check(market, &intent, &plan).unwrap();
    let [pledged, owed] = facts(&plan).credit.position_tokens();
    let changed = |token: Address, change: &dyn Fn(U256) -> U256| {
        let mut changed = plan.clone();
        let held = changed.end.iter_mut().find(|held| held.token == token).unwrap();
        held.balance = change(held.balance);
        check(market, &intent, &changed).unwrap_err().rule
    };
    let half = |of: U256| of / U256::from(2);
    let more = |of: U256| of + of / U256::from(10);
    for token in [pledged, owed] {
        assert_eq!(changed(token, &half), Rule::Leverage);
        assert_eq!(changed(token, &more), Rule::Leverage);
    }
    // Owed to nobody that the market lists, and pledged where nothing is.
    for token in [pledged, owed] {
        let mut elsewhere = plan.clone();
        for held in elsewhere.end.iter_mut().filter(|held| held.token == token) {
            held.token = Address::repeat_byte(0x99);
        }
        assert_eq!(check(market, &intent, &elsewhere).unwrap_err().rule, Rule::Leverage);
    }
    // A borrowing that no step makes, with what it would have brought.
    let mut fewer = plan.clone();
    let last = fewer.legs.iter().rposition(|leg| leg.kind == LegKind::Borrow).unwrap();
    fewer.legs.remove(last);
    assert_eq!(check(market, &intent, &fewer).unwrap_err().rule, Rule::Leverage);
    let mut avoids = intent.clone();
    avoids.limits.avoid = vec!["morpho".into()];
    assert_eq!(check(market, &avoids, &plan).unwrap_err().rule, Rule::Avoid);
    let mut below = intent;
    below.limits.max_leverage_pct = 250;
    assert_eq!(check(market, &below, &plan).unwrap_err().rule, Rule::Leverage);
}

/// A loop that somebody holds is liquidated by the contract at the fall that the answer tells and not
/// before, and what a liquidator leaves is what the answer says.
#[test]
fn a_stressed_loop_is_liquidated_as_told() {
    let (_, plan) = entered(&format!("{YEAR} leverage <= 3"));
    let of = facts(&plan);
    let mut market = MARKET.clone();
    let given = plan.start.stored(of.credit.collateral);
    market.lab.transfer(of.credit.collateral, BOB, ALICE, given);
    for step in plan.encode(ENGINE.market(), ALICE, 10, u64::MAX) {
        market.lab.execute(ALICE, &step).unwrap();
    }
    let call = positionCall { id: market.id(), user: ALICE };
    let held = market.lab.view(market.morpho, &call);
    let [shares, collateral] = [held.borrowShares, held.collateral].map(U256::from);
    assert_eq!(of.account.stored(), [collateral, shares]);

    let Terms::Morpho(terms) = &of.credit.terms else { panic!() };
    let fallen = |by: f64| {
        let kept = tenor_solver::amount::from_f64((1.0 - by) * 1e18);
        mul_div(terms.price, kept, WAD).unwrap()
    };
    market.price(fallen(of.price_drop - 1e-9));
    assert_eq!(market.clone().liquidate(ALICE, shares), None, "it is healthy still");
    let price = fallen(of.price_drop + 1e-9);
    market.price(price);
    let (seized, _) = market.liquidate(ALICE, shares).expect("it is not healthy any more");
    let left = to_f64(collateral - seized) * to_f64(price) / to_f64(PAR);
    let equity = to_f64(collateral) * to_f64(terms.price) / to_f64(PAR) - to_f64(of.owed);
    let lost = 1.0 - left / equity;
    let told = of.liquidation_loss.unwrap();
    assert!((lost - told).abs() < 1e-6, "{lost}, told {told}");
    // More than the fall alone: by the bonus on all that was owed.
    let bonus = of.credit.bonus().unwrap() * (of.leverage - 1.0);
    let fall = of.leverage * of.price_drop;
    assert!((told - fall - bonus).abs() < 1e-9, "{told}: {fall} and {bonus}");
    let row = of.stress.iter().find(|row| row.what.starts_with("liquidated")).unwrap();
    assert_eq!(row.loss, Some(told));
}
