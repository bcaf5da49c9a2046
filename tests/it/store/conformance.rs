//! What every store promises. [`suite`] makes the tests of one.

use std::thread;

use alloy_primitives::{Address, B256, U256};
use tenor::store::{
    Attempt, Kept, Landed, NewIntent, Order, Quote, Rate, Stage, Store, StoreError,
};

use super::{id, intent, step};

/// The tests of a store that `$open` opens, empty.
macro_rules! suite {
    ($open:expr, $($law:ident),+ $(,)?) => {
        $(#[test]
        fn $law() {
            let (_keep, store) = $open;
            crate::store::conformance::$law(&store);
        })+
    };
}

pub(super) use suite;

pub(super) fn an_intent_is_kept_once(store: &dyn Store) {
    let first = store.submit(intent(1)).wait().unwrap();
    assert!(!first.known);
    assert_eq!((first.kept.stage, first.kept.first_event), (Stage::Received, 1));
    store.advance(step(1, Stage::Verified)).wait().unwrap();
    let again = store.submit(intent(1)).wait().unwrap();
    assert!(again.known);
    assert_eq!((again.kept.stage, again.kept.first_event), (Stage::Verified, 1));
    assert_eq!(store.intent(id(1)).unwrap(), Some(again.kept));
    assert_eq!(store.events(0, 10).unwrap().len(), 2);
    assert_eq!(store.intent(id(2)), Ok(None));
}

pub(super) fn another_body_is_a_conflict(store: &dyn Store) {
    store.submit(intent(1)).wait().unwrap();
    let mut other = intent(1);
    other.body.push(' ');
    assert_eq!(store.submit(other).wait(), Err(StoreError::IntentConflict(id(1))));
    let mut other = intent(1);
    other.owner = Address::repeat_byte(9);
    assert_eq!(store.submit(other).wait(), Err(StoreError::IntentConflict(id(1))));
    assert_eq!(store.intent(id(1)).unwrap().unwrap().body, intent(1).body);
}

pub(super) fn only_legal_steps_are_taken(store: &dyn Store) {
    let unknown = store.advance(step(9, Stage::Verified)).wait();
    assert_eq!(unknown, Err(StoreError::UnknownIntent(id(9))));
    // Every pair: first the way to a stage, then every stage after it.
    let mut number = 0;
    for from in Stage::ALL {
        for to in Stage::ALL {
            number += 1;
            store.submit(intent(number)).wait().unwrap();
            for stage in way(from) {
                store.advance(step(number, stage)).wait().unwrap();
            }
            let taken = store.advance(step(number, to)).wait();
            let now = store.intent(id(number)).unwrap().unwrap().stage;
            if from.may_become(to) {
                assert_eq!((taken.unwrap().step, now), (step(number, to), to));
            } else {
                let refused = StoreError::IllegalTransition { id: id(number), from, to };
                assert_eq!((taken, now), (Err(refused), from));
            }
        }
    }
    gapless(store);
}

/// The stages from `Received` to another.
fn way(to: Stage) -> Vec<Stage> {
    use Stage::{Bundled, Final, Included, Quoted, Received, Submitted, Verified};
    let straight = [Received, Verified, Quoted, Bundled, Submitted, Included, Final];
    match straight.iter().position(|stage| *stage == to) {
        Some(at) => straight[1..=at].to_vec(),
        None => vec![to],
    }
}

/// A nonce is its intent's until that one cannot land, and for ever once it has.
pub(super) fn a_nonce_is_one_intents(store: &dyn Store) {
    use Stage::{Cancelled, Expired, Failed, Refused};
    for (number, stage) in (0..).step_by(2).zip(Stage::ALL) {
        let other = NewIntent { id: id(number + 1), ..intent(number) };
        store.submit(intent(number)).wait().unwrap();
        for stage in way(stage) {
            store.advance(step(number, stage)).wait().unwrap();
        }
        let told = store.submit(other.clone()).wait();
        let NewIntent { owner, nonce, .. } = other;
        if matches!(stage, Refused | Expired | Cancelled | Failed) {
            assert!(!told.unwrap().known, "{stage}");
        } else {
            assert_eq!(told, Err(StoreError::NonceTaken { owner, nonce, by: id(number) }));
            assert_eq!(store.intent(other.id), Ok(None));
        }
        // Another owner's nonces are its own, and the same intent is still the same.
        let stranger = Address::repeat_byte(9);
        let theirs = NewIntent { id: id(1_000 + number), owner: stranger, ..intent(number) };
        assert!(!store.submit(theirs).wait().unwrap().known);
        assert!(store.submit(intent(number)).wait().unwrap().known);
    }
    gapless(store);
}

