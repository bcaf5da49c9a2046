//! Queues: each with its rule, its waits, and what its ticket is.

use alloy_primitives::{U256, uint};
use tenor_solver::{
    amount::WAD,
    venues::{
        ActiveStake, Capacity, EigenLayer, FraxMinter, FraxQueue, NATIVE, RateRule, Strategy,
        Symbiotic, Ticket, Venue, Wait,
    },
};

use super::{A, B, etherfi, id, numbers::TOTALS, open, renzo, stader};

/// A venue, its share, and what is said of the queue: rule, ticket, least and expected wait.
type Case = (Box<dyn Venue>, usize, RateRule, Ticket, Option<u64>, Option<u64>);

fn frax(free: U256) -> FraxMinter {
    let queue = FraxQueue::Known { matures_s: 1_296_000, fee_ppm: U256::from(2_000), free };
    FraxMinter::frax(id("frax"), A, B, open(), &queue)
}

/// Each queue with its rule, its waits and what its ticket is.
#[test]
fn queues_are_what_their_contracts_make_them() {
    let strategy = Strategy { manager: A, strategy: B, balance: TOTALS.0, shares: TOTALS.1 };
    let active = ActiveStake { vault: B, stake: TOTALS.0, shares: TOTALS.1 };
    let two_weeks = Some(100_800);
    let all: [Case; 7] = [
        (
            Box::new(frax(WAD)),
            1,
            RateRule::FixedAtRequest,
            Ticket::Transferable,
            Some(1_296_000),
            Some(1_296_000),
        ),
        (
            Box::new(frax(U256::ZERO)),
            1,
            RateRule::FixedAtRequest,
            Ticket::Transferable,
            Some(1_296_000),
            None,
        ),
        (
            Box::new(stader(TOTALS)),
            1,
            RateRule::MinRequestSettle,
            Ticket::Bound,
            Some(7_200),
            Some(7_200),
        ),
        (
            Box::new(renzo(TOTALS)),
            1,
            RateRule::MinRequestSettle,
            Ticket::Bound,
            Some(259_200),
            Some(259_200),
        ),
        (
            Box::new(etherfi(TOTALS)),
            2,
            RateRule::MinRequestSettle,
            Ticket::Transferable,
            None,
            None,
        ),
        (
            Box::new(EigenLayer::eigenlayer(id("el"), A, strategy, open(), two_weeks)),
            1,
            RateRule::SlashableInQueue,
            Ticket::Bound,
            Some(1_209_600),
            Some(1_209_600),
        ),
        (
            Box::new(Symbiotic::symbiotic(id("sy"), A, active, open(), &Wait::Seconds(604_801))),
            1,
            RateRule::SlashableInQueue,
            Ticket::Bound,
            Some(604_801),
            Some(604_801),
        ),
    ];
    for (venue, token, rule, ticket, least, expected) in all {
        let [exit] = venue.exits(token).try_into().unwrap();
        assert_eq!((exit.rule, exit.ticket), (rule, ticket), "{}", exit.name);
        assert_eq!(exit.least_wait.seconds(), least, "{}", exit.name);
        assert_eq!(exit.expected_wait.seconds(), expected, "{}", exit.name);
        assert_eq!(exit.unknowns().is_empty(), expected.is_some(), "{:?}", exit.unknowns());
        assert!(exit.pays(WAD).is_some_and(|paid| !paid.is_zero()), "{}", exit.name);
    }
    // What there is to pay, and no more, is known to be paid after the wait.
    let [exit] = stader(TOTALS).exits(1).try_into().unwrap();
    let Capacity::Limited { amount, .. } = exit.capacity else { panic!("{exit:?}") };
    assert!(exit.pays(amount).unwrap() <= WAD * U256::from(2));
    assert!(exit.pays(amount + U256::ONE).unwrap() > WAD * U256::from(2));
    assert_eq!(frax(WAD).exits(1)[0].pays(WAD), Some(uint!(998_000_000_000_000_000_U256)));
    assert_eq!(NATIVE, frax(WAD).tokens()[0]);
}
