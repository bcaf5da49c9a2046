//! Where the EVM disagrees with the model: another plan takes the winner's place, or none does.

use std::sync::Arc;

use tenor::engine::{Engine, EngineError, NOBODY};
use tenor_simulations::{
    World,
    figures::{EMBEDDED_NAME, Figures, embedded},
};
use tenor_solver::{
    amount::WAD,
    market::Market,
    venues::{Swap, VenueId},
};

use super::Told;

const SENTENCE: &str = "swap 3 WETH to wstETH";
const POOL: &str = "uniswap_v3:wstETH/WETH:100";

/// The embedded market, but that its model of the best pool has bought a hundred wstETH which its
/// world has not: the model promises more than the pool pays.
fn apart() -> (Market, World) {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let mut market = figures.market(&[]).unwrap();
    let wsteth = market.tokens.iter().find(|token| token.symbol == "wstETH").unwrap().address;
    let id = VenueId::new(POOL);
    let listing = market.listings.iter_mut().find(|l| *l.venue.id() == id).unwrap();
    let mut venue = listing.venue.boxed();
    let from = venue.tokens().iter().position(|token| *token == wsteth).unwrap();
    venue
        .trade(Swap { from, to: 1 - from, amount: WAD * alloy_primitives::U256::from(100) })
        .unwrap();
    listing.venue = Arc::from(venue);
    (market, World::new(&figures).unwrap())
}

#[test]
fn the_best_plan_that_the_evm_confirms_takes_the_winners_place() {
    let (market, world) = apart();
    let engine = Engine::of(Arc::new(market), Some(world));
    let unjudged = Engine::of(Arc::new(engine.market().clone()), None);
    let promised = Told(unjudged.ask(SENTENCE, NOBODY).unwrap());
    assert_eq!(promised.0.plan.legs[0].venue, POOL);

    let told = Told(engine.ask(SENTENCE, NOBODY).unwrap());
    assert!(told.0.plan.legs.iter().all(|leg| leg.venue != POOL), "{:?}", told.0.plan.legs);
    assert_eq!(told.0.simulation.as_ref().unwrap().difference_wei, "0");
    // The best of the others, and no longer among them.
    let others: Vec<_> = promised.0.alternatives.iter().map(|other| &other.outputs).collect();
    let amounts = |outputs: &[tenor::answer::OutputDto]| -> Vec<String> {
        outputs.iter().map(|output| output.amount.clone()).collect()
    };
    assert_eq!(amounts(&told.0.plan.outputs), amounts(others[0]));
    let left: Vec<_> = told.0.alternatives.iter().map(|other| amounts(&other.outputs)).collect();
    assert_eq!(left, others[1..].iter().map(|o| amounts(o)).collect::<Vec<_>>());
}

#[test]
fn no_plan_is_told_that_the_evm_does_not_confirm() {
    let (mut market, world) = apart();
    market.listings.retain(|listing| listing.venue.id().as_str() == POOL);
    let engine = Engine::of(Arc::new(market), Some(world));
    let error = engine.ask(SENTENCE, NOBODY).unwrap_err();
    assert!(matches!(error, EngineError::Unconfirmed(_)), "{error}");
    assert!(error.to_string().contains("measured"), "{error}");
}