pub(super) fn an_owners_intents_are_listed(store: &dyn Store) {
    for number in 0..6 {
        let owner = Address::repeat_byte(u8::from(number % 2 == 0));
        store.submit(NewIntent { owner, ..intent(number) }).wait().unwrap();
    }
    store.advance(step(2, Stage::Refused)).wait().unwrap();
    let of = |owner: u8, after, most| store.intents_of(Address::repeat_byte(owner), after, most);
    let ids = |kept: Vec<Kept>| kept.iter().map(|kept| kept.id).collect::<Vec<_>>();
    let all = of(1, 0, 9).unwrap();
    assert_eq!(of(1, all[0].first_event, 1).unwrap(), all[1..2]);
    assert_eq!(ids(all), [0, 2, 4].map(id));
    assert_eq!(ids(of(0, 0, 9).unwrap()), [1, 3, 5].map(id));
    assert_eq!(of(2, 0, 9), Ok(Vec::new()));
}

fn gapless(store: &dyn Store) {
    let events = store.events(0, usize::MAX).unwrap();
    let numbers: Vec<u64> = events.iter().map(|event| event.seq).collect();
    let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected);
}

pub(super) fn events_are_read_on_from_any_number(store: &dyn Store) {
    for number in 0..5 {
        store.submit(intent(number)).wait().unwrap();
        let event = store.advance(step(number, Stage::Verified)).wait().unwrap();
        assert_eq!(event.seq, 2 * number + 2);
    }
    gapless(store);
    let all = store.events(0, 100).unwrap();
    assert_eq!(all.len(), 10);
    for after in 0..=10 {
        for most in [0, 1, 3, 100] {
            let read = store.events(after, most).unwrap();
            let expected: Vec<_> =
                all.iter().filter(|event| event.seq > after).take(most).cloned().collect();
            assert_eq!(read, expected);
        }
    }
    let of: Vec<u64> =
        store.events_of(id(3), 0, 9).unwrap().iter().map(|event| event.seq).collect();
    assert_eq!(of, [7, 8]);
    assert_eq!(store.events_of(id(3), 7, 9).unwrap(), all[7..8]);
    assert_eq!(all[7].step, step(3, Stage::Verified));
}

pub(super) fn open_intents_are_those_that_can_change(store: &dyn Store) {
    for number in 0..6 {
        store.submit(intent(number)).wait().unwrap();
    }
    store.advance(step(1, Stage::Expired)).wait().unwrap();
    store.advance(step(3, Stage::Refused)).wait().unwrap();
    let open = store.open_intents(0, 9).unwrap();
    let ids: Vec<B256> = open.iter().map(|kept| kept.id).collect();
    assert_eq!(ids, [0, 2, 4, 5].map(id));
    let rest = store.open_intents(open[1].first_event, 1).unwrap();
    assert_eq!(rest, open[2..3]);
}

pub(super) fn many_writers_leave_no_gap(store: &dyn Store) {
    thread::scope(|scope| {
        for writer in 0..8u64 {
            scope.spawn(move || {
                for n in 0..50 {
                    // Everybody hands in the same ten besides its own.
                    let shared = store.submit(intent(n % 10)).wait().unwrap();
                    let own = store.submit(intent(1_000 * (writer + 1) + n)).wait().unwrap();
                    assert!(!own.known && shared.kept.id == id(n % 10));
                    let verified = step(1_000 * (writer + 1) + n, Stage::Verified);
                    let event = store.advance(verified).wait().unwrap();
                    assert!(event.seq > own.kept.first_event);
                }
            });
        }
    });
    gapless(store);
    assert_eq!(store.events(0, usize::MAX).unwrap().len(), 10 + 8 * 50 * 2);
}

pub(super) fn quotes_are_kept_as_they_were(store: &dyn Store) {
    let quote = Quote { id: id(1), body: "{}".to_owned(), expires_ms: 5 };
    store.keep_quote(quote.clone()).wait().unwrap();
    store.keep_quote(quote.clone()).wait().unwrap();
    assert_eq!(store.quote(id(1)), Ok(Some(quote.clone())));
    assert_eq!(store.quote(id(2)), Ok(None));
    let other = Quote { expires_ms: 6, ..quote };
    assert_eq!(store.keep_quote(other).wait(), Err(StoreError::QuoteConflict(id(1))));
}

