//! What a position is worth that only a queue lets out: by each rate rule, with fee, limit and bounds.

use std::sync::Arc;

use alloy_primitives::U256;
use tenor_solver::{
    amount::{RAY, WAD, growth, mul_div},
    market::Market,
    value::QueueUse,
    venues::{
        Bound, Capacity, Deposit, DepositCall, Exit, ExitFee, ExitRate, NATIVE, RateForm, RateRule,
        ShareRate, ShareRateFigures, Ticket, VenueId, Wait,
    },
};

use super::WORLD;

const DAY: u64 = 86_400;
const WAIT_DAYS: u64 = 20;
const SENTENCE: &str = "maximize ETH yield on 100 rswETH for 90 days risk high";

fn exit(rule: RateRule, fee_ppm: u64, capacity: Capacity) -> Exit {
    let fee = match fee_ppm {
        0 => ExitFee::None,
        part => ExitFee::Part { part: U256::from(part), of: U256::from(1_000_000), up: false },
    };
    Exit {
        name: "a queue",
        to: 0,
        rule,
        rate: ExitRate::ONE,
        fee,
        least: Bound::None,
        most: Bound::None,
        capacity,
        least_wait: Wait::Seconds(0),
        expected_wait: Wait::Seconds(WAIT_DAYS * DAY),
        ticket: Ticket::Bound,
    }
}

/// The built-in market, in which rswETH has these queues alone and no pool.
fn market(exits: Vec<Exit>) -> Market {
    let mut market = WORLD.engine.market().clone();
    let rsweth = market.tokens.iter().find(|t| t.symbol == "rswETH").unwrap().address;
    let rate = market.redeem_value(rsweth, WAD).unwrap();
    let listing =
        market.listings.iter_mut().find(|l| l.venue.tokens() == [NATIVE, rsweth]).unwrap();
    let figures = ShareRateFigures {
        share: rsweth,
        form: RateForm::Rate { eth_per_share_wad: rate },
        deposit: Deposit::Open(DepositCall::Deposit(rsweth)),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unlimited,
    };
    let id = VenueId::new("swell:rswETH");
    listing.venue = Arc::new(ShareRate::new(id, figures).leaving(exits));
    market
}

/// How holding 100 rswETH is valued: by which queue, and the rate that it earns.
fn held(exits: Vec<Exit>) -> Option<(QueueUse, U256)> {
    let market = market(exits);
    let intent = WORLD.engine.read(SENTENCE).unwrap();
    let answer = tenor_solver::solve(&market, &intent).unwrap();
    let plans = answer.best.into_iter().chain(answer.alternatives);
    let hold = plans.into_iter().find(|plan| plan.legs.is_empty())?;
    let part = hold.worth.parts.first()?.clone();
    Some((part.queue?, part.earning.rate))
}

/// What a queue pays for what was worth `redeem` when it was valued, requested in time.
fn paid(queue: &QueueUse, rate: U256, earns_days: u64) -> U256 {
    mul_div(queue.redeem, growth(rate, earns_days * DAY).unwrap(), RAY).unwrap()
}

#[test]
fn a_queue_earns_nothing_where_its_rule_says_so() {
    for rule in [
        RateRule::MinRequestSettle,
        RateRule::FixedAtRequest,
        RateRule::SlashableInQueue,
        RateRule::Spot,
    ] {
        let (queue, rate) = held(vec![exit(rule, 0, Capacity::Unlimited)]).unwrap();
        assert!(!rate.is_zero() && queue.rule == rule);
        assert_eq!(queue.eth, paid(&queue, rate, 90 - WAIT_DAYS), "{rule:?}");
        assert!(queue.eth < paid(&queue, rate, 90), "{rule:?}");
    }
}

#[test]
fn a_queue_that_accrues_earns_until_it_pays() {
    let accrues = exit(RateRule::AccruesInQueue, 0, Capacity::Unlimited);
    let (queue, rate) = held(vec![accrues]).unwrap();
    assert_eq!(queue.eth, paid(&queue, rate, 90));
}

#[test]
fn the_fee_of_a_queue_is_a_cost_and_the_better_queue_is_used() {
    let rule = RateRule::FixedAtRequest;
    let (queue, rate) = held(vec![exit(rule, 2_000, Capacity::Unlimited)]).unwrap();
    let whole = paid(&queue, rate, 90 - WAIT_DAYS);
    let kept = whole - whole * U256::from(2_000) / U256::from(1_000_000);
    assert!(queue.eth.abs_diff(kept) <= U256::from(2), "{} {kept}", queue.eth);
    let both = [2_000, 0].map(|fee| exit(rule, fee, Capacity::Unlimited));
    assert_eq!(held(both.to_vec()).unwrap().0.eth, whole);
}

/// A limit that is unknown, or less than is held, lets nothing of it count; nor does a fee or a wait that
/// is unknown, or one that is longer than the horizon.
#[test]
fn what_a_queue_does_not_take_for_sure_is_worth_nothing() {
    let rule = RateRule::FixedAtRequest;
    let limited = |amount| Capacity::Limited { amount, what: "a buffer", refill_per_block: None };
    assert!(held(vec![exit(rule, 0, limited(WAD * U256::from(101)))]).is_some());
    assert!(held(vec![exit(rule, 0, limited(WAD * U256::from(99)))]).is_none());
    assert!(held(vec![exit(rule, 0, Capacity::Unknown("its limit".into()))]).is_none());
    let sound = || exit(rule, 0, Capacity::Unlimited);
    let untold = Exit { fee: ExitFee::Unknown("its fee".into()), ..sound() };
    assert!(held(vec![untold]).is_none());
    let untimed = Exit { expected_wait: Wait::Unknown("its length".into()), ..sound() };
    assert!(held(vec![untimed]).is_none());
    let long = Exit { expected_wait: Wait::Seconds(91 * DAY), ..sound() };
    assert!(held(vec![long]).is_none());
    let least = Exit { least: Bound::At(WAD * U256::from(101)), ..sound() };
    assert!(held(vec![least]).is_none());
    assert!(held(vec![Exit { to: 1, ..sound() }]).is_none(), "what pays itself is no way out");
}

/// An assumed wait is what the built-in market lacks to value a queue of Swell's.
#[test]
fn an_assumed_wait_lets_a_queue_be_valued() {
    let assume = |venue: &str| {
        let text = format!(
            r#"{{"schema": "tenor.assumptions/1", "note": "a test", "assumptions": [{{"kind":
            "queue_wait", "venue": "{venue}", "wait_days": "12", "why": "a test"}}]}}"#
        );
        super::World::assuming(text.as_bytes())
    };
    let queued = |world: &super::World| {
        let told = world.ask("maximize ETH yield on 100 rswETH for 90 days risk high");
        told.0.exit.is_some_and(|exit| exit.parts.iter().any(|part| part.queue.is_some()))
    };
    assert!(queued(&assume("swell:rswETH")));
    assert!(!queued(&assume("mantle:mETH")));
}
