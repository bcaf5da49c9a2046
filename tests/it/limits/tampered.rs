//! Plans that were changed, or belong to another intent: refused, each for the limit that it breaks.

use std::collections::BTreeSet;

use alloy_primitives::U256;
use tenor_solver::{
    amount::WAD,
    intent::{Goal, Intent, Limits, Objective, Tier},
    limits_check::{Rule, check},
    market::Market,
    solution::{PlanKind, Solution},
    solve,
};

use super::ENGINE;

fn asked(sentence: &str) -> Intent {
    ENGINE.read(sentence).unwrap_or_else(|error| panic!("{sentence}: {error}"))
}

/// The winner of a sentence, which keeps all its limits.
fn winner(sentence: &str) -> (Intent, Solution) {
    let intent = asked(sentence);
    let best = solve(ENGINE.market(), &intent).unwrap().best.unwrap();
    check(ENGINE.market(), &intent, &best).unwrap();
    (intent, best)
}

fn rule(market: &Market, intent: &Intent, plan: &Solution) -> Rule {
    check(market, intent, plan).expect_err(&plan.label).rule
}

fn limited(intent: &Intent, change: impl Fn(&mut Limits)) -> Intent {
    let mut changed = intent.clone();
    change(&mut changed.limits);
    changed
}

#[test]
fn a_plan_is_refused_for_every_kind_of_limit() {
    let market = ENGINE.market();
    let (intent, moved) = winner("maximize ETH yield on 100 WETH for 365 days");
    assert_eq!(moved.kind, PlanKind::Positions);
    let under = |change: &dyn Fn(&mut Limits)| rule(market, &limited(&intent, change), &moved);
    let mut seen = vec![
        under(&|l| l.protocol_cap_bps = 9_000),
        under(&|l| l.max_tier = Tier::T0),
        under(&|l| l.max_expected_loss_bps = 5),
        under(&|l| l.avoid = vec!["lido".into()]),
        under(&|l| l.only = vec!["curve".into()]),
        under(&|l| l.max_exit_cost_bps = 0),
        under(&|l| l.least_position = WAD * U256::from(1_000)),
    ];
    assert_eq!(
        seen,
        [
            Rule::ProtocolCap,
            Rule::Tier,
            Rule::ExpectedLoss,
            Rule::Avoid,
            Rule::Only,
            Rule::Liquidity,
            Rule::Ticket,
        ]
    );

    let goal = |objective| Intent {
        goal: Goal::Yield { objective, horizon_s: 365 * 86_400 },
        ..intent.clone()
    };
    seen.push(rule(market, &goal(Objective::LeastRisk { target_bps: 330 }), &moved));
    seen.push(rule(market, &goal(Objective::FixedRate), &moved));

    // Leaving 50,000 stETH within three days costs more than 5 bp, and no queue pays so soon.
    let large = asked("maximize ETH yield on 50000 stETH for 3 days risk high");
    let answer = solve(market, &large).unwrap();
    let hold = answer.best.iter().chain(&answer.alternatives);
    let hold = hold.into_iter().find(|plan| plan.kind == PlanKind::Hold).unwrap();
    seen.push(rule(
        market,
        &limited(&large, |l| (l.liquid_share_bps, l.max_exit_cost_bps) = (0, 5)),
        hold,
    ));
    seen.push(rule(
        market,
        &limited(&large, |l| (l.liquid_share_bps, l.max_exit_cost_bps) = (10_000, 5)),
        hold,
    ));

    // Forced out of stETH, entering ETH costs something.
    let (forced, out) =
        winner("rebalance 40 wstETH and 60 WETH for 365 days at most 30% per protocol");
    seen.push(rule(market, &limited(&forced, |l| l.max_entry_cost_bps = 0), &out));

    let mut more = moved.clone();
    more.end[0].balance = more.end[0].balance * U256::from(3) / U256::from(2);
    seen.push(rule(market, &intent, &more));

    let mut closed = market.clone();
    closed.listings[moved.legs[0].listing].disabled = Some("paused".into());
    seen.push(rule(&closed, &intent, &moved));

    let mut unknown = market.clone();
    let token = moved.end.iter().find(|held| !held.balance.is_zero()).unwrap().token;
    unknown.redemptions.retain(|of| of.token != token);
    seen.push(rule(&unknown, &intent, &moved));

    let seen: BTreeSet<Rule> = seen.into_iter().collect();
    let all = [
        Rule::Avoid,
        Rule::Only,
        Rule::Denied,
        Rule::Tier,
        Rule::ExpectedLoss,
        Rule::ProtocolCap,
        Rule::EntryCost,
        Rule::ExitCost,
        Rule::Liquidity,
        Rule::Leverage,
        Rule::Target,
        Rule::Fixed,
        Rule::Valued,
        Rule::Ticket,
    ];
    assert_eq!(seen, BTreeSet::from(all));
}

/// A holding swapped for another of the same worth: what is held no longer follows from the trades.
#[test]
fn a_holding_that_no_trade_explains_is_refused() {
    let market = ENGINE.market();
    let (intent, moved) = winner("maximize ETH yield on 100 WETH for 365 days risk high");
    for symbol in ["weETH", "rETH", "swETH", "USDC", "wstETH"] {
        let token = market.tokens.iter().find(|token| token.symbol == symbol).unwrap().address;
        let mut swapped = moved.clone();
        for held in swapped.end.iter_mut().filter(|held| !held.balance.is_zero()) {
            if held.token == token {
                held.balance += U256::ONE;
            }
            held.token = token;
        }
        assert_eq!(rule(market, &intent, &swapped), Rule::Leverage, "{symbol}");
    }
}

/// A token that is denied whatever the profile is refused wherever it turns up.
#[test]
fn a_denied_token_is_refused() {
    let (intent, moved) = winner("maximize ETH yield on 100 WETH for 365 days");
    let mut market = ENGINE.market().clone();
    let token = moved.legs[0].token_out;
    for info in market.tokens.iter_mut().filter(|info| info.address == token) {
        info.symbol = "rsETH".to_owned();
    }
    assert_eq!(rule(&market, &intent, &moved), Rule::Denied);
}