pub(super) fn orders_are_kept_until_they_expire(store: &dyn Store) {
    let order = |n: u64, expires_ms: u64| Order {
        id: id(n),
        body: format!("{{\"n\":{n}}}"),
        told_ms: 10,
        expires_ms,
    };
    for (n, expires) in [(1, 20), (2, 30), (3, 40)] {
        store.keep_order(order(n, expires)).wait().unwrap();
    }
    let mut kept = vec![order(2, 30), order(3, 40)];
    kept.sort_by_key(|order| order.id);
    assert_eq!(store.orders(30, 10), Ok(kept.clone()));
    assert_eq!(store.orders(30, 1), Ok(kept[..1].to_vec()));
    // Another under the same name takes its place; what had expired when it came is gone.
    let other = Order { body: "{}".to_owned(), told_ms: 35, ..order(3, 50) };
    store.keep_order(other.clone()).wait().unwrap();
    assert_eq!(store.orders(0, 10), Ok(vec![other]));
    store.forget_order(id(3)).wait().unwrap();
    store.forget_order(id(3)).wait().unwrap();
    assert_eq!(store.orders(0, 10), Ok(vec![]));
}

pub(super) fn rates_are_kept_in_order(store: &dyn Store) {
    let rate = |token: u8, timestamp: u64| Rate {
        token: Address::repeat_byte(token),
        block: timestamp / 12,
        timestamp,
        eth: U256::MAX - U256::from(timestamp),
        shares: U256::from(7),
    };
    store.keep_rates(vec![rate(1, 240), rate(1, 120), rate(2, 120)]).wait().unwrap();
    store.keep_rates(vec![rate(1, 360), rate(1, 240)]).wait().unwrap();
    let later = Rate { eth: U256::ZERO, ..rate(1, 240) };
    store.keep_rates(vec![later]).wait().unwrap();
    let of = |from, most| store.rates(Address::repeat_byte(1), from, most).unwrap();
    assert_eq!(of(0, 9), [rate(1, 120), rate(1, 240), rate(1, 360)]);
    assert_eq!(of(121, 1), [rate(1, 240)]);
    assert_eq!(store.rates(Address::repeat_byte(3), 0, 9), Ok(Vec::new()));
}

pub(super) fn attempts_are_kept_with_their_intents(store: &dyn Store) {
    let attempt = |of: u64, number: u64, at_ms: u64| Attempt {
        id: id(of),
        number,
        account: Address::repeat_byte(7),
        nonce: 3 + number,
        hash: id(100 * of + number),
        first: 10 + number,
        last: 12 + number,
        most: U256::MAX - U256::from(number),
        body: format!("{{\"n\":{number}}}"),
        at_ms,
        landed: None,
    };
    // Nothing is sent for what is not there.
    let unknown = store.keep_attempt(attempt(1, 1, 5)).wait();
    assert_eq!(unknown, Err(StoreError::UnknownIntent(id(1))));
    store.submit(intent(2)).wait().unwrap();
    store.submit(intent(1)).wait().unwrap();
    let all = [attempt(1, 1, 5), attempt(1, 2, 7), attempt(2, 1, 6)];
    for one in [&all[1], &all[2], &all[0]] {
        store.keep_attempt(one.clone()).wait().unwrap();
    }
    assert_eq!(store.attempts_of(id(1)).unwrap(), all[..2]);
    assert_eq!(store.attempts_of(id(9)).unwrap(), []);
    // Intents in the order received, each one's attempts in theirs.
    let open = store.open_attempts().unwrap();
    assert_eq!(open, [all[2].clone(), all[0].clone(), all[1].clone()]);
    assert_eq!(store.attempts_since(6).unwrap(), [all[2].clone(), all[1].clone()]);
    // The same number again takes the place of what was there.
    let landed = Some(Landed { block: 11, paid: U256::from(8), earned: U256::MAX });
    let kept = Attempt { landed, ..all[0].clone() };
    store.keep_attempt(kept.clone()).wait().unwrap();
    assert_eq!(store.attempts_of(id(1)).unwrap(), [kept.clone(), all[1].clone()]);
    store.keep_attempt(all[0].clone()).wait().unwrap();
    assert_eq!(store.attempts_of(id(1)).unwrap(), all[..2]);
    // What has ended is no longer open, and stays.
    store.advance(step(1, Stage::Failed)).wait().unwrap();
    assert_eq!(store.open_attempts().unwrap(), [all[2].clone()]);
    assert_eq!(store.attempts_of(id(1)).unwrap(), all[..2]);
}
