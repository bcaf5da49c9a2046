//! What goes wrong with one intent, or with the store, goes wrong with nothing else.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256, U256};
use tenor::{
    intents::signed::wire::Decimal,
    store::{
        Attempt, Event, Kept, NewIntent, Order, Pending, Quote, Rate, Stage, Step, Store,
        StoreError, Submitted,
        sqlite::{Options, Sqlite},
    },
};

use super::{Intake, LONG, altered, intent, stages};
use crate::{signed::SWAPS, store::Folder};

/// A store that panics, or says that it is closed, when an intent is to be verified.
#[derive(Debug)]
struct Poisoned {
    store: Sqlite,
    panics_for: Option<B256>,
    /// How many times it still fails.
    fails: AtomicUsize,
}

impl Store for Poisoned {
    fn submit(&self, intent: NewIntent) -> Pending<Submitted> {
        self.store.submit(intent)
    }

    fn advance(&self, step: Step) -> Pending<Event> {
        if step.stage == Stage::Verified && self.panics_for == Some(step.id) {
            panic!("on purpose");
        }
        let left =
            self.fails.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if left.is_ok() {
            // No such intent: what a store says that cannot write it.
            return self.store.advance(Step { id: B256::ZERO, ..step });
        }
        self.store.advance(step)
    }

    fn keep_quote(&self, quote: Quote) -> Pending<()> {
        self.store.keep_quote(quote)
    }

    fn keep_rates(&self, rates: Vec<Rate>) -> Pending<()> {
        self.store.keep_rates(rates)
    }

    fn keep_order(&self, order: Order) -> Pending<()> {
        self.store.keep_order(order)
    }

    fn forget_order(&self, id: B256) -> Pending<()> {
        self.store.forget_order(id)
    }

    fn keep_attempt(&self, attempt: Attempt) -> Pending<()> {
        self.store.keep_attempt(attempt)
    }

    fn attempts_of(&self, id: B256) -> Result<Vec<Attempt>, StoreError> {
        self.store.attempts_of(id)
    }

    fn open_attempts(&self) -> Result<Vec<Attempt>, StoreError> {
        self.store.open_attempts()
    }

    fn attempts_since(&self, at_ms: u64) -> Result<Vec<Attempt>, StoreError> {
        self.store.attempts_since(at_ms)
    }

    fn intent(&self, id: B256) -> Result<Option<Kept>, StoreError> {
        self.store.intent(id)
    }

    fn open_intents(&self, after: u64, most: usize) -> Result<Vec<Kept>, StoreError> {
        self.store.open_intents(after, most)
    }

    fn intents_of(&self, by: Address, after: u64, most: usize) -> Result<Vec<Kept>, StoreError> {
        self.store.intents_of(by, after, most)
    }

    fn events(&self, after: u64, most: usize) -> Result<Vec<Event>, StoreError> {
        self.store.events(after, most)
    }

    fn events_of(&self, id: B256, after: u64, most: usize) -> Result<Vec<Event>, StoreError> {
        self.store.events_of(id, after, most)
    }

    fn quote(&self, id: B256) -> Result<Option<Quote>, StoreError> {
        self.store.quote(id)
    }

    fn orders(&self, at_ms: u64, most: usize) -> Result<Vec<Order>, StoreError> {
        self.store.orders(at_ms, most)
    }

    fn rates(&self, token: Address, from: u64, most: usize) -> Result<Vec<Rate>, StoreError> {
        self.store.rates(token, from, most)
    }
}

fn poisoned(panics_for: Option<B256>, fails: usize) -> Intake {
    let folder = Folder::new();
    let store = Sqlite::open(&folder.file(), Options::default()).unwrap();
    let store = Poisoned { store, panics_for, fails: AtomicUsize::new(fails) };
    Intake::on(folder, Arc::new(store), |options| options.workers = 1)
}

#[test]
fn a_panic_fails_its_intent_alone() {
    let ((bad, first), (good, second)) = (intent(SWAPS, 1), intent(SWAPS, 2));
    let intake = poisoned(Some(bad), 0);
    intake.accept(&first).unwrap();
    intake.accept(&second).unwrap();
    let events = intake.until(bad, Stage::Failed);
    assert_eq!(stages(&events), [Stage::Received, Stage::Failed]);
    assert_eq!(events[1].step.code, "internal");
    intake.until(good, Stage::Quoted);
}

#[test]
fn what_could_not_be_written_is_written_later() {
    let (_, dto) = intent(SWAPS, 1);
    let (id, dto) = altered(&dto, |dto| dto.message.deadline = Decimal(U256::from(u64::MAX)));
    let intake = poisoned(None, 3);
    intake.accept(&dto).unwrap();
    let mut events = intake.service.events(id, 0).unwrap();
    let (started, mut seen) = (Instant::now(), Vec::new());
    while seen.last() != Some(&Stage::Quoted) {
        // A second passes whenever nothing happens: by then each failure is tried again.
        let next = async { tokio::time::timeout(Duration::from_millis(20), events.next()).await };
        match intake.runtime.block_on(next) {
            Ok(event) => seen.push(event.unwrap().unwrap().step.stage),
            Err(_) => {
                intake.millis.fetch_add(1_000, Ordering::SeqCst);
                intake.service.look();
            }
        }
        assert!(started.elapsed() < LONG, "{seen:?}");
    }
    assert_eq!(seen, [Stage::Received, Stage::Verified, Stage::Quoted]);
}

/// An intent in the store that does not read is refused, with what is wrong, and no other waits for it.
#[test]
fn what_does_not_read_is_refused() {
    let (good, dto) = intent(SWAPS, 1);
    let folder = Folder::new();
    let store = Sqlite::open(&folder.file(), Options::default()).unwrap();
    let bad = NewIntent {
        id: B256::repeat_byte(1),
        owner: Address::ZERO,
        nonce: U256::ZERO,
        body: "{}".to_owned(),
        at_ms: 0,
    };
    store.submit(bad.clone()).wait().unwrap();
    let intake = Intake::on(folder, Arc::new(store), |_| ());
    intake.accept(&dto).unwrap();
    let events = intake.until(bad.id, Stage::Refused);
    assert_eq!(events[1].step.code, "missing_field");
    intake.until(good, Stage::Quoted);
}
