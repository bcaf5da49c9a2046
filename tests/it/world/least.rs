//! Plans through a contract that is only asked: the run may return more, never less.

use std::{collections::HashMap, sync::Arc};

use alloy_primitives::U256;
use tenor::{
    engine::{Engine, NOBODY},
    market::{Assume, load},
};
use tenor_simulations::{Script, World, simulate, verify};
use tenor_solver::{
    market::Market,
    solution::{Solution, approvals, calls},
    venues::{At, Place, Venue, VenueId, open},
};

const VAULT: &str = "frax:sfrxETH";

/// The embedded engine, and its market with one vault that is asked instead of computed.
fn asked() -> (Engine, Market) {
    let (figures, assumptions) = load(None, &Assume::Default).unwrap();
    let engine = Engine::new(&figures, &assumptions).unwrap();
    let mut market = engine.market().clone();
    let venue = opened(engine.world().unwrap(), &market);
    let listing = market.listings.iter_mut().find(|l| l.venue.id().as_str() == VAULT).unwrap();
    listing.venue = venue;
    (engine, market)
}

fn opened(world: &World, market: &Market) -> Arc<dyn Venue> {
    let vault = market.listing(&VenueId::new(VAULT)).unwrap().venue.tokens()[1];
    let place = Place {
        id: VenueId::new(VAULT),
        kind: "evm_quoted".to_owned(),
        contracts: [("contract".to_owned(), vault)].into(),
        constants: [("face".to_owned(), 2), ("steps".to_owned(), 16)].into(),
        code: Default::default(),
    };
    let at = At { block: market.block, timestamp: market.timestamp };
    let answer = |reads: &[_]| world.answer(reads);
    open(&[place], at, &mut HashMap::new(), answer).unwrap().remove(0).unwrap().venue
}

fn run(engine: &Engine, market: &Market, plan: &Solution) -> tenor_simulations::Report {
    let encoded = plan.encode(market, NOBODY, 50, market.timestamp + 600);
    let script = Script {
        account: NOBODY,
        holdings: plan.start.tokens().map(|token| (token, plan.start.stored(token))).collect(),
        approvals: approvals(&encoded),
        calls: calls(&encoded).cloned().collect(),
        watch: plan.watched(),
    };
    simulate(engine.world().unwrap(), &script).unwrap()
}

#[test]
fn a_surplus_of_what_was_only_asked_is_no_disagreement() {
    let (engine, market) = asked();
    let intent = engine.read("swap 12.345 frxETH to sfrxETH").unwrap();
    let plan = tenor_solver::solve(&market, &intent).unwrap().best.unwrap();
    let last = plan.legs.last().unwrap();
    assert!(last.at_least && market.listings[last.listing].venue.id().as_str() == VAULT);
    let report = run(&engine, &market, &plan);
    let measured = report.after.iter().find(|m| m.token == last.token_out).unwrap().balance;
    assert!(measured > last.amount_out, "between two answers the quote is less than what is paid");
    let surplus = measured - last.amount_out;
    let verified = verify(plan.clone(), report.clone()).unwrap();
    assert_eq!(verified.difference(), surplus);

    // Nobody else may be wrong, and nobody may promise more than is paid.
    let mut exact = plan.clone();
    exact.legs.iter_mut().for_each(|leg| leg.at_least = false);
    assert!(verify(exact, report.clone()).is_err());
    let mut greedy = plan;
    for held in greedy.end.iter_mut().filter(|held| held.token == last_token(&verified)) {
        held.balance += surplus + U256::ONE;
        held.stored += surplus + U256::ONE;
    }
    assert!(verify(greedy, report).is_err());
}

fn last_token(verified: &tenor_simulations::Verified) -> alloy_primitives::Address {
    verified.solution().legs.last().unwrap().token_out
}
